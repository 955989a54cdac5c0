"""Which order an amount on a statement pays: by the reference in it and its amount, or by the word of staff.

An entry is kept once, whatever statement tells it again. What is booked is booked as money that staff have noted
(orders/payments/by_hand.py), under the entry's own name.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.documents.transfer import numbers_in
from orders.errors import InvalidInput, OrderError
from orders.lifecycle.locking import OrderNotFound, lock_order
from orders.models import TRANSFER, BankEntry, LedgerEntry, Order
from orders.payments.bank import statements
from orders.payments.by_hand import note_received
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from orders.payments.bank.statements import Credit

Why = BankEntry.Why
# What the ledger calls money of an entry.
REFERENCE = "bank {}"
MAX_SUGGESTED = 5


class EntryDecided(OrderError):
    code = "entry_decided"
    status = 409
    title = gettext_lazy("Already decided")
    message = gettext_lazy("This amount was matched or set aside meanwhile.")
    advice = gettext_lazy("Another member of staff has decided about this entry.")


@dataclass(frozen=True)
class Read:
    """What came, or would come, of a statement: its new entries, and how many were known."""

    entries: list[BankEntry]
    known: int


def read_statement(*, actor: "User", content: bytes, check: bool = False) -> Read:
    """Keep what a statement tells, and book what pays an order. To `check` is the same, and leaves nothing behind.

    Each entry is kept and booked in a transaction of its own, so what a crash leaves out the same file brings again. Raises
    PermissionDenied, BadStatement.
    """
    require(actor=actor, right=OrderRights.READ_STATEMENTS)
    credits_ = statements.read(content)
    if check:
        with transaction.atomic():
            found = _read(credits_, actor)
            transaction.set_rollback(True)
        return found
    return _read(credits_, actor)


def _read(credits_: "Iterable[Credit]", actor: "User") -> Read:
    entries, known = [], 0
    for credit in credits_:
        entry = _keep(credit, actor)
        if entry is None:
            known += 1
        else:
            entries.append(entry)
    return Read(entries, known)


@transaction.atomic
def _keep(credit: "Credit", actor: "User") -> BankEntry | None:
    """The entry, booked if it pays an order; None if it was there before."""
    said = {
        "booked_on": credit.booked_on,
        "amount": credit.amount,
        "currency": credit.currency,
        "text": credit.text,
        "payer": credit.payer,
        "payer_account": credit.payer_account,
        "actor": actor,
    }
    entry, is_new = BankEntry.objects.get_or_create(entry_id=credit.entry_id, defaults=said)
    if not is_new:
        return None
    use_right(actor=actor, right=OrderRights.READ_STATEMENTS, about=entry, amount=str(credit.amount))
    order = _order_of(entry)
    if order is not None:
        _pay(entry, lock_order(order.pk), actor)
    return entry


def _order_of(entry: BankEntry) -> Order | None:
    """The one order whose reference it gives; where there is none, the entry says why."""
    numbers = numbers_in(entry.text)
    orders = list(Order.objects.filter(number__in=numbers)[:2]) if numbers else []
    if len(orders) == 1:
        return orders[0]
    _leave(entry, Why.SEVERAL if orders else Why.NO_REFERENCE)
    return None


def _pay(entry: BankEntry, order: Order, actor: "User") -> None:
    """Book it, alone or with what came before and was too little; or leave it, and say why."""
    entry.order = order
    if entry.currency != order.currency:
        _leave(entry, Why.CURRENCY)
    elif order.status == OrderStatus.PENDING:
        _leave(entry, Why.PENDING)
    elif _was_noted(entry, order):
        _leave(entry, Why.NOTED)
    else:
        _book(entry, order, actor)


def _was_noted(entry: BankEntry, order: Order) -> bool:
    """Whether staff have noted money of this order by hand, and this is the first that a statement tells of it."""
    noted = LedgerEntry.objects.filter(
        order=order, kind=LedgerEntry.Kind.CAPTURED, payment__variant=TRANSFER
    ).exclude(reference__startswith=REFERENCE.format(""))
    return noted.exists() and not BankEntry.objects.filter(order=order).exclude(pk=entry.pk).exists()


def _book(entry: BankEntry, order: Order, actor: "User") -> None:
    waiting = BankEntry.objects.filter(order=order, state=BankEntry.State.OPEN, why=Why.SHORT)
    short = list(waiting.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    total = entry.amount + sum((one.amount for one in short), Decimal(0))
    if order.status == OrderStatus.PAY_REQUIRED and total < order.amount_due:
        _leave(entry, Why.SHORT)
        return
    together = order.status == OrderStatus.PAY_REQUIRED and entry.amount < order.amount_due
    note_received(
        order_id=order.pk,
        actor=actor,
        variant=TRANSFER,
        amount=total if together else entry.amount,
        reference=REFERENCE.format(entry.pk),
        note=entry.payer,
    )
    _match(entry, order, actor)
    for one in short if together else ():
        _match(one, order, actor)


def _match(entry: BankEntry, order: Order, actor: "User", note: str = "") -> None:
    entry.order = order
    _end(entry, BankEntry.State.MATCHED, actor, note)


def _leave(entry: BankEntry, why: "Why") -> None:
    entry.why = why
    entry.save(update_fields=["why", "order"])


def _end(entry: BankEntry, state: BankEntry.State, actor: "User", note: str) -> None:
    entry.state, entry.why, entry.note = state, Why.NONE, note
    entry.decided_by, entry.decided_at = actor, timezone.now()
    entry.save(update_fields=["state", "why", "note", "order", "decided_by", "decided_at"])


# --- what staff decide ---------------------------------------------------------------------------------------------


@transaction.atomic
def match_by_hand(*, entry_id: int, actor: "User", number: int) -> BankEntry:
    """Book an open amount for the order with this number, whatever its text says.

    Raises PermissionDenied, OrderNotFound, EntryDecided, InvalidInput for another currency, PaidTooLittle.
    """
    order = Order.objects.visible_to(actor).filter(number=number).first()
    if order is None:
        raise OrderNotFound
    order = lock_order(order.pk)
    entry = _open(entry_id, actor, order=str(number))
    if entry.currency != order.currency:
        raise InvalidInput({"number": [_("The order is in another currency.")]})
    note_received(
        order_id=order.pk,
        actor=actor,
        variant=TRANSFER,
        amount=entry.amount,
        reference=REFERENCE.format(entry.pk),
        note=entry.payer,
    )
    _match(entry, order, actor)
    return entry


@transaction.atomic
def set_aside(*, entry_id: int, actor: "User", note: str) -> BankEntry:
    """An open amount that pays no order, or that staff have noted before.

    Raises PermissionDenied, EntryDecided, InvalidInput.
    """
    entry = _open(entry_id, actor, note=note)
    if not note.strip():
        raise InvalidInput({"note": [_("Write down what it is.")]})
    _end(entry, BankEntry.State.SET_ASIDE, actor, note.strip()[:500])
    return entry


def _open(entry_id: int, actor: "User", **details: str) -> BankEntry:
    entry = BankEntry.objects.select_for_update(no_key=True, of=("self",)).get(pk=entry_id)
    use_right(actor=actor, right=OrderRights.READ_STATEMENTS, about=entry, **details)
    if entry.state != BankEntry.State.OPEN:
        raise EntryDecided
    return entry


def suggested(entry: BankEntry) -> QuerySet[Order]:
    """Orders that an open amount may pay: the one that it names, and those that wait for just that much."""
    waiting = Order.objects.filter(
        status=OrderStatus.PAY_REQUIRED,
        total_amount=F("card_amount") + F("exchange_amount") + entry.amount,
        currency=entry.currency,
    )
    return waiting.order_by("-placed_at")[:MAX_SUGGESTED]
