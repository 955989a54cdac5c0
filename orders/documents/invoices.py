"""Invoices and credit notes: issued once, numbered without a gap, and printed from what they said when issued."""

import logging
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from database import fetch
from database.rows import insert_later
from orders.documents import parts
from orders.documents.snapshot import said_of
from orders.documents.supply import supply_of
from orders.models import Invoice, InvoiceKind, Order, OrderChange

log = logging.getLogger(__name__)
# One statement makes the row, or waits for it, locks it and counts on. A rollback takes the number back, so no gap. Clocks
# of several hosts differ, and go back: a number is never dated before the one that it follows upon.
NEXT_NUMBER = """
    INSERT INTO orders_invoicecounter (kind, first, last, last_at) VALUES (%(kind)s, %(first)s, %(first)s, %(at)s)
    ON CONFLICT (kind) DO UPDATE SET last = orders_invoicecounter.last + 1,
        last_at = greatest(orders_invoicecounter.last_at, excluded.last_at)
    RETURNING last, last_at, (SELECT count(*) FROM orders_invoice WHERE order_id = %(order)s::uuid AND kind = %(kind)s)
"""


@transaction.atomic(savepoint=False)
def issue(*, order: Order, kind: InvoiceKind) -> Invoice | None:
    """Issue the order's invoice, or the credit note that takes its invoice back, in the caller's transaction.

    Call it with the order locked and after every other lock: the counter stays locked until the transaction ends.
    An order without an invoice (paid before there were any) gets no credit note: None. Changes whose money is back get
    theirs before the one of the rest.
    """
    if kind == InvoiceKind.INVOICE:
        return _write(order, kind, said_of(order))
    invoice = order.invoices.filter(kind=InvoiceKind.INVOICE).first()
    if invoice is None:
        return None
    for change in order.changes.paid_back():
        credit_change(change=change)
    earlier = [note.snapshot for note in _standing(order) if "change" in note.snapshot]
    return _write(order, kind, parts.rest(_taken_back(invoice), earlier))


def credit_change(*, change: OrderChange) -> Invoice | None:
    """Issue the credit note of a change, once its money is back: what it took from the order. Called like `issue`.

    None without an invoice, without money, or where one stands already.
    """
    order = change.order
    invoice = order.invoices.filter(kind=InvoiceKind.INVOICE).first()
    if invoice is None or not change.amount or _of_change(change):
        return None
    says = parts.of_change(invoice.snapshot, change) | {str(invoice.kind): invoice.code}
    return _write(order, InvoiceKind.CREDIT_NOTE, says)


def reverse_change(*, change: OrderChange) -> Invoice | None:
    """Take the credit note of a change back, since its refund has failed; None if none stands. Called like `issue`."""
    credit = _of_change(change)
    return _write(change.order, InvoiceKind.REVERSAL, _taken_back(credit)) if credit else None


def _of_change(change: OrderChange) -> Invoice | None:
    """The credit note of a change that stands."""
    notes = (note for note in _standing(change.order) if note.snapshot.get("change") == str(change.pk))
    return next(notes, None)


def _standing(order: Order) -> list[Invoice]:
    """The order's credit notes that were not reversed: of each change, and of the rest, the newest at most."""
    papers = order.invoices.exclude(kind=InvoiceKind.INVOICE).order_by("pk")
    standing: dict[str, Invoice] = {}
    for paper in papers:
        about = paper.snapshot.get("change", "")
        if paper.kind == InvoiceKind.CREDIT_NOTE:
            standing[about] = paper
        else:
            standing.pop(about, None)
    return list(standing.values())


def reverse_credit(*, order: Order) -> Invoice | None:
    """Take the order's credit note back, since its refund has failed; None if none stands. Called like `issue`."""
    credit = next((note for note in _standing(order) if "change" not in note.snapshot), None)
    return _write(order, InvoiceKind.REVERSAL, _taken_back(credit)) if credit else None


