"""The customer's own refund: at once, on request, or not at all; who has seen a code has to ask."""

from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Product
from orders import audit
from orders.actions import refund_requests
from orders.actions.steps import take_step
from orders.documents import packing
from orders.emails.queue import send_due
from orders.errors import InvalidInput
from orders.lifecycle.transitions import RefundRequested, StepNotAllowed
from orders.models import Email, Order, OrderLine, RefundRequest
from orders.reports.attention import open_refund_requests
from orders.reports.data_export import write_own_data
from orders.status import OrderStatus, Step
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.answers import refused
from tests.factories import Buyer, complete, make_numbered, make_product, make_user, staff_of
from tests.parallel import at_once

S = OrderStatus


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def bought(buyer: Buyer, *policies: str) -> Order:
    return buyer.order_in(S.PAID, *((make_product(stock=5, refunds=policy), 1) for policy in policies))


def bought_key(buyer: Buyer) -> Order:
    return buyer.order_in(S.PAID, (make_numbered(numbers=2, numbers_reusable=False), 1))


def press_refund(order: Order, note: str = "") -> Order:
    take_step(order_id=order.pk, step=Step.ASK_REFUND, actor=order.customer, note=note)
    return Order.objects.get(pk=order.pk)


def seen(order: Order) -> bool:
    return Order.objects.get(pk=order.pk).codes_seen_at is not None


@pytest.mark.parametrize(
    ("policies", "after", "requests"),
    [
        (["immediate"], S.REFUND, 0),
        (["immediate", "on_request"], S.PAID, 1),
        (["on_request"], S.PAID, 1),
    ],
)
def test_the_strictest_line_says_what_refund_does(buyer, policies, after, requests):
    order = bought(buyer, *policies)
    assert press_refund(order, "too big").status == after
    asked = order.refund_requests.all()
    assert [(one.asked_by, one.note, one.state) for one in asked] == [
        (buyer.user, "too big", "open")
    ] * requests


def test_what_was_sold_without_a_refund_is_refused_with_a_code(buyer, api):
    order = bought(buyer, "none", "on_request", "immediate")
    answer = api.post(f"/api/orders/{order.pk}/refund/")
    assert refused(answer, 409, "refund_not_offered")
    assert api.get(f"/api/orders/{order.pk}/").json()["refunds"] == "none"
    assert Order.objects.get(pk=order.pk).status == S.PAID


def test_a_line_keeps_what_was_promised_when_it_was_previewed(buyer):
    product = make_product(stock=5)
    preview = buyer.preview((product, 1))
    Product.objects.update(refunds="none")
    order = buyer.place_preview(preview)
    assert OrderLine.objects.get(order=order).refunds == "immediate"
    assert buyer.place((product, 1)).lines.get().refunds == "none"


def test_a_second_request_is_the_first_one(buyer, api):
    order = bought(buyer, "on_request")
    for note in ("too big", "too small"):
        answer = api.post(f"/api/orders/{order.pk}/refund/", {"note": note}, format="json").json()
        assert (answer["status"], answer["refunds"]) == ("paid", "on_request")
        assert (answer["refund_request"]["state"], answer["refund_request"]["note"]) == ("open", "too big")
    assert RefundRequest.objects.count() == 1


def test_refund_of_an_order_that_is_not_paid_is_no_request(buyer):
    order = buyer.order_in(S.DONE, (make_product(stock=5, refunds="on_request"), 1))
    with pytest.raises(StepNotAllowed):
        press_refund(order)
    assert not RefundRequest.objects.exists()


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["page", "part", "api", "list", "email", "own data"])
def test_who_has_seen_a_code_has_to_ask(buyer, customer, api, staff, door):
    order = bought_key(buyer)
    code = order.lines.get().allocations.get().number.value
    if door == "email":
        send_due()
    elif door == "own data":
        write_own_data(file := StringIO(), user=buyer.user, cart=[])
        assert code in file.getvalue()
    else:
        paths = {
            "page": order.get_absolute_url(),
            "part": reverse("order-live", args=[order.pk]),
            "api": f"/api/orders/{order.pk}/",
            "list": "/api/orders/",
        }
        client = api if door in {"api", "list"} else customer
        assert code in client.get(paths[door]).content.decode()
    assert seen(order)
    assert press_refund(order).status == S.PAID
    assert open_refund_requests().get().order == order


def test_a_code_that_nobody_was_shown_is_refunded_at_once(buyer, customer, client, staff):
    order = bought_key(buyer)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    for path in (order.get_absolute_url(), reverse("admin:orders_order_change", args=[order.pk])):
        assert client.get(path).status_code == 200
    customer.get(reverse("orders"))
    assert not seen(order)
    assert press_refund(order).status == S.REFUND
    assert f"{order.lines.get().sku}/" not in customer.get(order.get_absolute_url()).text
    assert not seen(order)


def test_a_room_is_no_secret(buyer, customer, api):
    order = buyer.order_in(S.PAID, (make_numbered(numbers=1), 1))
    customer.get(order.get_absolute_url())
    api.get(f"/api/orders/{order.pk}/")
    send_due()
    assert not seen(order)
    assert press_refund(order).status == S.REFUND


