"""A session that was left open is not enough to take an account over, on pages and over the API, the desk included."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from rest_framework.test import APIClient

from accounts.access.keys import find_key, make_key
from accounts.models import ApiKey, User
from orders.models import Email, WebhookEndpoint
from rest.scopes import Scope
from tests.answers import refused
from tests.confirmed import confirm, sign_in
from tests.factories import PASSWORD, make_staff, make_user
from tests.orders.hooks import endpoint_at
from tests.orders.post import delivered
from tests.second_factor import code_of, set_up

pytestmark = pytest.mark.django_db

AUTH = "/api/auth/app/v1/"
NEW = "a quite different phrase"
ELSEWHERE = "https://93.184.216.34/orderly"


def left_open(user: User) -> Client:
    """The user's browser, signed in through the page some time ago."""
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert browser.get("/accounts/").status_code == 200
    return browser


def program(user: User) -> APIClient:
    """A program of the user's, signed in some time ago."""
    sent = {"email": user.email, "password": PASSWORD}
    token = APIClient().post(f"{AUTH}auth/login", sent, format="json").json()["meta"]["session_token"]
    return APIClient(headers={"X-Session-Token": token})


def standing(user: User) -> list:
    """All that whoever wants the account would have to change."""
    return [
        list(User.objects.filter(pk=user.pk).values_list("email", "password", "is_active", "is_superuser")),
        list(EmailAddress.objects.filter(user=user).values_list("email", "primary", "verified")),
        list(Authenticator.objects.filter(user=user).values_list("type", "data")),
        list(ApiKey.objects.filter(user=user).values_list("pk", "revoked_at")),
        list(WebhookEndpoint.objects.filter(owner=user).values_list("pk", "url", "secret", "state")),
        list(user.groups.values_list("name")),
    ]


def hook_page(user: User) -> str:
    return f"/accounts/webhooks/{endpoint_at(ELSEWHERE, user).pk}/step/"


PAGES = {
    "another address": lambda user: ("email/", {"action_add": "", "email": "thief@example.com"}),
    "another address first": lambda user: ("email/", {"action_primary": "", "email": user.email}),
    "no address": lambda user: ("email/", {"action_remove": "", "email": user.email}),
    "a key": lambda user: ("keys/", {"name": "x", "scope": "order", "days": "0"}),
    "a webhook": lambda user: ("webhooks/", {"url": ELSEWHERE}),
    "the secret of a webhook": lambda user: (hook_page(user).removeprefix("/accounts/"), {"do": "secret"}),
    "no webhook": lambda user: (hook_page(user).removeprefix("/accounts/"), {"do": "remove"}),
    "a second factor": lambda user: ("2fa/totp/activate/", {"code": "123456"}),
    "own data": lambda user: ("data/download/", {}),
    "closing": lambda user: ("close/", {"sure": "on"}),
}


@pytest.mark.parametrize("what", PAGES)
def test_no_page_changes_anything_without_the_password(what):
    user = make_user()
    path, sent = PAGES[what](user)
    browser, before, emails = left_open(user), standing(user), len(delivered())

    answer = browser.post(f"/accounts/{path}", sent)

    assert answer.status_code == 302 and answer.url.startswith("/accounts/reauthenticate/")
    assert standing(user) == before
    assert len(delivered()) == emails


@pytest.mark.parametrize("path", ["totp/deactivate/", "recovery-codes/generate/"])
def test_no_page_of_a_second_factor_changes_it_without_password_or_code(path):
    user = make_user()
    browser = left_open(user)
    set_up(user)
    before = standing(user)

    assert browser.post(f"/accounts/2fa/{path}").url.startswith("/accounts/reauthenticate/")
    assert browser.get("/accounts/2fa/recovery-codes/").status_code in (302, 404)
    assert standing(user) == before


@pytest.mark.parametrize(
    "sent", [{"oldpassword": "", "password1": NEW, "password2": NEW}, {"password1": NEW}]
)
def test_a_new_password_takes_the_old_one(sent):
    user = make_user()

    left_open(user).post("/accounts/password/change/", sent)

    assert User.objects.get().check_password(PASSWORD)


