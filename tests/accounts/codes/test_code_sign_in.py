"""A code from an email in place of a password: who gets in by it, how often, and what strangers learn. Nothing."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.asks import Ask
from accounts.codes import asking
from accounts.models import User
from orders.models import Email
from tests.accounts.codes.test_strangers import seen
from tests.factories import PASSWORD, make_user, staff_of
from tests.orders.post import delivered
from tests.parallel import at_once
from tests.second_factor import code_of, set_up

pytestmark = pytest.mark.django_db

PAGE = "/accounts/login/code/"
AUTH = "/api/auth/app/v1/auth/"
NEW = "new@example.com"


class Page:
    """A browser at the page of a code."""

    def __init__(self, **more):
        self.client = Client(**more)

    def ask(self, email: str, **more):
        return self.client.post(PAGE, {"email": email, **more})

    def type(self, code: str, **more):
        return self.client.post(PAGE, {"code": code, **more})

    @property
    def user(self) -> User | None:
        key = self.client.session.get("_auth_user_id")
        return User.objects.get(pk=key) if key else None


class Program:
    """A program at allauth's doors."""

    def __init__(self, **more):
        self.client = APIClient(**more)

    def _post(self, door: str, sent: dict):
        answer = self.client.post(f"{AUTH}{door}", sent, format="json")
        token = answer.json().get("meta", {}).get("session_token")
        if token:
            self.client.credentials(HTTP_X_SESSION_TOKEN=token)
        return answer

    def ask(self, email: str):
        return self._post("code/request", {"email": email})

    def type(self, code: str):
        return self._post("code/confirm", {"code": code})

    @property
    def user(self) -> User | None:
        answer = self.client.get(f"{AUTH}session").json()
        return (
            User.objects.get(pk=answer["data"]["user"]["id"]) if answer["meta"]["is_authenticated"] else None
        )


@pytest.fixture(params=[Page, Program])
def door(request):
    return request.param


def last_code() -> str:
    found = re.search(r"^\d{4}-\d{4}$", delivered()[-1].body, re.MULTILINE)
    assert found, delivered()[-1].body
    return found[0]


def wrong(code: str) -> str:
    return str((int(code.replace("-", "")) + 1) % 10**8).rjust(8, "0")


# --- getting in ----------------------------------------------------------------------------------------------------


def test_an_address_without_an_account_gets_one_by_its_code(door):
    visitor = door()
    visitor.ask("New@Example.com")
    assert not User.objects.exists()

    visitor.type(last_code())

    user = User.objects.get()
    assert visitor.user == user
    assert (user.email, user.is_active, user.is_verified, user.has_usable_password()) == (
        NEW,
        True,
        True,
        False,
    )


def test_the_same_address_gets_the_same_account_from_another_browser_and_only_by_another_code(door):
    first, second = door(), door()
    first.ask(NEW)
    code = last_code()
    first.type(code)
    second.type(code)
    assert second.user is None
    second.ask(NEW)
    assert last_code() != code

    second.type(last_code())

    assert second.user == first.user == User.objects.get()


def test_a_code_is_typed_with_or_without_what_parts_it(door):
    visitor = door()
    visitor.ask(NEW)
    visitor.type(f" {last_code().replace('-', ' ')} ")
    assert visitor.user


def test_an_account_with_a_password_opens_and_keeps_it(door):
    user, visitor = make_user(), door()
    visitor.ask(user.email)
    visitor.type(last_code())

    assert visitor.user == user
    assert User.objects.get().check_password(PASSWORD)


def test_a_password_that_a_stranger_set_before_the_address_was_verified_is_worth_nothing(door):
    make_user(email=NEW, verified=False)
    owner = door()
    owner.ask(NEW)
    owner.type(last_code())

    user = User.objects.get()
    assert owner.user == user
    assert user.is_verified and not user.has_usable_password()


def test_who_only_asked_for_an_address_does_not_get_its_mailboxs_owner(door):
    stranger, visitor = make_user(), door()
    EmailAddress.objects.create(user=stranger, email=NEW, verified=False, primary=False)
    visitor.ask(NEW)
    visitor.type(last_code())

    assert visitor.user != stranger
    assert visitor.user.is_verified
    assert User.objects.get(pk=stranger.pk).email == stranger.email


