"""What a customer typed at checkout, kept in the session until the order is placed."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from accounts.models import Address
from orders.pricing.promotions import normalised
from shop.forms.billing import PREFIX as BILLING
from shop.forms.billing import TYPED as BILLING_FIELDS

KEY = "checkout"
# The fields of an address that is not saved yet begin with this.
NEW_ADDRESS = "new"
ADDRESS_FIELDS = {f"{NEW_ADDRESS}-{name}": 200 for name in Address.FIELDS}
# Chosen instead of an address: fetched at the shop.
PICKUP = "pickup"
# Longer than what is taken, so that too long a note can be shortened rather than typed anew.
FIELDS = {
    "note": 4000,
    "code": 100,
    "price_table_id": 20,
    "address": 20,
    **ADDRESS_FIELDS,
    **BILLING_FIELDS,
}


class Draft:
    """What was typed before, and what comes with this request; the session has it once it is kept."""

    def __init__(self, session: SessionBase, posted: Mapping[str, str]):
        self._session = session
        now = {name: posted[name][:most] for name, most in FIELDS.items() if name in posted}
        self.typed: dict[str, str] = {**session.get(KEY, {}), **now}

    @property
    def address_id(self) -> int | None:
        """The address that was chosen."""
        chosen = self.typed.get("address", "")
        return int(chosen) if chosen.isdecimal() else None

    @property
    def is_pickup(self) -> bool:
        """Whether it is to be fetched, without an address."""
        return self.typed.get("address") == PICKUP

    def choose_pickup(self) -> None:
        self.typed["address"] = PICKUP

    def choose(self, address_id: int | None) -> None:
        """Choose an address, or none."""
        self.typed["address"] = str(address_id or "")

    @property
    def new_address(self) -> dict[str, str]:
        """The address that was begun, by the names of an address's fields."""
        names = {name: f"{NEW_ADDRESS}-{name}" for name in Address.FIELDS}
        return {name: self.typed[key] for name, key in names.items() if self.typed.get(key)}

    @property
    def billing(self) -> dict[str, str]:
        """The billing details that were typed, by the names that the orders know them by; empty ones are left out."""
        typed = {name: self.typed.get(name, "").strip() for name in BILLING_FIELDS}
        return {name.removeprefix(f"{BILLING}-"): value for name, value in typed.items() if value}

    def forget_address(self) -> None:
        """The address is saved."""
        self.typed = {name: value for name, value in self.typed.items() if name not in ADDRESS_FIELDS}

    @property
    def codes(self) -> list[str]:
        """The codes of promotions that the order is to have, with the one that was typed just now."""
        given = (
            normalised(code) for code in [*self.typed.get("codes", "").split(), self.typed.get("code", "")]
        )
        return list(dict.fromkeys(filter(None, given)))

    def keep_codes(self, codes: Iterable[str]) -> None:
        """It is to have these codes; none is typed any more."""
        self.typed |= {"codes": " ".join(codes), "code": ""}

    def keep(self) -> None:
        """Remember what was typed."""
        if self.typed != self._session.get(KEY, {}):
            self._session[KEY] = self.typed


def begins_address(typed: Mapping[str, str]) -> bool:
    """Whether an address was begun. The shop's own country alone is none: the form begins with it."""
    given = {name: text for name in ADDRESS_FIELDS if (text := typed.get(name, "").strip())}
    return bool(given) and given != {f"{NEW_ADDRESS}-country": settings.SHOP_COUNTRY}


def forget(session: SessionBase) -> None:
    """The order is placed."""
    session.pop(KEY, None)
