"""Changes that cost more: a dearer shirt, and a farther place."""

from decimal import Decimal

from accounts.models import Address
from catalog.models import OptionValue, Product
from orders.actions.changes.details import Details, change_details, preview_details
from orders.actions.changes.exchange_preview import Swap, preview_exchange
from orders.actions.changes.exchanges import make_exchange
from orders.models import Order, PriceBand, PriceTable, WaitingChange, Zone, ZonePlace
from tests.factories import make_product, shirts

FAR = {
    "full_name": "Lan Krause",
    "phone": "+49 30 901820",
    "line1": "Hauptstraße 1",
    "line2": "",
    "city": "Berlin",
    "region": "",
    "postal_code": "10115",
    "country": "DE",
}


def dear_shirt() -> Product:
    """SHIRT-XL, which costs 12.34 where the others cost 10.00; made once."""
    if known := Product.objects.filter(sku="SHIRT-XL").first():
        return known
    group = shirts()[0].group
    value = OptionValue.objects.create(group=group, option=1, name="XL", position=9)
    given = {"stock": 9, "sku": "SHIRT-XL", "price": Decimal("12.34")}
    return make_product(group=group, value_1=value, **given)


def far_away(fee: str = "9.50", **tables) -> dict[str, str]:
    """An address in a country to which all tables (or these) send for so much."""
    zone, is_new = Zone.objects.get_or_create(name="Far")
    if is_new:
        ZonePlace.objects.create(zone=zone, country="DE", region="")
    for table in PriceTable.objects.filter(is_pickup=False, no_parcel=False, **tables):
        given = {"price_table": table, "zone": zone, "up_to_g": 10_000_000}
        PriceBand.objects.update_or_create(**given, defaults={"fee": Decimal(fee)})
    return FAR


def swap_of(quantity: int = 1, **wish) -> Swap:
    return Swap(sku="SHIRT-M", to="SHIRT-XL", quantity=quantity, **{"note": "Too small", "pay": True} | wish)


def exchange_dearly(order: Order, staff, quantity: int = 1, **wish) -> WaitingChange:
    """Staff agree that pieces are exchanged for dearer ones, once the customer has paid the difference."""
    swap = swap_of(quantity, **wish)
    shown = preview_exchange(order_id=order.pk, actor=staff, swap=swap)
    given = {"change_id": shown.id, "based_on": shown.based_on, "swap": swap}
    made = make_exchange(order_id=order.pk, actor=staff, **given)
    assert make_exchange(order_id=order.pk, actor=staff, **given) == made
    assert isinstance(made, WaitingChange)
    return made


def redirect_dearly(order: Order, actor, address: dict[str, str], **wish) -> WaitingChange:
    """Somebody has an order sent farther, once what that costs more is paid."""
    wanted = Details(address={name: address[name] for name in Address.FIELDS}, **{"pay": True} | wish)
    shown = preview_details(order_id=order.pk, actor=actor, wish=wanted)
    given = {"change_id": shown.id, "based_on": shown.based_on, "wish": wanted}
    made = change_details(order_id=order.pk, actor=actor, **given)
    assert change_details(order_id=order.pk, actor=actor, **given) == made
    assert isinstance(made, WaitingChange)
    return made
