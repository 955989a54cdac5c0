"""What strangers learn of an account, and whether they can keep its owner out: nothing, and no."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from config import request_id
from shop.sign_in import sign_in_limits
from tests.confirmed import confirm, sign_in
from tests.factories import PASSWORD, make_user
from tests.orders.post import delivered
from tests.parallel import at_once
from tests.quick_hasher import QuickHasher

pytestmark = pytest.mark.django_db

AUTH = "/api/auth/app/v1/auth/"
ANOTHER = "a quite different phrase"


def by_page(path: str, sent: dict, **more):
    return Client(**more).post(f"/accounts/{path}", sent)


def sign_up_by_page(email: str, password: str = ANOTHER):
    return by_page("signup/", {"email": email, "password1": password, "password2": password})


def sign_up_by_program(email: str, password: str = ANOTHER):
    return APIClient().post(f"{AUTH}signup", {"email": email, "password": password}, format="json")


def sign_in_by_page(email: str, password: str = ANOTHER, **more):
    return by_page("login/", {"login": email, "password": password}, **more)


def sign_in_by_program(email: str, password: str = ANOTHER, **more):
    sent = {"email": email, "password": password}
    return APIClient(**more).post(f"{AUTH}login", sent, format="json")


def reset_by_page(email: str):
    return by_page("password/reset/", {"email": email})


def reset_by_program(email: str):
    return APIClient().post(f"{AUTH}password/request", {"email": email}, format="json")


def seen(answer, email: str) -> tuple:
    """All that a stranger sees of an answer, but for what is random in it."""
    text = re.sub(r'value="[\w-]{64}"|"session_token": "\w+"|nonce-\S+', "", answer.content.decode())
    return answer.status_code, answer.get("Location"), text.replace(email, "…"), sorted(answer.cookies)


# --- whether there is an account -------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [sign_up_by_page, sign_up_by_program, reset_by_page, reset_by_program])
def test_the_answer_does_not_tell_whether_an_address_has_an_account(act):
    known, waiting, new = make_user().email, make_user(verified=False).email, "new@example.com"

    assert seen(act(known), known) == seen(act(new), new) == seen(act(waiting), waiting)
    assert sorted(email.to for email in delivered()) == sorted([[known], [new], [waiting]])


@pytest.mark.parametrize("sign_up", [sign_up_by_page, sign_up_by_program])
def test_nor_does_the_time_that_it_takes(sign_up, monkeypatch):
    known, hashed = make_user().email, []
    encode = QuickHasher.encode
    monkeypatch.setattr(QuickHasher, "encode", lambda *args: hashed.append(1) or encode(*args))

    sign_up(known)
    for_known = len(hashed)
    sign_up("new@example.com")

    assert for_known == len(hashed) - for_known == 1


@pytest.mark.parametrize("sign_up", [sign_up_by_page, sign_up_by_program])
@pytest.mark.parametrize("sign_in", [sign_in_by_page, sign_in_by_program])
def test_nor_does_signing_in_with_the_password_that_one_signed_up_with(sign_up, sign_in):
    known, new = make_user().email, "new@example.com"
    for email in (known, new):
        sign_up(email)

    assert seen(sign_in(known), known) == seen(sign_in(new), new)


@pytest.mark.parametrize("password", ["short", "12345678"])
@pytest.mark.parametrize("sign_up", [sign_up_by_page, sign_up_by_program])
def test_nor_does_a_bad_password(sign_up, password):
    known, new = make_user().email, "new@example.com"
    assert seen(sign_up(known, password), known) == seen(sign_up(new, password), new)


def test_signing_up_signs_in_once_the_link_is_opened_in_the_same_browser():
    browser = Client()
    sent = {"email": "new@example.com", "password1": ANOTHER, "password2": ANOTHER, "next": "/checkout/"}
    assert browser.post("/accounts/signup/", sent, follow=True).status_code == 200
    assert browser.get("/accounts/").status_code == 302
    link = re.search(r"(/accounts/confirm-email/[^/\s]+/)", delivered()[0].body)[1]

    assert browser.post(link).url == "/checkout/"
    assert browser.get("/accounts/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sign_up", [sign_up_by_page, sign_up_by_program])
def test_two_who_sign_up_with_one_address_at_one_moment_are_told_the_same(sign_up):
    answers = at_once([lambda: sign_up("new@example.com")] * 4)

    assert {answer.status_code for answer in answers} <= {302, 401}
    assert len({(answer.status_code, answer.get("Location")) for answer in answers}) == 1
    assert User.objects.count() == 1


def test_who_signed_up_with_somebody_elses_address_does_not_get_in_when_its_owner_comes():
    sign_up_by_page("hoa@example.com", PASSWORD)
    owner = Client()

    sign_up_by_page("hoa@example.com", ANOTHER)
    link = re.search(r"(/accounts/confirm-email/[^/\s]+/)", delivered()[-1].body)[1]
    owner.post(link)

    assert User.objects.get().is_verified
    assert sign_in_by_program("hoa@example.com", PASSWORD).status_code == 400
    reset_by_page("hoa@example.com")
    assert "/password/reset/key/" in delivered()[-1].body


# --- asking for somebody else's address ------------------------------------------------------------------------------


def link_in(email) -> str:
    return re.search(r"(/accounts/confirm-email/[^/\s]+/)", email.body)[1]


def asked_for(address: str) -> User:
    """A verified user has asked for an address that is not theirs; the link lies in its mailbox."""
    stranger, browser = make_user(), Client()
    sign_in(browser, stranger)
    assert browser.post("/accounts/email/", {"action_add": "", "email": address}).status_code == 302
    return stranger


@pytest.mark.parametrize("sign_up", [sign_up_by_page, sign_up_by_program])
def test_who_asks_for_an_address_keeps_nobody_from_signing_up_with_it(sign_up):
    stranger = asked_for("hoa@example.com")

    sign_up("hoa@example.com", ANOTHER)
    Client().post(link_in(delivered()[-1]))

    assert is_signed_in(sign_in_by_page("hoa@example.com", ANOTHER))
    assert not EmailAddress.objects.filter(user=stranger, email="hoa@example.com", verified=True).exists()


@pytest.mark.parametrize("sign_up", [sign_up_by_page, sign_up_by_program])
def test_the_answer_does_not_tell_whether_somebody_asked_for_the_address(sign_up):
    asked, new = "hoa@example.com", "new@example.com"
    asked_for(asked)
    assert seen(sign_up(asked), asked) == seen(sign_up(new), new)


def test_who_signed_up_before_somebody_asked_for_the_address_is_sent_the_link_again():
    stranger = asked_for("hoa@example.com")
    sign_up_by_page("hoa@example.com", PASSWORD)

    sign_up_by_page("hoa@example.com", ANOTHER)
    Client().post(link_in(delivered()[-1]))

    assert User.objects.get(email="hoa@example.com").is_verified
    assert not EmailAddress.objects.filter(user=stranger, verified=True, email="hoa@example.com").exists()


@pytest.mark.parametrize("first", ["asked", "signed up"])
def test_of_two_links_in_one_mailbox_the_one_that_is_opened_counts_and_the_other_is_no_error(first):
    acts = [lambda: asked_for("hoa@example.com"), lambda: sign_up_by_page("hoa@example.com", ANOTHER)]
    for act in acts if first == "asked" else reversed(acts):
        act()
    links = [link_in(email) for email in delivered()]

    answers = [Client().post(link) for link in (*links, *links)]

    assert {answer.status_code for answer in answers} <= {200, 302, 404}
    assert EmailAddress.objects.filter(email="hoa@example.com", verified=True).count() == 1


# --- guessing ----------------------------------------------------------------------------------------------------------

HERE, THERE = {"REMOTE_ADDR": "198.51.100.7"}, {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def _limits(settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "100/m/ip,5/5m/key", "login": "1000/m/ip"}


def is_signed_in(answer) -> bool:
    return answer.status_code == 302 or "session_token" in answer.content.decode()


@pytest.mark.usefixtures("_limits")
@pytest.mark.parametrize("sign_in", [sign_in_by_page, sign_in_by_program])
def test_five_wrong_passwords_lock_out_where_they_come_from_and_nowhere_else(sign_in):
    user = make_user()
    for _ in range(5):
        assert not is_signed_in(sign_in(user.email, "wrong", **HERE))

    assert not is_signed_in(sign_in(user.email, PASSWORD, **HERE))
    assert is_signed_in(sign_in(user.email, PASSWORD, **THERE))


@pytest.mark.usefixtures("_limits")
def test_no_other_name_of_the_shop_gives_more_tries():
    user = make_user()
    for host in ("127.0.0.1", "localhost", "testserver", "localhost", "127.0.0.1"):
        by_page("login/", {"login": user.email.upper(), "password": "wrong"}, HTTP_HOST=host)

    assert not is_signed_in(sign_in_by_page(user.email, PASSWORD))


@pytest.mark.usefixtures("_limits")
@pytest.mark.parametrize("known_by", ["device", "address"])
def test_guessing_from_everywhere_meets_a_limit_that_the_owner_does_not(monkeypatch, known_by):
    monkeypatch.setattr(sign_in_limits, "WHOLE_ACCOUNT", {"login_failed": "6/h/key"})
    user = make_user()
    own = Client(**HERE)
    own.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    if known_by == "device":
        own.post("/accounts/logout/")
        own.defaults["REMOTE_ADDR"] = "192.0.2.77"
    else:
        own = Client(**HERE)
    for last in range(8):
        sign_in_by_page(user.email, "wrong", REMOTE_ADDR=f"203.0.113.{last}")

    assert not is_signed_in(sign_in_by_page(user.email, PASSWORD, REMOTE_ADDR="203.0.113.99"))
    assert own.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302


@pytest.mark.usefixtures("_limits")
@pytest.mark.parametrize("known_by", ["device", "address"])
def test_who_has_asked_for_somebody_elses_address_guesses_no_longer_than_others(monkeypatch, known_by):
    monkeypatch.setattr(sign_in_limits, "WHOLE_ACCOUNT", {"login_failed": "6/h/key"})
    user, stranger = make_user(), Client(**HERE)
    own = make_user()
    stranger.post("/accounts/login/", {"login": own.email, "password": PASSWORD})
    confirm(stranger, own)
    assert stranger.post("/accounts/email/", {"action_add": "", "email": user.email}).status_code == 302
    stranger.post("/accounts/logout/")
    if known_by == "address":
        stranger = Client(**HERE)
    for last in range(6):
        sign_in_by_page(user.email, "wrong", REMOTE_ADDR=f"203.0.113.{last}")

    assert not is_signed_in(stranger.post("/accounts/login/", {"login": user.email, "password": PASSWORD}))


@pytest.mark.parametrize("cookie", ["", "nonsense", "W10:1:x", "\x00"])
def test_a_cookie_that_is_not_ours_makes_no_device_known(cookie):
    client = Client()
    client.cookies[sign_in_limits.COOKIE] = cookie
    assert client.post("/accounts/login/", {"login": "a@example.com", "password": "x"}).status_code == 200


# --- the log and the headers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refuse",
    [
        lambda: sign_in_by_page("a@example.com", "wrong", **HERE),
        lambda: sign_in_by_program("a@example.com", "wrong", **HERE),
        lambda: APIClient(**HERE).get("/api/addresses/"),
        lambda: APIClient(**HERE).post("/api/nothing/"),
    ],
)
def test_a_refusal_is_in_the_log_with_the_callers_address(refuse, caplog):
    caplog.set_level("INFO")
    caplog.handler.addFilter(request_id.RequestIdFilter())

    refuse()

    assert caplog.records
    assert {record.address for record in caplog.records} == {"198.51.100.7"}


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/docs/events/", "/api/products/", "/nowhere/"])
def test_no_page_may_use_what_the_shop_does_not_need(client, path):
    given = client.get(path).headers["Permissions-Policy"]
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()"} <= set(given.split(", "))


def test_the_page_of_events_shows_no_code(client):
    shown = client.get("/api/docs/events/").content.decode()
    assert "{'" not in shown and "&#x27;: " not in shown
