"""Money that staff say has come, by transfer or in cash: what it pays, what goes back, and who may say so."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from orders import audit
from orders.actions.money import payment_window
from orders.actions.money.payment import start_payment, ways_to_pay
from orders.documents.transfer import reference_of
from orders.emails.queue import send_due
from orders.errors import InvalidInput
from orders.models import Email, LedgerEntry, Order, PriceTable, ProviderEvent, Refund
from orders.payments import refunds
from orders.payments.by_hand import PaidTooLittle, note_received
from orders.payments.providers.base import UnknownProvider
from orders.reports.attention import refunds_by_hand, unheard_payments, waiting_refunds
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.factories import Buyer, ask_refund, cancel, capture, confirm, make_numbered, make_staff, staff_of
from tests.parallel import at_once

S = OrderStatus
DAY = timedelta(days=1)


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def cash(settings):
    """The shop takes cash too."""
    path = "orders.payments.providers.offline."
    settings.PAYMENT_VARIANTS = settings.PAYMENT_VARIANTS | {
        "cash_on_delivery": (f"{path}CashOnDelivery", {}),
        "cash_at_pickup": (f"{path}CashAtPickup", {}),
    }


def received(order: Order, amount: Decimal | None = None, **more) -> Order:
    given = {"actor": None, "variant": "transfer", "reference": "BANK 1"} | more
    given["actor"] = given["actor"] or make_staff()
    return note_received(order_id=order.pk, amount=order.total_amount if amount is None else amount, **given)


def chosen(order: Order, variant: str = "transfer") -> Order:
    """The customer has chosen to pay so."""
    start_payment(order_id=order.pk, actor=order.customer, variant=variant)
    return Order.objects.get(pk=order.pk)


def money(order: Order) -> list[tuple[str, Decimal]]:
    return [(row.kind, row.amount) for row in LedgerEntry.objects.filter(order=order)]


def give_back(order: Order) -> None:
    """A worker comes to the refund, and staff return the money."""
    refund = Refund.objects.filter(payment__order=order).last()
    refunds.work_on(refund_id=refund.pk)
    assert list(refunds_by_hand()) == [refund]
    assert not waiting_refunds().exists()
    refunds.settle_by_hand(refund_id=refund.pk, actor=make_staff(), note="transferred to DE1")


# --- what is booked ------------------------------------------------------------------------------------------------
def test_money_that_staff_note_pays_the_order(order):
    chosen(order)
    actor = make_staff()

    after = note_received(
        order_id=order.pk, actor=actor, variant="transfer", amount=order.total_amount, reference="BANK 1"
    )

    assert after.status == S.PAID
    row = order.ledger.get()
    assert (row.kind, row.reference, row.actor, row.currency) == ("captured", "BANK 1", actor, order.currency)
    assert order.history.last().who == "staff"
    said = StaffAction.objects.get(action="orders.take_payment")
    assert (said.object_id, said.details["reference"]) == (str(order.pk), "BANK 1")
    assert not unheard_payments().exists()


def test_the_same_money_is_noted_once(order):
    for _ in range(3):
        received(order)
    assert money(order) == [("captured", order.total_amount)]


def test_who_transfers_without_having_said_so_has_paid(order):
    start_payment(order_id=order.pk, actor=order.customer, variant="demo")
    assert received(order).status == S.PAID
    payment_window.close_unwanted(payment_id=order.payments.get(variant="demo").pk)
    assert [(one.variant, one.status) for one in order.payments.all()] == [
        ("demo", "cancelled"),
        ("transfer", "confirmed"),
    ]


def test_too_little_pays_nothing_and_is_not_booked(order):
    with pytest.raises(PaidTooLittle):
        received(order, order.total_amount - 1)
    assert money(order) == []
    assert not StaffAction.objects.filter(action="orders.take_payment").exists()


def test_of_too_much_the_rest_goes_back_by_hand(order):
    assert received(order, order.total_amount + 5).status == S.PAID
    assert money(order)[:2] == [("captured", order.total_amount), ("captured", Decimal(5))]

    give_back(order)

    assert money(order)[2:] == [("refund_asked", Decimal(5)), ("refunded", Decimal(5))]
    assert Order.objects.get(pk=order.pk).status == S.PAID
    # Told again, as by a statement after the word of staff, it is the same money.
    received(order, order.total_amount + 5)
    assert len(money(order)) == 4


def test_what_comes_twice_goes_back_by_hand(order):
    received(order)
    received(order, reference="BANK 2")
    give_back(order)
    assert Refund.objects.get().cause == "double"
    assert Order.objects.get(pk=order.pk).status == S.PAID


def test_what_comes_late_goes_back_by_hand_and_the_customer_is_told(order):
    cancel(order)
    assert received(order).status == S.CANCELED
    give_back(order)
    assert Email.objects.filter(order=order, kind="late_money_returned").exists()


def test_a_refund_waits_for_staff_and_no_provider(order):
    received(order)
    ask_refund(order)
    refunds.work_on(refund_id=Refund.objects.get().pk)
    assert Order.objects.get(pk=order.pk).status == S.REFUND

    give_back_now = Refund.objects.get()
    refunds.settle_by_hand(refund_id=give_back_now.pk, actor=make_staff(), note="transferred to DE1")

    assert Order.objects.get(pk=order.pk).status == S.CANCELED
    with pytest.raises(refunds.RefundNotRefused):
        refunds.settle_by_hand(refund_id=give_back_now.pk, actor=make_staff(), note="again")


def test_a_refund_that_a_provider_can_make_is_not_settled_by_hand(buyer):
    order = buyer.order_in(S.REFUND)
    with pytest.raises(refunds.RefundNotRefused):
        refunds.settle_by_hand(
            refund_id=Refund.objects.get(payment__order=order).pk, actor=make_staff(), note="x"
        )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"variant": "stripe"}, "variant"),
        ({"variant": ""}, "variant"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("1.001")}, "amount"),
        ({"reference": "x" * 141}, "reference"),
        ({"reference": "a\0b"}, "reference"),
    ],
)
def test_nonsense_is_refused(order, wrong, field):
    with pytest.raises(InvalidInput) as refused:
        received(order, **wrong)
    assert list(refused.value.errors) == [field]


def test_an_event_of_such_a_provider_is_made_up(client, order):
    url = reverse("payment-webhook", args=["transfer"])
    assert client.post(url, b"{}", "application/json").status_code == 400
    assert not ProviderEvent.objects.exists()


# --- the time to pay -----------------------------------------------------------------------------------------------
def test_an_order_waits_for_a_transfer_for_days(order, settings):
    assert order.pay_by < timezone.now() + DAY
    after = chosen(order)
    assert after.pay_by == order.status_since + timedelta(seconds=settings.PAYMENT_WINDOWS["transfer"])

    Order.objects.filter(pk=order.pk).update(pay_by=timezone.now() + timedelta(seconds=60))
    payment_window.cancel_unpaid(order_id=order.pk)
    assert payment_window.overdue_orders() == []
    assert Order.objects.get(pk=order.pk).status == S.PAY_REQUIRED


def test_choosing_again_gives_no_more_time(order):
    first = chosen(order).pay_by
    chosen(order, "demo")
    assert chosen(order).pay_by == first


def test_an_order_whose_transfer_does_not_come_is_canceled(order):
    chosen(order)
    Order.objects.filter(pk=order.pk).update(pay_by=timezone.now() - timedelta(seconds=1))
    payment_window.cancel_unpaid(order_id=order.pk)
    assert Order.objects.get(pk=order.pk).status == S.CANCELED


def test_where_transfers_are_the_only_way_the_time_begins_with_days(settings, buyer):
    settings.PAYMENT_VARIANT = "transfer"
    assert buyer.order_in(S.PAY_REQUIRED).pay_by > timezone.now() + 6 * DAY


# --- what is offered -----------------------------------------------------------------------------------------------
def test_ways_by_hand_are_offered_beside_the_chosen_provider(order, cash):
    assert list(ways_to_pay(order)) == ["demo", "transfer", "cash_on_delivery"]


def test_a_courier_takes_no_cash_where_nothing_is_carried(cash):
    buyer = Buyer()
    preview = buyer.preview((make_numbered(numbers=1, weight_g=0, needs_parcel=False), 1))
    buyer.table = PriceTable.objects.get(no_parcel=True)
    order = buyer.place_preview(preview)
    confirm(order)
    assert "cash_on_delivery" not in ways_to_pay(order)
    with pytest.raises(UnknownProvider):
        start_payment(order_id=order.pk, actor=order.customer, variant="cash_on_delivery")


# --- what the customer reads ---------------------------------------------------------------------------------------
def test_the_customer_reads_how_to_pay_on_the_pages_and_by_email(customer, order, settings):
    settings.BANK_ACCOUNT = settings.BANK_ACCOUNT | {"account": "DE89370400440532013000"}
    page = customer.get(reverse("order", args=[order.pk])).content.decode()
    assert 'data-other-way="transfer"' in page

    page = customer.get(reverse("order-pay", args=[order.pk]), {"with": "transfer"}).content.decode()
    reference = reference_of(order.number)
    shown = " ".join(reference[n : n + 4] for n in range(0, len(reference), 4))
    assert shown in page and "DE89 3704 0044 0532 0130 00" in page
    assert 'data-other-way="demo"' in page and "data-countdown" not in page

    page = customer.get(reverse("order", args=[order.pk])).content.decode()
    assert shown in page and 'id="step-pay"' not in page and 'data-other-way="demo"' in page

    send_due()
    sent = next(one for one in mail.outbox if "how to pay" in one.subject)
    assert shown in sent.body and "DE89 3704 0044 0532 0130 00" in sent.body
    assert "QR" not in page  # a transfer in dollars has no code


def test_a_transfer_in_euros_is_drawn_as_a_code(settings):
    settings.CURRENCY = "EUR"
    settings.BANK_ACCOUNT = settings.BANK_ACCOUNT | {"account": "DE89370400440532013000"}
    order = Buyer().order_in(S.PAY_REQUIRED)
    chosen(order)
    send_due()
    sent = next(one for one in mail.outbox if "how to pay" in one.subject)
    assert [(name, kind) for name, content, kind in sent.attachments] == [("bank-transfer.png", "image/png")]


def test_cash_is_told_of_without_an_account(customer, order, cash):
    page = customer.get(reverse("order-pay", args=[order.pk]), {"with": "cash_on_delivery"}).content.decode()
    assert 'data-by-hand="cash_on_delivery"' in page and "data-transfer" not in page
    send_due()
    assert any("in cash" in one.body for one in mail.outbox)


# --- the desk ------------------------------------------------------------------------------------------------------
def test_staff_note_money_on_the_orders_page(client, order):
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    url = reverse("admin:orders_order_received", args=[order.pk])
    assert url in page
    assert str(order.total_amount) in client.get(url).content.decode()

    short = client.post(url, {"variant": "transfer", "amount": "0.01"}, follow=True)
    assert "less than the order costs" in short.content.decode()
    client.post(url, {"variant": "transfer", "amount": str(order.total_amount), "reference": "BANK 1"})

    assert Order.objects.get(pk=order.pk).status == S.PAID


@pytest.mark.parametrize("group", ["Support", "Fulfilment", "Catalog"])
def test_staff_without_the_right_note_nothing(client, order, group):
    client.force_login(staff_of(group), backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:orders_order_received", args=[order.pk])
    said = {"variant": "transfer", "amount": str(order.total_amount)}
    assert client.post(url, said).status_code == 403
    assert money(order) == []


@pytest.mark.django_db(transaction=True)
class TestRaces:
    """Two staff, or staff and a provider, at the same moment."""

    def test_two_staff_note_the_same_money(self, order):
        actors = [make_staff(), make_staff()]
        at_once([partial(received, order, actor=actor) for actor in actors])
        assert money(order) == [("captured", order.total_amount)]

    def test_a_card_and_a_transfer_pay_once(self, order):
        payment = start_payment(order_id=order.pk, actor=order.customer, variant="demo").payment
        at_once([partial(received, order), partial(capture, payment)])
        assert Order.objects.get(pk=order.pk).status == S.PAID
        assert [refund.cause for refund in Refund.objects.all()] == ["double"]

    def test_the_money_against_the_end_of_the_window(self, order):
        Order.objects.filter(pk=order.pk).update(pay_by=order.placed_at)
        at_once([partial(received, order), partial(payment_window.cancel_unpaid, order_id=order.pk)])
        after = Order.objects.get(pk=order.pk)
        assert (after.status, Refund.objects.count()) in [(S.PAID, 0), (S.CANCELED, 1)]
