"""Rows for tests, each made through the door that the shop itself uses where there is one."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import count
from uuid import NAMESPACE_OID, uuid5

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test.utils import override_settings
from django.utils import timezone
from PIL import Image

from accounts.addresses import save_address
from accounts.models import Address, User
from catalog import inventory
from catalog.models import Category, Inventory, OptionValue, Product, ProductGroup, ProductImage, TaxClass
from orders.actions import cancellation, refund_requests
from orders.actions.changes import change_requests, returns
from orders.actions.changes.changes import Wish, apply_change, preview_change
from orders.actions.money import gift_cards, giving
from orders.actions.money.giving import issue_card
from orders.actions.money.payment import start_payment
from orders.actions.parcels import send_parcel, tell_ready
from orders.actions.steps import take_step
from orders.checkout.placement.placement import place_order
from orders.checkout.preview import Preview
from orders.checkout.previews import create_preview
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.parcels import Parcel
from orders.models import (
    ChangeRequest,
    Courier,
    GiftCard,
    Order,
    OrderChange,
    PriceBand,
    PriceTable,
    Promotion,
    PromotionKind,
    ProviderEvent,
    Refund,
    RefundRequest,
    TaxRate,
    Zone,
    ZonePlace,
)
from orders.payments import refunds
from orders.payments.made_at_provider import note_failed
from orders.payments.providers.base import Notification, NotificationKind
from orders.payments.recording import record_capture
from orders.status import OrderStatus, Reason, Step

PASSWORD = "correct horse battery"
# Pieces of each size of `shirts`.
SHIRTS = 9
HUE = "Thừa Thiên–Huế"
_serial = count(1)


@cache
def _hashed() -> str:
    """Hashing is slow on purpose; once is enough."""
    return make_password(PASSWORD)


def unique(prefix: str) -> str:
    return f"{prefix}-{next(_serial)}"


def make_user(*, verified: bool = True, **fields) -> User:
    """A user who can sign in with PASSWORD."""
    email = fields.pop("email", f"{unique('user')}@example.com")
    user = User.objects.create(email=email, password=_hashed(), **fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


def make_staff() -> User:
    """An owner: a member of staff who may do everything."""
    return staff_of("Owner")


def staff_of(*groups: str) -> User:
    """A member of staff in these groups; in none, they can sign in and nothing else."""
    user = make_user(is_staff=True)
    user.groups.add(*(Group.objects.get(name=name.capitalize()) for name in groups))
    return user


def make_address(user: User, **fields) -> Address:
    """A saved address; it names a region where some region of the country has a price of its own."""
    return save_address(_address(user, **fields))


def _address(user: User, *, country: str = "VN", region: str | None = None) -> Address:
    if region is None:
        priced = ZonePlace.objects.filter(country=country).exclude(region="").exists()
        region = HUE if priced and country == "VN" else ""
    return Address(
        user=user,
        full_name="Nguyễn Thị Hoa",
        phone="+84 28 3822 0000",
        line1="12 Lê Lợi",
        city="Huế",
        region=region,
        postal_code="530000",
        country=country,
    )


# Django's get_or_create takes a savepoint for who makes the same at once: here that would be an error.
def _things() -> Category:
    return Category.objects.filter(slug="things").first() or Category.objects.create(
        slug="things", name="Things"
    )


def _courier(name: str) -> Courier:
    return Courier.objects.filter(name=name).first() or Courier.objects.create(name=name)


def make_product(*, stock: int = 0, **fields) -> Product:
    """A counted product with that many pieces received."""
    sku = fields.pop("sku", unique("SKU"))
    category = fields.pop("category", None) or _things()
    given = {
        "name": f"Product {sku}",
        "price": Decimal("12.50"),
        "weight_g": 300,
        "slug": sku.lower(),
    } | fields
    product = Product.objects.create(category=category, sku=sku, **given)
    if stock:
        inventory.receive(product_id=product.pk, quantity=stock, actor=None)
    return product


def make_group(
    name: str = "T-shirt", *, slug: str = "", category: Category | None = None, **given
) -> ProductGroup:
    """A product with options: `Size=["M", "L"]` is an option with its values; what else is given are fields."""
    options = {key: given.pop(key) for key in list(given) if isinstance(given[key], list)}
    category = category or _things()
    named = {f"option_{at}": option for at, option in enumerate(options, start=1)}
    slug = slug or unique("group")
    group = ProductGroup.objects.create(name=name, slug=slug, category=category, **named, **given)
    for at, values in enumerate(options.values(), start=1):
        for position, value in enumerate(values):
            OptionValue.objects.create(group=group, option=at, name=value, position=position)
    return group


def make_variant(group: ProductGroup, *values: str, **fields) -> Product:
    """A variant with these values, in the order of its group's options; other fields as of make_product."""
    by_name = {value.name: value for value in group.values.all()}
    placed = {f"value_{at}": by_name[value] for at, value in enumerate(values, start=1)}
    variant = make_product(group=group, **placed, **fields)
    variant.refresh_from_db()
    return variant


