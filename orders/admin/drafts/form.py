"""The form of an order that staff take. Whatever button is pressed, what was typed comes back: it needs no scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.contact import countries, places
from accounts.models import Address, User
from orders.actions.drafts.wishes import Wish, WishedLine
from orders.billing.given import FIELDS as BILLING
from orders.checkout.overrides import Override
from orders.errors import InvalidInput
from orders.models import OrderDraft
from orders.models.draft import MAX_REASON

LEAST_ROWS, MORE_ROWS = 3, 1
DIGITS = 9
COLUMNS = ("sku", "quantity", "price", "reason")


@dataclass
class Row:
    """A line as it was typed."""

    sku: str = ""
    quantity: str = "1"
    price: str = ""
    reason: str = ""
    name: str = ""
    errors: list[str] = field(default_factory=list)


def _text(label: Any, most: int, **attrs: str) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget)


class DraftForm(forms.Form):
    """All but the lines; the rules say what is wrong when it is saved, and when it is priced."""

    email = _text(gettext_lazy("Email of the customer"), 254, inputmode="email")
    full_name = _text(gettext_lazy("Name"), 150)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the emails"),
        choices=settings.LANGUAGES,
        widget=UnfoldAdminSelectWidget,
    )
    codes = _text(gettext_lazy("Promotion codes"), 200)
    shipping_fee = _text(gettext_lazy("Another fee for shipping"), 20, inputmode="decimal")
    shipping_reason = _text(gettext_lazy("Reason for that fee"), MAX_REASON)
    note = forms.CharField(
        label=gettext_lazy("Note, which the customer sees"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, typed: Mapping[str, Any], *, is_checked: bool = False) -> None:
        """What was typed, or what a draft holds; what is wrong with it is only said where it is saved."""
        super().__init__(typed if is_checked else None, initial=dict(typed))
        for room, names in (("address", Address.FIELDS), ("billing", BILLING)):
            for name in names:
                self.fields[f"{room}-{name}"] = _place_field(name, typed.get(f"{room}-country", ""))

    def room(self, room: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(f"{room}-")]

    @property
    def delivery(self) -> list[forms.BoundField]:
        return self.room("address")

    @property
    def billed(self) -> list[forms.BoundField]:
        return self.room("billing")

    @property
    def bills_elsewhere(self) -> bool:
        return any(one.value() or one.errors for one in self.billed)


def _place_field(name: str, country: str) -> forms.Field:
    if name == "country":
        return _choice(_("Country"), countries.names())
    regions = places.rules_of(country).regions if country else {}
    if name == "region" and regions:
        return _choice(_("region or state"), regions)
    if name in ("company", "vat_id"):
        return _text({"company": _("company"), "vat_id": _("VAT ID")}[name], 150)
    of_model: Any = Address._meta.get_field(name)
    return _text(of_model.verbose_name, of_model.max_length)


def _choice(label: str, choices: Mapping[str, str]) -> forms.ChoiceField:
    """None of them is one too; what no choice is, the rules of the country say."""
    offered = [("", "–"), *choices.items()]
    return forms.ChoiceField(label=label, choices=offered, required=False, widget=UnfoldAdminSelectWidget)


class Typed:
    """What a request or a draft has of the form: its fields, and the rows of lines."""

    def __init__(self, fields: Mapping[str, Any], rows: list[Row]) -> None:
        self.fields, self.rows = dict(fields), rows
        self.form = DraftForm(self.fields)
        self.errors: list[str] = []

    @classmethod
    def blank(cls) -> "Typed":
        language = translation.get_language() or settings.LANGUAGE_CODE
        return cls({"language": language, "address-country": settings.SHOP_COUNTRY}, [])

    @classmethod
    def posted(cls, data: QueryDict) -> "Typed":
        columns = [data.getlist(name) for name in COLUMNS]
        rows = [Row(*(text.strip() for text in texts)) for texts in zip(*columns, strict=False)]
        fields = {name: data.get(name, "") for name in data if name not in COLUMNS}
        return cls(fields, [row for row in rows if row.sku])

    @classmethod
    def of(cls, draft: OrderDraft) -> "Typed":
        fields: dict[str, Any] = {
            "email": draft.customer.email if draft.customer else draft.email,
            "full_name": draft.full_name,
            "language": draft.language,
            "codes": draft.codes,
            "shipping_fee": "" if draft.shipping_fee is None else str(draft.shipping_fee),
            "shipping_reason": draft.shipping_reason,
            "note": draft.note,
        }
        for room, given in (("address", draft.address), ("billing", draft.billing)):
            fields |= {f"{room}-{name}": text for name, text in given.items()}
        rows = [
            Row(
                line.product.sku,
                str(line.quantity),
                "" if line.price is None else str(line.price),
                line.reason,
                line.product.local_name,
            )
            for line in draft.lines.all()
        ]
        return cls(fields, rows)

    @property
    def shown_rows(self) -> list[Row]:
        """One more than there are, for the next product."""
        return [*self.rows, *(Row() for _ in range(max(MORE_ROWS, LEAST_ROWS - len(self.rows))))]

    @property
    def has_prices(self) -> bool:
        return bool(self.fields.get("shipping_fee")) or any(row.price for row in self.rows)

    def change(self, **fields: str) -> None:
        self.fields |= fields
        self.form = DraftForm(self.fields)

    def take_customer(self, user: User) -> None:
        """Their address goes in where none was typed."""
        self.change(
            email=user.email, full_name=user.full_name, language=user.language or self.fields["language"]
        )
        home = user.addresses.filter(is_default=True).first()
        if home and not any(self.fields.get(f"address-{name}") for name in ("line1", "city", "full_name")):
            self.take_address(home)

    def take_address(self, address: Address) -> None:
        self.change(**{f"address-{name}": getattr(address, name) for name in Address.FIELDS})

    def add(self, sku: str) -> None:
        """One piece more."""
        for row in self.rows:
            if row.sku == sku:
                row.quantity = str(_whole(row.quantity) + 1)
                return
        self.rows.append(Row(sku))

    def wish(self) -> Wish:
        """What it asks for. What is no number is refused by the rules, as a quantity of 0 or a price that is none."""
        given = {name: str(self.fields.get(name) or "") for name in self.form.fields}
        fee, reason = given["shipping_fee"].strip(), given["shipping_reason"]
        lines = [
            WishedLine(row.sku, _whole(row.quantity), _money(row.price) if row.price else None, row.reason)
            for row in self.rows
        ]
        return Wish(
            email=given["email"],
            full_name=given["full_name"],
            language=given["language"],
            codes=given["codes"],
            note=given["note"],
            lines=lines,
            address={name: given[f"address-{name}"] for name in Address.FIELDS},
            billing={name: given[f"billing-{name}"] for name in BILLING},
            shipping=Override(_money(fee), reason) if fee else None,
        )

    def tell(self, refused: InvalidInput) -> None:
        """Put each sentence beside its field: `items.0.sku` is the first row."""
        self.form = DraftForm(self.fields, is_checked=True)
        for where, sentences in refused.errors.items():
            first, _dot, rest = where.partition(".")
            number = rest.partition(".")[0]
            if first == "items" and number.isdecimal() and int(number) < len(self.rows):
                self.rows[int(number)].errors += sentences
            elif (name := where.replace(".", "-")) in self.form.fields:
                self.form.add_error(name, sentences)
            elif first == "codes":
                self.form.add_error("codes", sentences)
            else:
                self.errors += sentences


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 0


def _money(text: str) -> Decimal:
    """An amount as people type it; what is none is not a number, which is refused with the right words."""
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return Decimal("NaN")
