"""`manage.py doctor`: each finding is explained; safe steps mend, nothing else is changed, and the rest says whom to ask."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orders.audit.doctor import REMEDIES, UNKNOWN, diagnose
from orders.models import Order, Refund
from tests.orders.audit import test_past_every_guard
from tests.orders.audit.checks import test_changes, test_messages, test_orders, test_stock
from tests.orders.audit.checks.money import test_money
from tests.orders.audited import damage, open_shop, run

TABLES = (test_changes, test_messages, test_money, test_orders, test_past_every_guard, test_stock)


def doctor(*given: str) -> tuple[str, str]:
    """What it prints, and what it ends with."""
    out = StringIO()
    try:
        call_command("doctor", *given, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def hurt(shop, statement: str) -> None:
    (order,) = shop.orders.values()
    damage(statement, shop, order=order, payment=order.payments.first(), refund=Refund.objects.last())


def test_a_healthy_shop_is_told_so(in_the_tests_transaction):
    open_shop("paid")

    assert doctor() == ("Everything adds up.\n", "")


# The order, what is done to it, and the step.
MENDED = [
    ("paid", "UPDATE orders_ledgerentry SET hash = NULL WHERE order_id = %(order)s", "link"),
    ("pay_required", "UPDATE orders_order SET pay_by = NULL WHERE id = %(order)s", "end_windows"),
    ("pay_required", "UPDATE orders_order SET pay_by = '2999-01-01' WHERE id = %(order)s", "end_windows"),
    ("approved", "UPDATE orders_payment SET next_attempt_at = NULL WHERE id = %(payment)s", "make_due"),
    ("refund", "UPDATE orders_refund SET next_attempt_at = '2999-01-01' WHERE id = %(refund)s", "make_due"),
    ("refund", "UPDATE orders_refund SET leased_until = '2999-01-01' WHERE id = %(refund)s", "make_due"),
    (
        "pending",
        "UPDATE orders_mail SET sent_at = NULL, next_attempt_at = NULL WHERE order_id = %(order)s",
        "make_due",
    ),
]


@pytest.mark.parametrize(("name", "statement", "step"), MENDED)
def test_a_safe_step_is_named_first_and_mends_when_told_to(in_the_tests_transaction, name, statement, step):
    shop = open_shop(name)
    hurt(shop, statement)
    before = run()

    said, refusal = doctor()
    assert f"To mend it: manage.py doctor --mend {step}" in said
    assert (refusal.endswith("things do not add up."), run()) == (True, before)

    said, refusal = doctor("--mend", step)
    assert (re.match(rf"{step}: \d+ rows changed", said) is not None, refusal) == (True, "")
    assert run() == []


def test_what_only_people_can_decide_is_left_and_says_whom_to_ask(in_the_tests_transaction):
    shop = open_shop("paid")
    hurt(shop, "UPDATE orders_order SET status = 'canceled' WHERE id = %(order)s")

    said, _refusal = doctor()

    assert "Ask finance" in said and "--mend" not in said
    assert doctor("--mend", "link")[1] == "Nothing was found that the step link mends."
    assert Order.objects.get(pk=shop.orders["paid"].pk).status == "canceled"


def test_many_findings_of_a_kind_are_counted(in_the_tests_transaction):
    lines = [f"order {n}: step 1 carries no hash" for n in range(7)]

    (diagnosis,) = diagnose(lines)

    assert (diagnosis.count, len(diagnosis.lines)) == (7, 5)


@pytest.mark.parametrize("words", sorted({row[3] for one in TABLES for row in one.DAMAGE}))
def test_every_damage_that_is_known_has_its_explanation(words):
    (diagnosis,) = diagnose(
        [words if words.startswith(("order", "product", "number")) else f"order 1: {words}"]
    )

    assert diagnosis.remedy != UNKNOWN


def test_each_remedy_mends_or_says_whom_to_ask():
    assert all(bool(one.ask) != bool(one.step) for one in REMEDIES)
