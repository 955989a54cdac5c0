"""A shop with everything in it, what the audit says about it, and damage done to it past every guard."""

import re
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import Address
from catalog import inventory
from catalog.models import Number, StockMovement
from orders.actions.changes.details import Details, change_details
from orders.actions.changes.exchange_preview import Swap
from orders.actions.changes.exchanges import make_exchange
from orders.actions.money.payment import start_payment
from orders.audit import doctor
from orders.documents.transfer import reference_of
from orders.lifecycle.confirmation import confirm_order
from orders.models import LedgerEntry, Order, PriceBand, ProviderEvent, Refund
from orders.payments import made_at_provider, refunds
from orders.payments.bank.matching import read_statement
from orders.payments.providers.base import NotificationKind
from orders.payments.recording import record_authorisation
from orders.status import OrderStatus
from tests.factories import (
    HUE,
    Buyer,
    ask_refund,
    capture,
    change,
    fail_refund,
    make_gift_card,
    make_numbered,
    make_pickup,
    make_product,
    make_staff,
    pay,
    pay_late,
    pay_too_little,
    pay_twice,
    redeem,
    refuse_refund,
    return_after_all,
    return_money,
    ship_a_piece,
    shirts,
    tell,
    tell_it_is_ready,
)

S = OrderStatus


def run() -> list[str]:
    """The lines that the audit prints about what is wrong; what it prints besides, its exit, and the doctor are checked.

    The doctor has an explanation for each line.
    """
    out, refusal = StringIO(), None
    try:
        call_command("audit", stdout=out)
    except CommandError as error:
        refusal = error
    lines = out.getvalue().splitlines()
    if refusal is None:
        assert lines[0].startswith("Everything adds up: ")
        return []
    assert refusal.returncode == 1
    assert [one.lines for one in doctor.diagnose(lines) if one.remedy == doctor.UNKNOWN] == []
    assert lines and str(refusal) == f"{len(lines)} things do not add up."
    return lines


def settle_by_hand(order: Order) -> None:
    refunds.settle_by_hand(refund_id=refuse_refund(order).pk, actor=make_staff(), note="in cash")


def retry(order: Order) -> None:
    refunds.retry(refund_id=refuse_refund(order).pk, actor=make_staff())


def retry_and_return(order: Order) -> None:
    retry(order)
    return_money(order)


def pay_late_and_get_it_back(order: Order) -> None:
    pay_late(order)
    return_money(order)


def pay_too_little_and_then_all(order: Order) -> None:
    pay_too_little(order)
    pay(order)


def approve(order: Order) -> None:
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    record_authorisation(payment_id=payment.pk, amount=payment.total, reference="approved")


def start(order: Order) -> None:
    start_payment(order_id=order.pk, actor=order.customer)


def approve_and_pay(order: Order) -> None:
    approve(order)
    capture(order.payments.get())


def return_at_provider(order: Order, part: Decimal | None = None) -> None:
    capture = order.ledger.filter(kind="captured").first()
    amount, reference = part or capture.amount, f"hand {LedgerEntry.objects.count()}"
    made_at_provider.note_made_at_provider(
        payment_id=capture.payment_id, charge=capture.reference, amount=amount, reference=reference
    )
    says = {"amount": amount, "charge": capture.reference, "reference": reference}
    told = tell(capture.payment, NotificationKind.REFUNDED, **says)
    ProviderEvent.objects.filter(pk=told.pk).update(remark=made_at_provider.AT_PROVIDER)


def return_a_part_at_provider(order: Order) -> None:
    return_at_provider(order, Decimal(5))


def return_a_part_and_the_rest(order: Order) -> None:
    return_a_part_at_provider(order)
    ask_refund(order)
    return_money(order)


def give_back_a_part(order: Order) -> None:
    change(order, "refund", amount=5)
    return_money(order)


def cancel_pieces(order: Order) -> None:
    change(order, "cancel", {"CUP": 1, "KEY": 1})
    return_money(order)


def cancel_in_parts(order: Order) -> None:
    cancel_pieces(order)
    change(order, "cancel", {"CUP": 1, "KEY": 1})
    return_money(order)