def test_the_page_goes_on_to_where_it_was_asked_from_and_nowhere_else():
    visitor = Page()
    visitor.ask(NEW, next="/checkout/")
    assert visitor.type(last_code()).url == "/checkout/"
    other = Page()
    other.ask(NEW, next="https://evil.example/")
    assert other.type(last_code(), next="//evil.example").url == "/"


def test_the_session_gets_another_key_and_keeps_what_is_in_it():
    visitor = Page()
    session = visitor.client.session
    session["cart_prices"] = {"x": "1"}
    session.save()
    visitor.client.cookies["sessionid"] = before = session.session_key
    visitor.ask(NEW)
    visitor.type(last_code())

    assert visitor.client.cookies["sessionid"].value != before
    assert Client(headers={"cookie": f"sessionid={before}"}).get("/accounts/").status_code == 302


def test_who_is_signed_in_goes_on():
    visitor = Page()
    visitor.client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.client.get(f"{PAGE}?next=/cart/").url == "/cart/"


def test_allauths_own_page_of_a_code_leads_to_ours(client):
    assert client.get(f"{PAGE}confirm/?next=/cart/").url == f"{PAGE}?next=/cart/"


# --- who does not get in ---------------------------------------------------------------------------------------------


def test_a_second_factor_is_asked_for_after_the_code(door):
    user, visitor = make_user(), door()
    secret = set_up(user)
    visitor.ask(user.email)
    visitor.type(last_code())
    assert visitor.user is None

    if door is Page:
        visitor.client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    else:
        visitor._post("2fa/authenticate", {"code": code_of(secret)})

    assert visitor.user == user


@pytest.mark.parametrize("who", ["staff", "superuser", "inactive"])
def test_staff_and_who_is_switched_off_get_no_code_and_the_same_answer(door, who):
    user = {
        "staff": lambda: staff_of("Support"),
        "superuser": lambda: make_user(is_superuser=True),
        "inactive": lambda: make_user(is_active=False),
    }[who]()
    visitor, another = door(), door()

    assert seen(visitor.ask(user.email), user.email) == seen(another.ask(NEW), NEW)
    told = next(email for email in delivered() if email.to == [user.email])
    assert not re.search(r"\d{4}-\d{4}", told.body + told.subject)


@pytest.mark.parametrize("change", [{"is_staff": True}, {"is_active": False}])
def test_nor_does_who_became_that_while_the_code_was_on_its_way(door, change):
    user, visitor = make_user(), door()
    visitor.ask(user.email)
    User.objects.update(**change)

    visitor.type(last_code())

    assert visitor.user is None


def test_the_answer_does_not_tell_whether_an_address_has_an_account(door):
    known, waiting = make_user().email, make_user(verified=False).email

    assert seen(door().ask(known), known) == seen(door().ask(NEW), NEW) == seen(door().ask(waiting), waiting)
    shown = [seen(one, email) for email in (known, NEW) for one in [_wrong_answer(door, email)]]
    assert shown[0] == shown[1]


def _wrong_answer(door, email: str):
    visitor = door()
    visitor.ask(email)
    return visitor.type("0")


# --- a code is good for little ---------------------------------------------------------------------------------------


def test_a_code_has_three_tries(door):
    visitor = door()
    visitor.ask(NEW)
    code = last_code()
    for _nth in range(3):
        visitor.type(wrong(code))

    visitor.type(code)

    assert visitor.user is None
    assert not User.objects.exists()


def test_a_code_ends_after_minutes(door):
    visitor = door()
    visitor.ask(NEW)
    Ask.objects.update(at=timezone.now() - timedelta(minutes=11))

    visitor.type(last_code())

    assert visitor.user is None


def test_a_code_is_good_where_it_was_asked_for_and_nowhere_else(door):
    visitor, thief = door(), door()
    visitor.ask(NEW)
    code = last_code()
    thief.ask("other@example.com")

    thief.type(code)

    assert thief.user is None


def test_another_code_is_in_place_of_the_one_before():
    visitor = Page()
    visitor.ask(NEW)
    before = last_code()
    visitor.client.post(PAGE, {"intent": "again"})
    visitor.type(before)
    assert visitor.user is None

    visitor.type(last_code())

    assert visitor.user


def test_a_program_may_ask_for_another_code_twice():
    visitor = Program()
    visitor.ask(NEW)
    assert [visitor._post("code/resend", {}).status_code for _nth in range(3)] == [200, 200, 409]
    visitor.type(last_code())
    assert visitor.user


