"""Invoices and credit notes: issued once, numbered without a gap, and printed from what they said when issued."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from catalog.money import rounded
from orders.models import Invoice, InvoiceKind, Order

# One statement makes the row, or waits for it, locks it and counts on. A rollback takes the number back, so no gap.
NEXT_NUMBER = """
    INSERT INTO orders_invoicecounter (kind, last) VALUES (%s, 1)
    ON CONFLICT (kind) DO UPDATE SET last = orders_invoicecounter.last + 1
    RETURNING last
"""


@transaction.atomic(savepoint=False)
def issue(*, order: Order, kind: InvoiceKind) -> Invoice | None:
    """Issue the order's invoice, or the credit note that takes its invoice back, in the caller's transaction.

    Call it with the order locked and after every other lock: the counter stays locked until the transaction ends.
    An order without an invoice (paid before there were any) gets no credit note: None.
    """
    at = timezone.now()
    if kind == InvoiceKind.INVOICE:
        says = _of_order(order)
    elif invoice := order.invoices.filter(kind=InvoiceKind.INVOICE).first():
        says = _taken_back(invoice)
    else:
        return None
    says["date"] = timezone.localdate(at).isoformat()
    return Invoice.objects.create(
        order=order,
        kind=kind,
        number=_next_number(kind),
        issued_at=at,
        language=order.language,
        snapshot=says,
    )


def pdf(invoice: Invoice) -> bytes:
    """The invoice on A4, from its snapshot alone and in the order's language; the same bytes each time."""
    # Imported here: its library takes half a second to load, for which only printing should wait.
    from orders.documents.invoice_pdf import draw

    return draw(invoice)


def tax_in(gross: Decimal, *, percent: Decimal, currency: str) -> Decimal:
    """The tax that an amount includes."""
    return rounded(gross - gross / (1 + percent / 100), currency)


def _next_number(kind: InvoiceKind) -> int:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [kind.value])
        return int(cursor.fetchone()[0])


def _of_order(order: Order) -> dict[str, Any]:
    """What an invoice says. Amounts are strings: JSON's numbers are not exact."""

    def amount(value: Decimal) -> str:
        return str(rounded(value, order.currency))

    tax = tax_in(order.total_amount, percent=settings.TAX_RATE, currency=order.currency)
    return {
        "shop": {
            "name": settings.SHOP_NAME,
            "address": [line.strip() for line in settings.SHOP_ADDRESS.splitlines() if line.strip()],
            "tax_id": settings.SHOP_TAX_ID,
        },
        "customer": {**order.address_snapshot, "email": order.customer.email},
        "order": order.number,
        "currency": order.currency,
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": amount(line.unit_price),
                "total": amount(line.line_total),
            }
            for line in order.lines.all()
        ],
        "items_total": amount(order.items_total),
        "shipping_method": order.shipping_method,
        "shipping_fee": amount(order.shipping_fee),
        "total": amount(order.total_amount),
        "tax_rate": str(settings.TAX_RATE),
        "tax": str(tax),
    }


def _taken_back(invoice: Invoice) -> dict[str, Any]:
    """What a credit note says: all that the invoice said, with every amount negative, and which invoice it was."""
    says: dict[str, Any] = deepcopy(invoice.snapshot)
    for part, name in [
        *((line, name) for line in says["lines"] for name in ("unit_price", "total")),
        *((says, name) for name in ("items_total", "shipping_fee", "total", "tax")),
    ]:
        # Adding nothing turns -0 into 0.
        part[name] = str(-Decimal(part[name]) + 0)
    return says | {"invoice": invoice.code}
