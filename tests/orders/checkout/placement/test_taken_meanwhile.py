"""What is sold, or taken off sale, after placing has looked and before it takes: the commit goes along with the taking."""

from functools import partial

import pytest

from catalog.models import Product, StockMovement
from orders.checkout.placement import placement
from orders.checkout.placement.stock import InsufficientStock, ProductNotFound
from orders.models import Email, Order
from tests.factories import Buyer, make_product
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meanwhile(monkeypatch):
    """Has something happen, over a connection of its own, when all is looked at and nothing is written."""
    take = placement.take_stock

    def then(happens) -> None:
        def happen_and_take(preview) -> None:
            monkeypatch.setattr(placement, "take_stock", take)
            at_once([happens])
            take(preview)

        monkeypatch.setattr(placement, "take_stock", happen_and_take)

    return then


def place(buyer: Buyer, preview) -> Order:
    return buyer.place_preview(preview)


def change(product: Product, **to: object) -> None:
    Product.objects.filter(pk=product.pk).update(**to)


def test_what_is_sold_between_the_look_and_the_commit_is_refused_and_nothing_is_written(buyer, meanwhile):
    plenty, last, other = make_product(stock=9), make_product(stock=2), Buyer()
    sold = other.preview((last, 1))
    meanwhile(partial(place, other, sold))

    with pytest.raises(InsufficientStock) as refused:
        place(buyer, buyer.preview((plenty, 1), (last, 2)))

    assert refused.value.members == {"product": last.sku, "wanted": 2, "left": 1}
    assert [order.pk for order in Order.objects.all()] == [sold.id]
    assert set(Email.objects.values_list("order", flat=True)) <= {sold.id, None}
    assert set(StockMovement.objects.filter(kind="taken").values_list("order_id", flat=True)) == {sold.id}
    plenty.refresh_from_db()
    assert plenty.stock_quantity == 9


def test_what_is_taken_off_sale_meanwhile_is_not_there(buyer, meanwhile):
    product = make_product(stock=9)
    meanwhile(partial(change, product, is_active=False))

    with pytest.raises(ProductNotFound):
        place(buyer, buyer.preview((product, 1)))

    assert not Order.objects.exists()


def test_a_preview_that_was_refused_so_can_be_placed_once_there_is_enough(buyer, meanwhile):
    product = make_product(stock=1)
    preview = buyer.preview((product, 1))
    meanwhile(partial(change, product, is_active=False))
    with pytest.raises(ProductNotFound):
        place(buyer, preview)
    change(product, is_active=True)

    assert place(buyer, preview).pk == preview.id
