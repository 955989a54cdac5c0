"""So many requests a minute of one user, key or address: told in headers, refused beyond, and not for want of a cache."""

import re

import pytest
from rest_framework.test import APIClient

from accounts.access.keys import make_key
from rest import throttles
from rest.scopes import Scope
from tests.answers import api_of, refused
from tests.factories import make_user
from tests.no_redis import no_redis
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings, monkeypatch):
    """Three of each, in a minute that does not end."""
    settings.API_USER_LIMIT = settings.API_KEY_LIMIT = settings.API_ADDRESS_LIMIT = 3
    monkeypatch.setattr(throttles.time, "time", iter_forever(next(_minutes)))


def iter_forever(moment: float):
    return lambda: moment


# Each test has a minute of its own, since addresses are the same in all of them.
_minutes = iter(range(60_000_000, 120_000_000, 60))


def ask(api, path: str = "addresses/", **headers):
    return api.get(f"/api/{path}", headers=headers)


def throttled(answer) -> None:
    refused(answer, 429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 62


def test_a_user_is_told_what_is_left_and_refused_beyond_it():
    api = api_of(make_user())

    for left in (2, 1, 0):
        answer = ask(api)
        assert answer.status_code == 200
        assert answer["RateLimit-Policy"] == '"user";q=3;w=60'
        assert re.fullmatch(rf'"user";r={left};t=\d+', answer["RateLimit"])
    throttled(ask(api))
    assert ask(api)["RateLimit"].startswith('"user";r=0;')
    assert ask(api_of(make_user())).status_code == 200


def test_the_next_minute_begins_anew(monkeypatch):
    api = api_of(make_user())
    for _request in range(4):
        answer = ask(api)
    throttled(answer)

    monkeypatch.setattr(throttles.time, "time", iter_forever(next(_minutes)))
    assert ask(api).status_code == 200


def test_an_address_has_its_limit_on_open_endpoints():
    for _request in range(3):
        assert ask(APIClient(), "products/").status_code == 200
    throttled(ask(APIClient(), "products/"))
    assert APIClient(REMOTE_ADDR="192.0.2.7").get("/api/products/").status_code == 200
    assert ask(api_of(make_user()), "products/").status_code == 200


def test_whoever_is_refused_is_counted_too():
    """Guessing keys is what it is about."""
    for _request in range(3):
        refused(ask(APIClient(), Authorization="Bearer ord_00000000_" + "A" * 43), 401, "not_authenticated")
    throttled(ask(APIClient(), Authorization="Bearer ord_00000000_" + "B" * 43))


def test_a_key_has_its_limit_and_all_keys_of_a_user_together_another(settings):
    settings.API_USER_LIMIT = 5
    user = make_user()
    one, two = (make_key(user=user, name=name, scope=Scope.READ).secret for name in "ab")

    for _request in range(3):
        answer = ask(APIClient(), Authorization=f"Bearer {one}")
        assert answer["RateLimit-Policy"] == '"user";q=5;w=60, "key";q=3;w=60'
    throttled(ask(APIClient(), Authorization=f"Bearer {one}"))
    assert ask(APIClient(), Authorization=f"Bearer {two}").status_code == 200
    throttled(ask(APIClient(), Authorization=f"Bearer {two}"))


def test_one_network_of_ipv6_is_one_address():
    for last in range(3):
        assert APIClient(REMOTE_ADDR=f"2001:db8::{last}").get("/api/products/").status_code == 200
    throttled(APIClient(REMOTE_ADDR="2001:db8::ffff").get("/api/products/"))
    assert APIClient(REMOTE_ADDR="2001:db8:0:1::1").get("/api/products/").status_code == 200


@pytest.mark.parametrize("is_behind", [True, False])
def test_whom_a_request_is_forwarded_for_is_believed_behind_a_proxy_alone(settings, is_behind):
    settings.BEHIND_PROXY = is_behind

    for caller in range(4):
        answer = ask(APIClient(), "products/", **{"X-Forwarded-For": f"198.51.100.1, 192.0.2.{caller}"})

    assert answer.status_code == (200 if is_behind else 429)


def test_what_the_caller_adds_in_front_is_not_believed_behind_a_proxy(settings):
    settings.BEHIND_PROXY = True

    for made_up in range(4):
        answer = ask(APIClient(), "products/", **{"X-Forwarded-For": f"192.0.2.{made_up}, 198.51.100.1"})

    throttled(answer)


def test_no_limit_is_no_header(settings):
    settings.API_USER_LIMIT = 0

    assert "RateLimit" not in ask(api_of(make_user()))


def test_without_the_cache_everybody_passes(settings, caplog):
    api = api_of(make_user())

    with no_redis(settings):
        for _request in range(5):
            assert ask(api).status_code == 200
    assert "limits are not counted" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_just_so_many_pass():
    user = make_user()

    answers = at_once([lambda: ask(api_of(user)) for _ in range(8)])

    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 5
