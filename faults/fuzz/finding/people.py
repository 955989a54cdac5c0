"""Who asks: strangers, some of them half signed in, a customer, staff with the rights of a group, and a superuser."""

import json
import threading
import time
from functools import cache
from importlib import import_module
from random import Random
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.access.keys import find_key, make_key
from accounts.models import User
from benchmarks.seed import session_of
from faults.drivers.client import CSRF
from faults.fuzz.sending import wire
from faults.fuzz.sending.requests import Request
from rest.scopes import Scope

PASSWORD = "right horse, odd battery"  # noqa: S105 of nobody
WHO = ("stranger", "customer", "staff", "superuser")
# A session is made anew after so long, as a password that was typed five minutes ago opens nothing more; and one that seems
# to have ended is looked at no sooner than after so long.
LASTS, LOOKED_AT = 200.0, 2.0
FINANCE, FORM = "Finance", "application/x-www-form-urlencoded"
Headers = list[tuple[str, str]]


class Stranger:
    """Without anything, or with a session that waits for a code, a second factor or an email."""

    who = "stranger"

    def __init__(self, door: tuple[str, int], seed: int) -> None:
        self.door, self.email = door, f"fuzz-{seed}-half@example.com"
        self.sessions: list[str] = [""]
        self.renewed_at = 0.0
        self.lock = threading.Lock()

    def headers(self, chance: Random, kind: str) -> Headers:
        session = chance.choice(self.sessions)
        if session and kind in ("api", "auth") and chance.random() < 0.6:
            return [("X-Session-Token", session)]
        return [("Cookie", f"csrftoken={CSRF}" + (f"; sessionid={session}" if session else ""))]

    def seems_out(self, answer: wire.Answer) -> None:
        """Nobody is signed in here."""

    def renew(self) -> None:
        """Half sign in again, in each way that there is."""
        with self.lock:
            if time.monotonic() < self.renewed_at + LASTS:
                return
            self.renewed_at = time.monotonic()
            user = account(self.email)
            if not user.authenticator_set.exists():
                auth.TOTP.activate(user, auth.generate_totp_secret())
            self.sessions = ["", *filter(None, (*self._pages(), *self._app()))]

    def _pages(self) -> list[str]:
        known = {"login": self.email, "password": PASSWORD}
        new = {"email": f"new-{time.time_ns()}@example.com", "password1": PASSWORD, "password2": PASSWORD}
        forms = (("login", known), ("login/code", {"email": self.email}), ("signup", new))
        return [self._by_form(f"/accounts/{path}/", fields) for path, fields in forms]

    def _by_form(self, path: str, fields: dict[str, str]) -> str:
        body = urlencode(fields | {"csrfmiddlewaretoken": CSRF}).encode()
        answer = self._post(path, body, [("Content-Type", FORM), ("Cookie", f"csrftoken={CSRF}")])
        return answer.header("Set-Cookie").partition("sessionid=")[2].partition(";")[0]

    def _app(self) -> list[str]:
        known = {"email": self.email, "password": PASSWORD}
        bodies = (
            ("login", known),
            ("code/request", {"email": self.email}),
            ("password/request", {"email": self.email}),
        )
        return [self._by_app(f"/api/auth/app/v1/auth/{path}", body) for path, body in bodies]

    def _by_app(self, path: str, body: dict[str, str]) -> str:
        answer = self._post(path, json.dumps(body).encode(), [("Content-Type", "application/json")])
        try:
            return str(answer.json().get("meta", {}).get("session_token", ""))
        except (ValueError, AttributeError):
            return ""

    def _post(self, path: str, body: bytes, headers: Headers) -> wire.Answer:
        request = Request(self.who, "auth", path, "POST", path, headers, body)
        return wire.ask(self.door, request.raw(Random(0)))


class Person:
    """One with an account. What a run ends, closes or takes away is there again when it is renewed."""

    def __init__(self, who: str, seed: int) -> None:
        self.who, self.email = who, f"fuzz-{seed}-{who}@example.com"
        self.session = self.key = ""
        self.renewed_at = self.looked_at = 0.0
        self.lock = threading.Lock()
        self.renew()

    def headers(self, chance: Random, kind: str) -> Headers:
        cookie = ("Cookie", f"sessionid={self.session}; csrftoken={CSRF}")
        if kind in ("sockets", "api"):
            ways = ([("Authorization", f"Bearer {self.key}")], [("X-Session-Token", self.session)], [cookie])
            return list(chance.choice((*ways[:2], *ways[:2], ways[2])))
        if kind == "auth" and chance.random() < 0.5:
            return [("X-Session-Token", self.session)]
        return [cookie]

    def seems_out(self, answer: wire.Answer) -> None:
        """An answer asked to sign in; perhaps the session is over."""
        is_out = answer.status == 401 or (answer.status == 302 and "/login" in answer.header("Location"))
        if is_out and time.monotonic() > self.looked_at + LOOKED_AT:
            self.looked_at = time.monotonic()
            if not _is_there(self.session):
                self.renewed_at = 0.0

    def renew(self) -> None:
        with self.lock:
            if time.monotonic() < self.renewed_at + LASTS:
                return
            self.renewed_at = time.monotonic()
            user = account(self.email, is_staff=self.who != "customer", is_superuser=self.who == "superuser")
            if self.who == "staff":
                user.groups.add(Group.objects.get(name=FINANCE))
            self.session = signed_in(user)
            if not (self.key and find_key(self.key)):
                user.api_keys.all().delete()
                scope = Scope.ORDER if self.who == "customer" else Scope.MANAGE
                self.key = make_key(user=user, name="fuzz", scope=scope).secret


@cache
def hashed() -> str:
    """Made once, and in no transaction: on a busy machine it takes longer than one may stand still."""
    return make_password(PASSWORD)


def account(email: str, **rights: bool) -> User:
    """The account as it is to be, whatever became of it; a new one where it is gone."""
    user, is_new = User.objects.get_or_create(email=email)
    is_other = {name for name, right in {"is_active": True, **rights}.items() if getattr(user, name) != right}
    if is_new or is_other or user.password != hashed():
        vars(user).update(is_active=True, password=hashed(), **rights)
        user.save()
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"primary": True, "verified": True})
    return user


def signed_in(user: User) -> str:
    """A session of one who has just typed the password."""
    key = session_of(user)
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "email": user.email}
    ]
    session.save()
    return key


def _is_there(session: str) -> bool:
    return bool(import_module(settings.SESSION_ENGINE).SessionStore(session).exists(session))
