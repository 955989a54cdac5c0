"""Users in Django admin: made by email, deactivated rather than deleted, and nobody lifts himself up."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.confirmed import sign_in
from tests.factories import make_address, make_user

USERS = "/admin/accounts/user/"


@pytest.fixture
def desk(client, staff):
    sign_in(client, staff)
    return client


@pytest.fixture
def helper(client, db):
    """Signed in as staff who may change users, but is no superuser."""
    user = make_user(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    sign_in(client, user)
    return client


def new_user(email: str) -> dict:
    password = "correct horse battery"
    return {
        "email": email,
        "full_name": "Ana",
        "usable_password": "true",
        "password1": password,
        "password2": password,
    }


def test_user_is_made_by_email_and_waits_for_verification(desk):
    assert desk.post(f"{USERS}add/", new_user("Ana@Example.com")).status_code == 302
    user = User.objects.get(email="ana@example.com")
    assert user.check_password("correct horse battery")
    assert EmailAddress.objects.filter(user=user, email=user.email, primary=True, verified=False).exists()


def test_user_with_an_email_that_exists_is_refused_in_words(desk):
    make_user(email="ana@example.com")
    response = desk.post(f"{USERS}add/", new_user("ANA@example.com"))
    assert "There is a user with this email address already." in response.content.decode()


def test_user_list_shows_verified_under_a_fixed_statement_count(desk):
    counts = []
    for users in (1, 2):
        for _ in range(users):
            make_user(verified=False)
        desk.get(USERS)
        with CaptureQueriesContext(connection) as queries:
            rows = desk.get(USERS).context["cl"].result_list
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 7
    assert sorted(user.verified for user in rows) == [False, False, False, True]
    assert len(desk.get(USERS, {"verified": "yes"}).context["cl"].result_list) == 1


def test_user_page_shows_addresses_and_changes_none(desk):
    user = make_user()
    address = make_address(user)
    page = desk.get(f"{USERS}{user.pk}/change/").content.decode()
    assert address.line1 in page
    assert 'name="addresses-0-line1"' not in page


def change(**fields) -> dict:
    return {
        "full_name": "New Name",
        "is_active": "on",
        "addresses-TOTAL_FORMS": 0,
        "addresses-INITIAL_FORMS": 0,
        **fields,
    }


def test_user_is_changed_but_for_the_email(desk):
    user = make_user()
    response = desk.post(f"{USERS}{user.pk}/change/", change(email="other@example.com", is_active=""))
    assert response.status_code == 302
    after = User.objects.get(pk=user.pk)
    assert (after.email, after.full_name, after.is_active) == (user.email, "New Name", False)


def test_user_is_deactivated_in_bulk_but_not_oneself(desk, staff):
    user = make_user()
    desk.post(USERS, {"action": "deactivate", "_selected_action": [user.pk, staff.pk]})
    assert not User.objects.get(pk=user.pk).is_active
    assert User.objects.get(pk=staff.pk).is_active


def test_user_is_never_deleted(desk):
    user = make_user()
    assert desk.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_staff_without_all_rights_give_none(helper):
    user = make_user()
    rights = Permission.objects.values_list("pk", flat=True)[:2]
    sent = change(is_staff="on", is_superuser="on", user_permissions=list(rights))
    assert helper.post(f"{USERS}{user.pk}/change/", sent).status_code == 302
    after = User.objects.get(pk=user.pk)
    assert after.full_name == "New Name"
    assert not after.is_staff
    assert not after.is_superuser
    assert not after.user_permissions.exists()


def test_staff_without_all_rights_cannot_touch_a_superuser(helper, staff):
    assert helper.post(f"{USERS}{staff.pk}/change/", change()).status_code == 403
    taken = {
        "usable_password": "true",
        "password1": "stolen horse battery",
        "password2": "stolen horse battery",
    }
    assert helper.post(f"{USERS}{staff.pk}/password/", taken).status_code == 403
    helper.post(USERS, {"action": "deactivate", "_selected_action": [staff.pk]})
    after = User.objects.get(pk=staff.pk)
    assert after.is_active
    assert after.check_password("correct horse battery")


# --- email addresses -----------------------------------------------------------------------------------------------------

ADDRESSES = "/admin/account/emailaddress/"


def may_see_addresses(*codenames: str) -> User:
    keeper = make_user(is_staff=True)
    keeper.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return keeper


def asked_to_verify(browser: Client, *addresses: EmailAddress):
    chosen = [address.pk for address in addresses]
    return browser.post(ADDRESSES, {"action": "make_verified", "_selected_action": chosen})


def test_whoever_may_only_look_verifies_no_address(client, db):
    sign_in(client, may_see_addresses("view_emailaddress"))
    address = EmailAddress.objects.get(user=make_user(verified=False))
    asked_to_verify(client, address)
    address.refresh_from_db()
    assert not address.verified


def test_whoever_keeps_addresses_touches_none_of_those_above(client, staff):
    rights = [f"{act}_emailaddress" for act in ("view", "add", "change", "delete")]
    sign_in(client, may_see_addresses(*rights))
    above = EmailAddress.objects.create(user=staff, email="new@example.com")
    below = EmailAddress.objects.get(user=make_user(verified=False))
    taken = {"user": staff.pk, "email": "thief@example.com", "verified": "on"}

    asked_to_verify(client, above, below)
    answers = [
        client.post(f"{ADDRESSES}{path}", taken)
        for path in (f"{above.pk}/change/", f"{above.pk}/delete/", "add/")
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert list(EmailAddress.objects.filter(verified=True, pk__in=[above.pk, below.pk])) == [below]
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()
