"""The audit finds what is done past every guard and leaves the sums alone: words, times, keys, what never comes due.

The other tables have the sums (test_money.py, test_orders.py, test_stock.py, test_messages.py).
"""

import pytest

from orders.events import feed
from tests.orders.audited import check_damage, damage, open_shop, run, table

pytestmark = pytest.mark.django_db

WRITTEN = "is not what was written, or what stood before it has changed"
HISTORY = "UPDATE orders_statuschange SET {} WHERE order_id = %(order)s AND sequence = {}"
STEP = "order {{order}}: step {} " + WRITTEN
LEDGER = "UPDATE orders_ledgerentry SET {} WHERE order_id = %(order)s AND kind = '{}'"
PAPER = "UPDATE orders_invoice SET {} WHERE order_id = %(order)s AND kind = 'invoice'"
SAYS = PAPER.format("snapshot = jsonb_set(snapshot, '{{{}}}', '{}')")
ORDER = "UPDATE orders_order SET {} WHERE id = %(order)s"
LINE = "UPDATE orders_orderline SET {} WHERE order_id = %(order)s AND sku = 'CUP'"
PAYMENT = "UPDATE orders_payment SET {} WHERE id = %(payment)s"
REFUND = "UPDATE orders_refund SET {} WHERE payment_id = %(payment)s"
EVENT = "UPDATE orders_providerevent SET {} WHERE news->>'token' = (SELECT token FROM orders_payment WHERE id = %(payment)s)"
MOVEMENT = "UPDATE catalog_stockmovement SET {} WHERE id = %(taken)s"
MAIL = "UPDATE orders_mail SET {} WHERE order_id = %(order)s AND kind = 'placed'"
ADD_EVENT = (
    "INSERT INTO orders_providerevent (variant, event_id, news, body, received_at, acted_at, attempts, next_attempt_at, "
    "failure, remark) SELECT 'demo', 'evt', jsonb_build_object('kind', '{}', 'token', token, 'amount', '29.00', "
    "'reference', 'lost', 'key', '', 'charge', concat('charge ', token)), '', now(), now(), 1, NULL, '', '{}' "
    "FROM orders_payment WHERE id = %(payment)s"
)
ADD_LEDGER = (
    "INSERT INTO orders_ledgerentry (order_id, payment_id, kind, amount, reference, note, at) "
    "VALUES (%(order)s, %(payment)s, '{}', {}, 'added', '', now())"
)
NEVER = "waits for something that never comes due"
FAR = "does not come due before a week is over"
HANDS = "is in the hands of a worker for days"

