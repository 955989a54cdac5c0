"""Pickup at the shop: an option like a courier's, without an address if there is none, taxed where the shop is."""

from datetime import date
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.urls import reverse

from orders import audit
from orders.actions.money.payment import start_payment, ways_to_pay
from orders.actions.parcels import AlreadyReady, send_parcel, tell_ready
from orders.checkout.placement.placement import place_order
from orders.checkout.previews import create_preview
from orders.emails.queue import send_due
from orders.errors import InvalidInput
from orders.events import feed, payloads
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.parcels import Parcel
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Order
from orders.payments.by_hand import note_received
from orders.shipping.promises import promised, working_day
from orders.status import OrderStatus
from tests.answers import api_of
from tests.factories import (
    add_rate,
    make_address,
    make_pickup,
    make_price_table,
    make_product,
    make_staff,
    make_tax_class,
    make_user,
    pay,
)
from tests.parallel import at_once

HOURS = "Mon to Fri, 9 to 18"


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def cash(settings):
    path = "orders.payments.providers.offline.CashAtPickup"
    settings.PAYMENT_VARIANTS = settings.PAYMENT_VARIANTS | {"cash_at_pickup": (path, {})}
    settings.PAYMENT_WINDOWS = settings.PAYMENT_WINDOWS | {"cash_at_pickup": 86400}


def preview_of(customer, product, address=None):
    return create_preview(customer=customer, items=[(product.sku, 2)], address_id=address and address.pk)


def placed(*, address: bool = False) -> Order:
    """An order that is fetched, confirmed."""
    table, customer, product = make_pickup(), make_user(), make_product(stock=9, name="Lamp")
    if address:
        make_price_table()
    preview = preview_of(customer, product, make_address(customer) if address else None)
    place_order(preview_id=preview.id, customer=customer, price_table_id=table.pk, note="")
    confirm_order(order_id=preview.id)
    return Order.objects.get(pk=preview.id)


def hand_over(order: Order, pieces: int) -> Order:
    parcel = Parcel({order.lines.get().pk: pieces})
    return send_parcel(order_id=order.pk, actor=make_staff(), parcel=parcel)


# --- the option ----------------------------------------------------------------------------------------------------


def test_pickup_is_an_option_beside_the_couriers():
    sent, fetched = make_price_table(fee="4.00"), make_pickup(fee="1.50")
    customer = make_user()
    preview = preview_of(customer, make_product(price="10.00"), make_address(customer))
    assert [one.price_table_id for one in preview.shipping_options] == [sent.pk, fetched.pk]
    option = preview.shipping_options[1]
    assert (option.is_pickup, option.pickup_address, option.pickup_hours) == (True, "1 Main Street", HOURS)
    assert preview.total(option) == Decimal("21.50")


def test_the_address_and_hours_are_in_the_readers_language():
    make_pickup(pickup_address_vi="Số 1 Phố Chính")
    customer, product = make_user(), make_product()
    asked = {"items": [{"sku": product.sku, "quantity": 1}]}
    answer = api_of(customer).post("/api/orders/previews/", asked, format="json", HTTP_ACCEPT_LANGUAGE="vi")
    (option,) = answer.json()["shipping_options"]
    assert (option["pickup_address"], option["pickup_hours"]) == ("Số 1 Phố Chính", HOURS)


def test_without_an_address_there_is_pickup_alone():
    make_price_table()
    table, customer = make_pickup(), make_user(full_name="An Nguyen")
    preview = preview_of(customer, make_product())
    assert [one.price_table_id for one in preview.shipping_options] == [table.pk]
    assert (preview.address["full_name"], preview.address["line1"]) == ("An Nguyen", "")


def test_without_an_address_and_without_pickup_one_is_asked_for():
    make_price_table()
    make_pickup(is_active=False)
    with pytest.raises(InvalidInput, match="address"):
        preview_of(make_user(), make_product())


def test_who_lives_where_no_courier_goes_may_fetch_it():
    make_price_table(country="VN")
    table, customer = make_pickup(), make_user()
    preview = preview_of(customer, make_product(), make_address(customer, country="US"))
    assert [one.price_table_id for one in preview.shipping_options] == [table.pk]


# --- tax -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("with_tax", "paid"), [(True, ("100.00", "100.00")), (False, ("120.00", "119.00"))])
def test_what_is_fetched_is_taxed_where_the_shop_is(settings, with_tax, paid):
    settings.SHOP_COUNTRY, settings.PRICES_INCLUDE_TAX = "DE", with_tax
    tax = make_tax_class("20", country="FR")

    add_rate(tax, "19", country="DE")
    make_price_table(country="FR", fee="0.00")
    table, customer = make_pickup(), make_user()
    product = make_product(price="50.00", tax_class=tax, stock=5)
    preview = preview_of(customer, product, make_address(customer, country="FR"))
    sent, fetched = preview.shipping_options
    assert (preview.total(sent), preview.total(fetched)) == tuple(map(Decimal, paid))
    assert {one.rate for one in preview.breakdown(sent).lines} == {Decimal(20)}
    assert {one.rate for one in preview.breakdown(fetched).lines} == {Decimal(19)}

    placing = {"preview_id": preview.id, "customer": customer, "price_table_id": table.pk, "note": ""}
    order = place_order(**placing).order
    assert (order.total_amount, order.lines.get().tax_rate) == (Decimal(paid[1]), 19)
    confirm_order(order_id=order.pk)
    pay(Order.objects.get(pk=order.pk))
    assert order.invoices.get().snapshot["customer"]["delivered_to"] == "DE"


