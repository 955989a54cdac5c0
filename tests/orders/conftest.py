"""Mail servers, the hints that workers get, and where the audit looks."""

import threading
from contextlib import nullcontext

import pytest
from celery import current_app
from django.utils import translation

from orders import audit
from tests.orders import post
from tests.shop.conftest import Visitor


@pytest.fixture
def slow_server(settings):
    settings.EMAIL_BACKEND = "tests.orders.post.Slow"
    post.Slow.asked.clear()
    post.Slow.answer.clear()
    yield post.Slow
    post.Slow.answer.set()


@pytest.fixture
def server_away(settings):
    """Calling it brings the server back."""
    real, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.orders.post.Away"

    def back():
        settings.EMAIL_BACKEND = real

    return back


class Hints(list):
    """Names and arguments of tasks."""

    def __init__(self):
        super().__init__()
        self.gone = threading.Semaphore(0)

    def note(self, name, args, **options):
        self.append((name, *args))
        self.gone.release()

    def wait(self, count: int) -> None:
        assert all(self.gone.acquire(timeout=5) for _ in range(count))


@pytest.fixture
def hints(monkeypatch) -> Hints:
    """What workers were asked for, as it left for the broker; nothing arrives."""
    asked = Hints()
    monkeypatch.setattr(current_app, "send_task", asked.note)
    return asked


@pytest.fixture
def in_the_tests_transaction(db, monkeypatch):
    """The damage is in the test's own transaction, so the audit has to look from there."""
    monkeypatch.setattr(audit, "snapshot", nullcontext)


@pytest.fixture
def customer(buyer) -> Visitor:
    browser = Visitor()
    browser.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def vnd(settings):
    settings.CURRENCY = "VND"
    with translation.override("vi"):
        yield
