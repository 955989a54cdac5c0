"""PayPal's Orders v2 over a socket against the stand-in: approval, capture, refunds, events, and money that comes late."""

import json
import time
from decimal import Decimal
from functools import partial

import pytest
from django.core.cache import cache
from django.urls import reverse

from orders import tasks
from orders.actions.money.payment import start_payment
from orders.models import Order, ProviderEvent
from orders.payments import keeping, provider_events, returning
from orders.payments.providers.base import BadSignature, NotificationKind, ProviderUnreachable
from orders.payments.providers.paypal.events import to_wire
from orders.payments.providers.registry import provider_of
from orders.status import OrderStatus
from rest.forged import MAX_FORGED
from tests import pauses
from tests.factories import cancel, make_product
from tests.orders.payments.providers.paypal_steps import page_of, state, tell
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("paypal")]

S = OrderStatus
K = NotificationKind
ABSENT = ("silent", "dropped", "500", "429", "409")


PAID = (S.PAID, ["authorised", "captured"])


# --- paying --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("currency", "price", "value"), [("USD", "12.50", "16.50"), ("JPY", "987654317", "987654321")]
)
def test_an_order_at_paypal_asks_for_what_the_order_costs(paypal, buyer, settings, currency, price, value):
    settings.CURRENCY = currency
    order = buyer.order_in(S.PAY_REQUIRED, (make_product(stock=1, price=Decimal(price)), 1))
    payment = start_payment(order_id=order.pk, actor=order.customer).payment

    page = page_of(payment)

    (made,) = paypal.orders.values()
    (unit,) = made["purchase_units"]
    assert unit["amount"] == {"currency_code": currency, "value": value}
    assert unit["custom_id"] == payment.token
    assert unit["description"].endswith(str(order.number))
    assert page == f"{paypal.url}/checkoutnow?token={made['id']}"
    experience = paypal.calls[0].form["payment_source"]["paypal"]["experience_context"]
    assert experience["return_url"] == f"https://shop.example/orders/{order.pk}/pay/back/"


@pytest.mark.parametrize(("amount", "currency"), [("5.50", "JPY"), ("0.001", "USD")])
def test_an_amount_is_never_rounded(amount, currency):
    with pytest.raises(ValueError, match="decimals"):
        to_wire(Decimal(amount), currency)


def test_a_second_click_resumes_and_a_lost_answer_is_found_again(paypal, order, payment):
    paypal.go_wrong("lost")
    with pytest.raises(ProviderUnreachable):
        provider_of(payment).begin_session(payment)
    first = page_of(payment)
    assert page_of(start_payment(order_id=order.pk, actor=order.customer).payment) == first
    assert len(paypal.orders) == 1


@pytest.mark.parametrize("wrong", ABSENT)
def test_no_order_at_paypal_is_unclear_and_the_next_click_begins_one(paypal, payment, wrong):
    paypal.go_wrong(wrong)
    with pytest.raises(ProviderUnreachable):
        provider_of(payment).begin_session(payment)
    assert page_of(payment)


