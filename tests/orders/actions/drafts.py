"""Drafts for tests, as staff would have them on the telephone."""

from decimal import Decimal

from accounts.models import Address
from orders.actions.drafts import editing, placing, prices
from orders.actions.drafts.wishes import Wish, WishedLine
from orders.checkout.overrides import Override
from tests.factories import HUE, make_price_table, make_product, make_staff

HUE_ADDRESS = {
    "full_name": "Nguyễn Thị Hoa",
    "phone": "+84 28 3822 0000",
    "line1": "12 Lê Lợi",
    "city": "Huế",
    "region": HUE,
    "postal_code": "530000",
    "country": "VN",
}


def line(product, quantity=1, price=None, reason="agreed on the telephone"):
    given = None if price is None else Decimal(price)
    return WishedLine(product.sku, quantity, given, "" if price is None else reason)


def at(amount, reason="regular customer") -> Override:
    return Override(Decimal(amount), reason)


def wish(*lines, email="new@example.com", **given) -> Wish:
    given = {"full_name": "Hoa", "language": "en", "address": HUE_ADDRESS} | given
    return Wish(email=email, lines=lines, **given)


class Desk:
    """A member of staff who takes orders, in a shop that one price table serves."""

    def __init__(self):
        self.actor = make_staff()
        self.table = make_price_table()
        self.cup = make_product(stock=10, price=Decimal("12.50"))

    def save(self, *lines, **given):
        return editing.save_draft(actor=self.actor, wish=wish(*(lines or (line(self.cup),)), **given))

    def price(self, draft):
        return prices.work_out(draft_id=draft.pk, actor=self.actor).preview

    def place(self, draft, preview=None, actor=None):
        preview = preview or self.price(draft)
        return placing.place_draft(
            draft_id=draft.pk,
            preview_id=preview.id,
            price_table_id=self.table.pk,
            actor=actor or self.actor,
        )


def in_the_book(user, **fields) -> Address:
    return Address.objects.create(user=user, **HUE_ADDRESS | fields)
