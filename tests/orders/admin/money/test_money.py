"""Staff see where the money went, and decide about what a provider refused."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.urls import reverse

from orders.models import LedgerEntry, Order, ProviderEvent, Refund
from orders.payments import keeping, refunds
from orders.payments.providers.base import Notification, NotificationKind
from orders.status import OrderStatus
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def refused(buyer) -> Refund:
    order = buyer.order_in(OrderStatus.REFUND)
    return refunds.note_refused(refund_id=Refund.objects.get(payment__order=order).pk, why="card closed")


def run(desk, action: str, refund: Refund, **more):
    chosen = {"action": action, "_selected_action": [str(refund.pk)]}
    return desk.post(reverse("admin:orders_refund_changelist"), chosen | more)


def status_of(refund: Refund) -> str:
    return Order.objects.get(pk=refund.payment.order_id).status


def test_the_lists_show_the_reason_of_a_refusal_and_every_movement(desk, refused):
    assert "card closed" in desk.get(reverse("admin:orders_refund_changelist")).text
    assert desk.get(reverse("admin:orders_ledgerentry_changelist")).status_code == 200
    assert desk.get(reverse("admin:orders_providerevent_changelist")).status_code == 200


@pytest.mark.parametrize("name", ["payment", "refund"])
def test_the_newest_is_listed_first(desk, buyer, name):
    orders = [buyer.order_in(OrderStatus.REFUND) for _ in range(3)]
    rows = desk.get(reverse(f"admin:orders_{name}_changelist")).context["cl"].result_list
    of = [getattr(row, "order", None) or row.payment.order for row in rows]
    assert of == orders[::-1]


def test_staff_ask_the_provider_again(desk, refused, staff):
    run(desk, "retry", refused, confirmed="yes", note="the card is open again")

    again = refused.capture.refunds.last()
    assert (again.attempt, again.state) == (2, "asked")
    asked = LedgerEntry.objects.get(reference=again.key)
    assert (asked.actor, asked.note) == (staff, "the card is open again")


@pytest.mark.parametrize("how", ["retry", "settle"])
def test_a_refused_refund_is_decided_on_from_its_orders_page(desk, refused, how):
    order_page = reverse("admin:orders_order_change", args=[refused.payment.order_id])
    address = reverse("admin:orders_refund_decide", args=[refused.pk, how])
    assert address in desk.get(order_page).text
    assert "This field is required." in desk.post(address, {"confirmed": "yes", "note": ""}).text
    assert Refund.objects.get().state == "refused"

    answer = desk.post(address, {"confirmed": "yes", "note": "asked by phone"})

    assert answer.url == order_page
    assert LedgerEntry.objects.last().note == "asked by phone"
    assert address not in desk.get(order_page).text


@pytest.mark.parametrize(("right", "how"), [("retry_refund", "retry"), ("settle_refund", "settle")])
def test_an_orders_page_offers_the_decision_that_staff_have_the_right_for(client, refused, right, how):
    clerk = make_user(is_staff=True)
    rights = ["view_order", "view_refund", right]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(clerk)

    page = client.get(reverse("admin:orders_order_change", args=[refused.payment.order_id])).text

    assert [one for one in ("retry", "settle") if f"/refund/{refused.pk}/decide/{one}/" in page] == [how]
    other = {"retry": "settle", "settle": "retry"}[how]
    decide = reverse("admin:orders_refund_decide", args=[refused.pk, other])
    assert client.post(decide, {"confirmed": "yes", "note": "mine now"}).status_code == 403


def test_a_decision_about_no_refund_is_not_found(desk, refused):
    assert desk.get(reverse("admin:orders_refund_decide", args=[refused.pk, "forget"])).status_code == 404
    assert desk.get(reverse("admin:orders_refund_decide", args=[refused.pk + 1, "retry"])).status_code == 404


def test_staff_settle_a_refusal_by_hand_only_with_a_note(desk, refused):
    page = run(desk, "settle", refused)
    assert "card closed" in page.text
    run(desk, "settle", refused, confirmed="yes", note="")
    assert status_of(refused) == "refund"

    run(desk, "settle", refused, confirmed="yes", note="paid back in cash")

    assert status_of(refused) == "canceled"
    assert LedgerEntry.objects.last().note == "paid back in cash"


def test_a_refund_that_was_not_refused_is_left_alone_with_a_message(desk, buyer):
    order = buyer.order_in(OrderStatus.REFUND)
    refund = Refund.objects.get(payment__order=order)

    answer = run(desk, "retry", refund, confirmed="yes", note="again")

    assert "has not refused" in " ".join(str(message) for message in get_messages(answer.wsgi_request))
    assert Refund.objects.count() == 1


def test_staff_without_the_right_see_refunds_but_decide_nothing(client, refused):
    looker = make_user(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_refund"))
    client.force_login(looker)

    assert "card closed" in client.get(reverse("admin:orders_refund_changelist")).text
    run(client, "settle", refused, confirmed="yes", note="mine now")
    decide = reverse("admin:orders_refund_decide", args=[refused.pk, "settle"])
    assert client.post(decide, {"confirmed": "yes", "note": "mine now"}).status_code == 403
    assert status_of(refused) == "refund"


def test_staff_act_on_an_event_again(desk, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    payment = order.payments.create(variant="demo", total=order.total_amount, currency="USD")
    notification = Notification(
        "evt-1", NotificationKind.CAPTURED, payment.token, payment.total, "USD", "ch_1"
    )
    event = keeping.keep(variant="demo", notification=notification)
    ProviderEvent.objects.update(acted_at=event.received_at)

    chosen = {"action": "act_again", "_selected_action": [str(event.pk)]}
    page = reverse("admin:orders_providerevent_changelist")
    asked = desk.post(page, chosen).text
    assert "1 event is acted on once more" in asked and "captured" in asked
    assert Order.objects.get(pk=order.pk).status == "pay_required"
    desk.post(page, chosen | {"confirmed": "yes"})

    assert Order.objects.get(pk=order.pk).status == "paid"
