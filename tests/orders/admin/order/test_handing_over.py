"""What its customer fetches is handed over, and what needs no parcel is delivered: no words of parcels at any door."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from orders.actions.parcels import end_early, send_parcel, tell_ready
from orders.documents import packing
from orders.emails.messages import message_of
from orders.errors import InvalidInput
from orders.lifecycle.parcels import Parcel, PreorderAwaited
from orders.models import Email, Order, PriceTable, Shipment
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    complete,
    confirm,
    make_numbered,
    make_pickup,
    make_product,
    pay,
    ship_a_piece,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus
# What belongs to a parcel alone.
OF_A_PARCEL = re.compile(r"[Pp]arcel|[Tt]racking|[Cc]ourier|Packing list|on its way|shipped|\bsent\b")


@pytest.fixture
def fetched(db) -> Order:
    """Three lamps that their customer fetches; paid."""
    buyer = Buyer()
    buyer.table = make_pickup()
    return buyer.order_in(S.PAID, (make_product(stock=9, name="Lamp", sku="LAMP"), 3))


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def text_of(html: str, mark: str) -> str:
    """The words of the page's main part, from a mark on."""
    main = html[html.index(mark) :]
    return " ".join(
        re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", "", main, flags=re.DOTALL)).split()
    )


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def send_page(order: Order) -> str:
    return reverse("admin:orders_order_send", args=[order.pk])


def papers(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_the_desk_hands_over_without_courier_tracking_code_or_weight(desk, fetched):
    html = desk.get(page_of(fetched)).content.decode()
    assert "Hand over" in html
    assert "Send a parcel" not in html

    page = desk.get(send_page(fetched)).content.decode()
    assert "Hand over" in page
    assert "3 of 3 are left to hand over." in page
    for name in ("courier_id", "tracking_code", "weight_g"):
        assert f'name="{name}"' not in page

    line = fetched.lines.get()
    desk.post(send_page(fetched), {f"line-{line.pk}": 1, "after": 0})
    shipment = Shipment.objects.get()
    assert (shipment.courier_id, shipment.completes) == (fetched.courier_id, False)
    html = desk.get(page_of(fetched)).content.decode()
    parcels = html.partition('id="parcels">')[2].partition("</section>")[0]
    assert "Handed over" in parcels
    assert not OF_A_PARCEL.search(re.sub(r"<[^>]+>", " ", parcels))
    assert "Pickup list (PDF)" in parcels
    assert "Picked up in part" in html


def test_what_is_sent_keeps_its_words(desk, buyer):
    order = buyer.order_in(S.PAID, (make_product(stock=9), 3))
    ship_a_piece(order)
    html = desk.get(page_of(order)).content.decode()
    assert "Send a parcel" in html
    assert "Hand over" not in html
    assert "Packing list and label (PDF)" in html
    assert 'name="courier_id"' in desk.get(send_page(order)).content.decode()


def test_nothing_handed_over_and_ending_early_are_refused_in_its_words(desk, fetched, staff):
    line = fetched.lines.get()
    answer = desk.post(send_page(fetched), {f"line-{line.pk}": 0, "after": 0}, follow=True)
    assert "Say how many pieces are handed over." in answer.content.decode()
    ship_a_piece(fetched)
    end = reverse("admin:orders_order_end", args=[fetched.pk])
    assert "Why not all of it is handed over" in desk.get(end).content.decode()
    with pytest.raises(InvalidInput, match="handed over"):
        end_early(order_id=fetched.pk, actor=staff, note=" ")


def test_its_papers_are_a_pickup_list_and_have_no_address_to_cut_out(fetched, staff):
    (page,) = papers(packing.packing_lists(order_ids=[fetched.pk], actor=staff))
    assert "Pickup list" in page
    assert not OF_A_PARCEL.search(page)
    ship_a_piece(fetched)
    (page,) = papers(packing.parcel_papers(order_id=fetched.pk, number=1, actor=staff))
    assert "Pickup 1" in page
    assert not OF_A_PARCEL.search(page)
    (page,) = papers(packing.packing_lists(order_ids=[fetched.pk], actor=staff))
    assert "a part of this order was picked up already" in page


def test_its_customer_reads_what_was_picked_up(client, fetched, staff):
    client.force_login(fetched.customer)
    ship_a_piece(fetched)
    told = message_of(Email.objects.get(order=fetched, kind="shipped")).body
    assert "Picked up on" in told
    html = client.get(fetched.get_absolute_url()).content.decode()
    assert "You have picked up a part of your order. We get the rest ready" in html
    assert not OF_A_PARCEL.search(text_of(html, 'id="order-live"'))
    assert not OF_A_PARCEL.search(told)

    line = fetched.lines.get()
    send_parcel(order_id=fetched.pk, actor=staff, parcel=Parcel({line.pk: 2}))
    html = client.get(fetched.get_absolute_url()).content.decode()
    assert "Everything was picked up" in html
    assert not OF_A_PARCEL.search(text_of(html, 'id="order-live"'))
    assert not OF_A_PARCEL.search(message_of(Email.objects.get(order=fetched, kind="done")).body)


def test_a_refund_after_it_was_packed_speaks_of_the_order(client, fetched, staff):
    tell_ready(order_id=fetched.pk, actor=staff)
    client.force_login(fetched.customer)
    assert "Your order is packed already" in client.get(fetched.get_absolute_url()).content.decode()


def test_what_needs_no_parcel_is_delivered(client, desk):
    buyer = Buyer()
    preview = buyer.preview((make_numbered(numbers=2, needs_parcel=False), 1))
    buyer.table = PriceTable.objects.get(no_parcel=True)
    order = buyer.place_preview(preview)
    confirm(order)
    pay(order)
    assert not order.needs_parcel
    html = desk.get(page_of(order)).content.decode()
    assert "Send a parcel" not in html
    assert "Hand over" not in html
    complete(order)
    client.force_login(buyer.user)
    html = client.get(order.get_absolute_url()).content.decode()
    assert "Your order is complete" in html
    assert not OF_A_PARCEL.search(text_of(html, 'id="order-live"'))


def test_a_pre_order_that_is_fetched_is_ready_from_its_day(client, staff):
    buyer = Buyer()
    buyer.table = make_pickup()
    day = timezone.localdate() + timedelta(days=9)
    order = buyer.order_in(S.PAID, (make_product(stock=9, available_from=day), 1))
    with pytest.raises(PreorderAwaited, match="not handed over before"):
        ship_a_piece(order)
    told = message_of(Email.objects.get(order=order, kind="paid")).body
    for user, page in ((staff, page_of(order)), (buyer.user, order.get_absolute_url())):
        client.force_login(user)
        html = client.get(page).content.decode()
        assert "Pre-order: ready from" in html
        assert "Pre-order: sent from" not in html
    assert "Pre-order: ready from" in told
    assert "Pickup (" in told
