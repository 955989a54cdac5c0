"""Another SECRET_KEY: what was signed by the one before holds until it is taken out, and then no more."""

import pytest
from allauth.account.forms import default_token_generator
from django.contrib.auth import HASH_SESSION_KEY
from django.test import Client
from rest_framework.test import APIClient

from accounts.access.devices import live_sessions
from orders.links import LinkOver, make_link, open_link
from orders.live.authentication import signed_in
from tests.accounts.test_signing_in import token_of
from tests.factories import PASSWORD, make_product, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rotate(settings):
    """The next of the steps that `bin/orderly rotate secret-key` takes."""
    old, new = settings.SECRET_KEY, "another key, as long as one should be: 0123456789"

    def step(name: str) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = {
            "begin": (old, [new]),
            "use": (new, [old]),
            "end": (new, []),
        }[name]

    return step


def signed_in_browser():
    user, browser = make_user(), Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return user, browser


def key_of(browser: Client) -> str:
    return browser.cookies["sessionid"].value


def is_in(browser: Client) -> bool:
    return browser.get("/accounts/").status_code == 200


def test_a_session_outlives_the_change_by_the_same_key(rotate):
    user, browser = signed_in_browser()
    key, before = key_of(browser), browser.session[HASH_SESSION_KEY]
    rotate("use")

    assert is_in(browser)
    assert browser.session[HASH_SESSION_KEY] != before
    assert key_of(browser) == key
    assert [one.session_key for one in live_sessions(user)] == [key]
    rotate("end")
    assert is_in(browser)


def test_a_session_that_was_not_seen_since_ends_with_the_older_key(rotate):
    _user, browser = signed_in_browser()
    rotate("end")
    assert not is_in(browser)


def test_while_some_processes_sign_by_the_new_key_and_others_by_the_old_one_a_session_holds_everywhere(
    rotate,
):
    user, browser = signed_in_browser()
    for name in ("begin", "use", "begin", "use"):
        rotate(name)
        assert is_in(browser)
    assert len(live_sessions(user)) == 1


def test_the_token_of_an_app_and_an_open_page_hold_and_leave_the_session_where_it_is(rotate):
    user = make_user()
    token = token_of(user)
    scope = {"headers": [(b"x-session-token", token.encode())]}
    app = APIClient(headers={"X-Session-Token": token})
    rotate("use")

    for _time in range(3):
        found = signed_in(scope)
        assert found and found.user == user
        assert app.get("/api/addresses/").status_code == 200
    rotate("end")
    assert signed_in(scope) is None
    assert app.get("/api/addresses/").status_code == 401


def test_a_new_password_gives_the_session_another_key_all_the_same(rotate):
    _user, browser = signed_in_browser()
    key = key_of(browser)
    rotate("use")
    another = "a quite different phrase"
    browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": another, "password2": another},
    )
    assert key_of(browser) != key
    assert is_in(browser)


def test_the_link_to_an_order_holds_until_the_older_key_is_out(rotate, buyer):
    order = buyer.place((make_product(stock=5), 1))
    link = make_link(order)
    rotate("begin")
    assert open_link(link).order == order
    rotate("use")
    assert open_link(link).order == order
    rotate("end")
    with pytest.raises(LinkOver):
        open_link(link)


@pytest.mark.parametrize(("last", "works"), [("use", True), ("end", False)])
def test_the_link_to_another_password_holds_until_the_older_key_is_out(rotate, last, works):
    user = make_user()
    token = default_token_generator.make_token(user)
    rotate(last)
    assert default_token_generator.check_token(user, token) == works
