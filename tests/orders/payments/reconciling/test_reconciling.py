"""The ledger against the provider's own list: what explains each amount, what does not match, and what mends it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orders.actions import cancellation
from orders.models import Order
from orders.payments import provider_events, refunds
from orders.payments.providers.movements import Balance
from orders.payments.providers.paypal import movements as paypal_movements
from orders.payments.providers.stripe import movements as stripe_movements
from orders.payments.reconciling import comparing, lists
from orders.payments.reconciling.comparing import Wrong
from orders.payments.reconciling.statements import PARTS, statements
from orders.status import OrderStatus, Reason
from tests.factories import make_staff
from tests.orders.audited import past_guards
from tests.orders.payments.providers import paypal_steps
from tests.orders.payments.providers.stripe_steps import address_of

pytestmark = pytest.mark.django_db
S = OrderStatus


def reconcile(variant: str = "stripe") -> comparing.Reconciled:
    """Of today and the days around it."""
    now = datetime.now(UTC)
    return lists.reconcile(variant=variant, since=now - timedelta(days=1), until=now + timedelta(days=1))


def pay(stand_in, payment, *, told: bool = True) -> str:
    """The customer pays at Stripe; returns the payment's intent."""
    address_of(payment)
    payment.refresh_from_db()
    event = stand_in.pay(payment.transaction_id)
    if told:
        tell(stand_in, event)
    return event["data"]["object"]["payment_intent"]


def tell(stand_in, event) -> None:
    body, headers = stand_in.signed(event)
    provider_events.act(event_id=provider_events.receive(variant="stripe", body=body, headers=headers).pk)


def return_it(order: Order) -> None:
    cancellation.ask_refund(order_id=order.pk, actor=order.customer, reason=Reason.CUSTOMER_WISH)
    for refund_id in refunds.due():
        refunds.work_on(refund_id=refund_id)


def status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_all_is_explained_by_the_order_that_it_was_for(stand_in, order, payment):
    pay(stand_in, payment)
    return_it(order)

    result = reconcile()

    assert [(one.movement.kind, one.order) for one in result.explained] == [
        ("captured", order.number),
        ("refunded", order.number),
    ]
    assert (result.mismatches, result.foreign) == ([], [])


def test_pages_of_the_list_are_all_read(stand_in, order, payment):
    stand_in.controls.page_size = 1
    pay(stand_in, payment)
    return_it(order)

    assert len(reconcile().explained) == 2


def test_a_capture_that_no_event_told_of_is_found_and_mended_once(stand_in, order, payment):
    pay(stand_in, payment, told=False)
    (mismatch,) = reconcile().mismatches
    assert (mismatch.wrong, mismatch.order.number) == (Wrong.UNKNOWN_HERE, order.number)
    assert status(order) == S.PAY_REQUIRED

    for _ in range(2):
        assert comparing.mend(variant="stripe", told=mismatch.told) == ""

    assert status(order) == S.PAID
    assert order.ledger.count() == 1
    assert reconcile().mismatches == []


def test_a_refund_made_at_the_provider_that_no_event_told_of_is_mended(stand_in, order, payment):
    stand_in.refund_by_hand(pay(stand_in, payment))
    (mismatch,) = reconcile().mismatches
    assert (mismatch.wrong, mismatch.order.number) == (Wrong.UNKNOWN_HERE, order.number)

    comparing.mend(variant="stripe", told=mismatch.told)

    assert status(order) == S.CANCELED
    assert reconcile().mismatches == []


def test_a_refund_that_failed_and_no_event_told_of_it_is_mended(stand_in, order, payment):
    pay(stand_in, payment)
    return_it(order)
    stand_in.end_refund(stand_in.refunds[0]["id"], "failed")
    (mismatch,) = reconcile().mismatches

    comparing.mend(variant="stripe", told=mismatch.told)

    assert order.ledger.filter(kind="refund_failed").exists()
    assert reconcile().mismatches == []


def test_a_dispute_that_no_event_told_of_is_mended(stand_in, order, payment):
    stand_in.dispute(pay(stand_in, payment))
    (mismatch,) = reconcile().mismatches

    comparing.mend(variant="stripe", told=mismatch.told)

    assert order.ledger.filter(kind="disputed").exists()
    assert reconcile().mismatches == []


@pytest.mark.parametrize("ending", ["lost", "won"])
def test_a_dispute_that_ended_matches(stand_in, order, payment, ending):
    intent = pay(stand_in, payment)
    tell(stand_in, stand_in.dispute(intent))
    tell(stand_in, stand_in.dispute(intent, ending, kind="closed"))

    result = reconcile()

    assert (result.mismatches, len(result.explained)) == ([], 3 if ending == "won" else 2)