def cancel_pieces_and_the_rest(order: Order) -> None:
    cancel_pieces(order)
    ask_refund(order)
    return_money(order)


def take_pieces_back(order: Order) -> None:
    change(order, "return", {"CUP": 1, "KEY": 1}, restocked=("CUP",), shipping=1)
    return_money(order)


def exchange(order: Order) -> None:
    """A shirt in M for one in L."""
    swap = Swap(sku="SHIRT-M", to="SHIRT-L", quantity=1, note="Too small")
    based_on = order.changes.count()
    make_exchange(order_id=order.pk, actor=make_staff(), change_id=uuid4(), based_on=based_on, swap=swap)


def redirect(order: Order, name: str = "Lan") -> None:
    """Its customer, to another name at another street, with another note."""
    address = {part: order.address_snapshot[part] for part in Address.FIELDS}
    address |= {"full_name": name, "line1": "1 Lê Duẩn", "region": HUE}
    wish = Details(address=address, note=f"For {name}")
    based_on = order.changes.count()
    change_details(order_id=order.pk, actor=order.customer, change_id=uuid4(), based_on=based_on, wish=wish)


def redirect_twice(order: Order) -> None:
    redirect(order)
    redirect(Order.objects.get(pk=order.pk), "Mai")


def change_and_refuse(order: Order) -> None:
    refunds.note_refused(refund_id=change(order, "refund", amount=5).refunds.get().pk, why="card closed")


def change_and_fail(order: Order) -> None:
    give_back_a_part(order)
    refund = Refund.objects.get(payment__order=order)
    made_at_provider.note_failed(
        payment_id=refund.payment_id, reference=refund.answer, key=refund.key, why="closed"
    )


def return_a_part_at_provider_that_fails(order: Order) -> None:
    return_a_part_at_provider(order)
    row = order.ledger.get(kind="refunded")
    made_at_provider.note_failed(payment_id=row.payment_id, reference=row.reference, key="", why="closed")


def pay_twice_and_return_the_first(order: Order) -> None:
    pay_twice(order)
    return_at_provider(order)


def pay_in_part_with_a_card(order: Order) -> None:
    redeem(order, make_gift_card("10"))
    pay(Order.objects.get(pk=order.pk))


def pay_with_a_card_and_get_it_back(order: Order) -> None:
    redeem(order, make_gift_card("99"))
    ask_refund(Order.objects.get(pk=order.pk))


def pay_from_bank(order: Order) -> None:
    """By a transfer that a statement tells of, and that is more than the order costs."""
    said = f"2026-11-28,{order.total_amount + 1},{order.currency},{reference_of(order.number)},E1"
    read_statement(actor=make_staff(), content=f"date,amount,currency,text,id\n{said}\n".encode())


