"""What customers got in writing: the emails of every step, and invoices and credit notes, numbered on without a gap."""

from django.conf import settings

from demo.fill.insertion import insert, run
from orders.emails.queue import EMAIL_AFTER, MAX_ATTEMPTS
from orders.models import Email, EmailKind, Invoice, InvoiceCounter, InvoiceKind

# One email in so many was given up.
LOST_EMAILS = 5000

# What orders/documents/invoices.py writes down; a credit note has every amount times -1, and tells which invoice it was.
SNAPSHOT = """
jsonb_build_object('shop', jsonb_build_object('name', %(name)s::text, 'address', '[]'::jsonb, 'tax_id', %(tax_id)s::text),
    'customer', o.address_snapshot || jsonb_build_object('email', p.email), 'order', o.number, 'currency', o.currency,
    'lines', l.lines, 'items_total', (%(sign)s * o.items_total)::text, 'shipping_method', o.shipping_method,
    'shipping_fee', (%(sign)s * o.shipping_fee)::text, 'total', (%(sign)s * o.total_amount)::text,
    'tax_rate', %(rate)s::text, 'tax',
    round(%(sign)s * (o.total_amount - o.total_amount / (1 + %(rate)s::numeric / 100)), 2)::text,
    'date', to_char(h.at, 'YYYY-MM-DD')) || CASE WHEN %(sign)s > 0 THEN '{}'::jsonb
    ELSE jsonb_build_object('invoice', lpad(i.number::text, 6, '0')) END
"""
LINES = """
SELECT n, jsonb_agg(jsonb_build_object('sku', sku, 'name', name, 'quantity', quantity,
    'unit_price', (%(sign)s * price)::text, 'total', (%(sign)s * total)::text) ORDER BY position) AS lines
FROM fill_lines GROUP BY n
"""


def write() -> None:
    _write_emails()
    # What was inserted a moment ago has no statistics: a nested loop would gather each order's lines anew for every other.
    run("SET LOCAL enable_nestloop = off")
    _issue(InvoiceKind.INVOICE, step="pay", sign=1)
    _issue(InvoiceKind.CREDIT_NOTE, step="return_money", sign=-1)
    run("SET LOCAL enable_nestloop = on")


def _write_emails() -> None:
    kinds = {"": str(EmailKind.PLACED)} | {str(step): str(kind) for step, kind in EMAIL_AFTER.items()}
    insert(
        Email,
        "fill_history h JOIN unnest(%(steps)s::text[], %(kinds)s::text[]) AS k(step, kind) USING (step) "
        "JOIN fill_people p ON p.n = h.customer "
        f"CROSS JOIN LATERAL (SELECT h.n %% {LOST_EMAILS} = 0 AND h.is_last) AS email(lost) ORDER BY h.n, h.sequence",
        {"steps": list(kinds), "kinds": list(kinds.values())},
        order_id="h.order_id",
        kind="k.kind",
        sequence="h.sequence",
        language="h.language",
        to="p.email",
        message_id="concat('<', h.order_id, '-', h.sequence, '@filled.example>')",
        created_at="h.at",
        sent_at="CASE WHEN NOT email.lost THEN h.at END",
        next_attempt_at="NULL::timestamptz",
        given_up_at="CASE WHEN email.lost THEN h.at + interval '3 days' END",
        attempts=f"CASE WHEN email.lost THEN {MAX_ATTEMPTS} ELSE 1 END",
        failure="CASE WHEN email.lost THEN 'ConnectionRefusedError: nobody listens on port 25' ELSE '' END",
    )


def _issue(kind: InvoiceKind, *, step: str, sign: int) -> None:
    given: dict[str, object] = {
        "name": settings.SHOP_NAME,
        "tax_id": settings.SHOP_TAX_ID,
        "rate": str(settings.TAX_RATE),
    }
    given |= {"sign": sign, "step": step, "kind": str(kind), "last": _last_number(kind)}
    insert(
        Invoice,
        f"fill_history h JOIN orders_order o ON o.id = h.order_id JOIN fill_people p ON p.n = h.customer "
        f"JOIN ({LINES}) l ON l.n = h.n "
        "LEFT JOIN orders_invoice i ON i.order_id = o.id AND i.kind = 'invoice' WHERE h.step = %(step)s",
        given,
        order_id="o.id",
        kind="%(kind)s",
        number="%(last)s + row_number() OVER (ORDER BY h.at, h.n)",
        # In a shop that has sold already the numbers go on, and so do their dates.
        issued_at="greatest(h.at, (SELECT max(issued_at) FROM orders_invoice WHERE kind = %(kind)s))",
        language="o.language",
        snapshot=SNAPSHOT,
    )
    run(
        "INSERT INTO orders_invoicecounter (kind, last, last_at) SELECT kind, max(number), max(issued_at) "
        "FROM orders_invoice WHERE kind = %(kind)s GROUP BY kind "
        "ON CONFLICT (kind) DO UPDATE SET last = excluded.last, last_at = excluded.last_at",
        kind=str(kind),
    )


def _last_number(kind: InvoiceKind) -> int:
    counter = InvoiceCounter.objects.select_for_update(no_key=True).filter(kind=kind).first()
    return counter.last if counter else 0