def test_the_return_of_the_customer_captures_without_waiting_for_the_event(paypal, client, order, payment):
    page_of(payment)
    event = paypal.approve(payment.transaction_id)
    client.force_login(order.customer, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.get(reverse("order-pay-back", args=[order.pk]))

    assert (answer.status_code, answer.url) == (303, f"/orders/{order.pk}/")
    assert state(order) == (S.PAID, ["captured"])
    assert tell(paypal, client, event) == 200
    assert tell(paypal, client, paypal.captured(payment.transaction_id)) == 200
    assert state(order) == (S.PAID, ["captured"])
    assert len(paypal.captures) == 1


def test_a_customer_who_comes_back_without_approving_has_paid_nothing(paypal, order, payment):
    page_of(payment)
    assert provider_events.came_back(order_id=order.pk).status == "waiting"
    assert state(order) == (S.PAY_REQUIRED, [])


def test_an_approval_is_in_the_ledger_and_captured(paypal, client, order, payment):
    page_of(payment)
    assert tell(paypal, client, paypal.approve(payment.transaction_id)) == 200
    assert state(order) == PAID
    assert returning.balance(order) == order.total_amount


def test_an_approval_that_cannot_be_captured_now_is_captured_by_the_sweep(paypal, client, order, payment):
    page_of(payment)
    paypal.go_wrong("", "500")  # the signature is checked, the capture fails
    tell(paypal, client, paypal.approve(payment.transaction_id))
    assert state(order) == (S.PAY_REQUIRED, ["authorised"])

    pauses.pass_for(ProviderEvent.objects.all())
    tasks.sweep()

    assert state(order) == PAID


def test_a_capture_whose_answer_was_lost_is_found_again(paypal, order, payment):
    page_of(payment)
    paypal.approve(payment.transaction_id)
    paypal.go_wrong("lost")
    assert provider_events.came_back(order_id=order.pk).status == "waiting"
    paypal.forget_keys()
    assert provider_events.came_back(order_id=order.pk).status == "confirmed"
    assert len(paypal.captures) == 1


@pytest.mark.django_db(transaction=True)
def test_return_and_event_at_the_same_moment_capture_once(paypal, order, payment):
    page_of(payment)
    event = paypal.approve(payment.transaction_id)
    notification = provider_of(payment).read_event(*paypal.signed(event))
    kept = keeping.keep(variant="paypal", notification=notification)
    back = partial(provider_events.came_back, order_id=order.pk)

    at_once([back, partial(provider_events.act, event_id=kept.pk), back])

    assert (state(order)[0], len(paypal.captures)) == (S.PAID, 1)
    assert returning.balance(order) == order.total_amount


@pytest.mark.parametrize("how", ["refused", "told"])
def test_a_declined_capture_can_be_tried_again(paypal, order, payment, how):
    page_of(payment)
    paypal.approve(payment.transaction_id)
    if how == "refused":
        paypal.controls.refuse_captures = "INSTRUMENT_DECLINED"
    else:
        paypal.controls.capture_status = "DECLINED"
    assert provider_events.came_back(order_id=order.pk).status == "rejected"
    assert start_payment(order_id=order.pk, actor=order.customer).is_new


@pytest.mark.parametrize(("ending", "expected"), [("COMPLETED", S.PAID), ("DENIED", S.PAY_REQUIRED)])
def test_a_pending_capture_ends_with_its_event(paypal, client, order, payment, ending, expected):
    page_of(payment)
    paypal.controls.capture_status = "PENDING"
    tell(paypal, client, paypal.approve(payment.transaction_id))
    tell(paypal, client, paypal.captured(payment.transaction_id))
    assert state(order) == (S.PAY_REQUIRED, ["authorised"])

    tell(paypal, client, paypal.end_capture(payment.transaction_id, ending))

    assert state(order)[0] == expected
    payment.refresh_from_db()
    assert payment.status == ("confirmed" if expected == S.PAID else "rejected")


def test_an_approval_that_comes_after_the_order_was_canceled_is_not_captured(paypal, client, order, payment):
    page_of(payment)
    Order.objects.filter(pk=order.pk).update(pay_by=order.placed_at)
    tasks.sweep()
    assert state(order) == (S.CANCELED, [])

    tell(paypal, client, paypal.approve(payment.transaction_id))

    assert state(order) == (S.CANCELED, ["authorised"])
    assert paypal.captures == []
    assert "had ended" in ProviderEvent.objects.get().remark


def test_money_captured_while_the_order_was_canceled_goes_back_by_itself(paypal, client, order, payment):
    page_of(payment)
    paypal.approve(payment.transaction_id)
    provider_of(payment).take(payment)  # and the process dies before it notes what came of it
    cancel(order)
    assert state(order)[0] == S.CANCELED

    tell(paypal, client, paypal.captured(payment.transaction_id))
    tasks.sweep()

    assert state(order) == (S.CANCELED, ["captured", "refund_asked", "refunded"])
    assert returning.balance(order) == 0
    assert order.emails.filter(kind="late_money_returned").exists()
    assert [made["status"] for made in paypal.refunds] == ["COMPLETED"]


# --- tokens and signatures -----------------------------------------------------------------------------------------
def test_a_token_is_fetched_once_and_again_when_it_is_over(paypal, payment):
    provider_of(payment).take(payment)
    page_of(payment)
    provider_of(payment).take(payment)
    assert len(paypal.tokens) == 1
    paypal.tokens.append("PayPal took the other one back")
    provider_of(payment).take(payment)
    assert len(paypal.tokens) == 3


def test_a_token_is_not_used_in_its_last_minute(paypal, payment):
    paypal.token_seconds = 30
    page_of(payment)
    provider_of(payment).take(payment)
    assert len(paypal.tokens) == 2


def test_wrong_keys_are_no_clear_answer(paypal, payment):
    paypal.secret = "another"
    with pytest.raises(ProviderUnreachable, match="invalid_client"):
        provider_of(payment).begin_session(payment)


@pytest.mark.parametrize(
    ("how", "change"),
    [
        ({}, lambda body, headers: (body + b" ", headers)),
        ({}, lambda body, headers: (json.dumps(json.loads(body)).encode(), headers)),
        ({}, lambda body, headers: (b"\xff", headers)),
        ({}, lambda body, headers: (b'{}, "webhook_id": "mine"', headers)),
        ({}, lambda body, headers: (body, {})),
        ({"webhook_id": "of another shop"}, lambda body, headers: (body, headers)),
    ],
    ids=["a space more", "written anew", "not text", "two things", "no signature", "another webhook"],
)
def test_what_paypal_did_not_sign_is_no_event(paypal, payment, how, change):
    page_of(payment)
    event = paypal.approve(payment.transaction_id)
    assert provider_of(payment).read_event(*paypal.signed(event)).kind == K.AUTHORISED
    with pytest.raises(BadSignature):
        provider_of(payment).read_event(*change(*paypal.signed(event, **how)))


@pytest.mark.parametrize(
    "event",
    [
        {"id": "WH-1", "event_type": "CUSTOMER.DISPUTE.CREATED", "resource": {"dispute_id": "1"}},
        {"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": "C", "amount": {}}},
        {
            "id": "WH-1",
            "event_type": "PAYMENT.CAPTURE.COMPLETED",
            "resource": {"custom_id": "x", "amount": 1},
        },
        {"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": None},
    ],
    ids=["a dispute", "of another shop", "of another shape", "of nothing"],
)
def test_a_signed_event_that_does_not_concern_us_is_kept(paypal, client, payment, event):
    assert tell(paypal, client, event) == 200
    kept = ProviderEvent.objects.get()
    assert (kept.event_id, kept.notification["kind"], json.loads(kept.body)) == ("WH-1", "other", event)


