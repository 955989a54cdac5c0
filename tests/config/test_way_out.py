"""What middleware does on the way out turns nothing that is done into an error, and waits for nobody."""

import time
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import user_logged_in
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from orders.models import Order
from rest.redis_client import Guarded
from tests.factories import PASSWORD, Buyer, make_product
from tests.waiting import SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


def fails(*_given, **_more):
    raise OperationalError("server closed the connection unexpectedly")


class InnermostMiddleware:
    """Does to a request, once its view has answered, what `at_that_moment` says."""

    at_that_moment = staticmethod(lambda request: None)

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        type(self).at_that_moment(request)
        return response


@pytest.fixture
def at_that_moment(settings, monkeypatch):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.InnermostMiddleware"]

    def set_to(act) -> None:
        monkeypatch.setattr(InnermostMiddleware, "at_that_moment", staticmethod(act))

    return set_to


@pytest.fixture
def browser(buyer) -> Client:
    """Signed in some time ago, so that it is noted when it is seen."""
    client = Client()
    assert (
        client.post("/accounts/login/", {"login": buyer.user.email, "password": PASSWORD}).status_code == 302
    )
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    return client


def place(browser: Client, buyer: Buyer):
    preview = buyer.preview((make_product(stock=9), 1))
    return browser.post(
        f"/api/orders/{preview.id}/", {"price_table_id": buyer.table.pk}, content_type="application/json"
    )


def session_changes(request) -> None:
    request.session["something"] = timezone.now().isoformat()


def message_waits(request) -> None:
    """More than fits into the cookie: it goes into the session."""
    request._messages.add(20, "x" * 5000)


def nothing_more(request) -> None:
    assert get_messages(request) is not None


@pytest.mark.parametrize("work", [nothing_more, session_changes, message_waits])
def test_a_placing_is_answered_though_database_and_redis_fail_at_that_moment(
    at_that_moment, browser, buyer, work, monkeypatch, caplog
):
    with connection.execute_wrapper(lambda execute, *given: (fail_now or execute)(*given)):
        fail_now = None

        def fall(request):
            nonlocal fail_now
            work(request)
            fail_now = fails
            monkeypatch.setattr(Guarded, "execute_command", fails)

        at_that_moment(fall)
        answer = place(browser, buyer)
        fail_now = None

    assert answer.status_code == 201
    assert Order.objects.filter(pk=answer.json()["id"]).exists()
    assert "not noted" in caplog.text


@contextmanager
def locked_by_another():
    """All sessions, and the notes about them."""
    is_locked, is_over = Event(), Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            for table in ("django_session", "usersessions_usersession"):
                cursor.execute(f"SELECT 1 FROM {table} FOR UPDATE")  # noqa: S608 one of two
            is_locked.set()
            is_over.wait(SECONDS)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert is_locked.wait(SECONDS)
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_a_placing_does_not_wait_for_who_holds_its_session(at_that_moment, browser, buyer):
    at_that_moment(session_changes)
    with locked_by_another():
        before = time.monotonic()
        answer = place(browser, buyer)
        took = time.monotonic() - before

    assert answer.status_code == 201
    assert took < 5, "locks are waited for three times as long elsewhere"


def test_a_placing_whose_session_was_ended_meanwhile_is_answered(at_that_moment, browser, buyer):
    def sign_out_elsewhere(request) -> None:
        session_changes(request)
        Session.objects.all().delete()

    at_that_moment(sign_out_elsewhere)
    assert place(browser, buyer).status_code == 201


def test_what_only_the_session_was_to_keep_is_not_said_to_be_done(at_that_moment):
    """A visitor's cart, and a sign-in."""
    product, buyer, visitor = make_product(stock=9), Buyer(), Client()
    add = {"sku": product.sku, "quantity": 1}
    assert visitor.post("/cart/add/", add).status_code == 303

    with connection.execute_wrapper(lambda execute, *given: (fail_now or execute)(*given)):
        fail_now = None

        def fall(_request) -> None:
            nonlocal fail_now
            fail_now = fails

        at_that_moment(fall)
        added = visitor.post("/cart/add/", add)
        fail_now = None
        signed_in = visitor.post("/accounts/login/", {"login": buyer.user.email, "password": PASSWORD})
        fail_now = None

    assert (added.status_code, signed_in.status_code) == (503, 503)
    assert added["Retry-After"]


@pytest.fixture
def while_signing_in():
    """Does something in the middle of a sign-in."""
    acts: list = []

    def set_to(act) -> None:
        acts.append(lambda **_given: act())
        user_logged_in.connect(acts[-1])

    yield set_to
    for act in acts:
        user_logged_in.disconnect(act)


def sign_in_by_app(buyer):
    given = {"email": buyer.user.email, "password": PASSWORD}
    return Client().post("/api/auth/app/v1/auth/login", given, content_type="application/json")


def test_an_app_is_told_that_the_database_went_away_while_it_signed_in(while_signing_in, buyer):
    """Its session is saved by allauth, not by middleware."""
    fail_now = None

    def fall() -> None:
        nonlocal fail_now
        fail_now = fails

    while_signing_in(fall)
    with connection.execute_wrapper(lambda execute, *given: (fail_now or execute)(*given)):
        answer = sign_in_by_app(buyer)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "service_unavailable")
    assert answer["Retry-After"]


def test_an_app_whose_session_is_ended_while_it_signs_in_is_refused(while_signing_in, buyer):
    while_signing_in(lambda: Session.objects.all().delete())
    answer = sign_in_by_app(buyer)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "validation_error")
