"""What the database says when the last owner would stop being one (accounts/owners.py)."""

from accounts.rights import OWNER

STAYS = "the last owner stays one"

WAS_OWNER = f"""(OLD.is_superuser OR EXISTS (
    SELECT 1 FROM accounts_user_groups m JOIN auth_group g ON g.id = m.group_id
    WHERE m.user_id = OLD.id AND g.name = '{OWNER}'
))"""  # noqa: S608 the name is ours
WAS_IN_GROUP = f"""EXISTS (
    SELECT 1 FROM auth_group g, accounts_user u
    WHERE g.id = OLD.group_id AND g.name = '{OWNER}' AND u.id = OLD.user_id AND u.is_active AND u.is_staff
)"""  # noqa: S608 the name is ours


def an_owner_stays(was_one: str) -> str:
    """A trigger's function, for after somebody lost what makes an owner.

    The lock of the group's row makes two of them wait for each other; each statement after it sees what the other did.
    """
    return f"""
        PERFORM 1 FROM auth_group WHERE name = '{OWNER}' FOR NO KEY UPDATE;
        IF {was_one} AND NOT EXISTS (
            SELECT 1 FROM accounts_user u
            WHERE u.is_active AND u.is_staff AND (u.is_superuser OR EXISTS (
                SELECT 1 FROM accounts_user_groups m JOIN auth_group g ON g.id = m.group_id
                WHERE m.user_id = u.id AND g.name = '{OWNER}'
            ))
        ) THEN
            RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """  # noqa: S608 the name is ours
