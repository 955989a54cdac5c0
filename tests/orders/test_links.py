"""The link in an email about an order: it opens that order alone, and ends in time, or when its customer ends it."""

from datetime import timedelta

import pytest
from django.core.signing import TimestampSigner
from django.utils import timezone

from accounts.access.devices import end_links
from accounts.models import User
from orders.emails.messages import message_of
from orders.links import LinkOver, make_link, open_link
from orders.models import Email
from tests.factories import Buyer, make_product
from tests.orders.post import OF_ORDERS, message_for, order_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(buyer):
    return buyer.place((make_product(stock=5), 1))


def test_a_link_opens_its_order_until_it_ends(order, settings):
    settings.ORDER_LINK_DAYS = 30
    opened = open_link(make_link(order))

    assert opened.order == order
    assert abs(opened.until - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


def test_an_old_link_is_over(order, settings):
    link = make_link(order)
    settings.ORDER_LINK_DAYS = -1
    with pytest.raises(LinkOver):
        open_link(link)


def test_a_link_opens_no_other_order(order, buyer):
    other = buyer.place((make_product(stock=5), 1))
    link = make_link(order)

    with pytest.raises(LinkOver):
        open_link(link, order_id=other.pk)
    with pytest.raises(LinkOver):
        open_link(link.replace(order.pk.hex, other.pk.hex))


def another_address(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="another@example.com")


def switched_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("end", [another_address, switched_off, end_links])
def test_its_customer_ends_it(order, end):
    link = make_link(order)
    end(order.customer)
    with pytest.raises(LinkOver):
        open_link(link)


def test_a_link_that_is_made_after_that_works(order):
    end_links(order.customer)
    order.refresh_from_db()
    assert open_link(make_link(order)).order == order


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "x", "\0", "a" * 5000, "0" * 32, f"{'0' * 32}.1.x", "{}", "é.é.é"],
)
def test_what_is_no_link_opens_nothing(order, token):
    for one in (token, f"{order.pk.hex}.{token}", f"{make_link(order)}{token}x"):
        with pytest.raises(LinkOver):
            open_link(one)


def test_what_the_shop_signed_for_something_else_opens_nothing(order):
    with pytest.raises(LinkOver):
        open_link(TimestampSigner(sep=".").sign(order.pk.hex))


def test_a_link_of_the_key_before_still_holds(order, settings):
    link = make_link(order)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, and a long one, that was made today"
    assert open_link(link).order == order


@pytest.mark.parametrize("kind", OF_ORDERS)
def test_every_email_about_an_order_has_its_link(kind):
    order = order_with(kind)
    message = message_for(order, kind)
    html = message.alternatives[0].content
    for text in (message.body, html):
        token = text.partition("/orders/link/")[2].partition("/")[0]
        assert open_link(token).order == order
    assert str(order.pk) not in message.body


def test_the_link_is_as_old_as_the_sending(buyer, settings):
    """An email that is sent again has a new one."""
    order = Buyer().place((make_product(stock=5), 1))
    email = Email.objects.filter(order=order).first()
    assert "/orders/link/" in message_of(email).body
