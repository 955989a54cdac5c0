"""The shop always has an owner, and a lost second factor is reset at the desk."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, transaction
from django.test import Client

from accounts.access import second_factor
from accounts.models import User
from accounts.owners import LastOwner, keeping_an_owner, owners
from accounts.rights import OWNER
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.confirmed import sign_in
from tests.factories import PASSWORD, make_staff, make_user, staff_of
from tests.orders.post import delivered
from tests.parallel import at_once
from tests.second_factor import set_up

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"
GROUPS = "/admin/auth/group/"


@pytest.fixture
def owner() -> User:
    return make_staff()


@pytest.fixture
def desk(client, owner) -> Client:
    sign_in(client, owner)
    return client


def change(desk: Client, user: User, **sent):
    body = {"full_name": "Ana", "addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0}
    return desk.post(f"{USERS}{user.pk}/change/", body | sent, follow=True)


def group_of_owners() -> int:
    return Group.objects.get(name=OWNER).pk


WAYS = {
    "being active": lambda: {"is_staff": "on", "groups": [group_of_owners()]},
    "being staff": lambda: {"is_active": "on", "groups": [group_of_owners()]},
    "the group": lambda: {"is_active": "on", "is_staff": "on"},
}


@pytest.mark.parametrize("what", WAYS)
def test_the_last_owner_can_give_nothing_up_and_is_told_why(desk, owner, what):
    shown = change(desk, owner, **WAYS[what]()).content.decode()

    assert "make somebody else one first" in shown
    assert owners().get() == owner
    assert User.objects.get(pk=owner.pk).full_name == ""
    assert not StaffAction.objects.exists()


@pytest.mark.parametrize("what", WAYS)
def test_one_of_two_owners_may_go(desk, owner, what):
    other = make_staff()
    change(desk, owner, **WAYS[what]())
    assert owners().get() == other


def test_an_owner_who_may_not_sign_in_counts_for_none(desk, owner):
    User.objects.filter(pk=make_staff().pk).update(is_active=False)
    change(desk, owner, **WAYS["the group"]())
    assert owners().get() == owner


def test_deactivating_all_owners_leaves_the_last_one(client, owner):
    superuser = User.objects.create_superuser("root@example.com", PASSWORD)
    sign_in(client, superuser)
    client.post(USERS, {"action": "deactivate", "_selected_action": [owner.pk, superuser.pk]})
    assert owners().get() == superuser


def test_the_group_of_owners_stays_as_it_is(desk):
    page = f"{GROUPS}{group_of_owners()}/"
    rights = Group.objects.get(name=OWNER).permissions.count()

    assert desk.get(f"{page}change/").status_code == 200
    assert desk.post(f"{page}change/", {"name": "Others"}).status_code == 403
    assert desk.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    desk.post(GROUPS, {"action": "delete_selected", "_selected_action": [group_of_owners()], "post": "yes"})
    assert Group.objects.get(name=OWNER).permissions.count() == rights > 0


@pytest.mark.parametrize(
    "do",
    [
        lambda owner: User.objects.filter(pk=owner.pk).update(is_active=False),
        lambda owner: User.objects.filter(pk=owner.pk).update(is_staff=False),
        lambda owner: owner.groups.clear(),
        lambda owner: Group.objects.get(name=OWNER).user_set.clear(),
        lambda owner: Group.objects.filter(name=OWNER).delete(),
        lambda owner: Group.objects.filter(name=OWNER).update(name="Others"),
        lambda owner: owner.delete(),
    ],
)
def test_the_database_keeps_an_owner(owner, do):
    with pytest.raises(DatabaseError), transaction.atomic():
        do(owner)
    assert owners().get() == owner


def test_the_last_superuser_stays_one_where_there_is_no_other_owner():
    User.objects.create_superuser("root@example.com", PASSWORD)
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.update(is_superuser=False)
    make_staff()
    User.objects.filter(is_superuser=True).update(is_superuser=False)


def test_other_groups_and_people_go_as_before(owner):
    clerk = staff_of("support")
    clerk.groups.clear()
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    Group.objects.get(name="Support").delete()
    clerk.delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["domain", "database"])
def test_two_owners_who_take_each_others_rights_away_at_once_leave_one(door):
    first, second = make_staff(), make_staff()

    def demote(user: User) -> str:
        try:
            if door == "domain":
                with keeping_an_owner():
                    user.groups.clear()
            else:
                User.objects.filter(pk=user.pk).update(is_staff=False)
        except (LastOwner, DatabaseError):
            return "refused"
        return "done"

    for _ in range(5):
        results = at_once([lambda: demote(first), lambda: demote(second)])
        assert sorted(results) == ["done", "refused"]
        assert owners().count() == 1
        User.objects.update(is_staff=True)
        for user in (first, second):
            user.groups.add(Group.objects.get(name=OWNER))


# --- a lost second factor ------------------------------------------------------------------------------------------------


def reset(desk: Client, *users: User):
    chosen = [user.pk for user in users]
    sent = {"action": "reset_second_factor", "_selected_action": chosen, "confirmed": "yes"}
    return desk.post(USERS, sent, follow=True)


def test_resetting_asks_first_and_says_what_it_does_to_whom(desk):
    user = make_user()
    set_up(user)

    page = desk.post(USERS, {"action": "reset_second_factor", "_selected_action": [user.pk]})

    assert Authenticator.objects.filter(user=user).exists() and not delivered()
    assert "1 person signs in by password alone from now on" in page.text and user.email in page.text


def test_a_lost_second_factor_is_reset_logged_and_told(desk):
    user = make_user()
    set_up(user)
    theirs = Client()
    sign_in(theirs, user)

    reset(desk, user)

    assert not Authenticator.objects.filter(user=user).exists()
    (email,) = delivered()
    assert (email.to, email.subject) == ([user.email], "Two-factor authentication was reset")
    row = StaffAction.objects.get()
    assert (row.action, row.object_text) == ("accounts.reset_second_factor", user.email)
    again = Client()
    assert again.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).url == "/"


@pytest.mark.parametrize("group", ["support", "fulfilment", "finance", "catalog"])
def test_it_is_a_right_of_its_own(client, group):
    user, clerk = make_user(), staff_of(group)
    set_up(user)
    sign_in(client, clerk)

    reset(client, user)

    assert Authenticator.objects.filter(user=user).exists()
    with pytest.raises(PermissionDenied):
        second_factor.reset(user=user, actor=clerk)


def test_nobody_resets_their_own_or_that_of_somebody_above(owner):
    helper = staff_of("support")
    helper.user_permissions.add(*Permission.objects.filter(codename="reset_second_factor"))
    for user, actor in ((owner, owner), (helper, helper), (owner, helper), (staff_of("finance"), helper)):
        if not Authenticator.objects.filter(user=user).exists():
            set_up(user)
        with pytest.raises(PermissionDenied):
            second_factor.reset(user=user, actor=User.objects.get(pk=actor.pk))
        assert Authenticator.objects.filter(user=user).exists()
    customer = make_user()
    second_factor.reset(user=customer, actor=User.objects.get(pk=helper.pk))
