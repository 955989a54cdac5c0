"""What becomes of who bought without an account: an open session hands nothing over, a password takes the orders along."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.codes.by_code import is_guest
from accounts.models import User
from orders.models import Order
from tests.accounts.access.test_reauthentication import PAGES, standing
from tests.accounts.codes.test_code_sign_in import Page, Program, last_code
from tests.factories import PASSWORD, Buyer, make_product, make_user
from tests.orders.post import delivered
from tests.second_factor import set_up

pytestmark = pytest.mark.django_db

NEW = "a quite different phrase"
ACCOUNT = "/api/auth/app/v1/account/"
ASKS = "/accounts/reauthenticate/code/"


def make_guest() -> User:
    user = make_user()
    user.set_unusable_password()
    user.save()
    return user


def signed_in(user: User) -> Client:
    """The guest's browser, signed in by a code some time ago."""
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_a_guest_is_who_has_no_password():
    assert is_guest(make_guest())
    assert not is_guest(make_user())


# --- a session that was left open ------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [*PAGES, "a password"])
def test_no_page_hands_a_guests_account_over_without_a_code(what):
    user = make_guest()
    pages = {**PAGES, "a password": lambda _user: ("password/set/", {"password1": NEW, "password2": NEW})}
    path, sent = pages[what](user)
    browser, before = signed_in(user), standing(user)

    answer = browser.post(f"/accounts/{path}", sent)

    assert answer.url.startswith(ASKS)
    assert standing(user) == before


def test_a_code_opens_them():
    user = make_guest()
    browser = signed_in(user)
    answer = browser.get("/accounts/password/set/")
    browser.post(answer.url, {"recipient": user.email})
    answer = browser.post(
        f"{ASKS}confirm/?next=/accounts/password/set/", {"code": last_code(), "action": "verify"}
    )
    assert answer.url == "/accounts/password/set/"

    browser.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})

    assert User.objects.get().check_password(NEW)


def test_right_after_the_sign_in_by_code_it_is_not_asked_for_twice():
    visitor = Page()
    visitor.ask("hoa@example.com")
    visitor.type(last_code())
    assert visitor.client.get("/accounts/password/set/").status_code == 200


@pytest.mark.parametrize("who", ["a password", "a second factor", "both"])
def test_a_code_by_email_is_no_way_round_a_password_or_a_second_factor(who):
    user = make_user() if who in ("a password", "both") else make_guest()
    if who != "a password":
        set_up(user)
    browser = signed_in(user)
    emails = len(delivered())

    assert not browser.get("/accounts/data/").url.startswith(ASKS)
    answer = browser.post(ASKS, {"recipient": user.email})
    assert not answer.get("Location", "").startswith(f"{ASKS}confirm")
    assert len(delivered()) == emails


def test_nor_for_programs():
    user = make_user()
    visitor = Program()
    visitor.ask(user.email)
    visitor.type(last_code())
    emails = len(delivered())

    answer = visitor._post("reauthenticate/code/request", {"email": user.email})
    assert answer.status_code == 400
    assert len(delivered()) == emails
    answer = visitor.client.post(f"{ACCOUNT}email", {"email": "thief@example.com"}, format="json")
    flows = answer.json()["data"]["flows"]
    assert [flow["id"] for flow in flows] == ["reauthenticate"]


def test_signing_in_by_code_with_a_password_at_hand_opens_nothing_delicate():
    user, visitor = make_user(), Page()
    visitor.ask(user.email)
    visitor.type(last_code())
    assert visitor.client.get("/accounts/data/").url.startswith("/accounts/reauthenticate/?")


def test_a_guests_program_gives_a_code_again():
    visitor = Program()
    visitor.ask("hoa@example.com")
    visitor.type(last_code())
    user = User.objects.get()
    assert visitor._post("reauthenticate/code/request", {"email": user.email}).status_code in (200, 401)
    assert visitor._post("reauthenticate/code/confirm", {"code": last_code()}).status_code == 200


# --- a password later ------------------------------------------------------------------------------------------------


def test_signing_up_with_a_guests_address_brings_the_link_to_a_password_and_takes_the_orders_along():
    buyer = Buyer()
    order = buyer.place((make_product(stock=1), 1))
    buyer.user.set_unusable_password()
    buyer.user.save()
    browser, sent = Client(), {"email": buyer.user.email, "password1": PASSWORD, "password2": PASSWORD}
    browser.post("/accounts/signup/", sent)

    assert not User.objects.get().has_usable_password(), "a stranger may have typed it"
    email = next(one for one in delivered() if one.subject == "Choose your password")
    link = re.search(r"(/accounts/password/reset/key/\S+)", email.body)[1]
    page = browser.get(link, follow=True).request["PATH_INFO"]
    browser.post(page, {"password1": NEW, "password2": NEW})
    browser.post("/accounts/login/", {"login": buyer.user.email, "password": NEW})

    assert browser.get(order.get_absolute_url()).status_code == 200
    assert Order.objects.get().customer == User.objects.get()


def test_a_guest_who_thinks_that_there_was_a_password_gets_that_link_too():
    user = make_guest()
    Client().post("/accounts/password/reset/", {"email": user.email})
    assert delivered()[-1].subject == "Choose your password"


def test_a_guest_is_offered_a_password_on_the_account_and_the_order(buyer):
    order = buyer.place((make_product(stock=1), 1))
    buyer.user.set_unusable_password()
    buyer.user.save()
    browser = signed_in(buyer.user)

    assert "/accounts/password/set/" in browser.get("/accounts/").text
    assert "data-guest" in browser.get(order.get_absolute_url()).text
    buyer.user.set_password(PASSWORD)
    buyer.user.save()
    browser = signed_in(buyer.user)
    assert "/accounts/password/set/" not in browser.get("/accounts/").text
    assert "data-guest" not in browser.get(order.get_absolute_url()).text


def test_a_guest_who_changes_the_address_is_found_by_the_new_one_alone(buyer):
    before = buyer.user.email
    EmailAddress.objects.filter(user=buyer.user).update(email="new@example.com")
    User.objects.filter(pk=buyer.user.pk).update(email="new@example.com")
    old, new = Page(), Page()
    new.ask("new@example.com")
    new.type(last_code())
    old.ask(before)
    old.type(last_code())

    assert new.user == buyer.user
    assert old.user != buyer.user
