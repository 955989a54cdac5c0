"""Changing an order at the desk: a form, what it would do, and the button that does it."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.models import OrderChange, Refund
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.factories import ask_for_a_return, change, make_product, return_money, staff_of

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def order(buyer):
    return buyer.order_in(S.PAID, (make_product(stock=9, sku="CUP", price=Decimal(10)), 3))


def page_of(order, kind: str) -> str:
    return reverse("admin:orders_order_change_part", args=[order.pk, kind])


def typed(order, pieces: int, **more) -> dict:
    return {f"pieces-{order.lines.get().pk}": pieces, "note": "Vỡ rồi", **more}


def shown_in(html: str) -> dict:
    return dict(re.findall(r'<input type="hidden" name="(id|based_on|shown)" value="([^"]*)"', html))


def test_a_change_is_shown_first_and_then_made(desk, order):
    page = page_of(order, "cancel")
    assert "CUP: 3 left" in desk.get(page).content.decode()

    html = desk.post(page, typed(order, 2)).content.decode()
    assert "$20.00 goes back to the customer." in html
    assert not OrderChange.objects.exists()

    response = desk.post(page, typed(order, 2, confirmed=1, **shown_in(html)), follow=True)
    assert response.redirect_chain[-1][0] == reverse("admin:orders_order_change", args=[order.pk])
    assert Refund.objects.get().amount == 20
    logged = StaffAction.objects.get(action="orders.cancel_pieces")
    assert logged.details == {"amount": "20.00", "pieces": {"CUP": 2}, "note": "Vỡ rồi"}
    html = response.content.decode()
    assert "Vỡ rồi" in html
    assert 'data-change="cancel"' in html

    # The button clicked twice makes one.
    desk.post(page, typed(order, 2, confirmed=1, **shown_in(html)))
    assert OrderChange.objects.count() == 1


def test_what_is_wrong_stands_at_its_field(desk, order):
    html = desk.post(page_of(order, "cancel"), typed(order, 4)).content.decode()
    assert "less than or equal to 3" in html
    html = desk.post(page_of(order, "cancel"), typed(order, 0)).content.decode()
    assert "Choose at least one piece." in html
    html = desk.post(page_of(order, "refund"), {"amount": "34", "note": "?"}).content.decode()
    assert "Cancel and refund the order instead." in html
    assert not OrderChange.objects.exists()


def test_an_order_that_moved_on_is_shown_anew(desk, order, staff):
    page = page_of(order, "refund")
    shown = shown_in(desk.post(page, {"amount": "5", "note": "?"}).content.decode())
    change(order, "refund", amount=1, actor=staff)

    html = desk.post(page, {"amount": "5", "note": "?", "confirmed": 1, **shown}).content.decode()
    assert "The order was changed meanwhile." in html
    assert OrderChange.objects.count() == 1


def test_the_last_pieces_say_that_the_order_ends(desk, order):
    html = desk.post(page_of(order, "cancel"), typed(order, 3)).content.decode()
    assert "$34.00 goes back" in html
    assert "Nothing is left of the order then" in html


@pytest.mark.parametrize(
    ("status", "kinds"),
    [(S.PAY_REQUIRED, []), (S.PAID, ["refund", "cancel"]), (S.DONE, ["refund", "return"]), (S.REFUND, [])],
)
def test_the_page_offers_what_the_status_allows(desk, buyer, status, kinds):
    order = buyer.order_in(status)
    html = desk.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert re.findall(r'id="change-(\w+)"', html) == kinds
    for kind in {"refund", "cancel", "return"} - set(kinds):
        assert desk.get(page_of(order, kind)).status_code == 302


@pytest.mark.parametrize("group", ["support", "fulfilment", "catalog"])
def test_who_has_not_the_right_sees_no_button_and_no_page(client, order, group):
    client.force_login(staff_of(group))
    assert client.post(page_of(order, "refund"), {"amount": "1", "note": "?"}).status_code == 403
    if group != "catalog":
        html = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
        assert "change-refund" not in html


@pytest.mark.parametrize(
    "odd", [{"id": "x"}, {"based_on": "x"}, {"shown": "1"}, {"amount": "NaN"}, {"note": ""}]
)
def test_odd_posts_change_nothing(desk, order, odd):
    page = page_of(order, "refund")
    given = {"amount": "5", "note": "?"}
    shown = shown_in(desk.post(page, given).content.decode())
    assert desk.post(page, given | shown | {"confirmed": 1} | odd).status_code == 200
    assert not OrderChange.objects.exists()


def test_the_customer_sees_what_changed_and_what_is_left(client, order, staff):
    change(order, "cancel", {"CUP": 1}, actor=staff, note="Một chiếc bị vỡ")
    return_money(order)
    client.force_login(order.customer)

    html = client.get(order.get_absolute_url()).content.decode()
    assert 'data-change="cancel"' in html
    assert "Một chiếc bị vỡ" in html
    assert 'data-left="24.00"' in html
    assert "Yes, cancel and refund $24.00" in html
    assert "that we could not take" not in html


# --- what customers asked for --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"shipping": "x"},
        {"shipping": "NaN"},
        {"shipping": "Infinity"},
        {"shipping": "1e400"},
        {"shipping": "-5"},
        {"shipping": "0.001"},
        {"shipping": "9" * 50},
        {"id": "x"},
        {"based_on": "x"},
    ],
    ids=str,
)
def test_odd_answers_to_a_request_are_refused_in_words(desk, buyer, odd):
    order = buyer.order_in(S.DONE)
    asked = ask_for_a_return(order)
    page = reverse("admin:orders_changerequest_decide", args=[asked.pk])
    shown = shown_in(desk.get(page).content.decode())

    answer = desk.post(page, {"accept": 1, "note": "?"} | shown | odd)

    (said,) = (str(message) for message in answer.context["messages"])
    assert "class" not in said and "UUID" not in said and "literal" not in said
    assert not OrderChange.objects.exists()
    assert desk.post(page, {"accept": 1, "note": "?", "shipping": "1.50"} | shown).status_code == 302
    assert OrderChange.objects.get().amount > 1


@pytest.mark.usefixtures("vnd")
def test_an_amount_with_a_point_for_thousands_is_refused_at_the_desk(desk, buyer):
    order = buyer.order_in(S.PAID, (make_product(stock=9, price=Decimal(900_000)), 1))
    page = page_of(order, "refund")
    form = desk.post(page, {"amount": "450.000", "note": "?"}).context["form"]
    assert "amount" in form.errors
