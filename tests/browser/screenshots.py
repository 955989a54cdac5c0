"""Not a test: `make screenshots` makes the README's pictures with it, in a demo shop of its own.

With `PICTURES="gift-card by-card"` it makes these alone.
"""

import os
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from accounts.models import User
from bulk import imports
from catalog.models import Product
from demo import fill as filling
from demo.people import CUSTOMER, STAFF
from orders.actions.money.gift_cards import redeem
from orders.actions.money.giving import issue_card
from orders.checkout.placement.placement import place_order
from orders.checkout.previews import create_preview
from orders.models import Order
from orders.status import OrderStatus
from shop.cart_stores import StoredCart
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.states import cookie_of
from tests.factories import complete, pay

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
COLOURS = 128
# A name, the address, and what has to be seen before the picture is taken.
VISITOR = [
    ("home", "/", ".grid img"),
    ("list", "/products/?q=ca", ".grid img"),
    ("product", "/products/ca-phe-da-lat/", ".gallery"),
    ("variants", "/products/cotton-t-shirt/", ".options"),
    ("gift-card", "/products/gift-card-25/", ".gallery"),
    ("sign-in", "/accounts/login/", "form"),
]
CUSTOMERS = [
    ("cart", "/cart/", "#to-checkout"),
    ("checkout", "/checkout/", "#place-order"),
    ("order", "/orders/{order}/", "[data-number]"),
    ("by-card", "/orders/{by_card}/", "#step-pay"),
    ("orders", "/orders/", ".card"),
]
# The staff's desk, with a year of made-up orders behind it.
DESK = [
    ("desk", "/admin/", "svg"),
    ("desk-order", "/admin/orders/order/{order}/change/", ".order-page"),
    ("desk-product", "/admin/catalog/product/{product}/change/", "input[name=sku]"),
    ("desk-import", "/admin/bulk/importjob/{table}/change/", "tr.bad"),
    ("desk-cost", "/admin/orders/pricetable/cost/?sku=CT-DALAT-250&quantity=3&country=VN", ".answer"),
]
WANTED = os.environ.get("PICTURES", "").split()
STOCK = """sku,counted,received,reason
CT-DALAT-250,,48,spring delivery
CT-ROBUSTA-500,12,,counted
CT-DALAT-250,60,,
"""


def product(**wanted) -> Product:
    return Product.objects.filter(**wanted).order_by("pk").first()


def bought(user: User, *items: Product) -> Order:
    wanted = [(item.sku, 1) for item in items]
    preview = create_preview(customer=user, items=wanted, address_id=user.addresses.order_by("pk").first().pk)
    return place_order(
        preview_id=preview.id,
        customer=user,
        price_table_id=preview.shipping_options[0].price_table_id,
        note="",
    ).order


def wait_for(order: Order, status: OrderStatus, page: Page) -> None:
    while Order.objects.get(pk=order.pk).status != status:
        page.wait_for_timeout(200)


def keep(page: Page, name: str) -> None:
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def take(page: Page, places, **fill) -> None:
    for name, address, seen in [place for place in places if not WANTED or place[0] in WANTED]:
        for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            page.set_viewport_size(viewport)
            page.goto(address.format(**fill))
            page.wait_for_selector(seen)
            page.wait_for_load_state("networkidle")
            keep(page, f"{name}-{size}")


def test_pictures_are_taken(browser, shop):
    FOLDER.mkdir(parents=True, exist_ok=True)
    user = User.objects.get(email=CUSTOMER)
    page = browser.new_page(base_url=shop.url, color_scheme="light", reduced_motion="reduce")
    take(page, VISITOR)
    room, coffee = product(inventory="numbered", numbers__state="free"), product(slug="ca-phe-da-lat")
    orders = [bought(user, *items) for items in ([coffee], [room], [room, coffee])]
    for order in orders:
        wait_for(order, OrderStatus.PAY_REQUIRED, page)
    for order in orders[1:]:
        pay(order)
    card = issue_card(amount=Decimal(10), note="a picture", actor=None)
    redeem(order_id=orders[0].pk, actor=user, code=card.code)
    complete(orders[1])
    for item in (coffee, product(inventory="counted", stock_quantity__gt=9, category__slug="home")):
        StoredCart(user).add(item, 2)
    page.context.add_cookies([cookie_of(user) | {"url": shop.url}])
    take(page, CUSTOMERS, order=orders[2].pk, by_card=orders[0].pk)
    if WANTED and not {name for name, _address, _seen in DESK} & set(WANTED):
        return
    filling.fill(orders_wanted=2000, products_wanted=20)
    staff = User.objects.get(email=STAFF)
    page.context.add_cookies([cookie_of(staff) | {"url": shop.url}])
    table = imports.check(actor=staff, kind="stock", file_name="spring.csv", text=STOCK)
    take(page, DESK, order=orders[2].pk, product=coffee.pk, table=table.pk)
