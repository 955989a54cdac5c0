"""Orders that are sent in parcels: what may leave, when the order is Done, and that never more leaves than was ordered."""

from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from django.core import mail
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from catalog.models import Product
from orders import audit
from orders.actions.money import payment_window
from orders.actions.money.payment import start_payment
from orders.actions.parcels import MoreThanLeft, end_early, send_parcel
from orders.actions.refund_requests import accept, refund_own
from orders.actions.tracking import correct_tracking_code
from orders.documents.packing import NothingToPack, parcel_papers
from orders.emails.queue import send_due
from orders.errors import InvalidInput
from orders.events import feed, payloads
from orders.lifecycle.parcels import Parcel
from orders.lifecycle.transitions import AlreadySent, RefundRequested, StepNotAllowed
from orders.models import Courier, Order, Refund, RefundRequest, Shipment, ShipmentLine
from orders.payments import refunds
from orders.payments.by_hand import note_received
from orders.reports.attention import sent_unpaid
from orders.status import OrderStatus
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.answers import api_of
from tests.factories import cancel, complete, make_numbered, make_product, make_staff, staff_of
from tests.parallel import at_once

S = OrderStatus


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def lamps():
    return make_product(stock=20, sku="LAMP", name="Lamp")


@pytest.fixture
def paid(buyer, lamps) -> Order:
    return buyer.order_in(S.PAID, (lamps, 3), (make_product(stock=5, sku="CUP", name="Cup"), 2))


@pytest.fixture
def cash_order(buyer, lamps, settings) -> Order:
    """An order for which the courier takes the money."""
    path = "orders.payments.providers.offline.CashOnDelivery"
    settings.PAYMENT_VARIANTS = settings.PAYMENT_VARIANTS | {"cash_on_delivery": (path, {})}
    settings.PAYMENT_WINDOWS = settings.PAYMENT_WINDOWS | {"cash_on_delivery": 86400}
    order = buyer.order_in(S.PAY_REQUIRED, (lamps, 3))
    start_payment(order_id=order.pk, actor=buyer.user, variant="cash_on_delivery")
    return order


def send(order: Order, *pieces: int, actor=None, note: str = "", **more) -> Order:
    """Send so many pieces of each line, in their order."""
    lines = list(order.lines.order_by("position").values_list("pk", flat=True))
    parcel = Parcel(dict(zip(lines, pieces, strict=False)), **more)
    return send_parcel(order_id=order.pk, actor=actor or make_staff(), parcel=parcel, note=note)


def text_of(paper: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)


def sent(order: Order) -> list[int]:
    return list(order.lines.order_by("position").values_list("sent", flat=True))


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


# --- sending -------------------------------------------------------------------------------------------------------
def test_an_order_is_done_when_its_last_parcel_leaves(paid):
    other = Courier.objects.create(name="Slow Boat")
    assert send(paid, 2, 0, tracking_code="VN 1", courier_id=other.pk, weight_g=700).status == S.PAID
    assert sent(paid) == [2, 0]
    assert send(paid, 1, 2, tracking_code="VN2").status == S.DONE

    first, last = paid.shipments.all()
    assert (first.sequence, first.tracking_code, first.courier, first.weight_g) == (1, "VN1", other, 700)
    assert (last.sequence, last.courier, last.completes) == (2, paid.courier, True)
    after = Order.objects.get(pk=paid.pk)
    assert (after.tracking_code, after.history.last().reason) == ("VN2", "all_sent")
    assert StaffAction.objects.filter(action="orders.send_parcel").count() == 2


def test_what_is_sent_lies_on_the_shelf_no_longer(paid, lamps):
    send(paid, 2, 0)
    lamps.refresh_from_db()
    assert (lamps.stock_quantity, lamps.promised) == (17, 1)


def test_mark_as_done_sends_all_that_is_left_in_one_parcel(paid):
    send(paid, 1, 0)
    complete(paid)
    last = paid.shipments.last()
    assert [(one.line.sku, one.quantity) for one in last.lines.all()] == [("LAMP", 2), ("CUP", 2)]
    assert sent(paid) == [3, 2]