def test_that_a_code_was_seen_costs_one_statement_once(buyer, api):
    order = bought_key(buyer)
    path = f"/api/orders/{order.pk}/"
    with CaptureQueriesContext(connection) as first:
        api.get(path)
    with CaptureQueriesContext(connection) as second:
        api.get(path)
    updates = [sum('codes_seen_at" =' in one["sql"] for one in some) for some in (first, second)]
    assert updates == [1, 0]
    assert len(first) == len(second) + 1


# --- packed parcels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [packing.packing_lists, packing.address_labels])
def test_whose_parcel_is_packed_has_to_ask_and_reads_why(buyer, customer, api, staff, draw):
    order = bought(buyer, "immediate")
    page, address = order.get_absolute_url(), f"/api/orders/{order.pk}/"
    before = api.get(address).json()
    draw(order_ids=[order.pk], actor=staff)
    shown = api.get(address).json()
    assert (before["refunds"], before["refund_asks_because"]) == ("immediate", None)
    assert (shown["refunds"], shown["refund_asks_because"]) == ("on_request", "packed")
    assert "Your parcel is packed already" in customer.get(page).text
    answer = api.post(f"{address}refund/", {"note": "too late?"}, format="json").json()
    assert (answer["status"], answer["refund_request"]["state"]) == ("paid", "open")
    assert open_refund_requests().get().order == order


def test_an_order_whose_papers_nobody_got_is_not_packed(buyer, staff):
    order = bought(buyer, "immediate")
    unpaid = buyer.order_in(S.PAY_REQUIRED)
    with pytest.raises(packing.NothingToPack):
        packing.packing_lists(order_ids=[order.pk, unpaid.pk], actor=staff)
    assert Order.objects.get(pk=order.pk).packed_at is None
    assert press_refund(order).status == S.REFUND


def test_papers_that_are_printed_again_leave_the_first_time(buyer, staff):
    order = bought(buyer, "immediate")
    for _ in range(2):
        packing.packing_lists(order_ids=[order.pk], actor=staff)
    (first, _second) = StaffAction.objects.filter(object_id=str(order.pk)).order_by("at")
    assert Order.objects.get(pk=order.pk).packed_at <= first.at


@pytest.mark.parametrize(
    ("policy", "because"), [("on_request", "sold_so"), ("none", None), ("immediate", None)]
)
def test_the_api_says_why_a_refund_is_asked_for(buyer, api, policy, because):
    order = bought(buyer, policy)
    assert api.get(f"/api/orders/{order.pk}/").json()["refund_asks_because"] == because


# --- staff ------------------------------------------------------------------------------------------------------------


def test_staff_accept_and_the_order_is_refunded(buyer, staff, client):
    order = bought(buyer, "on_request")
    press_refund(order)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert "Refunds that customers ask for" in client.get(reverse("admin:index")).text
    listed = client.get(reverse("admin:orders_refundrequest_changelist"), {"state__exact": "open"}).text
    assert str(order.number) in listed
    url = reverse("admin:orders_refundrequest_decide", args=[order.refund_requests.get().pk, "accept"])
    assert url in client.get(reverse("admin:orders_order_change", args=[order.pk])).text
    assert client.get(url).status_code == 200
    client.post(url, {"note": "a good customer"})
    order.refresh_from_db()
    request = order.refund_requests.get()
    assert Order.objects.get(pk=order.pk).status == S.REFUND
    assert (request.state, request.decided_by, request.answer) == ("accepted", staff, "a good customer")
    assert order.payments.get().refunds.count() == 1
    assert not open_refund_requests().exists()


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "we can't refund it"), ("vi", "chúng tôi không hoàn tiền được")]
)
def test_staff_decline_and_the_customer_is_told_why(
    buyer, staff, client, customer, api, mailoutbox, language, subject
):
    buyer.user.language = language
    buyer.user.save()
    order = bought(buyer, "on_request")
    press_refund(order)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:orders_refundrequest_decide", args=[order.refund_requests.get().pk, "decline"])
    client.post(url, {"note": ""})
    assert order.refund_requests.get().state == "open"
    client.post(url, {"note": "It was made for you."})
    send_due()
    assert Order.objects.get(pk=order.pk).status == S.PAID
    mail = next(one for one in mailoutbox if subject in one.subject)
    assert "It was made for you." in mail.body
    assert "It was made for you." in mail.alternatives[0][0]
    assert "It was made for you." in customer.get(order.get_absolute_url()).text
    told = api.get(f"/api/orders/{order.pk}/").json()["refund_request"]
    assert (told["state"], told["answer"]) == ("declined", "It was made for you.")
    # It may be asked for once more, and the order may be done.
    assert press_refund(order).status == S.PAID
    assert order.refund_requests.count() == 2


