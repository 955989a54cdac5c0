"""API keys: no secret is kept, whoever may no longer use one is out at once, and use is noted without many writes."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access.keys import FORM, TooManyKeys, find_key, make_key, revoke_key
from accounts.models import ApiKey, User
from orders.status import OrderStatus
from rest.scopes import Scope
from staff.rights import PermissionDenied
from tests.answers import refused
from tests.factories import Buyer, make_staff, make_user, staff_of
from tests.orders.post import delivered
from tests.parallel import at_once
from tests.trips import counted

pytestmark = pytest.mark.django_db


def made(user=None, scope: Scope = Scope.READ, **given):
    return make_key(user=user or make_user(), name="a till", scope=scope, **given)


def ask(authorization: str):
    return APIClient().get("/api/addresses/", headers={"Authorization": authorization})


def test_a_key_says_who_is_calling():
    user = make_user()
    new = made(user)

    assert find_key(new.secret).user == user
    assert ask(f"Bearer {new.secret}").status_code == 200
    assert ask(f"bearer {new.secret}").status_code == 200


def test_the_secret_is_kept_nowhere(caplog):
    caplog.set_level("DEBUG")
    new = made()
    ask(f"Bearer {new.secret}")
    ask(f"Bearer {new.secret}x")
    secret = new.secret.rsplit("_", 1)[1] if "_" not in new.secret[13:] else new.secret[13:]

    assert FORM.fullmatch(new.secret)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM accounts_apikey k")
        assert secret not in cursor.fetchone()[0]
    assert secret not in caplog.text


@pytest.mark.parametrize(
    "wrong", ["", "x", "ord_", "ord_00000000_" + "A" * 43, "ord_{prefix}_" + "A" * 43, "{secret}x", "ä"]
)
def test_what_is_no_key_is_refused(wrong):
    new = made()

    answer = ask("Bearer " + wrong.format(prefix=new.key.prefix, secret=new.secret))

    refused(answer, 401, "not_authenticated")
    assert "Bearer" in answer["WWW-Authenticate"]


def test_another_kind_of_authorization_is_passed_over():
    refused(ask("Basic dXNlcjpwYXNz"), 401, "not_authenticated")


@pytest.mark.parametrize("why", ["revoked", "expired", "deactivated", "deleted"])
def test_a_key_that_may_not_be_used_any_more_is_refused_at_once(why):
    new = made(expires_at=timezone.now() + timedelta(days=1))
    assert ask(f"Bearer {new.secret}").status_code == 200
    if why == "revoked":
        revoke_key(user=new.key.user, key_id=new.key.pk)
    if why == "expired":
        ApiKey.objects.update(expires_at=timezone.now())
    if why == "deactivated":
        User.objects.update(is_active=False)
    if why == "deleted":
        delivered()  # what still waits to be sent can't be deleted
        new.key.user.emails.all().delete()
        new.key.user.delete()

    refused(ask(f"Bearer {new.secret}"), 401, "not_authenticated")


def test_only_the_owner_revokes_a_key():
    new = made()

    revoke_key(user=make_user(), key_id=new.key.pk)

    assert ask(f"Bearer {new.secret}").status_code == 200


def test_only_staff_get_a_key_that_manages():
    with pytest.raises(PermissionDenied):
        made(scope=Scope.MANAGE)

    assert made(make_staff(), Scope.MANAGE).key.scope == "manage"


def test_last_use_is_written_once_a_minute():
    new = made()
    ask(f"Bearer {new.secret}")
    first = ApiKey.objects.get().last_used_at
    assert first

    with CaptureQueriesContext(connection) as captured:
        ask(f"Bearer {new.secret}")
    assert not [query for query in captured if "UPDATE" in query["sql"]]

    ApiKey.objects.update(last_used_at=first - timedelta(minutes=1))
    ask(f"Bearer {new.secret}")
    assert ApiKey.objects.get().last_used_at >= first


def test_a_key_costs_one_statement():
    new = made()
    ask(f"Bearer {new.secret}")

    with CaptureQueriesContext(connection) as captured:
        ask(f"Bearer {new.secret}")

    assert len(captured) == 2  # the key with its user, the addresses


def test_a_key_needs_no_csrf_token():
    new = made(scope=Scope.ORDER)
    api = APIClient(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {new.secret}"})

    assert api.post("/api/addresses/", {}, format="json").status_code == 400


def test_a_key_opens_no_pages_and_no_account():
    new = made(make_staff(), Scope.MANAGE)
    api = APIClient(headers={"Authorization": f"Bearer {new.secret}"})

    assert api.get("/accounts/keys/").status_code == 302
    assert api.get("/admin/").status_code == 302
    assert api.get("/api/auth/app/v1/auth/session").status_code in (401, 410)


@pytest.mark.django_db(transaction=True)
def test_keys_made_at_once_do_not_pass_the_limit_together(settings):
    settings.MAX_API_KEYS = 3
    user = make_user()

    def make() -> object:
        try:
            return made(user)
        except TooManyKeys as refusal:
            return refusal

    results = at_once([make] * 6)

    assert sum(isinstance(result, TooManyKeys) for result in results) == 3
    assert ApiKey.objects.count() == 3


@pytest.fixture
def lookers():
    """A group with one right; groups are not emptied after a test."""
    group = Group.objects.create(name="Lookers")
    group.permissions.set(Permission.objects.filter(codename="view_order", content_type__app_label="orders"))
    yield group
    group.delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["out of the group", "no longer staff", "the group lost it"])
def test_a_right_that_is_taken_away_on_another_connection_is_gone_with_the_next_request(
    how, lookers, monkeypatch
):
    order = Buyer().order_in(OrderStatus.PAY_REQUIRED)
    user = staff_of("Lookers")
    client = Client(headers={"Authorization": f"Bearer {made(user).secret}"})

    def read() -> int:
        return client.get(f"/api/orders/{order.pk}/").status_code

    def take() -> None:
        if how == "out of the group":
            user.groups.clear()
        elif how == "no longer staff":
            User.objects.filter(pk=user.pk).update(is_staff=False)
        else:
            lookers.permissions.clear()

    assert read() == 200
    with counted(monkeypatch) as found:
        assert read() == 200
    # The key with its user's rights; the order.
    assert found.count == 2

    at_once([transaction.atomic(take)])
    assert read() == 404


def test_a_key_knows_exactly_the_rights_that_its_user_has():
    """Those of groups, and those given to the user alone."""
    user = staff_of(Group.objects.exclude(name="Owner").order_by("pk")[0].name)
    user.user_permissions.add(Permission.objects.exclude(group__user=user).order_by("pk")[0])
    key = find_key(made(user, Scope.MANAGE).secret)

    with CaptureQueriesContext(connection) as captured:
        assert key.user.get_all_permissions() == User.objects.get(pk=user.pk).get_all_permissions()
    assert len(captured) == 3, "one for the user, two for the rights of the other"
