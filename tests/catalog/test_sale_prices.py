"""Sale prices: when they count, where they are shown, and the lowest price of the 30 days before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from catalog import price_history
from catalog.models import PriceChange, Product
from catalog.shelf import shelf
from orders.audit import findings
from tests.factories import Buyer, make_product, make_promotion

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def days(number: float):
    return NOW + timedelta(days=number)


def history(product: Product, *rows: tuple) -> Product:
    """What a product cost: (days ago, price, and of a sale its price, beginning and end, in days from now)."""
    PriceChange.objects.filter(product=product).delete()
    for ago, price, *sale in rows:
        sale_price, starts, ends = [*sale, None, None, None][:3]
        PriceChange.objects.create(
            product=product,
            price=price,
            sale_price=sale_price,
            sale_starts=starts and days(starts),
            sale_ends=ends and days(ends),
            at=days(-ago),
        )
    return product


def lowest(product: Product) -> Decimal | None:
    product.refresh_from_db()
    price_history.note_lowest([product])
    return product.lowest_before


@pytest.mark.parametrize(
    ("starts", "ends", "is_on"),
    [(None, None, True), (-1, None, True), (None, 1, True), (-2, -1, False), (1, 2, False)],
)
def test_a_sale_counts_from_its_beginning_to_its_end(starts, ends, is_on):
    product = make_product(
        price=20, sale_price=15, sale_starts=starts and days(starts), sale_ends=ends and days(ends)
    )
    assert (product.price_now, product.list_price) == ((15, 20) if is_on else (20, None))
    assert shelf.find(max_price=Decimal(16)).exists() == is_on


def test_lists_are_ordered_by_what_is_charged():
    dear, cheap = make_product(price=20, sale_price=5), make_product(price=10)
    assert list(shelf.find(ordering="price")) == [dear, cheap]
    assert list(shelf.find(ordering="-price")) == [cheap, dear]


@pytest.mark.parametrize("wrong", [{"sale_price": 12}, {"sale_price": -1}])
def test_a_sale_price_is_less_than_the_price(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_product(price=12, **wrong)


def test_the_database_notes_each_price_and_no_other_change():
    product = make_product(price=20)
    Product.objects.update(price=21)
    Product.objects.update(weight_g=5)
    Product.objects.update(sale_price=15)

    noted = product.price_changes.order_by("id").values_list("price", "sale_price")
    assert list(noted) == [(20, None), (21, None), (21, 15)]
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        PriceChange.objects.update(price=1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # One price for long, then the sale.
        ([(90, 20), (1, 20, 15)], 20),
        # It was cheaper ten days before, and cheaper still before the 30 days began.
        ([(90, 5), (60, 20), (11, 12), (10, 20), (1, 20, 15)], 12),
        # Put up for a day before the sale.
        ([(90, 20), (2, 30), (1, 30, 25)], 20),
        # Another sale in the 30 days before, which ended by its time.
        ([(90, 20), (20, 20, 11, -20, -15), (1, 20, 15)], 11),
        # One that was never reached.
        ([(90, 20), (20, 20, 11, 5, 6), (1, 20, 15)], 20),
        # The sale goes on at a lower price: what was before it counts.
        ([(90, 20), (9, 20, 15), (1, 20, 10)], 20),
        # Announced long ago, and begun yesterday.
        ([(90, 20), (40, 20, 15, -1)], 20),
        # Announced, made cheaper until then, and begun at once after all.
        ([(90, 20), (40, 20, 15, -1), (20, 18, 15, -1), (0.5, 20, 15)], 18),
        # Put off while it was on, and on again: its first days were another sale, whatever is written into it later.
        ([(90, 20), (20, 20, 15), (10, 20, 15, -2), (1, 20, 15)], 15),
        ([(90, 20), (20, 20, 15), (10, 20, 15, -2), (1, 20, 15, -25)], 15),
        # Ended by a day in the past, and on again.
        ([(90, 20), (20, 20, 15), (10, 20, 15, None, -12), (5, 20, 15)], 15),
        # Its end was moved after it had come, and before.
        ([(90, 20), (20, 20, 15, None, -5), (3, 20, 15, None, 10)], 15),
        ([(90, 20), (20, 20, 15, None, -5), (10, 20, 15, None, 10)], 20),
        # Written twice at one moment.
        ([(90, 20), (9, 20, 15), (5, 20, 14), (5, 20, 13)], 20),
        # There from the first day: nothing was before.
        ([(5, 20, 15)], None),
    ],
)
def test_the_lowest_price_of_the_thirty_days_before_a_sale(rows, expected):
    product = make_product(price=rows[-1][1], sale_price=rows[-1][2])
    assert lowest(history(product, *rows)) == expected


def test_without_a_sale_nothing_is_read(django_assert_num_queries):
    product = make_product()
    with django_assert_num_queries(0):
        price_history.note_lowest([product])
    assert product.lowest_before is None


def test_an_order_keeps_the_price_before_the_sale_and_promotions_count_from_the_sale():
    make_promotion("10")
    product = make_product(price=20, sale_price=15, stock=5)
    order = Buyer().place((product, 2))
    line = order.lines.get()

    assert (line.list_price, line.unit_price, line.discount, line.line_total) == (20, 15, 3, 27)
    assert list(findings()) == []


def test_pages_and_api_show_both_prices(client):
    product = make_product(price=20, stock=5, name="Kettle")
    history(product, (90, 18), (2, 20))
    Product.objects.update(sale_price=15, sale_ends=days(3))

    for path in ("/", "/products/", f"/products/{product.slug}/"):
        text = client.get(path).content.decode()
        assert "$15.00" in text and "<s>$20.00</s>" in text
        assert "Lowest price in the 30 days before the sale: $18.00" in " ".join(text.split())
    for shown in (client.get(f"/api/products/{product.slug}/"), client.get("/api/products/")):
        body = shown.json()
        body = body["results"][0] if "results" in body else body
        assert (body["price"], body["list_price"], body["lowest_price_before"]) == ("15.00", "20.00", "18.00")
        assert body["sale_ends"].endswith("Z")
    client.post("/cart/add/", {"sku": product.sku, "quantity": 1})
    cart = client.get("/cart/").content.decode()
    assert "<s>" in cart and "$15.00" in cart
