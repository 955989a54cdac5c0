"""What a customer means with a button of the checkout page. It comes as one field, which is read here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from shop.checkout.draft import begins_address


class Intent(StrEnum):
    PLACE = "place"
    # Knowing that the same was ordered a moment ago.
    PLACE_ONCE_MORE = "place-once-more"
    # The same in a form in which an address was begun: no button says so.
    PLACE_FOR_NEW_ADDRESS = "place-for-new-address"
    # The same page with these choices.
    LOOK = "look"
    # A new preview, for the chosen address.
    PREVIEW = "preview"
    # A new preview without an address, of what is fetched at the shop.
    PICK_UP = "pick-up"
    ADD_ADDRESS = "add-address"
    # A new preview with the billing details that were typed.
    BILL = "bill"
    # As many of a product as there are. Its SKU follows after a colon.
    FIT = "fit"
    # Of a promotion: the one that was typed; the one that follows after a colon.
    APPLY_CODE = "apply-code"
    REMOVE_CODE = "remove-code"
    RESEND_VERIFICATION = "resend-verification"


PLACING = (Intent.PLACE, Intent.PLACE_ONCE_MORE)


class Asked(NamedTuple):
    """What is asked for, and what it is about: a SKU, or a code."""

    intent: Intent
    about: str = ""


# Buttons of pages that were opened before there was one field for all; they can go with the next release.
BEFORE = {
    "add_address": Intent.ADD_ADDRESS,
    "fit": Intent.FIT,
    "look": Intent.LOOK,
    "resend": Intent.RESEND_VERIFICATION,
}


def read(posted: Mapping[str, str], *, otherwise: Intent) -> Asked:
    """What the form asks for; `otherwise` where it does not say, and only to look where that means nothing here."""
    asked = _asked(posted, otherwise)
    if asked.intent in PLACING and begins_address(posted):
        return Asked(Intent.PLACE_FOR_NEW_ADDRESS)
    if asked.intent in PLACING and posted.get("code", "").strip():
        return Asked(Intent.APPLY_CODE)
    return asked


def _asked(posted: Mapping[str, str], otherwise: Intent) -> Asked:
    for name, intent in BEFORE.items():
        if name in posted:
            return Asked(intent, posted[name])
    word, _colon, about = posted.get("intent", otherwise).partition(":")
    try:
        return Asked(Intent(word), about)
    except ValueError:
        return Asked(Intent.LOOK)