def test_what_the_provider_does_not_have_is_found_and_left_to_people(stand_in, order, payment):
    """A capture and a refund that the books made up: sums and hashes are right, and no money moved."""
    pay(stand_in, payment)
    return_it(order)
    forged = [one["id"] for one in stand_in.transactions]
    stand_in.transactions.clear()

    mismatches = reconcile().mismatches

    assert forged and [(one.wrong, one.order.number) for one in mismatches] == 2 * [
        (Wrong.UNKNOWN_THERE, order.number)
    ]
    assert not any(one.told for one in mismatches)


def test_another_amount_is_found(stand_in, order, payment):
    pay(stand_in, payment)
    dearer = "UPDATE orders_ledgerentry SET amount = amount + 1 WHERE order_id = %(order)s"
    assert past_guards(dearer, {"order": order.pk}) == 1

    (mismatch,) = reconcile().mismatches

    assert (mismatch.wrong, mismatch.order.number) == (Wrong.OTHER_AMOUNT, order.number)


def test_money_of_other_applications_is_no_mismatch_and_ours_that_is_not_listed_is_one(
    stand_in, order, payment
):
    pay(stand_in, payment)
    stand_in.transactions[0]["source"] |= {"payment_intent": "pi_foreign", "metadata": {}}

    result = reconcile()

    assert [one.reference for one in result.foreign] == ["pi_foreign"]
    assert [one.wrong for one in result.mismatches] == [Wrong.UNKNOWN_THERE]


def test_what_staff_settled_in_another_way_is_not_looked_for_at_the_provider(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.controls.refuse_refunds = "card closed"
    return_it(order)
    (refund,) = payment.refunds.all()
    refunds.settle_by_hand(refund_id=refund.pk, actor=make_staff(), note="in cash")

    assert reconcile().mismatches == []


def test_the_statement_goes_from_balance_to_balance(stand_in, order, payment):
    intent = pay(stand_in, payment)
    stand_in.dispute(intent)
    stand_in.pay_out(1000, payment.currency.lower())

    (statement,) = reconcile().statements

    fee = round(payment.total * Decimal("0.029"), 2)
    assert (statement.opening, statement.captured, statement.disputes) == (0, payment.total, -payment.total)
    assert (statement.fees, statement.paid_out) == (-fee - 15, -10)
    assert statement.closing == -fee - 15 - 10


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("stripe_fee", "fees"),
        ("stripe_fx_fee", "fees"),
        ("tax_fee", "fees"),
        ("network_cost", "fees"),
        ("payout", "paid_out"),
        ("payout_failure", "paid_out"),
        ("topup", "other"),
    ],
)
def test_what_stripe_books_besides_is_in_its_part_of_the_statement(kind, part):
    booked = {"id": "txn_1", "type": kind, "amount": -150, "net": -150, "fee": 0, "currency": "usd"}
    moved = stripe_movements.movement_of(booked | {"created": 1_790_000_000, "source": None})

    (day,) = statements([moved], [moved], Balance({"USD": Decimal(0)}))

    assert {name: getattr(day, name) for name in PARTS if getattr(day, name)} == {part: Decimal("-1.5")}
    assert (day.opening, day.closing) == (Decimal("1.5"), 0)


@pytest.mark.parametrize(
    ("code", "value", "part"),
    [
        ("T0106", -20, "fees"),
        ("T1108", 1, "fees"),
        ("T0400", -5, "paid_out"),
        ("T1107", -3, "refunded"),
        ("T1201", -3, "disputes"),
        ("T0006", -3, "other"),
        ("T0300", 3, "other"),
    ],
)
def test_what_paypal_books_is_in_its_part_of_the_statement(code, value, part):
    amount = {"currency_code": "USD", "value": str(value)}
    at = {"transaction_initiation_date": "2026-03-01T12:00:00+0000", "transaction_status": "S"}
    info = {"transaction_id": "T", "transaction_event_code": code, "transaction_amount": amount, **at}
    moved = paypal_movements.movement_of({"transaction_info": info})

    assert moved is not None
    (day,) = statements([moved], [moved], Balance({}))

    assert {name: getattr(day, name) for name in PARTS if getattr(day, name)} == {part: value}


