"""What a mismatch means, in the words of the desk's reader, and what mending does about it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import MoneyMismatch
from orders.payments.providers.movements import MovementKind as Moved

Wrong = MoneyMismatch.Wrong
# What the provider has, and the ledger has not.
_ONLY_THERE = {
    Moved.CAPTURED: gettext_lazy(
        "The provider has taken this money, and no event told the shop. Mending reads it as that event: an order that "
        "waits for it is paid, and money that can't pay its order any more goes back by itself."
    ),
    Moved.REFUNDED: gettext_lazy(
        "This money went back at the provider, and no event told the shop. Mending notes it as made at the provider: "
        "a paid order of whose money nothing is left is canceled, any other stays as it is."
    ),
    Moved.REFUND_FAILED: gettext_lazy(
        "A refund came back to the account, and no event told the shop. Mending takes it back in the ledger, and the "
        "customer is told; staff then try anew or settle it."
    ),
    Moved.DISPUTED: gettext_lazy(
        "The provider holds this money back for a dispute, and no event told the shop. Mending opens the dispute here."
    ),
    Moved.DISPUTE_RETURNED: gettext_lazy(
        "The provider gave the money of a dispute back, and no event told the shop. Mending notes that it is won."
    ),
}


def explanation(row: MoneyMismatch) -> str:
    """What it means, and what can be done."""
    if row.wrong == Wrong.OTHER_AMOUNT:
        return _(
            "The ledger and the provider both have it, with different amounts. Compare the order with the payment at the "
            "provider; no program can say which is right."
        )
    if row.wrong == Wrong.CLOSED_THERE:
        return _(
            "The provider has decided this dispute, and no event told the shop. Mending notes how it ended, as the event "
            "would have."
        )
    if row.wrong == Wrong.UNKNOWN_THERE and row.told:
        return _(
            "The ledger has this refund, and the provider says that it failed. Mending takes it back in the ledger, and the "
            "customer is told; staff then try anew or settle it."
        )
    if row.wrong == Wrong.UNKNOWN_THERE:
        return _(
            "The ledger has it, and it is not in the provider's list. It may be listed later; then this vanishes by "
            "itself. If it stays, no money moved at the provider: do not send the order before that is clear."
        )
    return str(_ONLY_THERE[Moved(row.kind)])
