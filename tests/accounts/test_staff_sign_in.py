"""Staff come to their desk through the shop's own sign-in, and with a second factor where the shop asks for one."""

from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.test import Client
from rest_framework.test import APIClient

from accounts.access.keys import make_key
from orders.live.codes import NO_SECOND_FACTOR
from orders.live.consumers import OrdersConsumer
from rest.scopes import Scope
from tests.answers import refused
from tests.factories import PASSWORD, make_staff, make_user
from tests.second_factor import code_of, set_up

pytestmark = pytest.mark.django_db

AUTH = "/api/auth/app/v1/"
DESK = "/admin/"
SET_UP = "/accounts/2fa/totp/activate/"


def sign_in(user, **more) -> Client:
    browser = Client()
    sent = {"login": user.email, "password": PASSWORD, "next": DESK}
    browser.post("/accounts/login/", sent | more)
    return browser


@pytest.fixture
def _strict(settings):
    settings.STAFF_MFA_REQUIRED = True


def test_desk_sends_to_the_shops_sign_in_and_back():
    browser, staff = Client(), make_staff()
    answer = browser.get(DESK, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"
    signed_in = browser.post(
        "/accounts/login/", {"login": staff.email.upper(), "password": PASSWORD, "next": DESK}
    )
    assert signed_in.url == DESK
    assert browser.get(DESK).status_code == 200


def test_desk_takes_no_password_of_its_own():
    staff = make_staff()
    browser = Client()
    browser.post("/admin/login/", {"username": staff.email, "password": PASSWORD})
    assert browser.get(DESK).status_code == 302


def test_customers_do_not_come_to_the_desk():
    answer = sign_in(make_user()).get(DESK, follow=True)
    assert answer.status_code == 403


def test_desk_opens_without_a_second_factor_where_none_is_asked_for():
    assert sign_in(make_staff()).get(DESK).status_code == 200


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(
    "path",
    [
        *(DESK, "/admin/accounts/user/", "/admin/login/", "/admin/jsi18n/"),
        *("/accounts/keys/", "/accounts/webhooks/", f"/accounts/webhooks/{UUID(int=1)}/"),
    ],
)
def test_staff_without_a_second_factor_are_led_to_set_it_up(path):
    answer = sign_in(make_staff()).get(path)
    assert (answer.status_code, answer.url) == (302, SET_UP)


# What follows a commit follows only a real one.
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_strict")
def test_staff_who_have_just_set_it_up_come_in():
    browser = sign_in(make_staff())
    page = browser.get(browser.get(DESK).url, follow=True)
    assert page.redirect_chain[-1][0].startswith("/accounts/reauthenticate/")
    page = browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": SET_UP}, follow=True)
    assert "data:image/svg+xml" in page.content.decode()
    browser.post(SET_UP, {"code": code_of(page.context["form"].secret)})
    assert browser.get(DESK).status_code == 200


@pytest.mark.usefixtures("_strict")
def test_staff_pass_with_their_code_and_not_without():
    staff = make_staff()
    secret = set_up(staff)
    browser = sign_in(staff)
    assert browser.get(DESK, follow=True).redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert browser.get(DESK).status_code == 302
    browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert browser.get(DESK).status_code == 200


@pytest.mark.usefixtures("_strict")
def test_session_from_before_the_second_factor_is_asked_for_its_code():
    staff = make_staff()
    browser = sign_in(staff)
    secret = set_up(staff)
    answer = browser.get("/admin/accounts/user/")
    assert answer.url == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Faccounts%2Fuser%2F"
    back = browser.post(answer.url, {"code": code_of(secret), "next": "/admin/accounts/user/"})
    assert back.url == "/admin/accounts/user/"
    assert browser.get(back.url).status_code == 200


@pytest.mark.usefixtures("_strict")
def test_switching_it_off_closes_the_desk_again():
    staff = make_staff()
    browser = sign_in(staff)
    secret = set_up(staff)
    browser.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret), "next": DESK})
    assert browser.get(DESK).status_code == 200
    Authenticator.objects.filter(user=staff).delete()
    assert browser.get(DESK).url == SET_UP


@pytest.mark.usefixtures("_strict")
def test_staff_can_always_sign_out_and_shop_as_others_do():
    browser = sign_in(make_staff())
    assert browser.get("/orders/").status_code == 200
    assert browser.post("/admin/logout/").status_code == 200
    assert browser.get("/accounts/").status_code == 302


def test_desk_shows_no_secrets_that_sign_somebody_in(client, staff):
    assert Authenticator not in admin.site._registry
    client.force_login(staff)
    for path in ("mfa/authenticator/", "usersessions/usersession/"):
        assert client.get(f"/admin/{path}").status_code == 404


@pytest.mark.usefixtures("_strict")
def test_api_refuses_staff_without_the_second_factor_and_nobody_else():
    staff, customer = make_staff(), make_user()
    for user, status in ((customer, 200), (staff, 403)):
        answer = api_with_token(user)
        assert answer.status_code == status
    refused(answer, 403, "staff_mfa_required")
    refused(sign_in(staff).get("/api/orders/"), 403, "staff_mfa_required")


@pytest.mark.usefixtures("_strict")
def test_api_lets_staff_in_who_gave_their_code():
    staff = make_staff()
    secret = set_up(staff)
    api = APIClient()
    sent = {"email": staff.email, "password": PASSWORD}
    first = api.post(f"{AUTH}auth/login", sent, format="json")
    assert first.status_code == 401
    token = {"X-Session-Token": first.json()["meta"]["session_token"]}
    assert api.get("/api/orders/", headers=token).status_code == 401
    code = {"code": code_of(secret)}
    passed = api.post(f"{AUTH}auth/2fa/authenticate", code, format="json", headers=token).json()
    token = {"X-Session-Token": passed["meta"]["session_token"]}
    assert api.get("/api/orders/", headers=token).status_code == 200


def api_with_token(user):
    api = APIClient()
    sent = {"email": user.email, "password": PASSWORD}
    token = api.post(f"{AUTH}auth/login", sent, format="json").json()["meta"]["session_token"]
    return api.get("/api/orders/", headers={"X-Session-Token": token})


def closed_for(token: str, *, secret: str = "") -> int | None:
    """With which code the socket of all orders is closed for a session, or for a key."""
    listener = OrdersConsumer()
    header = (
        (b"authorization", f"Bearer {secret}".encode()) if secret else (b"x-session-token", token.encode())
    )
    listener.scope = {"headers": [header]}
    return listener.judge()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_strict")
def test_sockets_refuse_staff_without_the_second_factor_and_nobody_else():
    staff, customer = make_staff(), make_user()
    by_password = sign_in(staff).session.session_key
    key = make_key(user=staff, name="a till", scope=Scope.READ).secret
    assert closed_for(by_password) == closed_for("", secret=key) == NO_SECOND_FACTOR
    assert closed_for(sign_in(customer).session.session_key) is None

    secret = set_up(staff)
    assert closed_for(by_password) == NO_SECOND_FACTOR
    browser = sign_in(staff)
    browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert closed_for(browser.session.session_key) is None
    assert closed_for("", secret=key) is None