# fmt: off
DAMAGE = [
    # --- money without a provider's word, and words without an effect
    ("capture without a word", "paid", "DELETE FROM orders_providerevent",
        ": captured 29.00, and no event of the provider tells of it"),
    ("capture under another name", "paid", EVENT.format("news = jsonb_set(news, '{reference}', '\"x\"')"),
        ": captured 29.00, and no event of the provider tells of it"),
    ("capture told of another payment", "paid", EVENT.format("news = jsonb_set(news, '{token}', '\"x\"')"),
        ": captured 29.00, and no event of the provider tells of it"),
    ("capture told by another provider", "paid", EVENT.format("variant = 'other'"),
        ": captured 29.00, and no event of the provider tells of it"),
    ("refund that nobody asked for", "returned", REFUND.format("attempts = 0"),
        ": refunded 29.00, and the provider was neither asked, nor told of it"),
    ("refund at the provider without a word", "by_provider",
        "DELETE FROM orders_providerevent WHERE news->>'kind' = 'refunded'",
        ": refunded 29.00, and the provider was neither asked, nor told of it"),
    ("refund done that no provider knows", "refund",
        REFUND.format("state = 'done', next_attempt_at = NULL, answer = 're_1'"),
        "refund {refund}: is done, and the ledger has no row under the name that it was answered with"),
    ("refund answered otherwise", "returned", REFUND.format("answer = 're_other'"),
        "refund {refund}: is done, and the ledger has no row under the name that it was answered with"),
    ("refund told, without its row", "paid", ADD_EVENT.format("refunded", ""),
        'event demo evt: told "refunded" and was acted on, without an effect'),
    ("refusal told, without its row", "refund", ADD_EVENT.format("refund_refused", ""),
        'event demo evt: told "refund refused" and was acted on, without an effect'),
    ("approval told, without its row", "pay_required_started", ADD_EVENT.format("authorised", ""),
        'event demo evt: told "authorised" and was acted on, without an effect'),
    ("decline told, and still in progress", "approved", ADD_EVENT.format("declined", ""),
        'event demo evt: told "declined" and was acted on, without an effect'),
    ("expiry told, and still in progress", "approved", ADD_EVENT.format("expired", ""),
        'event demo evt: told "expired" and was acted on, without an effect'),
    ("dispute told, and there is none", "paid", ADD_EVENT.format("disputed", "the dispute is open"),
        'event demo evt: told "disputed" and was acted on, without an effect'),
    # --- a payment's status against its money
    ("refunded, and nothing was captured", "approved", PAYMENT.format("status = 'refunded'"),
        "payment {payment}: is refunded, and nothing was ever captured in it"),
    ("confirmed without money", "approved", PAYMENT.format("status = 'confirmed'"),
        "payment {payment}: is confirmed, and nothing was ever captured in it"),
    ("rejected after its money went back", "returned", PAYMENT.format("status = 'rejected'"),
        "payment {payment}: is rejected, and money was captured in it"),
    ("waiting with money", "done", PAYMENT.format("status = 'waiting'"),
        "payment {payment}: is waiting, and money was captured in it"),
    ("in no status", "paid", PAYMENT.format("status = 'lost'"), 'payment {payment}: "lost" is no status'),
    ("another token", "refund", PAYMENT.format("token = 'x'"), "refund {refund}: has no row in the ledger for its asking"),
    # --- the ledger's rows
    ("capture's name", "paid", LEDGER.format("reference = 'x'", "captured"), WRITTEN),
    ("capture's note", "paid", LEDGER.format("note = 'x'", "captured"), WRITTEN),
    ("who settled", "by_hand", LEDGER.format("actor_id = NULL", "refunded"), WRITTEN),
    ("note of what was settled", "by_hand", LEDGER.format("note = 'in gold'", "refunded"), WRITTEN),
    ("time of the capture, a little", "paid", LEDGER.format("at = at + interval '1 second'", "captured"), WRITTEN),
    ("a row put in", "paid", ADD_LEDGER.format("dispute_fee", "15"), ": carries no hash"),
    ("approval put in", "paid", ADD_LEDGER.format("authorised", "29"), ": carries no hash"),
    ("approval gone", "approved_and_paid",
        "DELETE FROM orders_ledgerentry WHERE kind = 'authorised' AND order_id = %(order)s",
        WRITTEN),
    ("approval of another amount", "approved", LEDGER.format("amount = 1", "authorised"), WRITTEN),
    ("refund made at another capture", "by_provider_in_part", LEDGER.format("capture_id = NULL", "refunded"), WRITTEN),
    # --- histories
    ("who took a step", "done", HISTORY.format("actor_id = NULL", 4), STEP.format(4)),
    ("why a step was taken", "canceled", HISTORY.format("reason = 'payment_window_passed'", 3), STEP.format(3)),
    ("what was written about a step", "done", HISTORY.format("note = 'x'", 4), STEP.format(4)),
    ("time of a step, a little", "done", HISTORY.format("at = at + interval '1 second'", 2), STEP.format(2)),
    ("hash of a step", "done", HISTORY.format("hash = sha256('x')", 4), STEP.format(4)),
    ("no hash", "done", HISTORY.format("hash = NULL", 4), "order {order}: step 4 carries no hash"),
    ("last step taken back", "done",
        ("DELETE FROM orders_feedentry WHERE change_id IN (SELECT id FROM orders_statuschange WHERE sequence = 4); "
        "DELETE FROM orders_mail WHERE kind = 'done'; DELETE FROM orders_statuschange WHERE sequence = 4"),
        "order {order}: is done, and its history ends as paid"),
    # --- what was ordered
    ("a cheaper order, all sums right", "pay_required",
        ORDER.format("items_total = items_total - 2, total_amount = total_amount - 2") + "; "
        + LINE.format("unit_price = unit_price - 1, line_total = line_total - 2"), STEP.format(1)),
    ("other things", "pending", LINE.format("name = 'Gold'"), STEP.format(1)),
    ("another SKU", "pending", LINE.format("sku = 'GOLD'"), STEP.format(1)),
    ("another customer", "pending", ORDER.format("customer_id = (SELECT min(id) FROM accounts_user) - 1"), STEP.format(1)),
    ("another currency", "pending", ORDER.format("currency = 'EUR'"), STEP.format(1)),
    ("placed at another time", "pending", ORDER.format("placed_at = placed_at - interval '1 second'"), STEP.format(1)),
    ("a line swapped in its place", "pending", LINE.format("position = 9"), STEP.format(1)),
    # --- keys
    ("another key of the product", "paid",
        ("UPDATE orders_allocation SET number_id = %(free)s WHERE number_id = %(number)s; "
        "UPDATE catalog_number SET state = 'free' WHERE id = %(number)s; "
        "UPDATE catalog_number SET state = 'taken' WHERE id = %(free)s"),
        "order {order}: does not hold the numbers that it was given"),
    ("a key of another value", "done", "UPDATE catalog_number SET value = 'x' WHERE id = %(number)s",
        "order {order}: does not hold the numbers that it was given"),
    ("held is forged", "done", HISTORY.format("held = sha256('x')", 2),
        "order {order}: does not hold the numbers that it was given"),
    # --- stock movements
    ("movement's time", "paid", MOVEMENT.format("at = at - interval '1 second'"),
        "product CUP: movement {taken} " + WRITTEN),
    ("movement's reason", "paid", MOVEMENT.format("reason = 'x'"), "product CUP: movement {taken} " + WRITTEN),
    ("who counted", "paid", "UPDATE catalog_stockmovement SET actor_id = 1 WHERE kind = 'counted'", WRITTEN),
    ("two movements exchanged", "paid",
        ("UPDATE catalog_stockmovement SET quantity = -quantity WHERE kind = 'counted'; "
        "UPDATE catalog_stockmovement SET quantity = quantity + 2 * (SELECT -quantity FROM catalog_stockmovement "
        "WHERE kind = 'counted') WHERE kind = 'received' AND product_id = %(cups)s"), WRITTEN),
    # --- inside an invoice
    ("name on the invoice", "paid", SAYS.format("customer,full_name", '"X"'), "invoice 1: " + WRITTEN),
    ("shop's tax id", "paid", SAYS.format("shop,tax_id", '"X"'), "invoice 1: " + WRITTEN),
    ("tax rate", "paid", SAYS.format("tax_rate", '"7"'), "invoice 1: " + WRITTEN),
    ("tax", "paid", SAYS.format("tax", '"0.01"'), "invoice 1: " + WRITTEN),
    ("net", "paid", SAYS.format("net", '"0.01"'), "invoice 1: " + WRITTEN),
    ("date", "paid", SAYS.format("date", '"2020-01-01"'), "invoice 1: " + WRITTEN),
    ("a line's name", "paid", SAYS.format("lines,0,name", '"X"'), "invoice 1: " + WRITTEN),
    ("a line's quantity", "paid", SAYS.format("lines,0,quantity", "9"), "invoice 1: " + WRITTEN),
    ("language", "paid", PAPER.format("language = 'vi'"), "invoice 1: " + WRITTEN),
    ("when it was issued", "paid", PAPER.format("issued_at = issued_at + interval '1 second'"), "invoice 1: " + WRITTEN),
    ("paper's hash", "paid", PAPER.format("hash = sha256('x')"), "invoice 1: " + WRITTEN),
    ("parcel to another place", "paid", ORDER.format("address_snapshot = jsonb_set(address_snapshot, '{line1}', '\"X\"')"),
        "order {order}: its address is not the one that its invoice 1 says"),
    # --- times that go backwards, or are yet to come
    ("since another moment", "done", ORDER.format("status_since = status_since - interval '1 day'"),
        "order {order}: is done since another moment than its history says"),
    ("placed after it was paid", "paid", ORDER.format("placed_at = placed_at + interval '1 day'"),
        "order {order}: its history does not begin when it was placed"),
    ("placed in the year 2999", "pending", ORDER.format("placed_at = '2999-01-01'"),
        "order {order}: something of it is yet to come, and is said to have happened"),
    ("step in the year 2999", "paid", HISTORY.format("at = '2999-01-01'", 3),
        "order {order}: something of it is yet to come, and is said to have happened"),
    ("captured before it was placed", "paid", LEDGER.format("at = '2020-01-01'", "captured"),
        ": is dated before its order was placed"),
    ("refunded before it was captured", "returned", LEDGER.format("at = at - interval '1 hour'", "refunded"),
        ": is dated before its order was placed"),
    ("captured in the year 2999", "paid", LEDGER.format("at = '2999-01-01'", "captured"), ": is yet to come"),
    ("invoiced before it was paid", "paid", PAPER.format("issued_at = '2020-01-01'"),
        "invoice 1: is dated before what it tells of"),
    ("invoiced in the year 2999", "paid", PAPER.format("issued_at = '2999-01-01'"), "invoice 1: is yet to come"),
    ("counter dated before its last paper", "paid", "UPDATE orders_invoicecounter SET last_at = '2020-01-01'",
        "invoice 1: is dated after the last one, says the counter"),
    ("asked back before it was captured", "refund", REFUND.format("asked_at = '2020-01-01'"),
        "refund {refund}: was asked for before its money was captured"),
    ("asked back in the year 2999", "refund", REFUND.format("asked_at = '2999-01-01'"),
        "refund {refund}: is yet to be asked for"),
    # --- what never comes due
    ("to be paid until 2999", "pay_required", ORDER.format("pay_by = '2999-01-01'"),
        "order {order}: may be paid for too long"),
    ("payment that is never asked about", "approved", PAYMENT.format("next_attempt_at = NULL"),
        "payment {payment}: " + NEVER),
    ("payment that is asked about in 2999", "approved", PAYMENT.format("next_attempt_at = '2999-01-01'"),
        "payment {payment}: " + FAR),
    ("payment in hand until 2999", "approved", PAYMENT.format("leased_until = '2999-01-01'"), "payment {payment}: " + HANDS),
    ("refund that is never asked for", "refund", REFUND.format("next_attempt_at = NULL"), "refund {refund}: " + NEVER),
    ("refund in hand until 2999", "refund", REFUND.format("leased_until = '2999-01-01'"), "refund {refund}: " + HANDS),
    ("email that is never sent", "pending", MAIL.format("sent_at = NULL, next_attempt_at = NULL"),
        'email "placed" about 1: ' + NEVER),
    ("email that is sent in 2999", "pending", MAIL.format("next_attempt_at = '2999-01-01'"),
        'email "placed" about 1: ' + FAR),
    ("email in hand until 2999", "pending", MAIL.format("leased_until = '2999-01-01'"), 'email "placed" about 1: ' + HANDS),
    ("email from 2999", "pending", MAIL.format("created_at = '2999-01-01'"), 'email "placed" about 1: is yet to come'),
    ("event that is never acted on", "paid", EVENT.format("acted_at = NULL, next_attempt_at = NULL"), NEVER),
    ("event that is acted on in 2999", "paid", EVENT.format("acted_at = NULL, next_attempt_at = '2999-01-01'"), FAR),
    ("event in hand until 2999", "paid", EVENT.format("acted_at = NULL, leased_until = '2999-01-01'"), HANDS),
    ("told nobody for an hour", "paid", HISTORY.format("at = at - interval '2 hours'", 2),
        "order {order}, step 2: has no place in the feed for over an hour"),
]
# fmt: on