def test_a_refund_that_is_listed_before_it_is_done_is_on_its_way(stand_in, order, payment):
    pay(stand_in, payment)
    stand_in.controls.refund_status = "pending"
    return_it(order)
    (refund,) = stand_in.refunds
    stand_in._book("refund", -refund["amount"], refund)

    assert reconcile().mismatches == []


def test_a_dispute_whose_end_no_event_told_of_is_asked_about_and_mended(stand_in, order, payment):
    intent = pay(stand_in, payment)
    tell(stand_in, stand_in.dispute(intent))
    assert reconcile().mismatches == []
    stand_in.dispute(intent, "lost", kind="closed")

    (mismatch,) = reconcile().mismatches
    assert mismatch.wrong == Wrong.CLOSED_THERE
    comparing.mend(variant="stripe", told=mismatch.told)

    assert reconcile().mismatches == []
    assert status(order) == S.CANCELED, "the customer has the money"


def test_a_dispute_that_was_won_is_one_mismatch_until_it_is_mended(stand_in, order, payment):
    intent = pay(stand_in, payment)
    tell(stand_in, stand_in.dispute(intent))
    stand_in.dispute(intent, "won", kind="closed")

    (mismatch,) = reconcile().mismatches
    comparing.mend(variant="stripe", told=mismatch.told)

    assert reconcile().mismatches == []
    assert order.ledger.filter(kind="dispute_won").exists()


def test_a_refund_that_failed_before_the_shop_heard_of_it_came_to_nothing(stand_in, order, payment):
    refund = stand_in.refund_by_hand(pay(stand_in, payment))["data"]["object"]
    stand_in.end_refund(refund["id"], "failed")

    assert reconcile().mismatches == []
    assert status(order) == S.PAID


# --- PayPal --------------------------------------------------------------------------------------------------------


def pay_at_paypal(paypal, client, payment) -> str:
    paypal_steps.page_of(payment)
    payment.refresh_from_db()
    assert paypal_steps.tell(paypal, client, paypal.approve(payment.transaction_id)) == 200
    return paypal.captures[0]["id"]


def test_paypals_report_is_read_page_by_page_and_explained(paypal, client, order, payment):
    pay_at_paypal(paypal, client, payment)
    return_it(order)
    paypal.page_size = 1
    paypal.besides = [
        paypal.transaction("X1", "T0403", Decimal(-5)),
        paypal.transaction("X2", "T0006", Decimal(7)),
    ]

    result = reconcile("paypal")

    assert [one.order for one in result.explained] == [order.number] * 2
    assert (result.mismatches, [one.reference for one in result.foreign]) == ([], ["X2"])
    (statement,) = result.statements
    assert (statement.opening, statement.captured, statement.paid_out) == (0, payment.total + 7, -5)
    assert (statement.fees, statement.refunded) == (-1, -payment.total)


def test_what_paypal_does_not_report_is_a_mismatch(paypal, client, order, payment):
    paypal.unreported.add(pay_at_paypal(paypal, client, payment))

    (mismatch,) = reconcile("paypal").mismatches

    assert (mismatch.wrong, mismatch.order.number) == (Wrong.UNKNOWN_THERE, order.number)


def test_a_refund_at_paypal_that_no_event_told_of_is_mended(paypal, client, order, payment):
    paypal.refund_by_hand(pay_at_paypal(paypal, client, payment))
    (mismatch,) = reconcile("paypal").mismatches

    comparing.mend(variant="paypal", told=mismatch.told)

    assert status(order) == S.CANCELED
    assert reconcile("paypal").mismatches == []


def test_a_dispute_that_paypal_reports_under_another_name_is_found_by_its_charge(
    paypal, client, order, payment
):
    charge = pay_at_paypal(paypal, client, payment)
    for event in (paypal.dispute(charge), paypal.dispute(charge, "RESOLVED", "RESOLVED_BUYER_FAVOUR")):
        paypal_steps.tell(paypal, client, event)
    assert [one.wrong for one in reconcile("paypal").mismatches] == [Wrong.UNKNOWN_THERE]
    taken = paypal.transaction("T9", "T1201", -payment.total, paypal_reference_id=charge)
    paypal.besides.append(taken)

    result = reconcile("paypal")

    assert (result.mismatches, len(result.explained)) == ([], 2)


def test_a_long_time_is_asked_for_in_pieces(paypal, client, order, payment):
    pay_at_paypal(paypal, client, payment)
    now = datetime.now(UTC)

    result = lists.reconcile(variant="paypal", since=now - timedelta(days=100), until=now + timedelta(days=1))

    assert len(result.explained) == 1


# --- the command ---------------------------------------------------------------------------------------------------


