"""The way back of goods: an address, a slip, a courier's label, and what the customer sees of them."""

from io import BytesIO

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from orders.actions.changes import change_requests, returns
from orders.actions.changes.change_requests import RequestAnswered
from orders.documents.way_back import NoReturnAddress
from orders.emails import queue
from orders.errors import InvalidInput
from orders.links import make_link
from orders.models import ChangeRequest
from orders.status import OrderStatus
from staff.rights import PermissionDenied
from tests.answers import api_of
from tests.factories import ask_for_a_return, make_product, staff_of

pytestmark = pytest.mark.django_db
S = OrderStatus
PDF = b"%PDF-1.4 a label"


@pytest.fixture(autouse=True)
def _address(settings):
    settings.SHOP_NAME, settings.SHOP_RETURN_ADDRESS = "Tiệm Mây", "Kho 3\n5 Phố Huế\nHà Nội"


@pytest.fixture
def asked(buyer) -> ChangeRequest:
    order = buyer.order_in(S.DONE, (make_product(stock=9, name="Trà sen"), 3))
    return ask_for_a_return(order)


def slip_of(asked) -> str:
    return reverse("order-return-slip", args=[asked.order_id, asked.pk])


def test_the_customer_is_told_where_to_send_it_and_with_what(asked, staff, client):
    client.force_login(asked.order.customer)
    assert client.get(slip_of(asked)).status_code == 404

    returns.expect_goods(request_id=asked.pk, actor=staff, note="Wrap it well", label=PDF)

    page = client.get(asked.order.get_absolute_url()).content.decode()
    for text in ("data-expected", "5 Phố Huế", "Wrap it well", slip_of(asked)):
        assert text in page
    response = client.get(slip_of(asked))
    text = " ".join(PdfReader(BytesIO(response.content)).pages[0].extract_text().split())
    for part in (
        "Return slip",
        f"Order {asked.order.number}",
        f"Return {asked.pk}",
        "Trà sen",
        "Kho 3",
        "Nguyễn Thị Hoa",
    ):
        assert part in text
    label = client.get(reverse("order-return-label", args=[asked.order_id, asked.pk]))
    assert (label.content, label["Content-Type"]) == (PDF, "application/pdf")


def test_it_is_said_by_email_once_and_a_later_label_takes_the_place_of_the_first(asked, staff):
    returns.expect_goods(request_id=asked.pk, actor=staff, label_url="https://courier.example/l/1")
    again = returns.expect_goods(request_id=asked.pk, actor=staff, label=PDF)
    assert (bytes(again.label), again.label_url, again.state) == (PDF, "", "open")
    queue.send_email(email_id=asked.order.emails.get(kind="request_expected").pk)
    text = mail.outbox[-1].body
    assert "please send it back" in mail.outbox[-1].subject
    assert "Kho 3" in text
    assert "You find the label" in text


def test_who_came_by_the_link_prints_it_too_and_reads_no_reason(asked, staff, client):
    client.get(reverse("order-link", args=[make_link(asked.order)]))
    assert "data-change-request" not in client.get(asked.order.get_absolute_url()).content.decode()
    returns.expect_goods(request_id=asked.pk, actor=staff)
    page = client.get(asked.order.get_absolute_url()).content.decode()
    assert "data-expected" in page
    assert "Chật quá" not in page
    assert client.get(slip_of(asked))["Content-Type"] == "application/pdf"


def test_the_api_says_where_it_goes(asked, staff):
    returns.expect_goods(request_id=asked.pk, actor=staff, label_url="https://courier.example/l/1")
    seen = api_of(asked.order.customer).get(f"/api/orders/{asked.order_id}/").json()
    (one,) = seen["change_requests"]
    assert one["return_address"] == ["Tiệm Mây", "Kho 3", "5 Phố Huế", "Hà Nội"]
    assert one["label_url"] == "https://courier.example/l/1"
    assert one["expected_at"]


