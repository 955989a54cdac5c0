"""Whether a VAT id holds: by its form alone, or as a service says (VAT_CHECK)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.billing import vies
from orders.billing.vat_ids import country_of


class VatCheck(models.TextChoices):
    """What is known of a VAT id: `well_formed` where nobody is asked, `unanswered` where the service was away."""

    NOT_OF_THE_UNION = "not_eu", _("not of the EU")
    WELL_FORMED = "well_formed", _("written as one")
    IN_USE = "in_use", _("in use")
    NOT_IN_USE = "not_in_use", _("not in use")
    UNANSWERED = "unanswered", _("no answer")


class Checked(NamedTuple):
    state: VatCheck
    # When it was found out, in ISO 8601.
    at: str

    @property
    def holds(self) -> bool:
        """Whether its owner counts as a business of that member state."""
        return self.state in (VatCheck.IN_USE, VatCheck.WELL_FORMED)


# Each says whether an id is in use, or raises Unanswered.
SERVICES: Mapping[str, Callable[[str], bool]] = {"vies": vies.is_in_use}
# Seconds for which an answer holds; that there was none, only so long that a page may be sent again without waiting.
ANSWER_SECONDS, SILENCE_SECONDS = 24 * 60 * 60, 30


def check(vat_id: str) -> Checked:
    """What is known of a well-formed id. An answer of today is not asked for again; it never raises."""
    if not country_of(vat_id):
        return _now(VatCheck.NOT_OF_THE_UNION)
    service = SERVICES.get(settings.VAT_CHECK)
    if service is None:
        return _now(VatCheck.WELL_FORMED)
    if known := _remembered(vat_id):
        return known
    found = _now(_ask(service, vat_id))
    _remember(vat_id, found)
    return found


def _ask(service: Callable[[str], bool], vat_id: str) -> VatCheck:
    try:
        return VatCheck.IN_USE if service(vat_id) else VatCheck.NOT_IN_USE
    except vies.Unanswered:
        return VatCheck.UNANSWERED


def _now(state: VatCheck) -> Checked:
    return Checked(state, timezone.now().isoformat(timespec="seconds"))


def _remembered(vat_id: str) -> Checked | None:
    known = cache.get(_key(vat_id))
    return Checked(VatCheck(known[0]), known[1]) if known else None


def _remember(vat_id: str, found: Checked) -> None:
    """Without a cache the next one asks again."""
    seconds = SILENCE_SECONDS if found.state == VatCheck.UNANSWERED else ANSWER_SECONDS
    cache.set(_key(vat_id), (found.state.value, found.at), timeout=seconds)


def _key(vat_id: str) -> str:
    return f"vat:{vat_id}"