PROGRAMS = {
    "another address": ("post", "account/email", {"email": "thief@example.com"}),
    "another address first": ("patch", "account/email", {"email": "own", "primary": True}),
    "no address": ("delete", "account/email", {"email": "own"}),
    "another password": ("post", "account/password/change", {"new_password": NEW}),
    "a second factor": ("post", "account/authenticators/totp", {"code": "123456"}),
    "a code by email": ("post", "auth/reauthenticate/code/request", {"email": "own"}),
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_no_program_changes_anything_without_the_password(what):
    method, path, sent = PROGRAMS[what]
    user = make_user()
    api, before = program(user), standing(user)
    sent = {name: user.email if value == "own" else value for name, value in sent.items()}

    answer = getattr(api, method)(f"{AUTH}{path}", sent, format="json")

    assert answer.status_code in (400, 401, 403), answer.content
    assert standing(user) == before
    assert delivered() == []


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize("path", ["totp", "recovery-codes"])
def test_no_program_changes_a_second_factor_without_password_or_code(method, path):
    user = make_user()
    api = program(user)
    set_up(user)
    before = standing(user)

    answer = getattr(api, method)(f"{AUTH}account/authenticators/{path}", {"code": "1"}, format="json")

    assert answer.status_code in (400, 401, 405)
    assert api.get(f"{AUTH}account/authenticators/recovery-codes").status_code in (401, 404)
    assert standing(user) == before


@pytest.mark.parametrize(
    ("method", "more", "sent"),
    [
        ("post", "", {"url": ELSEWHERE}),
        ("patch", "{hook}/", {"url": "https://93.184.216.34/thief"}),
        ("patch", "{hook}/", {"is_active": False}),
        ("post", "{hook}/secret/", {}),
        ("delete", "{hook}/", {}),
    ],
)
def test_webhooks_take_the_password_of_a_session_and_none_of_a_key(method, more, sent):
    user = make_user()
    path = "/api/webhooks/" + more.format(hook=endpoint_at(ELSEWHERE, user).pk)
    api, browser, before = program(user), left_open(user), standing(user)
    body = {"data": json.dumps(sent), "content_type": "application/json"}

    refused(getattr(api, method)(path, sent, format="json"), 403, "reauthentication_required")
    assert getattr(browser, method)(path, **body).json()["code"] == "reauthentication_required"
    assert standing(user) == before

    made = make_key(user=user, name="a till", scope=Scope.ORDER)
    key = APIClient(headers={"Authorization": f"Bearer {made.secret}"})
    assert getattr(key, method)(path, sent, format="json").status_code in (200, 201, 204)
    assert api.post(f"{AUTH}auth/reauthenticate", {"password": PASSWORD}, format="json").status_code == 200
    assert getattr(api, method)(path, sent, format="json").status_code in (200, 201, 204, 404)


def test_a_code_of_the_second_factor_serves_as_well_as_the_password():
    user = make_user()
    browser = left_open(user)
    secret = set_up(user)

    browser.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret)})

    assert browser.post("/accounts/keys/", {"name": "x", "scope": "order", "days": "0"}).status_code == 200
    assert ApiKey.objects.exists()


# --- the desk --------------------------------------------------------------------------------------------------------

USERS = "/admin/accounts/user/"
TAKEN = {"usable_password": "true", "password1": NEW, "password2": NEW}
AT_THE_DESK = {
    "own password": lambda own, other: (f"{USERS}{own.pk}/password/", TAKEN),
    "password of another": lambda own, other: (f"{USERS}{other.pk}/password/", TAKEN),
    "rights": lambda own, other: (f"{USERS}{other.pk}/change/", {"is_active": "on", "is_staff": "on"}),
    "deactivating": lambda own, other: (USERS, {"action": "deactivate", "_selected_action": [other.pk]}),
    "another owner": lambda own, other: (f"{USERS}add/", {"email": "thief@example.com", **TAKEN}),
    "a group": lambda own, other: (
        f"/admin/auth/group/{Group.objects.get(name='Support').pk}/change/",
        {"name": "Support"},
    ),
    "no group": lambda own, other: (
        f"/admin/auth/group/{Group.objects.get(name='Support').pk}/delete/",
        {"post": "yes"},
    ),
}


@pytest.mark.parametrize("what", AT_THE_DESK)
def test_nothing_about_accounts_changes_at_the_desk_without_the_password(what):
    own, other = make_staff(), make_user()
    path, sent = AT_THE_DESK[what](own, other)
    browser = left_open(own)
    before = [standing(own), standing(other), list(Group.objects.values_list("name", "permissions"))]

    answer = browser.post(path, sent)

    assert answer.url.startswith("/accounts/reauthenticate/")
    assert [standing(own), standing(other), list(Group.objects.values_list("name", "permissions"))] == before
    assert not User.objects.filter(email="thief@example.com").exists()
    assert all(NEW not in str(one.get_decoded()) for one in Session.objects.all())


def test_staff_change_their_password_where_everybody_does():
    browser = left_open(make_staff())
    assert browser.post("/admin/password_change/", {}).url == "/accounts/password/change/"


