"""What placing looks at for a page, where people make mistakes; the API's branches are in tests/orders/api."""

from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.utils import timezone

from catalog.models import Product
from orders.checkout.placement.placement import Placed, place_order
from orders.checkout.placement.refusals import OrderedJustNow, OtherAddress
from orders.checkout.preview import Preview
from orders.models import Order
from orders.status import OrderStatus
from tests.factories import Buyer, cancel, confirm, make_address, make_numbered, make_product
from tests.parallel import at_once

pytestmark = pytest.mark.django_db

TABS = 4


def place(buyer: Buyer, preview: Preview, **more) -> Placed:
    more = {"unless_just_ordered": True} | more
    return place_order(
        preview_id=preview.id, customer=buyer.user, price_table_id=buyer.table.pk, note="", **more
    )


def tabs(buyer: Buyer, *items: tuple[Product, int], count: int = 2) -> list[Preview]:
    return [buyer.preview(*items) for _ in range(count)]


def test_a_second_order_of_the_same_things_is_asked_about(buyer):
    kettle, cup = make_product(stock=9), make_product(stock=9)
    first, second = tabs(buyer, (kettle, 1), (cup, 2))
    order = place(buyer, first).order

    with pytest.raises(OrderedJustNow) as asked:
        place(buyer, second)

    assert asked.value.members == {"order": str(order.pk), "number": str(order.number)}
    assert Order.objects.count() == 1
    assert place(buyer, second, unless_just_ordered=False).is_new
    assert Order.objects.count() == 2


def test_whoever_does_not_ask_is_not_asked(buyer):
    """The API: another preview is another order."""
    first, second = tabs(buyer, (make_product(stock=9), 1))
    place(buyer, first)

    assert buyer.place_preview(second).pk == second.id


def test_the_same_preview_again_is_its_order_and_no_second_one(buyer):
    preview = buyer.preview((make_product(stock=9), 1))
    order = place(buyer, preview).order

    assert place(buyer, preview) == Placed(order, None)


def test_other_things_are_another_order(buyer):
    kettle, cup = make_product(stock=9), make_product(stock=9)
    both = ((kettle, 1), (cup, 1))
    place(buyer, buyer.preview(*both))

    for items in ([(kettle, 2), (cup, 1)], [(kettle, 1)], [*both, (make_product(stock=9), 1)]):
        assert place(buyer, buyer.preview(*items)).is_new


def test_another_customers_order_asks_nobody(buyer):
    kettle, other = make_product(stock=9), Buyer()
    place(other, other.preview((kettle, 1)))

    assert place(buyer, buyer.preview((kettle, 1))).is_new


@pytest.mark.parametrize("status", [OrderStatus.CANCELED, OrderStatus.NOT_CONFIRMED])
def test_an_order_that_came_to_nothing_asks_nobody(buyer, status):
    room = make_numbered(numbers=1)
    first, second = tabs(buyer, (room, 1))
    if status == OrderStatus.NOT_CONFIRMED:
        Buyer().order_in(OrderStatus.PAY_REQUIRED, (room, 1))
    order = place(buyer, first).order
    confirm(order)
    if status == OrderStatus.CANCELED:
        cancel(order)
    assert Order.objects.get(pk=order.pk).status == status

    assert place(buyer, second).is_new


def test_an_order_of_before_no_tab_can_be_left_from_asks_nobody(buyer):
    kettle = make_product(stock=9)
    order = place(buyer, buyer.preview((kettle, 1))).order
    past = timezone.now() - timedelta(seconds=settings.ORDER_PREVIEW_TTL)

    Order.objects.filter(pk=order.pk).update(placed_at=past + timedelta(seconds=30))
    with pytest.raises(OrderedJustNow):
        place(buyer, buyer.preview((kettle, 1)))

    Order.objects.filter(pk=order.pk).update(placed_at=past - timedelta(seconds=1))
    assert place(buyer, buyer.preview((kettle, 1))).is_new


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_of_clicks_in_several_tabs_at_once_one_is_placed_and_the_others_are_asked(buyer, round_):
    kettle = make_product(stock=9)

    results = at_once([partial(place, buyer, preview) for preview in tabs(buyer, (kettle, 1), count=TABS)])

    (placed,) = (result for result in results if isinstance(result, Placed))
    asked = [result for result in results if isinstance(result, OrderedJustNow)]
    assert {refusal.members["number"] for refusal in asked} == {str(placed.order.number)}
    assert len(asked) == TABS - 1
    kettle.refresh_from_db()
    assert (Order.objects.count(), kettle.stock_quantity) == (1, 8)


@pytest.mark.django_db(transaction=True)
def test_of_clicks_in_one_tab_at_once_none_is_asked(buyer):
    preview = buyer.preview((make_product(stock=9), 1))

    results = at_once([partial(place, buyer, preview)] * TABS)

    assert {result.order.pk for result in results} == {preview.id}
    assert sum(result.is_new for result in results) == 1


def test_an_address_that_is_not_the_previews_is_not_passed_over(buyer):
    preview, other = buyer.preview((make_product(stock=9), 1)), make_address(buyer.user)

    with pytest.raises(OtherAddress):
        place(buyer, preview, address_id=other.pk)
    order = place(buyer, preview, address_id=buyer.address.pk).order

    # An order stays what it is, whatever is chosen on a page that was left open.
    assert place(buyer, preview, address_id=other.pk).order == order