def test_an_order_that_was_done_at_once_has_one_parcel(buyer, lamps):
    order = buyer.order_in(S.DONE, (lamps, 2))
    (parcel,) = order.shipments.all()
    assert (parcel.completes, sent(order)) == (True, [2])


def test_an_order_without_a_parcel_has_none(buyer):
    room = make_numbered(numbers=2, needs_parcel=False)
    order = buyer.order_in(S.DONE, (make_product(stock=1), 1), (room, 1))
    assert order.shipments.count() == 1
    assert not Shipment.objects.filter(order__needs_parcel=False).exists()


def test_the_rest_may_stay_for_a_reason(paid, lamps):
    send(paid, 3, 1, tracking_code="VN1")
    with pytest.raises(InvalidInput):
        end_early(order_id=paid.pk, actor=make_staff(), note=" ")
    after = end_early(order_id=paid.pk, actor=make_staff(), note="the last cup broke")
    assert (after.status, after.tracking_code, sent(paid)) == (S.DONE, "VN1", [3, 1])
    assert paid.history.last().note == "the last cup broke"
    assert Product.objects.get(sku="CUP").promised == 0


@pytest.mark.parametrize("pieces", [(4, 0), (0, 3), (3, 3)])
def test_more_than_is_left_is_not_sent(paid, pieces):
    with pytest.raises(MoreThanLeft):
        send(paid, *pieces)
    assert not paid.shipments.exists()


@pytest.mark.parametrize(
    ("pieces", "more", "field"),
    [
        ((), {}, "pieces"),
        ((0, 0), {}, "pieces"),
        ((-1, 2), {}, "pieces"),
        ((1,), {"weight_g": 0}, "weight_g"),
        ((1,), {"weight_g": 10**7}, "weight_g"),
        ((1,), {"tracking_code": "<b>"}, "tracking_code"),
        ((1,), {"courier_id": 0x7FFFFFFF}, "courier_id"),
    ],
)
def test_nonsense_is_refused(paid, pieces, more, field):
    with pytest.raises(InvalidInput) as refused:
        send(paid, *pieces, **more)
    assert list(refused.value.errors) == [field]


def test_lines_of_another_order_are_not_sent(paid, buyer):
    other = buyer.order_in(S.PAID)
    with pytest.raises(MoreThanLeft):
        send_parcel(order_id=paid.pk, actor=make_staff(), parcel=Parcel({other.lines.get().pk: 1}))


@pytest.mark.parametrize("status", [S.PENDING, S.PAY_REQUIRED, S.DONE, S.REFUND, S.CANCELED])
def test_nothing_leaves_of_an_order_that_is_not_paid(buyer, status):
    with pytest.raises(StepNotAllowed):
        send(buyer.order_in(status), 1)


def test_nothing_leaves_while_the_customer_waits_for_an_answer(buyer):
    order = buyer.order_in(S.PAID, (make_product(stock=3, refunds="on_request"), 2))
    refund_own(order_id=order.pk, actor=buyer.user)
    with pytest.raises(RefundRequested):
        send(order, 1)


def test_who_waits_for_the_rest_asks_for_the_money_and_staff_decide(paid, lamps):
    send(paid, 2, 0)
    refund_own(order_id=paid.pk, actor=paid.customer)
    assert status_of(paid) == S.PAID
    accept(request_id=RefundRequest.objects.get().pk, actor=make_staff())
    refunds.work_on(refund_id=Refund.objects.get().pk)
    assert status_of(paid) == S.CANCELED
    lamps.refresh_from_db()
    assert (lamps.stock_quantity, lamps.promised) == (20, 0)


@pytest.mark.parametrize("group", ["Support", "Finance", "Catalog"])
def test_staff_without_the_right_send_nothing(paid, group):
    with pytest.raises(PermissionDenied):
        send(paid, 1, actor=staff_of(group))
    assert not paid.shipments.exists()