def credit_again(*, order: Order) -> Invoice | None:
    """Another credit note for an order whose last one was reversed; None for every other. Called like `issue`."""
    reversed_ones = order.invoices.filter(kind=InvoiceKind.REVERSAL, snapshot__change__isnull=True)
    if any("change" not in note.snapshot for note in _standing(order)) or not reversed_ones.exists():
        return None
    return issue(order=order, kind=InvoiceKind.CREDIT_NOTE)


def _write(order: Order, kind: InvoiceKind, says: dict[str, Any]) -> Invoice:
    number, at, earlier = _next_number(order, kind)
    if earlier:
        says["nth"] = earlier + 1
    if prefix := settings.INVOICE_PREFIXES.get(kind.value, ""):
        says["prefix"] = prefix
    says["date"] = timezone.localdate(at).isoformat()
    if kind == InvoiceKind.INVOICE:
        says |= supply_of(order, date=says["date"])
    invoice = Invoice(
        order=order,
        kind=kind,
        number=number,
        issued_at=at,
        language=order.language,
        snapshot=says,
    )
    insert_later(invoice)
    return invoice


def pdf(invoice: Invoice) -> bytes:
    """The invoice on A4, from its snapshot alone and in the order's language; the same bytes each time.

    Where there is an e-invoice it is in the PDF (Factur-X, ZUGFeRD). Raises LettersNotPrintable, which names the letters
    that no font has, rather than leave a gap.
    """
    # Imported here: its library takes half a second to load, for which only printing should wait.
    from orders.documents.invoice_pdf import draw

    made = einvoice(invoice)
    if made is None:
        return draw(invoice)
    from orders.documents.drawing.pdf import Inside
    from orders.documents.einvoice import NAME_IN_PDF, metadata

    return draw(invoice, Inside(NAME_IN_PDF, made, metadata(invoice)))


def einvoice(invoice: Invoice) -> bytes | None:
    """The same for programs (EN 16931), where the shop makes it and the paper says all that the norm asks for.

    One that can't be made is logged: its email and its page go without.
    """
    if not has_einvoice(invoice):
        return None
    # Imported here, as above.
    from orders.documents.einvoice import EInvoiceNotMade, xml

    try:
        return xml(invoice)
    except EInvoiceNotMade:
        log.exception("There is no e-invoice")
        return None


def has_einvoice(invoice: Invoice) -> bool:
    """Whether there is one."""
    shop = invoice.snapshot["shop"]
    says_all = "taxes" in invoice.snapshot and shop.get("country") and shop["tax_id"]
    return settings.E_INVOICE and bool(says_all) and _adds_up(invoice.snapshot)


def _adds_up(says: dict[str, Any]) -> bool:
    """Whether lines and shipping are all that it charges at each rate, as the norm wants it."""
    sums: dict[Decimal, Decimal] = {}
    shipping = (says.get("shipping_tax_rate", "0"), says["shipping_fee"])
    for rate, amount in [*((line.get("tax_rate", "0"), line["total"]) for line in says["lines"]), shipping]:
        sums[Decimal(rate)] = sums.get(Decimal(rate), Decimal(0)) + Decimal(amount)
    charged = {Decimal(one["rate"]): Decimal(one["gross"]) for one in says["taxes"]}
    return {rate: amount for rate, amount in sums.items() if amount} == charged


def _next_number(order: Order, kind: InvoiceKind) -> tuple[int, datetime, int]:
    """The next number of the series, the moment that it is dated, and how many of the kind the order has already."""
    first = settings.INVOICE_FIRST_NUMBERS.get(kind.value, 1)
    given = {"kind": kind.value, "first": first, "at": timezone.now(), "order": order.pk}
    ((number, at, earlier),) = fetch(NEXT_NUMBER, given)
    return int(number), at, int(earlier)


def _taken_back(paper: Invoice) -> dict[str, Any]:
    """What takes a paper back: all that it said, with every amount's other sign, and which invoice or credit note it was."""
    return parts.turned(paper.snapshot) | {str(paper.kind): paper.code}
