"""Whether customers get the money for a product back by themselves."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RefundPolicy(models.TextChoices):
    """What happens when a customer wants the money back for something that is paid and not done. From the kindest on."""

    IMMEDIATE = "immediate", pgettext_lazy("refund", "At once")
    ON_REQUEST = "on_request", pgettext_lazy("refund", "On request")
    NONE = "none", _("No refund")


class AskReason(models.TextChoices):
    """Why a refund has to be asked for."""

    SOLD_SO = "sold_so", _("Something in the order is sold so.")
    CODES_SEEN = "codes_seen", _("Its customer has seen a code.")
    PACKED = "packed", _("Its parcel is packed.")
    BEGUN = "begun", _("Something in it has begun.")


def strictest(policies: Iterable[str]) -> RefundPolicy:
    """The one that holds for all of them together."""
    given = {RefundPolicy(policy) for policy in policies}
    return max(given, key=list(RefundPolicy).index, default=RefundPolicy.IMMEDIATE)