# --- ready, and handed over ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [False, True], ids=["no address", "an address"])
def test_its_customer_is_told_when_it_is_ready_and_has_it_when_it_is_handed_over(address):
    order = placed(address=address)
    pay(order)
    tell_ready(order_id=order.pk, actor=make_staff())
    send_due()
    told = mail.outbox[-1]
    assert told.subject.endswith("ready for pickup")
    assert "1 Main Street" in told.body
    assert HOURS in told.body
    assert api_of(order.customer).get(f"/api/orders/{order.pk}/").json()["ready_at"]
    assert [payloads.type_of(one) for one in feed.read(user=order.customer)][-1] == "order.ready"
    assert hand_over(order, 1).status == OrderStatus.PAID
    assert hand_over(order, 1).status == OrderStatus.DONE
    send_due()
    assert "You have picked up your order." in mail.outbox[-1].body


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_it_at_once_tell_it_once():
    order = placed()
    pay(order)
    staff = make_staff()
    told = at_once([lambda: tell_ready(order_id=order.pk, actor=staff)] * 2)
    assert sorted(isinstance(one, AlreadyReady) for one in told) == [False, True]
    assert order.emails.filter(kind="ready").count() == 1


def test_it_is_told_once():
    order = placed()
    pay(order)
    tell_ready(order_id=order.pk, actor=make_staff())
    with pytest.raises(AlreadyReady):
        tell_ready(order_id=order.pk, actor=make_staff())


def test_what_is_not_paid_or_is_sent_is_not_ready(buyer):
    for order in (placed(), buyer.order_in(OrderStatus.PAID)):
        with pytest.raises(StepNotAllowed):
            tell_ready(order_id=order.pk, actor=make_staff())


def test_cash_at_pickup_is_offered_where_it_is_fetched_alone(cash, buyer):
    assert "cash_at_pickup" not in ways_to_pay(buyer.order_in(OrderStatus.PAY_REQUIRED))
    assert "cash_at_pickup" in ways_to_pay(placed())


def test_what_is_paid_at_pickup_is_ready_before_and_handed_over_after_the_money(cash):
    order = placed()
    start_payment(order_id=order.pk, actor=order.customer, variant="cash_at_pickup")
    tell_ready(order_id=order.pk, actor=make_staff())
    with pytest.raises(StepNotAllowed):
        hand_over(order, 2)
    note_received(
        order_id=order.pk,
        actor=make_staff(),
        variant="cash_at_pickup",
        amount=order.total_amount,
        reference="1",
    )
    assert hand_over(order, 2).status == OrderStatus.DONE


def test_staff_tell_it_on_the_desk(client):
    order = placed()
    pay(order)
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert reverse("admin:orders_order_ready", args=[order.pk]) in client.get(page).content.decode()
    client.post(reverse("admin:orders_order_ready", args=[order.pk]))
    assert Order.objects.get(pk=order.pk).ready_notice
    assert reverse("admin:orders_order_ready", args=[order.pk]) not in client.get(page).content.decode()


# --- the database --------------------------------------------------------------------------------------------------


def test_a_place_to_fetch_has_an_address():
    with pytest.raises(IntegrityError, match="pickup_somewhere"), transaction.atomic():
        make_pickup(pickup_address="")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders_pricetable SET is_pickup = NOT is_pickup",
        "UPDATE orders_order SET is_pickup = NOT is_pickup",
        "UPDATE orders_order SET promised_to = promised_to + 1",
    ],
)
def test_what_was_promised_stays(statement):
    placed()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- the promised days ---------------------------------------------------------------------------------------------

FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)


@pytest.mark.parametrize(
    ("day", "days", "then"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, date(2026, 11, 30)),
        (FRIDAY, 6, date(2026, 12, 7)),
        (SATURDAY, 0, date(2026, 11, 30)),
        (SATURDAY, 1, date(2026, 12, 1)),
    ],
    ids=str,
)
def test_a_weekend_has_no_working_day(day, days, then):
    assert working_day(day, days) == then


def test_days_begin_when_the_order_is_handed_over(settings):
    settings.HANDLING_DAYS = 2
    assert promised(min_days=1, max_days=3, day=FRIDAY) == (date(2026, 12, 2), date(2026, 12, 4))


def test_the_stored_days_are_shown_everywhere(buyer, customer, api, settings):
    settings.HANDLING_DAYS = 1
    preview = buyer.preview((make_product(stock=2), 1))
    (option,) = preview.shipping_options
    order = buyer.place_preview(preview)
    settings.HANDLING_DAYS = 9
    assert (order.promised_from, order.promised_to) == (option.promised_from, option.promised_to)
    shown = api.get(f"/api/orders/{order.pk}/").json()
    assert shown["promised_to"] == option.promised_to.isoformat()
    page = customer.get(reverse("order", args=[order.pk])).content.decode()
    assert "data-promised" in page
    send_due()
    assert "Delivered between" in mail.outbox[-1].body