def shirts() -> list[Product]:
    """Two sizes of one product, at the same price: SHIRT-M and SHIRT-L."""
    known = list(Product.objects.filter(sku__in=["SHIRT-M", "SHIRT-L"]).order_by("pk"))
    if known:
        return known
    group = make_group("Shirt", Size=["M", "L"])
    return [
        make_variant(group, size, sku=f"SHIRT-{size}", stock=SHIRTS, price=Decimal(10)) for size in ("M", "L")
    ]


def shirts_again() -> list[Product]:
    """The same in a shop that tests share: what others have bought is there again."""
    known = shirts()
    for shirt in known:
        if shirt.stock_quantity < SHIRTS:
            inventory.receive(product_id=shirt.pk, quantity=SHIRTS - shirt.stock_quantity, actor=None)
    return known


def make_numbered(*, numbers: int = 0, **fields) -> Product:
    """A numbered product with that many free numbers."""
    product = make_product(inventory=Inventory.NUMBERED, **fields)
    inventory.add_numbers(
        product_id=product.pk,
        values=[f"{product.sku}/{n:03}" for n in range(1, numbers + 1)],
        actor=None,
    )
    return product


@cache
def picture_bytes(width: int = 8, height: int = 8, form: str = "PNG", **options) -> bytes:
    """A file with a plain picture in it."""
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, form, **options)
    return file.getvalue()


def make_picture(product: Product, *, position: int = 0, **fields) -> ProductImage:
    """A picture of the product, in both sizes."""
    file = ContentFile(picture_bytes(), name=f"{position}.png")
    return ProductImage.objects.create(product=product, image=file, position=position, **fields)


def make_price_table(*, country: str = "VN", fee: str = "4.00", **fields) -> PriceTable:
    """A price table that serves one country up to 10 tonnes."""
    place = ZonePlace.objects.filter(country=country, region="").first()
    if place is None:
        zone = Zone.objects.create(name=unique(country))
        place = ZonePlace.objects.create(zone=zone, country=country, region="")
    courier = _courier("Swift Post")
    table = PriceTable.objects.create(courier=courier, service=unique("Standard"), **fields)
    PriceBand.objects.create(price_table=table, zone_id=place.zone_id, up_to_g=10_000_000, fee=Decimal(fee))
    return table


def make_pickup(*, fee: str = "0.00", **fields) -> PriceTable:
    """A place where customers fetch what they ordered."""
    given = {"pickup_address": "1 Main Street", "pickup_hours": "Mon to Fri, 9 to 18"}
    courier = _courier("Our shop")
    return PriceTable.objects.create(
        **{"courier": courier, "service": unique("Pickup"), "is_pickup": True, "pickup_fee": Decimal(fee)}
        | {"min_days": 0, "max_days": 1}
        | given
        | fields
    )


def make_tax_class(percent: str | None = None, *, country: str = "", **fields) -> TaxClass:
    """A class with that rate everywhere, or in one country; without a rate if none is given."""
    made = TaxClass.objects.create(**{"name": unique("Class")} | fields)
    if percent is not None:
        add_rate(made, percent, country=country)
    return made


def standard_class() -> TaxClass:
    """The one that is there from the beginning; a test that committed before may have taken it away."""
    return TaxClass.objects.get_or_create(is_standard=True, defaults={"name": "Standard"})[0]


def add_rate(tax_class: TaxClass, percent: str, *, country: str = "", **fields) -> TaxRate:
    given = {"starts": date(2020, 1, 1)} | fields
    return TaxRate.objects.create(tax_class=tax_class, percent=Decimal(percent), country=country, **given)