def test_a_password_that_staff_gave_ends_the_sessions_and_the_person_is_told(client):
    staff, user = make_staff(), make_user()
    theirs = left_open(user)
    sign_in(client, staff)

    assert client.post(f"{USERS}{user.pk}/password/", TAKEN).status_code == 302

    assert theirs.get("/accounts/").status_code == 302
    assert [(email.to, email.subject) for email in delivered()] == [
        ([user.email], "Your password was changed")
    ]


# --- what a new password ends, and who is told -------------------------------------------------------------------------


def change_on_the_page(user: User, **more):
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, **more}
    return left_open(user).post("/accounts/password/change/", sent)


def reset_on_the_page(user: User, **more):
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"(/accounts/password/reset/key/[^/\s]+/)", delivered()[-1].body)[1]
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    return browser.post(form, {"password1": NEW, "password2": NEW, **more})


@pytest.mark.parametrize("renew", [change_on_the_page, reset_on_the_page])
@pytest.mark.parametrize("wish", [True, False])
def test_a_new_password_ends_other_sessions_and_keys_as_one_wishes(renew, wish):
    user = make_user()
    secret = make_key(user=user, name="a till", scope=Scope.READ).secret
    browser, api = left_open(user), program(user)

    assert renew(user, **({"revoke_keys": "on"} if wish else {})).status_code == 302

    assert User.objects.get().check_password(NEW)
    assert browser.get("/accounts/").status_code == 302
    assert api.get("/api/addresses/").status_code == 401
    assert (find_key(secret) is None) == wish
    assert delivered()[-1].subject in ("Your password was changed", "Your password was reset")


def test_the_old_address_is_told_of_the_new_one():
    user = make_user(email="old@example.com")
    browser = left_open(user)
    confirm(browser, user)
    browser.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    link = re.search(r"(/accounts/confirm-email/[^/\s]+/)", delivered()[0].body)[1]

    browser.post(link)

    told = delivered()[-1]
    assert (told.to, told.subject) == (["old@example.com"], "Email Changed")
    assert "new@example.com" in told.body and "127.0.0.1" in told.body


@pytest.mark.django_db(transaction=True)
def test_each_delicate_change_is_told_by_email(receiver):
    user = make_user()
    browser = left_open(user)
    confirm(browser, user)

    browser.post("/accounts/keys/", {"name": "The till", "scope": "order", "days": "0"})
    page = browser.post("/accounts/webhooks/", {"url": receiver.url}).url
    browser.post(f"{page}step/", {"do": "secret"})
    list(browser.post("/accounts/data/download/"))
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    browser.post("/accounts/2fa/totp/deactivate/")

    assert [email.subject for email in delivered()] == [
        "A new API key",
        "A new webhook",
        "A webhook has a new secret",
        "Your data was downloaded",
        "Authenticator App Activated",
        "Authenticator App Deactivated",
    ]
    assert all(email.to == [user.email] for email in delivered())


@pytest.mark.parametrize("language", ["", "vi"])
def test_closing_the_account_is_told_to_the_address_that_it_had(language):
    user = make_user(email="old@example.com", language=language)
    browser = left_open(user)
    confirm(browser, user)

    assert browser.post("/accounts/close/", {"sure": "on"}).status_code == 303

    (told,) = delivered()
    assert told.to == ["old@example.com"]
    assert told.subject == ("Tài khoản của bạn đã đóng" if language else "Your account was closed")
    assert "127.0.0.1" in told.body
    row = Email.objects.get()
    assert (row.user, row.text, row.html) == (None, "", "")
    assert User.objects.get().has_left


# --- resets ------------------------------------------------------------------------------------------------------------


def reset_by_program(email: str) -> None:
    APIClient().post(f"{AUTH}auth/password/request", {"email": email}, format="json")


def reset_by_page(email: str) -> None:
    Client().post("/accounts/password/reset/", {"email": email})


@pytest.mark.parametrize("reset", [reset_by_page, reset_by_program])
def test_a_reset_goes_to_no_address_that_was_only_asked_for(reset):
    user = make_user()
    EmailAddress.objects.create(user=user, email="thief@example.com")

    reset("thief@example.com")

    (email,) = delivered()
    assert email.to == ["thief@example.com"]
    assert "/reset/key/" not in email.body and "/confirm-email/" not in email.body


@pytest.mark.parametrize("reset", [reset_by_page, reset_by_program])
def test_an_account_without_a_verified_address_is_verified_before_its_password_is_reset(reset):
    user = make_user(verified=False)

    reset(user.email)

    (email,) = delivered()
    assert "/reset/key/" not in email.body
    Client().post(re.search(r"(/accounts/confirm-email/[^/\s]+/)", email.body)[1])
    reset(user.email)
    assert "/reset/key/" in delivered()[-1].body
