"""What a customer gives as billing details, and what an order keeps of it (`billing_snapshot`)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Address
from orders.billing.checking import Checked, VatCheck, check
from orders.billing.vat_ids import country_of, normalized
from orders.errors import InvalidInput

WHERE = ("line1", "line2", "city", "region", "postal_code", "country")
PLACE = ("full_name", *WHERE)
FIELDS = ("company", "vat_id", *PLACE)
MAX_COMPANY, MAX_VAT_ID = 150, 40


@dataclass(frozen=True)
class Billing:
    """To whom an order is billed. `vat_check` and its time are empty without a VAT id."""

    company: str
    vat_id: str
    vat_check: str
    vat_checked_at: str
    full_name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str

    @property
    def vat_country(self) -> str:
        """The member state whose VAT id was shown and holds; empty without one."""
        holds = bool(self.vat_id) and Checked(VatCheck(self.vat_check), "").holds
        return country_of(self.vat_id) if holds else ""

    def snapshot(self) -> dict[str, str]:
        return asdict(self)


def read(given: Mapping[str, str], *, delivery: Address | None) -> Billing | None:
    """Billing details as they were typed; None where nothing was. Without an address it is the delivery's.

    Raises InvalidInput with every wrong field, each as `billing.<name>`. A VAT id may be looked up with a service, which
    takes VAT_CHECK_SECONDS at most: call it in no transaction.
    """
    typed = {name: str(given.get(name) or "").strip() for name in FIELDS}
    if not any(typed.values()):
        return None
    errors = _too_long(typed)
    place = _place(typed, delivery, errors)
    vat_id = _vat_id(typed["vat_id"], place["country"], errors)
    if typed["vat_id"] and not typed["company"]:
        errors.setdefault("billing.company", []).append(
            _("Enter the name of the company that has this VAT id.")
        )
    checked = check(vat_id) if vat_id and not errors else None
    if checked and checked.state == VatCheck.NOT_IN_USE:
        errors["billing.vat_id"] = [
            _("This VAT id is not in use, as its member state says. Check it, or leave it out.")
        ]
    if errors:
        raise InvalidInput(errors)
    known = (checked.state.value, checked.at) if checked else ("", "")
    return Billing(typed["company"], vat_id, *known, **place)


def _too_long(typed: Mapping[str, str]) -> dict[str, list[str]]:
    most = {"company": MAX_COMPANY, "vat_id": MAX_VAT_ID}
    too_long = (name for name, limit in most.items() if len(typed[name]) > limit)
    return {
        f"billing.{name}": [_("Longer than %(most)s characters.") % {"most": most[name]}] for name in too_long
    }


def _place(
    typed: Mapping[str, str], delivery: Address | None, errors: dict[str, list[str]]
) -> dict[str, str]:
    """The billing address, held against the rules of its country as an address of the customer's is."""
    if not any(typed[name] for name in WHERE) and delivery is not None and delivery.country:
        return {name: getattr(delivery, name) for name in PLACE} | (
            {"full_name": typed["full_name"]} if typed["full_name"] else {}
        )
    name = typed["full_name"] or typed["company"] or (delivery.full_name if delivery else "")
    address = Address(**{name: typed[name] for name in PLACE} | {"full_name": name})
    checks: tuple[Callable[[], None], ...] = (
        lambda: address.clean_fields(exclude=["user", "phone"]),
        address.clean,
    )
    for look in checks:
        try:
            look()
        except ValidationError as error:
            for field, messages in error.message_dict.items():
                if field in PLACE and f"billing.{field}" not in errors:
                    errors[f"billing.{field}"] = messages
    return {name: getattr(address, name) for name in PLACE}


def _vat_id(typed: str, country: str, errors: dict[str, list[str]]) -> str:
    if not typed or "billing.vat_id" in errors:
        return ""
    vat_id = normalized(typed, country=country)
    if vat_id is None:
        errors["billing.vat_id"] = [
            _("That is no VAT id. It begins with the letters of its country, such as DE136695976.")
        ]
    return vat_id or ""
