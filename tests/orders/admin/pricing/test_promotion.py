"""Promotions at the desk: made by who may, refused in words where they make no sense, with what they have brought."""

from decimal import Decimal

import pytest

from orders.models import Promotion
from staff.models import StaffAction
from tests.factories import Buyer, make_product, make_promotion, staff_of

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/promotion/"
TEN = {
    "name": "Summer",
    "name_vi": "Mùa hè",
    "code": " summer10 ",
    "is_active": "on",
    "kind": "percent",
    "percent": "10",
    "starts_0": "",
    "starts_1": "",
    "ends_0": "",
    "ends_1": "",
}


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def said(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_promotion_is_made_changed_and_logged(desk):
    meant = make_product()
    assert desk.post(f"{LIST}add/", TEN | {"products": [meant.pk]}).status_code == 302
    made = Promotion.objects.get()
    assert (made.code, made.percent, made.local_name) == ("SUMMER10", 10, "Summer")
    assert list(made.products.all()) == [meant]

    assert desk.post(f"{LIST}{made.pk}/change/", TEN | {"percent": "15"}).status_code == 302
    made.refresh_from_db()
    assert made.percent == 15
    assert list(StaffAction.objects.order_by("pk").values_list("action", flat=True)) == ["added", "changed"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"percent": "101"}, "100"),
        ({"percent": "", "amount": "5"}, "Give the numbers of this kind, above 0, and no others."),
        ({"amount": "5"}, "Give the numbers of this kind, above 0, and no others."),
        (
            {"kind": "pieces", "percent": "", "pieces": "2", "paid_pieces": "2"},
            "Give the numbers of this kind, above 0, and no others.",
        ),
        ({"code": "Ü"}, "A code has 3 to 40 letters"),
        ({"code": "taken"}, "Another promotion has this code."),
        (
            {"starts_0": "2026-02-01", "starts_1": "00:00", "ends_0": "2026-01-01", "ends_1": "00:00"},
            "It ends before it begins.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk, fields, says):
    make_promotion(code="TAKEN")
    assert says in said(desk.post(f"{LIST}add/", TEN | fields))
    assert Promotion.objects.count() == 1


def test_amounts_are_typed_and_shown_as_the_currency_writes_them(desk, settings):
    settings.CURRENCY = "VND"
    typed = TEN | {"kind": "amount", "percent": "", "amount": "20000.5", "minimum": "0.5"}
    shown = said(desk.post(f"{LIST}add/", typed))
    assert shown.count("Ensure that there are no more than 0 decimal places.") == 2
    made = make_promotion(kind="amount", amount=Decimal(20000))
    assert 'value="20000"' in said(desk.get(f"{LIST}{made.pk}/change/"))


def test_a_limit_is_no_less_than_it_was_used(desk):
    promotion = make_promotion(code="SUMMER10", name="Summer")
    product = make_product(stock=9, price=Decimal(20))
    for _ in range(2):
        Buyer().place((product, 1), codes=["summer10"])

    answer = desk.post(f"{LIST}{promotion.pk}/change/", TEN | {"limit": "1"})
    assert "It was used 2 times already." in said(answer)
    # How often it was used is no field: a page that was opened before changes nothing of it.
    assert desk.post(f"{LIST}{promotion.pk}/change/", TEN | {"limit": "2", "used": "0"}).status_code == 302
    promotion.refresh_from_db()
    assert (promotion.used, promotion.limit) == (2, 2)
    text = said(desk.get(LIST))
    assert "2 / 2" in text and "$4.00, of orders for $44.00" in text
    assert "$4.00, of orders for $44.00" in said(desk.get(f"{LIST}{promotion.pk}/change/"))
    assert desk.post(f"{LIST}{promotion.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_row_that_was_read_before_puts_no_use_back():
    promotion = make_promotion()
    Promotion.objects.update(used=3)
    promotion.name = "Other"
    promotion.save()

    promotion.refresh_from_db()
    assert (promotion.used, promotion.name) == (3, "Other")


@pytest.mark.parametrize(("group", "may"), [("finance", True), ("catalog", True), ("support", False)])
def test_who_may_make_promotions(client, group, may):
    client.force_login(staff_of(group))

    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}add/").status_code == (200 if may else 403)


def test_an_orders_page_shows_its_discounts(desk):
    make_promotion(code="SUMMER10", name="Summer")
    order = Buyer().place((make_product(stock=9, price=Decimal(20)), 1), codes=["summer10"])

    text = said(desk.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "Summer (SUMMER10)" in text and "−$2.00" in text