def test_a_bad_signature_is_a_400_and_one_that_cannot_be_checked_now_a_503(paypal, client, payment):
    page_of(payment)
    event = paypal.approve(payment.transaction_id)
    assert tell(paypal, client, event, webhook_id="another") == 400
    paypal.go_wrong("500")
    assert tell(paypal, client, event) == 503
    assert not ProviderEvent.objects.exists()
    assert tell(paypal, client, event) == 200
    assert (
        client.post(reverse("payment-webhook", args=["nobody"]), b"{}", "application/json").status_code == 404
    )


def forged(paypal, client, event) -> int:
    """From an address of its own: they are counted by it."""
    body, headers = paypal.signed(event, webhook_id="another")
    url = reverse("payment-webhook", args=["paypal"])
    return client.post(url, body, "application/json", headers=headers, REMOTE_ADDR="203.0.113.7").status_code


def test_many_forged_events_do_not_make_the_shop_ask_about_each(paypal, client, payment, settings):
    page_of(payment)
    event = paypal.approve(payment.transaction_id)
    asked = len(paypal.calls)
    cache.delete("forged-events:203.0.113.7")
    said = [forged(paypal, client, event) for _ in range(15)]
    assert said == [400] * MAX_FORGED + [429] * 5
    assert len(paypal.calls) - asked == MAX_FORGED


def test_an_order_at_paypal_is_not_led_to_for_longer_than_it_lives(paypal, payment):
    first = page_of(payment)
    noted = json.loads(payment.extra_data)
    paypal.forget_keys()
    payment.extra_data = json.dumps(noted | {"deadline": int(time.time()) - 1})
    payment.save(update_fields=["extra_data"])
    assert page_of(payment) != first


def test_a_customers_cancel_needs_nothing_of_paypal(paypal, order, payment):
    page_of(payment)
    paypal.go_wrong("500")
    cancel(order)
    assert state(order)[0] == S.CANCELED
