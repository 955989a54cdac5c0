"""The checkout page of one request: the cart, what was typed and the preview, each read once, and what it shows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from accounts.addresses import addresses_of
from accounts.models import Address, User
from accounts.requests import SignedIn
from catalog.shelf import lines as on_sale
from database.rows import find_one
from orders.checkout.preview import Preview
from orders.checkout.previews import PreviewExpired, get_preview
from orders.errors import OrderError
from orders.models import Order, TaxReason
from orders.shipping import rates
from shop.cart import Cart, most_of
from shop.cart_stores import cart_of
from shop.checkout.draft import NEW_ADDRESS, Draft, begins_address
from shop.context import told
from shop.forms.account import AddressForm
from shop.forms.billing import BillingForm
from shop.responses import see_other

OWN = "WHERE id = %s AND customer_id = %s"


@dataclass
class Checkout:
    """What a request of checkout is about. `preview_id` names the preview on its page, where there is one."""

    request: SignedIn
    preview_id: UUID | None

    @property
    def user(self) -> User:
        return self.request.user

    @property
    def cart(self) -> Cart:
        return cart_of(self.request)

    @cached_property
    def draft(self) -> Draft:
        """What is typed. A link may choose the address, and nothing else."""
        linked = {name: self.request.GET[name] for name in ("address",) if name in self.request.GET}
        return Draft(self.request.session, self.request.POST or linked)

    @cached_property
    def preview(self) -> Preview | None:
        """The preview; None where there is none, or none any more. Raises ServiceUnavailable."""
        if self.preview_id is None:
            return None
        try:
            return get_preview(preview_id=self.preview_id, customer_id=self.user.pk)
        except PreviewExpired:
            return None

    @cached_property
    def order(self) -> Order | None:
        """The order that the preview has become."""
        if self.preview_id is None:
            return None
        return find_one(Order, OWN, [self.preview_id, self.user.pk])

    @cached_property
    def addresses(self) -> list[Address]:
        return addresses_of(self.user.pk)

    @property
    def address_id(self) -> int | None:
        """The address that was chosen, now or before; else the customer's default."""
        chosen = self.draft.address_id
        return next((address.pk for address in self.addresses), None) if chosen is None else chosen

    @cached_property
    def may_be_fetched(self) -> bool:
        """Whether the shop has a place where it can be fetched; who does needs no address."""
        if self.preview:
            return any(option.is_pickup for option in self.preview.shipping_options)
        return self.needs_parcel and rates.may_be_fetched()

    @cached_property
    def needs_parcel(self) -> bool:
        """Whether anything of the preview, or of the cart where there is none, is sent as a parcel."""
        return self.preview.needs_parcel if self.preview else self.cart_needs_parcel

    @property
    def cart_needs_parcel(self) -> bool:
        """Whether anything that is in the cart now is sent as a parcel."""
        return any(line.product.needs_parcel for line in self.cart.lines())

    def typed_address(self) -> AddressForm:
        """The address that was typed and not saved yet."""
        return AddressForm(self.request.POST, prefix=NEW_ADDRESS)

    def same_address(self, form: AddressForm) -> Address | None:
        """The address if the customer has it already: a form that was sent twice adds it once."""
        return self.user.addresses.filter(
            **{name: getattr(form.instance, name) for name in Address.FIELDS}
        ).first()

    def tell_changes(self) -> bool:
        """Say which prices changed since they were last shown. Whether there is anything to order."""
        lines = told.lines_on_sale(self.request)
        told.prices_changed(self.request, lines)
        self.cart.remember(lines)
        return bool(lines)

    # --- answers: what was typed is kept -------------------------------------------------------------------------

    def lead_to(self, name: str, *args: object) -> HttpResponse:
        """On to another page, on the way to an order."""
        self.draft.keep()
        return see_other(name, *args)

    def show(
        self,
        *,
        problem: OrderError | None = None,
        address_form: AddressForm | None = None,
        billing_errors: Mapping[str, list[str]] | None = None,
    ) -> HttpResponse:
        """The page: with a preview or without one, with what was typed, and with what went wrong."""
        self.draft.keep()
        context = {
            "preview": self.preview,
            "needs_parcel": self.needs_parcel,
            "may_be_fetched": self.may_be_fetched,
            "addresses": self.addresses,
            "address_form": address_form or self._address_form(),
            "begun": begins_address(self.draft.typed),
            "billing_form": BillingForm(self.draft.billing, billing_errors),
            "typed": self.draft.typed,
            "problem": problem,
            "verified": self.user.is_verified,
            **(self._choices(self.preview) if self.preview else {}),
            **self._blamed(problem),
        }
        return render(self.request, "shop/checkout.html", context)

    def _address_form(self) -> AddressForm:
        begun, is_first = self.draft.new_address, not self.addresses
        if is_first and settings.SHOP_COUNTRY:
            begun = {"country": settings.SHOP_COUNTRY, **begun}
        # Who fetches an order has a preview without an address: browsers would not let the order go without one.
        is_required = is_first and self.preview is None
        return AddressForm(prefix=NEW_ADDRESS, initial=begun, use_required_attribute=is_required)

    def _choices(self, preview: Preview) -> dict[str, object]:
        """Shipping options with the total that each makes, and which one is chosen."""
        options = [(option, preview.total(option)) for option in preview.shipping_options]
        wanted = self.draft.typed.get("price_table_id")
        fitting = (one for one in options if str(one[0].price_table_id) == wanted)
        quoted = {line.sku: line.quantity for line in preview.lines}
        chosen = next(fitting, options[0] if options else None)
        shown = preview.chosen(chosen[0]) if chosen else preview
        return {
            "shown": shown,
            "options": options,
            "chosen": chosen,
            "taxes": [
                (option.price_table_id, preview.breakdown(option).taxes)
                for option in preview.shipping_options
            ],
            "tax_reason": TaxReason(shown.tax_reason).label if shown.tax_reason else "",
            "lines": self._lines(shown),
            "cart_changed": quoted != self.cart.quantities,
        }

    def _lines(self, preview: Preview) -> list[dict[str, object]]:
        """The preview's lines with their pictures, and how many are left where that is too few."""
        products = on_sale.by_id([line.product_id for line in preview.lines])
        lines: list[dict[str, object]] = []
        for line in preview.lines:
            product = products.get(line.product_id)
            left = most_of(product) if product else 0
            lines.append({"quoted": line, "product": product, "left": left, "is_short": left < line.quantity})
        return lines

    def _blamed(self, problem: OrderError | None) -> dict[str, object]:
        """The product that a refusal is about, by sku and by name."""
        sku = problem.members.get("product") if problem else None
        lines = self.preview.lines if self.preview else ()
        names = (line.name for line in lines if line.sku == sku)
        return {"blamed": next(names, sku), "blamed_sku": sku}
