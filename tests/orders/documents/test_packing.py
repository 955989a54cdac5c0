"""Packing lists and address labels: read back from the PDF."""

import time
from datetime import date
from io import BytesIO

import pgtrigger
import pytest
from django.db import connection
from django.db.models import Prefetch
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from orders.actions.parcels import send_parcel
from orders.checkout.placement.placement import place_order
from orders.documents import packing as papers
from orders.documents import packing_pdf
from orders.errors import InvalidInput
from orders.lifecycle.parcels import Parcel
from orders.models import Order, OrderLine
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.factories import complete, confirm, make_numbered, make_product, pay, staff_of
from tests.orders.audited import redirect

pytestmark = pytest.mark.django_db
S = OrderStatus
PRINTS = [papers.packing_lists, papers.address_labels]


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


@pytest.fixture
def order(buyer) -> Order:
    """Paid, of a counted and a numbered thing, with a note."""
    buyer.address.line2 = "Tầng 3"
    buyer.address.save()
    room, tea = make_numbered(name="Phòng hướng biển", numbers=3), make_product(name="Trà sen", stock=9)
    preview = buyer.preview((room, 2), (tea, 4))
    placed = place_order(
        preview_id=preview.id, customer=buyer.user, price_table_id=buyer.table.pk, note="Gói quà giúp tôi"
    )
    confirm(placed.order)
    pay(placed.order)
    return Order.objects.get(pk=placed.order.pk)


def test_a_packing_list_says_all_that_a_packer_needs(order, staff):
    (page,) = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))

    room, tea = order.lines.all()
    numbers = ", ".join(str(held.number) for held in room.allocations.all())
    for text in (
        f"Order {order.number}",
        room.sku,
        "Phòng hướng biển",
        numbers,
        tea.sku,
        "Trà sen",
        "Nguyễn Thị Hoa",
        "12 Lê Lợi, Tầng 3",
        "Huế",
        "530000",
        "Vietnam",
        "028 3822 0000",
        order.shipping_method,
        f"{order.weight_g} g",
        f"{order.length_cm} × {order.width_cm} × {order.height_cm} cm",
        "Gói quà giúp tôi",
    ):
        assert text in page, text


@pytest.mark.parametrize(
    ("first", "last", "is_pickup", "said"),
    [
        (date(2026, 2, 2), date(2026, 2, 4), False, "Delivered between Feb. 2, 2026 and Feb. 4, 2026"),
        (date(2026, 2, 4), date(2026, 2, 4), False, "Delivered on Feb. 4, 2026"),
        (date(2026, 2, 2), date(2026, 2, 4), True, "Ready for pickup between Feb. 2, 2026 and Feb. 4, 2026"),
        (date(2026, 2, 4), date(2026, 2, 4), True, "Ready for pickup on Feb. 4, 2026"),
        (None, None, False, ""),
    ],
)
def test_a_packing_list_says_the_day_that_was_promised(order, staff, first, last, is_pickup, said):
    with pgtrigger.ignore("orders.Order:delivery_as_placed"):
        Order.objects.filter(pk=order.pk).update(promised_from=first, promised_to=last, is_pickup=is_pickup)
    (page,) = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))

    assert said in page
    assert ("Delivered" in page or "Ready" in page) == bool(said)


def test_papers_speak_the_language_of_whoever_prints(order, staff):
    with translation.override("vi"):
        (page,) = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))
        (label,) = pages(papers.address_labels(order_ids=[order.pk], actor=staff))
    assert "Phiếu đóng gói" in page and "Việt Nam" in page
    assert "Việt Nam" in label and "Người gửi" in label


def test_a_packer_reads_a_name_as_the_customer_and_in_their_own_language(buyer, staff):
    with translation.override("vi"):
        order = buyer.order_in(
            OrderStatus.PAID, (make_product(name="Lotus tea", name_vi="Trà sen", stock=2), 1)
        )
    (page,) = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))
    assert "Trà sen Lotus tea" in page
    with translation.override("vi"):
        (page,) = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))
    assert "Trà sen" in page and "Lotus tea" not in page