@pytest.mark.django_db(transaction=True)
def test_many_who_guess_in_one_session_at_one_moment_have_three_tries_together():
    visitor = Page()
    visitor.ask(NEW)
    code, key = last_code(), visitor.client.cookies["sessionid"].value

    def guess(text: str):
        client = Client(headers={"cookie": f"sessionid={key}"})
        return lambda: client.post(PAGE, {"code": text})

    at_once([guess(wrong(code)) for _nth in range(8)])

    assert Ask.objects.get().tries == 3
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_browsers_that_type_their_codes_at_one_moment_get_one_account():
    visitors = [Page() for _nth in range(4)]
    codes = []
    for visitor in visitors:
        visitor.ask(NEW)
        codes.append(last_code())

    at_once([lambda v=visitor, c=code: v.type(c) for visitor, code in zip(visitors, codes, strict=True)])

    assert {visitor.user for visitor in visitors} == {User.objects.get()}


# --- how many may be asked for ---------------------------------------------------------------------------------------


@pytest.fixture
def _limits(settings):
    settings.ASKING_LIMITS = True


HERE, THERE = {"REMOTE_ADDR": "198.51.100.7"}, {"REMOTE_ADDR": "203.0.113.9"}


@pytest.mark.usefixtures("_limits")
def test_an_address_gets_a_few_codes_and_one_network_does_not_use_up_those_of_another(door):
    statuses = [door(**HERE).ask(NEW).status_code for _nth in range(asking.OF_ADDRESS_HERE.most + 1)]

    assert statuses[-1] == 429
    assert len(set(statuses[:-1])) == 1
    assert door(**THERE).ask(NEW).status_code == statuses[0]
    assert len(delivered()) == asking.OF_ADDRESS_HERE.most + 1


@pytest.mark.usefixtures("_limits")
def test_an_address_gets_no_more_in_a_day_from_wherever_they_are_asked_for(door, monkeypatch):
    monkeypatch.setattr(asking, "OF_ADDRESS", asking.Limit(3, timedelta(days=1)))
    answers = [door(REMOTE_ADDR=f"203.0.113.{last}").ask(NEW).status_code for last in range(4)]
    assert answers[-1] == 429 != answers[-2]
    Ask.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert door(**HERE).ask(NEW).status_code == answers[0]


@pytest.mark.usefixtures("_limits")
def test_a_network_gets_no_more_for_whatever_addresses(door, monkeypatch):
    monkeypatch.setattr(asking, "OF_NETWORK", asking.Limit(3, timedelta(hours=1)))
    answers = [door(**HERE).ask(f"n{nth}@example.com").status_code for nth in range(4)]
    assert answers[-1] == 429 != answers[-2]


@pytest.mark.usefixtures("_limits")
def test_the_limit_does_not_tell_whether_an_address_has_an_account(door):
    known = make_user().email
    for email in (known, NEW):
        for _nth in range(asking.OF_ADDRESS_HERE.most):
            door(**HERE).ask(email)

    assert seen(door(**HERE).ask(known), known) == seen(door(**HERE).ask(NEW), NEW)


@pytest.mark.usefixtures("_limits")
@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_one_moment_get_no_more(monkeypatch):
    monkeypatch.setattr(asking, "OF_ADDRESS_HERE", asking.Limit(3, timedelta(minutes=15)))
    answers = at_once([lambda: Page(**HERE).ask(NEW)] * 8)

    assert sorted(answer.status_code for answer in answers) == [303] * 3 + [429] * 5
    assert Ask.objects.count() == 3


def test_what_was_asked_for_names_nobody_and_is_forgotten():
    Page(**HERE).ask(NEW)
    row = str(vars(Ask.objects.get()))
    assert NEW not in row and "198.51.100" not in row
    Ask.objects.update(at=timezone.now() - timedelta(days=3))

    asking.forget_old()

    assert not Ask.objects.exists()


def test_a_code_that_was_not_sent_in_time_is_not_sent():
    Page().ask(NEW)
    email = Email.objects.get()
    assert timezone.now() < email.expires_at <= timezone.now() + timedelta(minutes=10)


def test_staff_who_see_emails_see_no_code():
    Page().ask(NEW)
    code = last_code()
    assert code not in str(vars(Email.objects.get()))
