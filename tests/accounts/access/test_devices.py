"""Where one is signed in: the sessions that are worth something, and how the others end."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access.devices import device, live_sessions
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


def sign_in(user, agent: str = FIREFOX) -> Client:
    browser = Client(headers={"user-agent": agent})
    assert browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return browser


def token_of(user) -> str:
    sent = {"email": user.email, "password": PASSWORD}
    return (
        APIClient().post("/api/auth/app/v1/auth/login", sent, format="json").json()["meta"]["session_token"]
    )


@pytest.mark.parametrize(
    ("agent", "named"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (IPHONE, ("Safari", "iPhone")),
        (EDGE, ("Edge", "Windows")),
        ("python-httpx/0.28", ("", "")),
        ("", ("", "")),
    ],
)
def test_devices_are_named_as_people_know_them(agent, named):
    assert device(agent) == named


def test_sessions_of_browsers_and_programs_are_listed_and_dead_ones_are_not():
    user = make_user()
    here, gone = sign_in(user), sign_in(user, IPHONE)
    token = token_of(user)
    sign_in(make_user())
    gone.post("/accounts/logout/")
    found = {one.session_key for one in live_sessions(user)}
    assert found == {here.session.session_key, token}


def test_a_new_password_ends_the_sessions_in_the_list_too():
    user = make_user()
    here, there = sign_in(user), sign_in(user)
    new = "a quite different phrase"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert there.get("/accounts/").status_code == 302
    user.refresh_from_db()
    assert [one.session_key for one in live_sessions(user)] == [here.session.session_key]


def test_page_names_the_device_and_signs_the_others_out():
    user = make_user()
    here, there, token = sign_in(user), sign_in(user, IPHONE), token_of(user)
    shown = here.get("/accounts/sessions/").content.decode()
    assert shown.count("data-session") == 3
    assert "Firefox on Linux" in shown and "Safari on iPhone" in shown
    assert here.post("/accounts/sessions/", {}).status_code == 303
    assert here.get("/accounts/").status_code == 200
    assert there.get("/accounts/").status_code == 302
    api = APIClient()
    assert api.get("/api/addresses/", headers={"X-Session-Token": token}).status_code == 401
    assert Session.objects.filter(session_key=token).count() == 0
    assert here.get("/accounts/sessions/").content.decode().count("data-session") == 1


def test_others_sessions_are_neither_seen_nor_ended():
    stranger = sign_in(make_user(), IPHONE)
    here = sign_in(make_user())
    assert "iPhone" not in here.get("/accounts/sessions/").content.decode()
    here.post("/accounts/sessions/", {})
    assert stranger.get("/accounts/").status_code == 200


def test_last_seen_is_noted_now_and_then():
    user = make_user()
    browser = sign_in(user)
    long_ago = timezone.now() - timedelta(days=2)
    UserSession.objects.update(last_seen_at=long_ago)
    browser.get("/products/")
    first = UserSession.objects.get().last_seen_at
    assert first > long_ago
    browser.get("/products/")
    assert UserSession.objects.get().last_seen_at == first