def test_a_label_has_the_address_the_sender_and_the_orders_number(order, staff, settings):
    settings.SHOP_NAME, settings.SHOP_ADDRESS = "Tiệm Mây", "1 Hàng Bạc\nHà Nội"

    (page,) = pages(papers.address_labels(order_ids=[order.pk], actor=staff))

    for text in (
        "Nguyễn Thị Hoa",
        "12 Lê Lợi, Tầng 3",
        "Huế",
        "530000",
        "Vietnam",
        "Tiệm Mây · 1 Hàng Bạc · Hà Nội",
    ):
        assert text in page, text
    assert f"Order {order.number}" in page


def test_eight_labels_share_a_sheet_and_each_order_has_its_own_list(buyer, staff):
    orders = [buyer.order_in(S.PAID) for _ in range(9)]
    ids = [order.pk for order in reversed(orders)]

    labels = pages(papers.address_labels(order_ids=ids, actor=staff))
    lists = pages(papers.packing_lists(order_ids=ids, actor=staff))

    assert len(labels) == 2
    assert [f"Order {order}" in labels[0] for order in orders] == [True] * 8 + [False]
    assert len(lists) == 9
    assert all(f"Order {order}" in page for order, page in zip(orders, lists, strict=True))


def test_whatever_people_type_stays_on_its_label(order, staff):
    """The longest address there can be, without a space in it."""
    longest = {
        "full_name": "W" * 150,
        "line1": "W" * 200,
        "line2": "W" * 200,
        "city": "W" * 100,
        "region": "W" * 100,
    }
    order.address_snapshot |= longest
    order.shipping_method = "W" * 210
    Order.objects.bulk_update([order], ["address_snapshot", "shipping_method"])

    page = PdfReader(BytesIO(papers.address_labels(order_ids=[order.pk], actor=staff))).pages[0]

    lowest = []
    page.extract_text(visitor_text=lambda text, cm, tm, *_: lowest.append(tm[5]) if "W" in text else None)
    # The first label ends 74.25 mm below the top of 297; points are 0.3528 mm, and count from below.
    assert min(lowest) > (297 - 74.25) / 0.3528
    assert len(pages(papers.packing_lists(order_ids=[order.pk], actor=staff))) == 1


def test_hundreds_of_numbers_run_on_over_pages(buyer, staff):
    room = make_numbered(numbers=600)
    order = buyer.order_in(S.PAID, (room, 600))

    found = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))

    assert len(found) > 1
    assert all(f"Order {order}" in page for page in found)
    text = "".join("".join(found).split())
    assert all("".join(number.value.split()) in text for number in room.numbers.all())


def test_a_list_of_a_part_sent_order_says_what_is_still_to_be_sent(buyer, staff):
    tea, cup = make_product(name="Trà sen", stock=9), make_product(name="Tách", stock=9)
    order = buyer.order_in(S.PAID, (tea, 4), (cup, 1))
    lines = {line.product_id: line.pk for line in order.lines.all()}
    send_parcel(order_id=order.pk, actor=staff, parcel=Parcel({lines[tea.pk]: 3, lines[cup.pk]: 1}))

    (page,) = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))
    assert f"{tea.sku} 1Trà sen" in page
    assert "Tách" not in page
    assert "a part of this order has left already" in page
    assert f"{order.weight_g} g" not in page

    first, _label = pages(papers.parcel_papers(order_id=order.pk, number=1, actor=staff))
    assert f"{tea.sku} 3Trà sen" in first
    assert f"{cup.sku} 1Tách" in first

    complete(order)
    (page,) = pages(papers.packing_lists(order_ids=[order.pk], actor=staff))
    assert f"{tea.sku} 4Trà sen" in page


