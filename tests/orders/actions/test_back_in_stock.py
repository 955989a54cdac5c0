"""Being told, once, that a product is back: whatever brought it, in the reader's language, by one email."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from catalog import inventory
from catalog.models import Product
from catalog.models.wait import Wait
from catalog.shelf import waiting
from orders import tasks
from orders.actions import back_in_stock
from orders.actions.close_account import close_account
from orders.models import Email, EmailKind
from orders.status import OrderStatus
from tests.factories import cancel, confirm, make_numbered, make_product, make_user
from tests.orders.post import delivered
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def waiting_for(product: Product, **fields):
    user = make_user(**fields)
    back_in_stock.wait_for(product_id=product.pk, user=user)
    return user


def told(product: Product | None = None) -> list[str]:
    """The addresses that were told, after a sweep."""
    tasks.sweep()
    return sorted(Email.objects.filter(kind=EmailKind.BACK_IN_STOCK).values_list("to", flat=True))


def received(product: Product) -> None:
    inventory.receive(product_id=product.pk, quantity=1, actor=None)


def counted(product: Product) -> None:
    inventory.count(product_id=product.pk, quantity=2, actor=None)


WAYS = {"received": received, "counted": counted}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_waits_is_told_once_when_pieces_come(way):
    product = make_product()
    users = [waiting_for(product), waiting_for(product)]
    assert told() == []
    WAYS[way](product)
    assert told() == sorted(user.email for user in users)
    received(product)
    assert len(told()) == 2
    assert not Wait.objects.exists()


def test_an_order_that_is_canceled_gives_back_what_others_wait_for(buyer):
    product = make_product(stock=1)
    order = buyer.place((product, 1))
    confirm(order)
    user = waiting_for(product)
    assert told() == []
    cancel(order)
    assert told() == [user.email]


def test_an_order_that_is_not_confirmed_gives_back_what_others_wait_for(buyer):
    mug, suite = make_product(stock=1), make_numbered(numbers=0)
    order = buyer.place((mug, 1), (suite, 1))
    user = waiting_for(mug)
    assert told() == []
    confirm(order)
    assert order.history.last().to_status == OrderStatus.NOT_CONFIRMED
    assert told() == [user.email]


def test_numbers_that_are_added_and_a_product_that_is_on_sale_again_are_told_of():
    suite, hidden = make_numbered(numbers=0), make_product(stock=3, is_active=False)
    first, second = waiting_for(suite), waiting_for(hidden)
    assert told() == []
    inventory.add_numbers(product_id=suite.pk, values=["1"], actor=None)
    assert told() == [first.email]
    Product.objects.filter(pk=hidden.pk).update(is_active=True)
    assert told() == sorted([first.email, second.email])


def test_what_is_sold_out_again_before_the_sweep_comes_is_waited_for_still(buyer):
    product = make_product()
    waiting_for(product)
    received(product)
    buyer.place((product, 1))
    assert told() == []
    assert Wait.objects.count() == 1


def test_the_email_is_in_the_readers_language_and_has_a_link_that_stops():
    product, other = make_product(name="Mug", name_vi="Cốc"), make_product(name="Pot")
    with translation.override("vi"):
        user = waiting_for(product)
    back_in_stock.wait_for(product_id=other.pk, user=user)
    received(product)
    tasks.sweep()
    (message,) = delivered()
    assert message.to == [user.email]
    assert "Cốc" in message.subject and "Cốc" in message.body and "is back" not in message.body
    assert f"{settings.PUBLIC_URL}/vi/products/{product.slug}/" in message.body
    link = re.search(r"/back-in-stock/stop/\S+/", message.body)[0]
    assert_looks_as_others(message, action="Xem sản phẩm", stop=link)
    browser = Client()
    assert b"Pot" in browser.get(link).content
    assert Wait.objects.count() == 1, "programs open links, too"
    assert browser.post(link).status_code == 303
    assert not Wait.objects.exists()


def html_of(message) -> str:
    return message.alternatives[0][0]


def assert_looks_as_others(message, *, action: str, stop: str = "") -> None:
    """As the emails of orders: the shop's name, a heading, a button, links to click, whom to ask."""
    html = html_of(message)
    assert (
        f'<h1 style="margin: 8px 0 16px; font-size: 24px; line-height: 1.25">{message.subject}</h1>' in html
    )
    assert (
        re.search(rf'<a href="([^"]+)" style="display: inline-block[^"]*">{action}</a>', html)[1]
        in message.body
    )
    assert re.search(rf'<a href="[^"]*{stop}"', html)
    assert settings.SHOP_NAME in html and f"mailto:{settings.SHOP_EMAIL}" in html


def test_the_email_with_the_link_looks_as_the_others_and_says_a_name_as_it_is():
    product = make_product(name="<b>Mug</b> & more")
    back_in_stock.ask_to_confirm(product=product, email="a@example.com")
    tasks.sweep()
    (message,) = delivered()
    assert "<b>Mug</b> & more" in message.subject and "<b>" not in html_of(message)
    assert "Tell me when it&#39;s back</a>" in html_of(message)


def test_a_customer_with_another_address_by_now_is_told_there_and_once():
    product = make_product()
    user = waiting_for(product)
    was = user.email
    user.emailaddress_set.update(email="new@example.com")
    user.email = "new@example.com"
    user.save()
    waiting.wait(product_id=product.pk, email="new@example.com", user_id=None, language="en")
    received(product)
    assert told() == ["new@example.com"] and was != "new@example.com"


def test_who_may_not_sign_in_any_more_is_not_written_to():
    product = make_product()
    user = waiting_for(product)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    received(product)
    assert told() == []


def test_closing_the_account_ends_the_waiting():
    product = make_product()
    user = waiting_for(product)
    waiting.wait(product_id=make_product().pk, email=user.email, user_id=None, language="en")
    stranger = "other@example.com"
    waiting.wait(product_id=product.pk, email=stranger, user_id=None, language="en")
    close_account(user_id=user.pk)
    back_in_stock.wait_for(product_id=product.pk, user=user)
    received(product)
    assert told() == [stranger]


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_and_two_sweeps_at_one_moment_tell_each_person_once():
    product = make_product()
    users = [waiting_for(product) for _nth in range(150)]

    def arrives() -> None:
        received(product)
        back_in_stock.tell(product_id=product.pk)

    at_once([arrives] * 4)
    assert told() == sorted(user.email for user in users)
    assert not Wait.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_closing_and_telling_at_one_moment_leave_no_address_behind():
    product = make_product(stock=1)
    user = waiting_for(product)
    email = user.email
    at_once(
        [
            lambda: close_account(user_id=user.pk),
            lambda: back_in_stock.tell(product_id=product.pk),
            lambda: back_in_stock.wait_for(product_id=product.pk, user=user),
        ]
    )
    tasks.sweep()
    assert not Wait.objects.filter(email=email).exists()
    assert not Email.objects.filter(to=email, kind=EmailKind.BACK_IN_STOCK).exists()


def test_a_failure_with_one_product_keeps_the_others_from_nothing(monkeypatch):
    broken, fine = make_product(stock=1), make_product(stock=1)
    waiting_for(broken)
    user = waiting_for(fine)
    real = back_in_stock._words

    def words(template, *, product, **about):
        if product == broken:
            raise ValueError("a template that can't be rendered")
        return real(template, product=product, **about)

    monkeypatch.setattr(back_in_stock, "_words", words)
    assert told() == [user.email]
    assert Wait.objects.filter(product=broken).count() == 1
