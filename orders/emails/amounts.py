"""The money that an email tells of, as the order's refunds and its ledger have it."""

from decimal import Decimal

from django.db.models import QuerySet, Sum

from orders.models import Email, EmailKind, GiftCardEntry, LedgerEntry, Order, OrderChange, Refund

# What nearly every order's customer hears: of no money that went back.
TELLING_OF_NONE = (EmailKind.PLACED, EmailKind.PAY_REQUIRED, EmailKind.PAID)


def moved_money(email: Email, order: Order) -> tuple[Decimal | None, str]:
    """How much an email tells of, in the order's currency, and why it went back; None if it tells of no money."""
    if email.kind in TELLING_OF_NONE:
        return None, ""
    refunds = Refund.objects.filter(payment__order=order)
    if email.kind == EmailKind.LATE_MONEY_RETURNED:
        refund = refunds.get(pk=email.sequence)
        return refund.amount, refund.cause
    if email.kind in (EmailKind.REFUNDED_LATER, EmailKind.CHANGE_REFUNDED):
        return refunds.get(pk=email.sequence).amount, ""
    if email.kind == EmailKind.CHANGED:
        return order.changes.get(sequence=email.sequence).amount, ""
    if email.kind == EmailKind.REFUND_FAILED:
        return order.ledger.get(pk=email.sequence).amount, ""
    going = refunds.filter(cause=Refund.Cause.ORDER)
    if email.kind == EmailKind.REFUND:
        # Each capture once, however many attempts it takes to return it, and what is left of it then.
        last = going.order_by("capture_id", "-attempt").distinct("capture_id")
        return sum((one.amount for one in last), Decimal(0)) or _made_at_provider(order, going), ""
    if email.kind == EmailKind.REFUNDED:
        return _made_at_provider(order, going) + _sum(going.filter(state=Refund.State.DONE)), ""
    return None, ""


def credited(email: Email, order: Order) -> Decimal:
    """How much of what an email says goes back is store credit of the customer."""
    if email.kind in TELLING_OF_NONE:
        return Decimal(0)
    refunds = Refund.objects.filter(payment__order=order)
    whole = refunds.filter(cause=Refund.Cause.ORDER)
    if email.kind == EmailKind.CHANGED:
        # One that left nothing of the order has its money go back as the order's.
        refunds = refunds.filter(change__sequence=email.sequence) or whole
    elif email.kind == EmailKind.CHANGE_REFUNDED:
        refunds = refunds.filter(pk=email.sequence)
    elif email.kind in (EmailKind.REFUND, EmailKind.REFUNDED):
        refunds = whole
    else:
        return Decimal(0)
    given = GiftCardEntry.objects.filter(refund__in=refunds, kind=GiftCardEntry.Kind.GIVEN)
    return given.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _made_at_provider(order: Order, going: QuerySet[Refund]) -> Decimal:
    """The order's money that was returned by hand at the provider."""
    others = Refund.objects.filter(payment__order=order).exclude(cause=Refund.Cause.CHANGE)
    late = others.exclude(capture__in=going.values("capture"))
    # What was returned of an order that went on was told of then.
    told = OrderChange.objects.filter(order=order, returned__isnull=False).values("returned")
    made = order.ledger.exclude(pk__in=told).filter(kind=LedgerEntry.Kind.REFUNDED, capture__isnull=False)
    return _sum(made.exclude(capture__in=late.values("capture")))


def _sum(rows: QuerySet[LedgerEntry] | QuerySet[Refund]) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