def make_promotion(percent: str | None = "10", **fields) -> Promotion:
    """So many percent off all that is bought, unless it is of another kind."""
    given = {"name": unique("Promotion")} | fields
    if "kind" not in given:
        given |= {"kind": PromotionKind.PERCENT, "percent": Decimal(percent)}
    products, categories = given.pop("products", ()), given.pop("categories", ())
    made = Promotion.objects.create(**given)
    made.products.set(products)
    made.categories.set(categories)
    return made


class Buyer:
    """A verified customer with an address that one price table serves."""

    def __init__(self, **fields):
        self.user = make_user(**fields)
        # What make_address comes to for a customer of whom nobody knows yet: there are thousands of them.
        self.address = _address(self.user)
        self.address.is_default = True
        self.address.save()
        carried = PriceTable.objects.filter(is_active=True, is_pickup=False, no_parcel=False)
        self.table = carried.first() or make_price_table()

    def preview(self, *items: tuple[Product, int], codes: Sequence[str] = ()) -> Preview:
        return self.preview_of(*((product.sku, quantity) for product, quantity in items), codes=codes)

    def preview_of(self, *items: tuple[str, int], codes: Sequence[str] = ()) -> Preview:
        """As SKUs are typed."""
        return create_preview(customer=self.user, items=list(items), address_id=self.address.pk, codes=codes)

    def place(self, *items: tuple[Product, int], codes: Sequence[str] = ()) -> Order:
        return self.place_preview(self.preview(*items, codes=codes))

    def place_preview(self, preview: Preview) -> Order:
        placed = place_order(
            preview_id=preview.id,
            customer=self.user,
            price_table_id=self.table.pk,
            note="",
        )
        return placed.order

    def order_in(self, status: OrderStatus, *items: tuple[Product, int]) -> Order:
        """An order that went along the diagram to a status."""
        order = self.place(*(items or [(make_product(stock=50), 1)]))
        if status == OrderStatus.NOT_CONFIRMED and order.lines.filter(inventory=Inventory.COUNTED).exists():
            raise ValueError("only an order for numbers that aren't free ends as not confirmed")
        for act in _WAY[status]:
            act(order)
        order = Order.objects.get(pk=order.pk)
        assert order.status == status
        return order


def confirm(order: Order) -> None:
    confirm_order(order_id=order.pk)


def pay(order: Order) -> None:
    started = start_payment(order_id=order.pk, actor=order.customer)
    capture(started.payment)


def transfer(order: Order) -> None:
    """The customer chooses to pay by bank transfer."""
    start_payment(order_id=order.pk, actor=order.customer, variant="transfer")


def capture(payment, amount=None, reference: str = "") -> None:
    """The provider captured the payment's money (or another amount)."""
    amount, reference = amount or payment.total, reference or f"charge {payment.token}"
    record_capture(payment_id=payment.pk, amount=amount, reference=reference)
    tell(payment, NotificationKind.CAPTURED, amount=amount, reference=reference)


def tell(payment, kind: NotificationKind, *, reference: str, **says) -> ProviderEvent:
    """The event of something that the provider has told, and that was acted on."""
    event_id = f"evt_{uuid5(NAMESPACE_OID, kind + reference).hex}"
    told = Notification(event_id, kind, payment.token, reference=reference, **says)
    return ProviderEvent.objects.get_or_create(
        variant=payment.variant,
        event_id=told.event_id,
        defaults={
            "notification": {name: str(value) for name, value in asdict(told).items() if value is not None},
            "body": "{}",
            "acted_at": timezone.now(),
            "next_attempt_at": None,
        },
    )[0]


def pay_late(order: Order) -> None:
    """Money for an order whose payment is not in progress (any more)."""
    capture(order.payments.create(variant="demo", total=order.total_amount, currency=order.currency))


def pay_twice(order: Order) -> None:
    payment = order.payments.get()
    capture(payment, reference=f"again {payment.token}")


def pay_too_little(order: Order) -> None:
    capture(
        order.payments.create(variant="demo", total=order.total_amount, currency=order.currency),
        amount=Decimal("0.01"),
    )


def refuse_refund(order: Order) -> Refund:
    """The provider refuses to return the order's money."""
    return refunds.note_refused(refund_id=Refund.objects.get(payment__order=order).pk, why="card closed")


def return_money(order: Order) -> None:
    """Do what the workers do for an order's refunds."""
    for refund in Refund.objects.filter(payment__order=order):
        refunds.work_on(refund_id=refund.pk)


def fail_refund(order: Order) -> None:
    """The order's refund was made, and the provider says later that it failed."""
    return_money(order)
    refund = Refund.objects.get(payment__order=order)
    note_failed(
        payment_id=refund.payment_id, reference=refund.answer, key=refund.key, why="the account is closed"
    )