def say(*given: str) -> tuple[str, str]:
    """What the command prints of yesterday until tomorrow, and what it ends with."""
    out, days = StringIO(), [datetime.now(UTC).date() + timedelta(days=n) for n in (-1, 1)]
    try:
        call_command("reconcile", f"--since={days[0]}", f"--until={days[1]}", *given, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_the_command_says_what_does_not_match_and_mends_it_when_told_to(stand_in, order, payment):
    intent = pay(stand_in, payment, told=False)

    said, refusal = say()
    assert (
        f"stripe: order {order.number}: captured {payment.total} USD {intent}: the ledger does not have it"
        in said
    )
    assert refusal == "1 amounts do not match."
    assert status(order) == S.PAY_REQUIRED

    said, refusal = say("--mend")
    assert ("acted on it" in said, refusal) == (True, "")
    assert status(order) == S.PAID

    said, refusal = say("--explain")
    assert f"stripe: order {order.number}: captured {payment.total} USD {intent}\n" in said
    assert "1 amounts are explained, 0 do not match, 0 are of other applications." in said


def test_a_provider_that_does_not_answer_ends_the_command(stand_in, order, payment):
    stand_in.go_wrong("500")

    assert say()[1].startswith("stripe: ")


def test_a_provider_without_lists_says_so():
    assert "demo: has no list that can be read, so nothing was compared." in say()[0]


def test_a_refund_that_failed_and_that_paypal_lists_no_more_came_to_nothing(paypal, client, order, payment):
    returned = paypal.refund_by_hand(pay_at_paypal(paypal, client, payment), "1.00")
    paypal_steps.tell(paypal, client, returned)
    assert reconcile("paypal").mismatches == []

    paypal_steps.tell(paypal, client, paypal.fail_refund(returned["resource"]["id"]))

    assert [row.kind for row in payment.ledger.filter(reference=returned["resource"]["id"])] == [
        "refunded",
        "refund_failed",
    ]
    assert reconcile("paypal").mismatches == []


def test_a_failure_that_paypal_does_not_list_beside_its_refund_is_a_mismatch(paypal, client, order, payment):
    returned = paypal.refund_by_hand(pay_at_paypal(paypal, client, payment), "1.00")
    paypal_steps.tell(paypal, client, returned)
    failed = paypal.fail_refund(returned["resource"]["id"])
    paypal_steps.tell(paypal, client, failed)
    paypal.refunds[0]["status"] = "COMPLETED"

    (mismatch,) = reconcile("paypal").mismatches
    assert mismatch.wrong == Wrong.UNKNOWN_THERE
    assert mismatch.kind == "refund_failed"


def test_a_dispute_that_paypal_decided_without_an_event_is_mended(paypal, client, order, payment):
    charge = pay_at_paypal(paypal, client, payment)
    paypal_steps.tell(paypal, client, paypal.dispute(charge))
    paypal.besides.append(paypal.transaction("T9", "T1201", -payment.total, paypal_reference_id=charge))
    paypal.dispute(charge, "RESOLVED", "RESOLVED_BUYER_FAVOUR")

    (mismatch,) = reconcile("paypal").mismatches
    comparing.mend(variant="paypal", told=mismatch.told)

    assert reconcile("paypal").mismatches == []
    assert status(order) == S.CANCELED


def test_a_refund_that_failed_at_paypal_without_an_event_is_asked_about_and_mended(
    paypal, client, order, payment
):
    returned = paypal.refund_by_hand(pay_at_paypal(paypal, client, payment), "1.00")
    paypal_steps.tell(paypal, client, returned)
    paypal.fail_refund(returned["resource"]["id"])

    (mismatch,) = reconcile("paypal").mismatches
    comparing.mend(variant="paypal", told=mismatch.told)

    assert reconcile("paypal").mismatches == []
    assert order.ledger.filter(kind="refund_failed").exists()


def test_a_lost_dispute_that_ended_a_refund_of_ours_is_found_by_its_charge(paypal, client, order, payment):
    charge = pay_at_paypal(paypal, client, payment)
    paypal_steps.tell(paypal, client, paypal.dispute(charge))
    paypal.besides.append(paypal.transaction("T9", "T1201", -payment.total, paypal_reference_id=charge))
    paypal.controls.refuse_refunds = "There is an open case."
    return_it(order)

    paypal_steps.tell(paypal, client, paypal.dispute(charge, "RESOLVED", "RESOLVED_BUYER_FAVOUR"))

    assert status(order) == S.CANCELED
    assert reconcile("paypal").mismatches == []