# Name -> the status it is brought to, and what happens to it then.
ORDERS = {
    "pending": (S.PENDING, None),
    "pay_required": (S.PAY_REQUIRED, None),
    "paid": (S.PAID, None),
    "done": (S.DONE, None),
    "refund": (S.REFUND, None),
    "canceled": (S.CANCELED, None),
    "refused": (S.REFUND, refuse_refund),
    "retried": (S.REFUND, retry),
    "returned": (S.REFUND, return_money),
    "returned_later": (S.REFUND, retry_and_return),
    "by_hand": (S.REFUND, settle_by_hand),
    "failed": (S.REFUND, fail_refund),
    "failed_and_returned": (S.REFUND, return_after_all),
    "late": (S.CANCELED, pay_late),
    "late_and_back": (S.CANCELED, pay_late_and_get_it_back),
    "double": (S.PAID, pay_twice),
    "first_of_two_returned": (S.PAID, pay_twice_and_return_the_first),
    "wrong": (S.PAY_REQUIRED, pay_too_little),
    "approved": (S.PAY_REQUIRED, approve),
    "approved_and_paid": (S.PAY_REQUIRED, approve_and_pay),
    "pay_required_started": (S.PAY_REQUIRED, start),
    "by_provider": (S.PAID, return_at_provider),
    "by_provider_in_part": (S.PAID, return_a_part_at_provider),
    "by_provider_in_refund": (S.REFUND, return_a_part_at_provider),
    "by_provider_and_us": (S.PAID, return_a_part_and_the_rest),
    "by_provider_when_done": (S.DONE, return_at_provider),
    "part_back": (S.PAID, give_back_a_part),
    "part_back_when_done": (S.DONE, give_back_a_part),
    "part_asked": (S.PAID, lambda order: change(order, "cancel", {"CUP": 1})),
    "part_refused": (S.PAID, change_and_refuse),
    "part_failed": (S.PAID, change_and_fail),
    "part_canceled": (S.PAID, cancel_pieces),
    "canceled_in_parts": (S.PAID, cancel_in_parts),
    "part_and_rest": (S.PAID, cancel_pieces_and_the_rest),
    "came_back": (S.DONE, take_pieces_back),
    "by_provider_failed": (S.PAID, return_a_part_at_provider_that_fails),
    "from_bank": (S.PAY_REQUIRED, pay_from_bank),
    "held": (S.PAY_REQUIRED, lambda order: redeem(order, make_gift_card("10"))),
    "by_card": (S.PAY_REQUIRED, lambda order: redeem(order, make_gift_card("99"))),
    "by_card_in_part": (S.PAY_REQUIRED, pay_in_part_with_a_card),
    "by_card_and_back": (S.PAY_REQUIRED, pay_with_a_card_and_get_it_back),
    "given_as_credit": (S.PAID, lambda order: change(order, "refund", amount=5, to_credit=True)),
    "sent_in_part": (S.PAID, ship_a_piece),
    "redirected": (S.PAID, redirect_twice),
    "redirected_unpaid": (S.PAY_REQUIRED, redirect),
    "ready": (S.PAID, tell_it_is_ready),
    "wrong_and_right": (S.PAY_REQUIRED, pay_too_little_and_then_all),
}


def open_shop(*names: str) -> SimpleNamespace:
    """A shop with these orders, each for counted pieces and single numbers."""
    cups, keys = (
        make_product(stock=500, sku="CUP"),
        make_numbered(numbers=90, sku="KEY", price=Decimal(0), numbers_reusable=False),
    )
    inventory.count(product_id=cups.pk, quantity=490, actor=None)
    inventory.retire(number_id=keys.numbers.last().pk, actor=None)
    buyer, orders = Buyer(), {}
    table = buyer.table
    for name in names:
        status, then = ORDERS[name]
        buyer.table = make_pickup() if name == "ready" else table
        orders[name] = order = buyer.order_in(status, (cups, 2), (keys, 2))
        if then:
            then(order)
    buyer.table = table
    return SimpleNamespace(cups=cups, keys=keys, buyer=buyer, orders=orders)


def exchange_shirts(shop: SimpleNamespace) -> None:
    """Two shirts, of which one was exchanged; the order of the new one is there by itself."""
    medium, _large = shirts()
    shop.orders["exchanged"] = order = shop.buyer.order_in(S.PAID, (medium, 2))
    exchange(order)
    shop.orders["in_exchange"] = Order.objects.get(is_exchange=True)


def refuse_for_numbers(shop: SimpleNamespace) -> None:
    """An order with counted pieces that was not confirmed."""
    order = shop.buyer.place((shop.cups, 1), (make_numbered(numbers=1, sku="RARE"), 2))
    confirm_order(order_id=order.pk)
    shop.orders["not_confirmed"] = order


def give_away(shop: SimpleNamespace) -> None:
    """Orders that cost nothing, shipping included: one is Paid, one was given back."""
    fees = dict(PriceBand.objects.values_list("pk", "fee"))
    PriceBand.objects.update(fee=0)
    for name in ("free", "free_and_back"):
        shop.orders[name] = shop.buyer.place((shop.keys, 1))
        confirm_order(order_id=shop.orders[name].pk)
    ask_refund(shop.orders["free_and_back"])
    for pk, fee in fees.items():
        PriceBand.objects.filter(pk=pk).update(fee=fee)