class TestTable:
    @table(DAMAGE)
    def test_damage_is_found_and_named(self, shop, statement, words):
        check_damage(shop, statement, words)


def two_orders(status: str):
    """A shop with two orders that hold keys of the same product, and the numbers of both."""
    shop = open_shop(status)
    (first,) = shop.orders.values()
    second = shop.buyer.order_in(first.status, (shop.cups, 2), (shop.keys, 2))
    feed.give_positions()
    assert run() == []
    return shop, first, second


def test_keys_exchanged_between_two_orders(in_the_tests_transaction):
    shop, first, second = two_orders("paid")
    damage(
        """UPDATE orders_allocation a SET line_id = other.line_id FROM
        (SELECT min(a.number_id) AS number_id, o.id FROM orders_allocation a JOIN orders_orderline l ON l.id = a.line_id
            JOIN orders_order o ON o.id = l.order_id WHERE o.id IN (%(first)s, %(second)s) GROUP BY o.id) mine,
        (SELECT l.id AS line_id, l.order_id FROM orders_orderline l WHERE l.sku = 'KEY') other
        WHERE a.number_id = mine.number_id AND other.order_id IN (%(first)s, %(second)s) AND other.order_id <> mine.id""",
        shop,
        first=first,
        second=second,
    )

    assert run() == [
        f"order {one.number}: does not hold the numbers that it was given" for one in (first, second)
    ]


