"""Whatever the shop is called, its emails leave, and say who sent them."""

import runpy
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.test import Client

from orders.status import OrderStatus
from tests.factories import PASSWORD
from tests.orders.post import delivered

pytestmark = pytest.mark.django_db

NAMES = [
    "Orderly",
    "Tea, Coffee & Co.",
    "Tea: the shop",
    "Tea; coffee",
    "tea@home",
    "Tea <3 coffee",
    "tea > coffee",
    'The "Best" Tea',
    "Tea (and more)",
    "Tea [and more]",
    "back\\slash",
    "Tiệm Trà, Huế",
    "茶, 店",
    "Tiệm trà: " + "ế" * 60,
]


@pytest.fixture
def called(settings, monkeypatch):
    """The shop by another name, as its environment gives it."""

    def call(name: str) -> None:
        monkeypatch.setenv("SHOP_NAME", name)
        monkeypatch.delitem(sys.modules, "config.sections.base")  # read anew
        given = runpy.run_module("config.settings")
        settings.SHOP_NAME, settings.DEFAULT_FROM_EMAIL = given["SHOP_NAME"], given["DEFAULT_FROM_EMAIL"]

    return call


def as_received(message) -> EmailMessage:
    return message_from_bytes(message.message().as_bytes(), _class=EmailMessage, policy=policy.default)


def senders(message) -> list[tuple[str, str]]:
    return [(one.display_name, one.addr_spec) for one in as_received(message)["from"].addresses]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_shop_is_called_people_sign_up_and_emails_say_who_sent_them(called, buyer, name):
    called(name)
    buyer.order_in(OrderStatus.PENDING)
    form = {"email": "hoa@example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post("/accounts/signup/", form).status_code == 302

    link, order_email = delivered()

    assert senders(link) == senders(order_email) == [(name, "shop@example.com")]
    assert name in as_received(link).get_content()


def test_a_name_of_several_lines_is_one_line(called, buyer):
    called("Tea\r\nBcc: all@example.com")
    buyer.order_in(OrderStatus.PENDING)
    (message,) = delivered()

    assert senders(message) == [("Tea Bcc: all@example.com", "shop@example.com")]
    assert as_received(message)["bcc"] is None