# Keys and triggers rest by PostgreSQL's own switch: each change of a table has all statements planned anew that read it.
REST = "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica"
TABLES = re.compile(r"\b(?:orders|catalog)_\w+")
GUARDS = """
SELECT format('ALTER TABLE %%s %%s', conrelid::regclass, string_agg(format('DROP CONSTRAINT %%I CASCADE', conname), ', '))
FROM pg_constraint WHERE contype IN ('c', 'u') AND conrelid::regclass::text ~ %(tables)s GROUP BY conrelid
UNION ALL SELECT format('DROP INDEX %%s', string_agg(indexrelid::regclass::text, ', '))
FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid AND contype = 'u'
WHERE indisunique AND NOT indisprimary AND conname IS NULL AND indrelid::regclass::text ~ %(tables)s
HAVING count(*) > 0
"""


def rest() -> None:
    """From now on keys and triggers do nothing, until the transaction or the savepoint ends.

    To be done once for all that share a shop, and before its first audit: PostgreSQL plans every statement anew when this
    switch is moved, and an audit has eighty.
    """
    with connection.cursor() as cursor:
        cursor.execute(REST)


def drop_guards(statement: str = "") -> None:
    """Those of the tables that the statement names, or of all, which takes longer than most tests."""
    named = TABLES.findall(statement)
    tables = f"^({'|'.join(named)})$" if named else "^(orders|catalog)_"
    with connection.cursor() as cursor:
        cursor.execute(REST)
        cursor.execute(GUARDS, {"tables": tables})
        for (guard,) in cursor.fetchall():
            cursor.execute(guard)


def past_guards(statement: str, values: Mapping[str, object] | None = None) -> int:
    """Do it, past whatever guards its tables; how many rows it changed. Constraints go only where one is in the way."""
    with connection.cursor() as cursor:
        cursor.execute(REST)
        try:
            with transaction.atomic():
                cursor.execute(statement, values)
        except IntegrityError:
            drop_guards(statement)
            cursor.execute(statement, values)
        return cursor.rowcount


def damage(statement: str, shop: SimpleNamespace, **rows) -> None:
    """Change rows as somebody might who is past every guard. Rows have to change, or it is no damage."""
    ids = {name: row and row.pk for name, row in (rows | {"cups": shop.cups, "keys": shop.keys}).items()}
    for part in statement.split(";"):
        assert past_guards(part, ids) > 0, part


def table(rows: list[tuple[str, str, str, str]]) -> pytest.MarkDecorator:
    """The cells of a table of damage, those to an order of the same name together: they share its shop."""
    rows = sorted(rows, key=lambda row: row[1])
    return pytest.mark.parametrize(
        ("shop", "statement", "words"),
        [row[1:] for row in rows],
        ids=[row[0] for row in rows],
        indirect=["shop"],
        scope="class",  # of the shop too, which would else be made anew for each cell
    )


def check_damage(shop: SimpleNamespace, statement: str, words: str) -> None:
    """Damage the shop's order; a line of the audit ends with the words, and none is about anybody else."""
    (order,) = shop.orders.values()
    rows = {
        "number": Number.objects.filter(allocation__line__order=order).first(),
        "free": shop.keys.numbers.filter(state="free").first(),
        "payment": order.payments.first(),
        "refund": Refund.objects.last(),
        "taken": StockMovement.objects.get(order_id=order.pk, kind="taken", product=shop.cups),
    }
    ids = {name: row and row.pk for name, row in rows.items()}

    damage(statement, shop, order=order, **rows)

    lines = run()
    said = ids | {"order": order.number, "id": order.pk, "number": rows["number"], "free": rows["free"]}
    assert [line for line in lines if line.endswith(words.format(**said))], lines
    # Nobody else is named.
    damaged = (
        f"order ({order.number}|{order.pk}|unknown)\\b|product (CUP|KEY|0)[:,]|payment {ids['payment']}:"
    )
    damaged += "|promotion |^gift card "
    others = [line for line in lines if not re.search(damaged, line)]
    assert others == [], others
