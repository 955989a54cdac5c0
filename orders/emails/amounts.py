"""The money that a mail tells of, as the order's refunds and its ledger have it."""

from decimal import Decimal

from django.db.models import QuerySet, Sum

from orders.models import LedgerEntry, Mail, MailKind, Order, Refund


def moved_money(mail: Mail, order: Order) -> tuple[Decimal | None, str]:
    """How much a mail tells of, in the order's currency, and why it went back; None if it tells of no money."""
    refunds = Refund.objects.filter(payment__order=order)
    if mail.kind == MailKind.LATE_MONEY_RETURNED:
        refund = refunds.get(pk=mail.sequence)
        return refund.amount, refund.cause
    if mail.kind == MailKind.REFUNDED_LATER:
        return refunds.get(pk=mail.sequence).amount, ""
    if mail.kind == MailKind.REFUND_FAILED:
        return order.ledger.get(pk=mail.sequence).amount, ""
    going = refunds.filter(cause=Refund.Cause.ORDER)
    if mail.kind == MailKind.REFUND:
        # Each capture once, however many attempts it takes to return it, and what is left of it then.
        last = going.order_by("capture_id", "-attempt").distinct("capture_id")
        return sum((one.amount for one in last), Decimal(0)) or _made_at_provider(order, going), ""
    if mail.kind == MailKind.REFUNDED:
        return _made_at_provider(order, going) + _sum(going.filter(state=Refund.State.DONE)), ""
    return None, ""


def _made_at_provider(order: Order, going: QuerySet[Refund]) -> Decimal:
    """What somebody returned by hand at the provider of the money that was for the order."""
    late = Refund.objects.filter(payment__order=order).exclude(capture__in=going.values("capture"))
    made = order.ledger.filter(kind=LedgerEntry.Kind.REFUNDED, capture__isnull=False)
    return _sum(made.exclude(capture__in=late.values("capture")))


def _sum(rows: QuerySet[LedgerEntry] | QuerySet[Refund]) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
