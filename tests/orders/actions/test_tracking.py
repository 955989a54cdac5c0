"""The courier's tracking code: given with Done, corrected by staff, seen by the customer."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from orders import audit
from orders.actions.steps import take_step
from orders.actions.tracking import cleaned, correct_tracking_code
from orders.emails.messages import message_of
from orders.emails.queue import send_due
from orders.errors import InvalidInput
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Courier, Email, EmailKind, Order
from orders.status import OrderStatus, Step
from staff.models import StaffAction
from tests.answers import api_of, wrong_fields
from tests.factories import make_numbered, staff_of
from tests.parallel import at_once

S = OrderStatus


@pytest.fixture
def order(buyer) -> Order:
    Courier.objects.update(tracking_url="https://post.example/track?id={code}")
    return buyer.order_in(S.PAID)


def complete(order: Order, staff, code: str) -> Order:
    return take_step(order_id=order.pk, step=Step.COMPLETE, actor=staff, tracking_code=code)


def code_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).tracking_code


@pytest.mark.django_db
def test_the_customer_sees_the_code_on_the_page_in_the_email_and_over_the_api(client, buyer, order, staff):
    complete(order, staff, "VN 12/3")
    link = "https://post.example/track?id=VN12%2F3"

    client.force_login(buyer.user)
    page = client.get(f"/orders/{order.pk}/").text
    assert "VN12/3" in page and link in page
    body = api_of(buyer.user).get(f"/api/orders/{order.pk}/").json()
    assert (body["tracking_code"], body["tracking_url"]) == ("VN12/3", link)
    message = message_of(Email.objects.get(order=order.pk, kind=EmailKind.DONE))
    html, _type = message.alternatives[0]
    assert "Tracking code: VN12/3" in message.body and link in message.body
    assert "VN12/3" in html and link in html


@pytest.mark.django_db
def test_a_done_order_without_a_code_says_nothing_about_one(client, buyer, order, staff):
    complete(order, staff, "  ")

    client.force_login(buyer.user)
    assert "Tracking code" not in client.get(f"/orders/{order.pk}/").text
    body = api_of(buyer.user).get(f"/api/orders/{order.pk}/").json()
    assert (body["tracking_code"], body["tracking_url"]) == ("", "")
    assert "Tracking code" not in message_of(Email.objects.get(order=order.pk, kind=EmailKind.DONE)).body


@pytest.mark.django_db
def test_a_courier_without_a_page_shows_the_code_alone(client, buyer, order, staff):
    Courier.objects.update(tracking_url="")
    complete(order, staff, "VN1")
    client.force_login(buyer.user)
    assert "VN1" in client.get(f"/orders/{order.pk}/").text
    assert "Follow your parcel" not in message_of(Email.objects.get(order=order.pk, kind=EmailKind.DONE)).body


@pytest.mark.django_db
def test_the_completion_endpoint_takes_a_code(order, staff):
    answer = api_of(staff).post(
        f"/api/orders/{order.pk}/completion/", {"tracking_code": "VN1"}, format="json"
    )
    assert (answer.status_code, answer.json()["tracking_code"]) == (200, "VN1")


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["<b>", "a;b", "x" * 101, "é", "-1", "a\0b"])
def test_a_code_that_is_none_changes_nothing(order, staff, code):
    answer = api_of(staff).post(f"/api/orders/{order.pk}/completion/", {"tracking_code": code}, format="json")
    assert wrong_fields(answer) == {"tracking_code"}
    assert Order.objects.get(pk=order.pk).status == S.PAID


def test_spaces_in_a_code_are_for_the_eye():
    assert cleaned(" EE 123 456 789\tVN ") == "EE123456789VN"
    assert cleaned(" ") == ""


@pytest.mark.django_db
def test_a_correction_is_seen_and_what_was_there_stays_in_the_log(client, order, staff):
    complete(order, staff, "VN1")
    packer = staff_of("fulfilment")
    client.force_login(packer)
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert 'value="VN1"' in client.get(page).text

    said = client.post(
        reverse("admin:orders_order_tracking", args=[order.pk]), {"tracking_code": "VN2"}, follow=True
    )

    assert "The tracking code was changed." in said.text
    assert code_of(order) == "VN2"
    row = StaffAction.objects.first()
    assert (row.actor, row.details) == (packer, {"before": "VN1", "after": "VN2"})
    assert order.emails.filter(kind=EmailKind.DONE).count() == 1


@pytest.mark.django_db
def test_a_code_that_comes_later_is_told_by_email_and_no_code_is_not(order, staff, mailoutbox):
    complete(order, staff, "")
    for code in ("VN1", "VN1", "", "VN2"):
        correct_tracking_code(order_id=order.pk, actor=staff, code=code)
    assert list(order.emails.filter(kind=EmailKind.TRACKING).values_list("sequence", flat=True)) == [2, 1]
    send_due()
    (newest, *_rest) = [one for one in mailoutbox if one.subject == f"Order {order.number}: tracking code"]
    assert "VN2" in newest.body and "https://post.example/track?id=VN2" in newest.body
    assert list(audit.findings()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("status", [status for status in S if status != S.DONE])
def test_only_a_done_order_has_a_code(buyer, staff, status):
    order = buyer.order_in(status, (make_numbered(numbers=status != S.NOT_CONFIRMED), 1))
    with pytest.raises(StepNotAllowed):
        correct_tracking_code(order_id=order.pk, actor=staff, code="VN1")
    with pytest.raises(IntegrityError, match="tracked_when_done"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(tracking_code="VN1")


@pytest.mark.django_db
def test_a_correction_that_is_no_code_is_refused(order, staff):
    complete(order, staff, "VN1")
    with pytest.raises(InvalidInput):
        correct_tracking_code(order_id=order.pk, actor=staff, code="<script>")
    assert code_of(order) == "VN1"


@pytest.mark.django_db(transaction=True)
def test_corrections_at_once_tell_each_what_was_there(buyer, staff):
    """Each locks the order: no two of them replace the same code."""
    order = buyer.order_in(S.PAID)
    complete(order, staff, "VN0")
    calls = [
        lambda code=f"VN{n}": correct_tracking_code(order_id=order.pk, actor=staff, code=code)
        for n in range(1, 5)
    ]

    at_once(calls)

    corrected = StaffAction.objects.filter(action="orders.track_order")
    replaced = {row.details["before"] for row in corrected}
    assert len(replaced) == 4
    assert {"VN0", "VN1", "VN2", "VN3", "VN4"} - replaced == {code_of(order)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "http://post.example/{code}",
        "https://post.example/",
        "javascript:{code}",
        "https://{code}",
        "https://post.{code}/",
        "https://a/{x}{code}",
    ],
)
def test_a_tracking_page_is_https_and_has_a_place_for_the_code(client, staff, url):
    courier = Courier(name="New Post", tracking_url=url)
    with pytest.raises(ValidationError):
        courier.full_clean()
    with pytest.raises(IntegrityError, match="tracking_url"), transaction.atomic():
        courier.save()
    client.force_login(staff)
    page = client.post(reverse("admin:orders_courier_add"), {"name": "New Post", "tracking_url": url}).text
    assert page.count("Enter an https:// address with {code} in it.") == 1
