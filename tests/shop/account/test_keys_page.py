"""The page of API keys: a key is shown once, works, and is revoked."""

import re

import pytest

from accounts.access.keys import find_key, make_key
from accounts.access.verification import EmailNotVerified
from accounts.models import ApiKey
from rest.scopes import Scope
from tests.factories import PASSWORD, make_staff, make_user
from tests.shop.conftest import Visitor, words

pytestmark = pytest.mark.django_db
PAGE = "/accounts/keys/"
NEW = {"name": "The till", "scope": "order", "days": "30"}


@pytest.fixture
def customer(customer) -> Visitor:
    """Has given the password a moment ago."""
    return confirmed(customer)


def confirmed(browser: Visitor) -> Visitor:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": PAGE})
    return browser


def shown_key(page: str) -> str | None:
    found = re.search(r'id="new-key">([^<]+)<', page)
    return found[1] if found else None


def test_a_new_key_is_shown_once_and_works(customer, buyer):
    answer = customer.post(PAGE, NEW)
    secret = shown_key(words(answer))

    key = find_key(secret)
    assert (key.user, key.scope, key.name) == (buyer.user, "order", "The till")
    assert (key.expires_at - key.created_at).days in (29, 30)
    assert "no-store" in answer["Cache-Control"]
    again = customer.text(PAGE)
    assert shown_key(again) is None and secret[13:] not in again
    assert f"ord_{key.prefix}" in again and "The till" in again


def test_a_revoked_key_is_gone(customer):
    secret = shown_key(words(customer.post(PAGE, NEW)))

    answer = customer.post(f"{PAGE}{find_key(secret).pk}/revoke/")

    assert (answer.status_code, answer.url) == (303, PAGE)
    assert find_key(secret) is None
    assert "ord_" not in customer.text(PAGE)


def test_the_keys_of_others_are_theirs(customer):
    other = make_user()
    new = make_key(user=other, name="Theirs", scope=Scope.READ)

    assert "Theirs" not in customer.text(PAGE)
    customer.post(f"{PAGE}{new.key.pk}/revoke/")
    assert find_key(new.secret)


def test_managing_is_offered_to_staff_alone(customer):
    assert 'value="manage"' not in customer.text(PAGE)
    customer.post(PAGE, NEW | {"scope": "manage"})
    assert not ApiKey.objects.exists()

    desk = Visitor()
    desk.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    confirmed(desk)
    assert 'value="manage"' in desk.text(PAGE)
    assert (
        find_key(shown_key(words(desk.post(PAGE, NEW | {"scope": "manage", "days": "0"})))).expires_at is None
    )


def test_one_key_too_many_is_told(customer, settings):
    settings.MAX_API_KEYS = 1
    customer.post(PAGE, NEW)

    assert "too many API keys" in words(customer.post(PAGE, NEW))
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "all"}, {"days": "1"}, {"name": "x" * 101}])
def test_a_wrong_form_makes_no_key(customer, wrong):
    assert customer.post(PAGE, NEW | wrong).status_code == 200
    assert not ApiKey.objects.exists()


def test_the_page_asks_to_sign_in(visitor):
    assert visitor.get(PAGE).url == f"/accounts/login/?next={PAGE}"
    assert visitor.post(f"{PAGE}1/revoke/").status_code == 302


def test_a_key_is_made_after_the_password_was_given_again(visitor, buyer):
    visitor.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.get(PAGE).status_code == 200
    asked = visitor.post(PAGE, NEW)
    assert asked.url.startswith("/accounts/reauthenticate/")
    assert "password" in words(visitor.post(asked.url, {"password": "wrong", "next": PAGE}))
    assert not ApiKey.objects.exists()

    answer = visitor.post(asked.url, {"password": PASSWORD, "next": PAGE})

    assert find_key(shown_key(words(answer))).user == buyer.user
    assert "no-store" in answer["Cache-Control"]


def test_without_a_verified_email_no_key_is_made_and_the_page_says_so(visitor):
    user = make_user(verified=False)
    visitor.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "Please confirm your email address first." in visitor.text(PAGE)
    assert "Please confirm your email address first." in words(confirmed(visitor).post(PAGE, NEW))
    assert not ApiKey.objects.exists()
    with pytest.raises(EmailNotVerified):
        make_key(user=user, name="Mine", scope=Scope.READ)