@pytest.mark.parametrize("draw", PRINTS)
def test_what_is_changed_while_papers_are_drawn_is_not_printed(order, staff, monkeypatch, draw):
    name = "draw_lists" if draw is papers.packing_lists else "draw_labels"
    drawn = getattr(packing_pdf, name)

    def meanwhile(orders):
        redirect(order)
        return drawn(orders)

    monkeypatch.setattr(packing_pdf, name, meanwhile)
    with pytest.raises(papers.NothingToPack, match="changed just now"):
        draw(order_ids=[order.pk], actor=staff)
    assert Order.objects.get().packed_at is None
    monkeypatch.setattr(packing_pdf, name, drawn)
    assert "Lan" in " ".join(pages(draw(order_ids=[order.pk], actor=staff)))


@pytest.mark.parametrize("draw", PRINTS)
def test_what_is_not_to_be_sent_is_named_and_nothing_is_printed(buyer, staff, draw):
    paid, unpaid = buyer.order_in(S.PAID), buyer.order_in(S.PAY_REQUIRED)
    with pytest.raises(papers.NothingToPack) as refusal:
        draw(order_ids=[paid.pk, unpaid.pk], actor=staff)
    assert str(unpaid) in str(refusal.value) and str(paid) not in str(refusal.value)
    assert not StaffAction.objects.exists()


def test_no_more_are_printed_at_once_than_a_thread_can_bear(buyer, staff, monkeypatch):
    monkeypatch.setattr(papers, "MAX_ORDERS", 1)
    ids = [buyer.order_in(S.PAID).pk for _ in range(2)]
    with pytest.raises(InvalidInput):
        papers.packing_lists(order_ids=ids, actor=staff)


@pytest.mark.parametrize("draw", PRINTS)
def test_papers_take_the_same_statements_for_one_order_and_three(buyer, staff, draw):
    counts = []
    for _ in range(2):
        buyer.order_in(S.PAID, (make_numbered(numbers=1), 1))
        buyer.order_in(S.PAID, (make_numbered(numbers=1), 1), (make_product(stock=3), 2))
        ids = list(Order.objects.values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as captured:
            draw(order_ids=ids, actor=staff)
        counts.append(len(captured))
    # The rights are asked for once; one statement looks whether anything was changed meanwhile, one whether a change waits.
    assert counts[0] == counts[1] + 2 <= 14


@pytest.mark.parametrize("draw", PRINTS)
def test_two_hundred_orders_are_printed_within_seconds(order, draw):
    from orders.documents import packing_pdf

    lines = Prefetch("lines", OrderLine.objects.with_canceled())
    many = list(Order.objects.prefetch_related(lines, "lines__allocations__number")) * 200
    start = time.process_time()
    (packing_pdf.draw_lists if draw is papers.packing_lists else packing_pdf.draw_labels)(many)
    assert time.process_time() - start < 6


@pytest.mark.parametrize("action", ["packing_lists", "address_labels"])
def test_packers_print_the_orders_they_chose(client, order, buyer, action):
    other = buyer.order_in(S.PAID)
    client.force_login(staff_of("fulfilment"))
    chosen = {"action": action, "_selected_action": [str(order.pk), str(other.pk)]}

    answer = client.post(reverse("admin:orders_order_changelist"), chosen)

    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    text = " ".join(pages(answer.content))
    assert f"Order {order}" in text and f"Order {other}" in text
    assert StaffAction.objects.filter(action="orders.pack_order").count() == 2


def test_a_refusal_is_a_message_in_the_list(client, buyer):
    order = buyer.order_in(S.PENDING)
    client.force_login(staff_of("fulfilment"))
    chosen = {"action": "address_labels", "_selected_action": [str(order.pk)]}
    answer = client.post(reverse("admin:orders_order_changelist"), chosen, follow=True)
    assert f"Nothing is to be sent for these orders: {order}" in answer.text
