"""What does not match, as rows: found once, gone by itself when it is explained, mended as its event would, or looked at."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.errors import InvalidInput, OrderError
from orders.models import Dispute, LedgerEntry, MoneyMismatch, Reconciliation
from orders.payments import keeping
from orders.payments.providers.movements import Movement, MovementKind
from orders.payments.reconciling import comparing
from orders.payments.reconciling.comparing import Explained, Mismatch
from orders.rights import OrderRights
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

State, Wrong = MoneyMismatch.State, MoneyMismatch.Wrong
Key = tuple[str, str, str]


class MismatchClosed(OrderError):
    """Said at the desk alone: somebody else was quicker, or it was explained meanwhile."""

    message = gettext_lazy("This mismatch is not open any more.")


class MismatchNeedsPerson(OrderError):
    """Said at the desk alone."""

    message = gettext_lazy(
        "No program can mend this: look into it at the provider, and close it with a note."
    )


def keep(run: Reconciliation, found: Iterable[Mismatch], *, since: datetime, until: datetime) -> None:
    """Write down what a comparison found of this time, and close what is explained by now.

    What the ledger lacked is explained once the ledger has it, whatever the list says; what the provider lacked, once it is
    in the list of its time. What staff have looked at is not found anew. In the caller's transaction.
    """
    known = MoneyMismatch.objects.filter(variant=run.variant)
    still_open = known.filter(state=State.OPEN).order_by("pk").select_for_update(no_key=True, of=("self",))
    waiting = {_key(row): row for row in still_open}
    looked_at = known.filter(state=State.LOOKED_AT, at__gte=since, at__lt=until)
    seen = {(*_key(row), row.amount) for row in looked_at}
    now = {_key(one): one for one in found}
    for key, row in waiting.items():
        if key not in now and _is_explained(row, since, until):
            _close(row, State.EXPLAINED)
    new = [one for key, one in now.items() if key not in waiting and (*key, one.amount) not in seen]
    MoneyMismatch.objects.bulk_create([_row(run, one) for one in new])


def _is_explained(row: MoneyMismatch, since: datetime, until: datetime) -> bool:
    if row.wrong == Wrong.UNKNOWN_THERE:
        return since <= row.at < until
    return _is_settled(row)


def _key(one: Mismatch | MoneyMismatch) -> Key:
    return str(one.wrong), one.kind, one.reference


def _row(run: Reconciliation, one: Mismatch) -> MoneyMismatch:
    told = {"kind": one.kind, "reference": one.reference, "amount": one.amount, "currency": one.currency}
    return MoneyMismatch(
        found_in=run,
        order=one.order,
        variant=run.variant,
        wrong=one.wrong,
        at=one.at,
        movement=_kept(one.movement),
        told=keeping.written(one.told) if one.told else None,
        **told,
    )


def _kept(movement: Movement | None) -> dict[str, str] | None:
    if movement is None:
        return None
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in asdict(movement).items()
    }


def movement_of(row: MoneyMismatch) -> Movement | None:
    """The provider's movement, as it was kept."""
    if row.movement is None:
        return None
    read: dict[type, Any] = {Decimal: Decimal, datetime: datetime.fromisoformat, MovementKind: MovementKind}
    how = {field.name: read.get(field.type, str) for field in fields(Movement)}  # type: ignore[arg-type]  # it is no text here
    return Movement(**{name: how[name](value) for name, value in row.movement.items()})


def is_mendable(row: MoneyMismatch) -> bool:
    """Whether an event would have told of it, so that the shop knows what to do."""
    return row.state == State.OPEN and row.told is not None


def mend(*, mismatch_id: int, actor: "User") -> MoneyMismatch:
    """Read what the provider has as its event, which does what that event would have done; then look again.

    It stays open, with a remark, where that did not explain it. Raises PermissionDenied, MismatchClosed,
    MismatchNeedsPerson. What the event does is done once, also if this is asked twice, or dies in between.
    """
    row = _use_right(mismatch_id, actor, how="mend")
    if row.told is None:
        raise MismatchNeedsPerson
    remark = ""
    if not _is_settled(row):
        remark = comparing.mend(variant=row.variant, told=keeping.read(row.told))
    is_settled = _is_settled(row)
    with transaction.atomic():
        row = _open(mismatch_id)
        if is_settled:
            _close(row, State.MENDED, actor=actor, note=remark)
        else:
            row.note = remark[:500]
            row.save(update_fields=["note"])
    return row


def _is_settled(row: MoneyMismatch) -> bool:
    """Whether the ledger has by now what the provider had."""
    if movement := movement_of(row):
        return isinstance(comparing.look_up(row.variant, movement), Explained)
    if row.wrong == Wrong.CLOSED_THERE:
        disputes = Dispute.objects.filter(payment__variant=row.variant, reference=row.reference)
        return not disputes.filter(state=Dispute.State.OPEN).exists()
    failed = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.REFUND_FAILED, reference=row.reference)
    return failed.filter(payment__variant=row.variant).exists()


@transaction.atomic
def look_at(*, mismatch_id: int, actor: "User", note: str) -> MoneyMismatch:
    """Close it with a note of what was found out. Raises PermissionDenied, MismatchClosed, InvalidInput without a note."""
    row = _use_right(mismatch_id, actor, how="look", note=note)
    if not note.strip():
        raise InvalidInput({"note": [_("Say what you found out.")]})
    _close(row, State.LOOKED_AT, actor=actor, note=note)
    return row


@transaction.atomic
def _use_right(mismatch_id: int, actor: "User", **details: str) -> MoneyMismatch:
    """The open row, locked as long as the caller's transaction, and that the actor may close it, written down."""
    row = _open(mismatch_id)
    use_right(actor=actor, right=OrderRights.CLOSE_MISMATCH, about=row, **details)
    return row


def _open(mismatch_id: int) -> MoneyMismatch:
    row = MoneyMismatch.objects.select_for_update(no_key=True).get(pk=mismatch_id)
    if row.state != State.OPEN:
        raise MismatchClosed
    return row


def _close(row: MoneyMismatch, state: str, *, actor: "User | None" = None, note: str = "") -> None:
    row.state, row.closed_at, row.closed_by, row.note = state, timezone.now(), actor, note[:500] or row.note
    row.save(update_fields=["state", "closed_at", "closed_by", "note"])