def test_once_it_is_answered_nobody_is_asked_for_goods(asked, staff, client):
    returns.expect_goods(request_id=asked.pk, actor=staff)
    change_requests.decline(request_id=asked.pk, actor=staff, note="Used")
    with pytest.raises(RequestAnswered):
        returns.expect_goods(request_id=asked.pk, actor=staff)
    client.force_login(asked.order.customer)
    assert client.get(slip_of(asked)).status_code == 404


def test_a_request_to_cancel_has_no_way_back(buyer, staff):
    order = buyer.order_in(S.PAID, (make_product(stock=9), 3))
    kind, pieces = ChangeRequest.Kind.CANCEL, {order.lines.get().pk: 1}
    asked = change_requests.ask(order_id=order.pk, actor=buyer.user, kind=kind, quantities=pieces)
    with pytest.raises(RequestAnswered):
        returns.expect_goods(request_id=asked.pk, actor=staff)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"label": b"GIF89a"}, "label"),
        ({"label": b"%PDF-" + b"x" * returns.MAX_LABEL}, "label"),
        ({"label_url": "javascript:alert(1)"}, "label_url"),
        ({"label_url": "http://courier.example/l"}, "label_url"),
        ({"label_url": "https://[x"}, "label_url"),
        ({"label_url": "https://x/" + "y" * 500}, "label_url"),
        ({"note": "x" * 501}, "note"),
    ],
    ids=["no PDF", "large", "script", "http", "odd", "long", "note"],
)
def test_odd_labels_are_refused(asked, staff, given, field):
    with pytest.raises(InvalidInput) as refusal:
        returns.expect_goods(request_id=asked.pk, actor=staff, **given)
    assert list(refusal.value.errors) == [field]


def test_a_shop_without_an_address_says_so(asked, staff, settings):
    settings.SHOP_RETURN_ADDRESS = settings.SHOP_ADDRESS = ""
    with pytest.raises(InvalidInput):
        returns.expect_goods(request_id=asked.pk, actor=staff)
    settings.SHOP_ADDRESS = "1 Hàng Bạc"
    returns.expect_goods(request_id=asked.pk, actor=staff)


def test_an_address_that_was_taken_away_is_a_matter_for_staff_and_no_blank_on_the_slip(
    asked, staff, settings, client
):
    returns.expect_goods(request_id=asked.pk, actor=staff)
    page, slip = asked.order.get_absolute_url(), slip_of(asked)
    title = "Returns on their way, and no address for them: set SHOP_RETURN_ADDRESS"

    def matter() -> tuple[int, int]:
        client.force_login(staff)
        (card,) = (card for card in client.get("/admin/").context["cards"] if card.matter.title == title)
        return card.count, client.get(card.link).context["cl"].result_count

    assert matter() == (0, 0)
    settings.SHOP_RETURN_ADDRESS = settings.SHOP_ADDRESS = ""
    assert matter() == (1, 1)

    client.force_login(asked.order.customer)
    shown = client.get(page).text
    assert "where the goods go. Please wait" in shown
    assert slip not in shown
    answer = client.get(slip, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert [str(one) for one in answer.context["messages"]] == [str(NoReturnAddress.message)]

    settings.SHOP_ADDRESS = "1 Hàng Bạc"
    assert client.get(slip)["Content-Type"] == "application/pdf"


def test_who_has_not_the_right_asks_for_nothing(asked):
    with pytest.raises(PermissionDenied):
        returns.expect_goods(request_id=asked.pk, actor=staff_of("fulfilment"))
    returns.expect_goods(request_id=asked.pk, actor=staff_of("finance"))


def test_staff_ask_for_the_goods_at_the_desk_and_accept_when_they_are_here(asked, staff, client):
    client.force_login(staff)
    page = reverse("admin:orders_changerequest_decide", args=[asked.pk])
    assert "Kho 3" in client.get(page).content.decode()
    file = SimpleUploadedFile("label.pdf", PDF, "application/pdf")
    client.post(page, {"expect": "1", "note": "Wrap it well", "label": file})
    asked.refresh_from_db()
    assert (asked.state, bytes(asked.label), asked.answer) == ("open", PDF, "Wrap it well")
    html = client.get(page).content.decode()
    assert "was asked for the goods" in html
    assert 'name="accept"' in html