def test_the_numbers_of_two_invoices_exchanged(in_the_tests_transaction):
    shop, first, second = two_orders("paid")
    damage(
        "UPDATE orders_invoice SET number = 3 - number WHERE order_id IN (%(first)s, %(second)s)",
        shop,
        first=first,
        second=second,
    )

    assert {f"order {one.number}, invoice {n}: {WRITTEN}" for one, n in ((first, 2), (second, 1))} <= set(
        run()
    )


def test_an_order_wiped_out_with_all_that_hangs_on_it(in_the_tests_transaction):
    """Its stock put right and its numbers free: the feed and the product still tell."""
    shop, first, second = two_orders("pay_required")
    after = shop.buyer.place((shop.cups, 1))
    feed.give_positions()
    of_lines = "(SELECT id FROM orders_orderline WHERE order_id = %(order)s)"
    damage(
        f"""UPDATE catalog_number SET state = 'free' WHERE id IN
            (SELECT number_id FROM orders_allocation WHERE line_id IN {of_lines});
        DELETE FROM orders_allocation WHERE line_id IN {of_lines};
        UPDATE catalog_product SET stock_quantity = stock_quantity + 2, promised = promised - 2 WHERE sku = 'CUP';
        DELETE FROM catalog_stockmovement WHERE order_id = %(order)s;
        DELETE FROM orders_feedentry WHERE order_id = %(order)s;
        DELETE FROM orders_mail WHERE order_id = %(order)s;
        DELETE FROM orders_statuschange WHERE order_id = %(order)s;
        DELETE FROM orders_orderline WHERE order_id = %(order)s;
        DELETE FROM orders_order WHERE id = %(order)s""",  # noqa: S608 our own names
        shop,
        order=second,
    )

    lines = run()
    assert (
        f"order {after.number}, place 5 of the feed: 2 entries before it are gone, after one of order {first.number}"
        in lines
    )
    assert [line for line in lines if line.startswith("product CUP: movement") and line.endswith(WRITTEN)]