def return_after_all(order: Order) -> None:
    """It is tried anew, and done."""
    fail_refund(order)
    refunds.retry(refund_id=Refund.objects.get(payment__order=order).pk, actor=make_staff())
    return_money(order)


def tell_it_is_ready(order: Order) -> None:
    """Its customer is told that it can be picked up."""
    tell_ready(order_id=order.pk, actor=make_staff())


def ship_a_piece(order: Order) -> None:
    """A parcel leaves, and more is to come."""
    line = order.lines.order_by("position").first()
    send_parcel(order_id=order.pk, actor=make_staff(), parcel=Parcel({line.pk: 1}))


def complete(order: Order) -> None:
    take_step(order_id=order.pk, step=Step.COMPLETE, actor=make_staff())


def ask_refund(order: Order) -> None:
    cancellation.ask_refund(order_id=order.pk, actor=order.customer, reason=Reason.CUSTOMER_WISH)


def change(
    order: Order, kind: str, pieces: dict[str, int] | None = None, *, actor=None, **wish
) -> OrderChange:
    """Staff preview a change and apply it; `amount` and `shipping` as they are typed."""
    actor = actor or make_staff()
    for name in {"amount", "shipping"} & wish.keys():
        wish[name] = Decimal(wish[name])
    wanted = Wish(kind=OrderChange.Kind(kind), quantities=pieces or {}, **{"note": "broken"} | wish)
    shown = preview_change(order_id=order.pk, actor=actor, wish=wanted)
    return apply_change(
        order_id=order.pk, actor=actor, change_id=shown.id, based_on=shown.based_on, wish=wanted
    )


def ask_for_a_return(order: Order) -> ChangeRequest:
    pieces = {line.pk: 1 for line in order.lines.all()}
    kind = ChangeRequest.Kind.RETURN
    return change_requests.ask(
        order_id=order.pk, actor=order.customer, kind=kind, quantities=pieces, note="Chật quá."
    )


def expect_a_return(order: Order) -> None:
    """Staff ask for the goods, with an address of a label."""
    asked = ask_for_a_return(order)
    url = "https://courier.example/label"
    with override_settings(SHOP_RETURN_ADDRESS="5 Phố Huế\nHà Nội"):
        returns.expect_goods(request_id=asked.pk, actor=make_staff(), note="Gói kỹ nhé.", label_url=url)


def decline_a_return(order: Order) -> None:
    change_requests.decline(request_id=ask_for_a_return(order).pk, actor=make_staff(), note="Đã dùng rồi.")


def decline_refund(order: Order) -> None:
    """The customer asked for it, and staff said no."""
    asked = RefundRequest.objects.create(order=order, asked_by=order.customer)
    refund_requests.decline(request_id=asked.pk, actor=make_staff(), note="Đã dùng rồi.")


def cancel(order: Order) -> None:
    cancellation.cancel_order(order_id=order.pk, actor=order.customer, reason=Reason.CUSTOMER_WISH)


_WAY = {
    OrderStatus.PENDING: [],
    OrderStatus.NOT_CONFIRMED: [confirm],
    OrderStatus.PAY_REQUIRED: [confirm],
    OrderStatus.PAID: [confirm, pay],
    OrderStatus.DONE: [confirm, pay, complete],
    OrderStatus.REFUND: [confirm, pay, ask_refund],
    OrderStatus.CANCELED: [confirm, cancel],
}


def make_gift_card(amount: str = "50", *, code: str = "") -> GiftCard:
    """A card that nobody has bought, with so much on it."""
    return issue_card(amount=Decimal(amount), note="for a test", actor=None, code=code)


def make_gift_product(price: str = "50", **fields) -> Product:
    """A product whose pieces are gift cards."""
    given = {"stock": 500, "needs_parcel": False, "weight_g": 0, "is_gift_card": True} | fields
    return make_product(price=Decimal(price), **given)


def give_credit(user: User, amount: str) -> GiftCard:
    """Store credit of a customer."""
    return giving.give_credit(email=user.email, amount=Decimal(amount), note="sorry", actor=None).card


def redeem(order: Order, card: GiftCard) -> Order:
    """The order's customer types the code, or uses the credit."""
    return gift_cards.redeem(
        order_id=order.pk, actor=order.customer, code=card.code, store_credit=card.is_credit
    )