# --- cash on delivery ----------------------------------------------------------------------------------------------
def test_an_order_for_cash_is_sent_before_it_is_paid_and_done_when_the_money_is_here(cash_order):
    assert send(cash_order, 3, tracking_code="VN1").status == S.PAY_REQUIRED
    paid = {"variant": "cash_on_delivery", "amount": cash_order.total_amount}
    after = note_received(order_id=cash_order.pk, actor=make_staff(), **paid)
    assert (after.status, after.tracking_code) == (S.DONE, "VN1")
    assert [change.to_status for change in after.history.all()][-2:] == ["paid", "done"]


def test_an_order_for_cash_that_was_sent_in_part_is_paid_and_waits_for_the_rest(cash_order):
    send(cash_order, 1)
    paid = {"variant": "cash_on_delivery", "amount": cash_order.total_amount}
    assert note_received(order_id=cash_order.pk, actor=make_staff(), **paid).status == S.PAID
    assert send(cash_order, 2).status == S.DONE


def test_what_is_with_the_courier_is_canceled_by_staff_alone(cash_order, lamps):
    send(cash_order, 3)
    Order.objects.filter(pk=cash_order.pk).update(pay_by=timezone.now() - timedelta(days=1))

    assert payment_window.overdue_orders() == []
    assert list(sent_unpaid()) == [cash_order]
    payment_window.cancel_unpaid(order_id=cash_order.pk)
    with pytest.raises(AlreadySent):
        cancel(cash_order)
    assert status_of(cash_order) == S.PAY_REQUIRED

    api_of(make_staff()).post(
        f"/api/orders/{cash_order.pk}/cancellation/", {"note": "refused"}, format="json"
    )
    assert status_of(cash_order) == S.CANCELED
    lamps.refresh_from_db()
    assert (lamps.stock_quantity, lamps.promised) == (20, 0)


# --- what the database promises ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE orders_orderline SET sent = 1", ProgrammingError),
        ("UPDATE orders_shipment SET weight_g = 1", ProgrammingError),
        ("DELETE FROM orders_shipment", ProgrammingError),
        ("UPDATE orders_shipmentline SET quantity = 1", ProgrammingError),
        ("DELETE FROM orders_shipmentline", ProgrammingError),
        (("INSERT INTO orders_shipmentline (shipment_id, line_id, quantity) SELECT s.id, l.id, 9 FROM orders_shipment s "
         "JOIN orders_orderline l ON l.order_id = s.order_id AND l.sent = 0"), IntegrityError),
    ],
)  # fmt: skip
def test_the_database_lets_nobody_change_what_was_sent(paid, statement, error):
    send(paid, 2, 0)
    with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_takes_no_line_of_another_order(paid, buyer):
    send(paid, 2, 0)
    other = buyer.order_in(S.PAID).lines.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ShipmentLine.objects.create(shipment=paid.shipments.get(), line=other, quantity=1)


# --- what people see -----------------------------------------------------------------------------------------------
def test_the_customer_follows_each_parcel_on_the_page_by_email_api_and_feed(customer, api, paid):
    Courier.objects.update(tracking_url="https://track.example/{code}")
    send(paid, 2, 0, tracking_code="VN1")

    page = customer.get(reverse("order", args=[paid.pk])).content.decode()
    assert "https://track.example/VN1" in page and "2 × Lamp" in page

    (shown,) = api.get(f"/api/orders/{paid.pk}/").json()["shipments"]
    assert shown["lines"] == [{"sku": "LAMP", "name": "Lamp", "quantity": 2}]
    assert (shown["number"], shown["tracking_url"]) == (1, "https://track.example/VN1")

    told = [payloads.event(entry) for entry in feed.read(user=paid.customer)][-1]
    assert (told["type"], told["data"]["shipment"]) == ("order.shipped", 1)

    send(paid, 1, 2, tracking_code="VN2")
    send_due()
    first, last = (
        next(one for one in mail.outbox if word in one.subject) for word in ("a parcel", "all done")
    )
    assert "https://track.example/VN1" in first.body and "2 × Lamp" in first.body
    assert "VN1" in last.body and "VN2" in last.body
    page = customer.get(reverse("order", args=[paid.pk])).content.decode()
    assert page.count("data-parcel=") == 2