def test_the_page_says_how_the_request_stands(buyer, customer):
    order = bought(buyer, "on_request")
    page = customer.get(order.get_absolute_url()).text
    assert "Ask for a refund" in page
    customer.post(reverse("order-steps", args=[order.pk]), {"step": "ask_refund", "note": "too big"})
    page = customer.get(order.get_absolute_url()).text
    assert 'data-request="open"' in page
    assert "Ask for a refund" not in page
    assert order.refund_requests.get().note == "too big"
    none = bought(buyer, "none")
    page = customer.get(none.get_absolute_url()).text
    assert "data-no-refund" in page
    assert "step-ask_refund" not in page


def test_nothing_is_sent_while_a_request_is_open(buyer, staff):
    order = bought(buyer, "on_request")
    press_refund(order)
    with pytest.raises(RefundRequested):
        complete(order)
    request = order.refund_requests.get()
    with pytest.raises(InvalidInput):
        refund_requests.decline(request_id=request.pk, actor=staff, note=" ")
    refund_requests.decline(request_id=request.pk, actor=staff, note="made for you")
    with pytest.raises(refund_requests.RequestDecided):
        refund_requests.accept(request_id=request.pk, actor=staff)
    complete(order)


@pytest.mark.parametrize("policy", ["on_request", "none"])
def test_staff_may_always_refund_and_that_accepts_a_request(buyer, staff, policy):
    order = bought(buyer, policy)
    if policy == "on_request":
        press_refund(order)
    take_step(order_id=order.pk, step=Step.ASK_REFUND, actor=staff, note="flood")
    assert Order.objects.get(pk=order.pk).status == S.REFUND
    assert [(one.state, one.decided_by) for one in order.refund_requests.all()] == [("accepted", staff)] * (
        policy == "on_request"
    )


def test_staff_who_may_refund_need_no_request_for_their_own_order_and_it_is_logged():
    buyer = Buyer(is_staff=True)
    buyer.user.groups.add(*staff_of("Finance").groups.all())
    order = bought(buyer, "none")
    assert press_refund(order).status == S.REFUND
    assert StaffAction.objects.filter(actor=buyer.user, action="orders.refund_order").count() == 1


@pytest.mark.parametrize("group", ["Support", "Fulfilment", "Catalog", None])
def test_who_may_not_refund_may_not_decide(buyer, group):
    order = bought(buyer, "on_request")
    press_refund(order)
    request = order.refund_requests.get()
    actor = staff_of(*([group] if group else []))
    for decide in (refund_requests.accept, refund_requests.decline):
        with pytest.raises(PermissionDenied):
            decide(request_id=request.pk, actor=actor, note="no")
    for decide in (refund_requests.accept, refund_requests.decline):
        with pytest.raises(PermissionDenied):
            decide(request_id=request.pk, actor=make_user(), note="no")
    assert order.refund_requests.get().state == "open"


# --- at one moment ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_two_requests_and_a_staff_refund_at_one_moment(buyer, staff, round_):
    order = bought(buyer, "on_request")
    at_once(
        [
            lambda: press_refund(order),
            lambda: press_refund(order),
            lambda: take_step(order_id=order.pk, step=Step.ASK_REFUND, actor=staff, note="flood"),
        ]
    )
    assert Order.objects.get(pk=order.pk).status == S.REFUND
    assert {one.state for one in order.refund_requests.all()} <= {"accepted"}
    assert order.refund_requests.count() <= 1
    assert order.payments.get().refunds.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_accepting_declining_and_completing_at_one_moment(buyer, staff, round_):
    order = bought(buyer, "on_request")
    press_refund(order)
    pk = order.refund_requests.get().pk
    at_once(
        [
            lambda: refund_requests.accept(request_id=pk, actor=staff, note="yes"),
            lambda: refund_requests.decline(request_id=pk, actor=staff, note="no"),
            lambda: complete(order),
        ]
    )
    after, request = Order.objects.get(pk=order.pk), order.refund_requests.get()
    assert (request.state, str(after.status)) in {
        ("accepted", S.REFUND),
        ("declined", S.PAID),
        ("declined", S.DONE),
    }
    assert Email.objects.filter(kind="refund_declined").count() == (request.state == "declined")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_reading_a_code_and_refunding_it_at_one_moment(buyer, customer, round_):
    order = bought_key(buyer)
    code = order.lines.get().allocations.get().number.value
    page, _after = at_once([lambda: customer.get(order.get_absolute_url()).text, lambda: press_refund(order)])
    after = Order.objects.get(pk=order.pk)
    was_read = code in page
    assert was_read == (after.codes_seen_at is not None)
    assert str(after.status) == (S.PAID if was_read else S.REFUND)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_packing_and_refunding_at_one_moment(buyer, staff, round_):
    order = bought(buyer, "immediate")
    papers, _after = at_once(
        [
            lambda: packing.address_labels(order_ids=[order.pk], actor=staff),
            lambda: press_refund(order),
        ]
    )
    is_printed = isinstance(papers, bytes)
    assert str(Order.objects.get(pk=order.pk).status) == (S.PAID if is_printed else S.REFUND)