def test_a_corrected_code_is_the_last_parcels(paid):
    send(paid, 1, 0, tracking_code="VN1")
    send(paid, 2, 2, tracking_code="VN2")
    correct_tracking_code(order_id=paid.pk, actor=make_staff(), code="VN3")
    assert list(paid.shipments.values_list("tracking_code", flat=True)) == ["VN1", "VN3"]


def test_each_parcel_has_papers_of_its_own(paid):
    send(paid, 2, 0)
    printed = text_of(parcel_papers(order_id=paid.pk, number=1, actor=make_staff()))
    assert "LAMP" in printed and "CUP" not in printed
    with pytest.raises(NothingToPack):
        parcel_papers(order_id=paid.pk, number=2, actor=make_staff())
    with pytest.raises(PermissionDenied):
        parcel_papers(order_id=paid.pk, number=1, actor=staff_of("Finance"))


def test_staff_send_a_parcel_on_the_desk(client, paid):
    client.force_login(staff_of("Fulfilment"), backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:orders_order_change", args=[paid.pk])
    url = reverse("admin:orders_order_send", args=[paid.pk])
    assert url in client.get(page).content.decode()
    lamp, cup = (f"line-{line.pk}" for line in paid.lines.order_by("position"))
    assert client.get(url).context["form"].fields[lamp].initial == 3

    said = {
        lamp: "2",
        cup: "",
        "courier_id": str(paid.courier_id),
        "tracking_code": "VN1",
        "weight_g": "",
        "note": "",
    }
    assert client.post(url, said | {lamp: "4"}).status_code == 200  # asked again
    client.post(url, said)

    assert sent(paid) == [2, 0]
    shown = client.get(page).content.decode()
    assert 'data-parcel="1"' in shown and "VN1" in shown
    papers = client.get(reverse("admin:orders_order_parcel", args=[paid.pk, 1]))
    assert papers.headers["Content-Type"] == "application/pdf"
    client.post(reverse("admin:orders_order_end", args=[paid.pk]), {"note": "the rest broke"})
    assert status_of(paid) == S.DONE


def test_a_form_that_is_sent_twice_sends_one_parcel(client, paid):
    client.force_login(staff_of("Fulfilment"), backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:orders_order_send", args=[paid.pk])
    page = client.get(url).content.decode()
    assert 'name="after" value="0"' in page
    lamp = paid.lines.order_by("position").first()
    said = {f"line-{lamp.pk}": "1", "courier_id": str(paid.courier_id), "after": "0"}

    for _click in range(2):
        answer = client.post(url, said, follow=True)

    assert "Some of this was sent meanwhile." in answer.content.decode()
    assert sent(paid) == [1, 0] and paid.shipments.count() == 1


# --- at the same moment --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_staff_who_send_the_same_pieces_send_them_once(self, paid):
        actors = [make_staff(), make_staff()]
        results = at_once([partial(send, paid, 2, 2, actor=actor) for actor in actors])
        assert sorted(type(one).__name__ for one in results) == ["MoreThanLeft", "Order"]
        assert sent(paid) == [2, 2]

    def test_two_staff_who_send_the_last_pieces_make_one_done(self, paid):
        actors = [make_staff(), make_staff()]
        at_once([partial(send, paid, 3, 2, actor=actor) for actor in actors])
        assert (status_of(paid), paid.shipments.count()) == (S.DONE, 1)

    def test_a_parcel_against_the_money_that_goes_back(self, paid):
        staff = make_staff()
        Order.objects.filter(pk=paid.pk).update(packed_at=None)
        at_once(
            [
                partial(send, paid, 3, 2, actor=staff),
                partial(refund_own, order_id=paid.pk, actor=paid.customer),
            ]
        )
        assert status_of(paid) in (S.DONE, S.REFUND)
        assert paid.shipments.count() == (1 if status_of(paid) == S.DONE else 0)
