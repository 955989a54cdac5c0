"""The demo shop is whole after the first run, and the same after the second."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone
from PIL import Image

from accounts.models import Address, User
from catalog import inventory, price_history
from catalog.languages import other_columns
from catalog.models import (
    Category,
    Inventory,
    Product,
    ProductGroup,
    ProductImage,
    StockMovement,
    shown_pictures,
)
from demo import pictures, shelves
from demo.people import CUSTOMER, PASSWORD, STAFF
from demo.pricing.gift_cards import CODE
from demo.pricing.prices import local
from orders.actions.money.gift_cards import redeem
from orders.checkout.placement.placement import place_order
from orders.checkout.previews import create_preview
from orders.models import Courier, Order, PriceBand, PriceTable
from orders.pricing.rates import rates_at
from orders.shipping import places, rates
from tests.factories import confirm, picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo_mode(settings):
    settings.DEMO = True


@pytest.fixture
def blank_pictures(monkeypatch):
    """Drawing takes seconds; what isn't about pictures does without."""
    monkeypatch.setattr(pictures, "drawn", lambda picture: picture_bytes())


@pytest.fixture
def demo(blank_pictures):
    call_command("demo")


@pytest.fixture(scope="class")
def demo_that_stays(world, tmp_path_factory):
    """The demo for tests that only look at it."""
    with world(), override_settings(DEMO=True, MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pictures, "drawn", lambda picture: picture_bytes())
            call_command("demo")
        yield


def row_counts() -> dict[str, int]:
    models = apps.get_models()
    return {model._meta.label: model.objects.count() for model in models if model._meta.managed}


@pytest.mark.usefixtures("demo_that_stays")
class TestLook:
    def test_demo_has_two_tax_classes_with_rates_at_home_and_none_abroad(self):
        coffee = Product.objects.filter(category__slug="coffee-tea").first()
        home, abroad = (rates_at(country=country, region="") for country in ("VN", "US"))
        assert [home.of(None), home.of(coffee.tax_class_id)] == [10, 5]
        assert [abroad.of(None), abroad.of(coffee.tax_class_id), abroad.shipping] == [0, 0, 0]

    def test_demo_has_categories_below_each_other_and_both_kinds_of_inventory(self):
        assert Category.objects.count() == 6
        assert Category.objects.get(slug="textiles").parent.slug == "home"
        assert Product.objects.count() >= 26
        assert set(Product.objects.values_list("inventory", flat=True)) == set(Inventory.values)
        assert not Product.objects.filter(description="").exists()

    def test_demo_has_a_product_in_variants_of_which_one_is_sold_out_and_one_is_not_made(self):
        shirt = ProductGroup.objects.get(slug="cotton-t-shirt")
        assert (shirt.options, shirt.values.count(), shirt.variants.count()) == (["Size", "Colour"], 5, 5)
        sold_out = shirt.variants.get(stock_quantity=0)
        assert (sold_out.name, sold_out.name_vi) == (
            "Cotton T-shirt, M, White",
            "Áo thun cotton, M, Trắng",
        )
        assert [shown.of_what for shown in shown_pictures(sold_out)] == [sold_out.sku]
        assert len(shown_pictures(shirt.variants.get(sku="TX-SHIRT-M-NAVY"))) == 2

    def test_demo_stock_is_varied(self):
        counts = set(
            Product.objects.filter(inventory=Inventory.COUNTED).values_list("stock_quantity", flat=True)
        )
        assert {0, 3} <= counts
        assert max(counts) > 100
        numbered = inventory.with_available(Product.objects.filter(inventory=Inventory.NUMBERED))
        free = [product.free_numbers for product in numbered]
        assert min(free) == 2
        assert max(free) > 24

    def test_demo_stock_is_explained_by_its_movements(self):
        for product in Product.objects.filter(inventory=Inventory.COUNTED):
            movements = StockMovement.objects.filter(product=product)
            assert sum(movement.quantity for movement in movements) == product.stock_quantity

    def test_demo_has_three_couriers_with_two_price_tables_each_and_a_counter(self):
        tables = PriceTable.objects.filter(no_parcel=False)
        sent, fetched = (tables.filter(is_pickup=is_pickup) for is_pickup in (False, True))
        assert sorted(sent.values_list("courier__name", flat=True)) == sorted(
            ["Lotus Post", "Crane Freight", "Swallow Air"] * 2
        )
        counter = fetched.get()
        assert counter.pickup_address and counter.pickup_hours and counter.pickup_hours_vi

    def test_demo_has_an_event_and_a_pre_order(self):
        concert = Product.objects.get(starts_at__gt=timezone.now() + timedelta(days=59))
        calendar = Product.objects.get(available_from__isnull=False)
        assert (concert.sku, calendar.sku) == ("SS-CONCERT", "ST-CALENDAR")
        customer = User.objects.get(email=CUSTOMER)
        address = customer.addresses.first()
        preview = create_preview(customer=customer, items=[("ST-CALENDAR", 1)], address_id=address.pk)
        assert preview.lines[0].available_from == calendar.preorder_from
        assert preview.shipping_options[-1].is_pickup

    def test_demo_has_codes_and_sales_with_the_price_before(self):
        customer = User.objects.get(email=CUSTOMER)
        address = customer.addresses.first()
        items = [("CT-KETTLE", 1), ("ST-CARDS", 3)]
        codes = ["welcome10", "ship50"]
        preview = create_preview(customer=customer, items=items, address_id=address.pk, codes=codes)
        kettle = Product.objects.get(sku="CT-KETTLE")
        price_history.note_lowest([kettle])

        assert [one.code for one in preview.discounts] == ["WELCOME10", "SHIP50"]
        assert all(option.fee == 0 for option in preview.shipping_options)
        assert kettle.is_reduced and kettle.lowest_before == kettle.price

    def test_demo_has_a_gift_card_that_pays_an_order(self):
        customer = User.objects.get(email=CUSTOMER)
        address = customer.addresses.first()
        preview = create_preview(customer=customer, items=[("ST-CARDS", 1)], address_id=address.pk)
        table = preview.shipping_options[0].price_table_id
        order = place_order(preview_id=preview.id, customer=customer, price_table_id=table, note="").order
        confirm(order)
        assert redeem(order_id=order.pk, actor=customer, code=CODE).card_amount > 0

    def test_demo_customer_can_be_sent_something_at_each_address(self):
        customer = User.objects.get(email=CUSTOMER)
        zones = set()
        for address in customer.addresses.all():
            preview = create_preview(customer=customer, items=[("CT-DALAT-250", 2)], address_id=address.pk)
            assert preview.shipping_options
            zones.add(places.zone_of(country=address.country, region=address.region))
        assert len(zones) == 2

    def test_demo_serves_a_remote_region_by_itself_and_antarctica_not_at_all(self):
        parcel = rates.Parcel(400, 20, 15, 10)
        mainland = rates.options(parcel=parcel, country="VN", region="Lâm Đồng")
        island = rates.options(parcel=parcel, country="VN", region="kiên giang")
        assert island[0].fee > mainland[0].fee
        assert all(way.is_pickup for way in rates.options(parcel=parcel, country="AQ", region=""))

    def test_demo_sends_no_parcel_with_numbers_and_one_with_all_else(self):
        numbered = Product.objects.filter(inventory=Inventory.NUMBERED)
        assert set(numbered.values_list("needs_parcel", flat=True)) == {False}
        counted = Product.objects.filter(inventory=Inventory.COUNTED, is_gift_card=False)
        assert set(counted.values_list("needs_parcel", flat=True)) == {True}

    def test_demo_people_can_sign_in(self):
        for email, is_staff in ((CUSTOMER, False), (STAFF, True)):
            user = User.objects.get(email=email)
            assert user.check_password(PASSWORD)
            assert user.is_verified
            assert user.full_name
            assert user.is_staff == user.groups.filter(name="Owner").exists() == is_staff
            assert not user.is_superuser
        assert Address.objects.filter(user__email=CUSTOMER).count() == 2


@pytest.mark.live  # all of them are drawn
def test_demo_products_have_pictures_that_open():
    call_command("demo")
    for product in Product.objects.prefetch_related("images", "group__images"):
        assert shown_pictures(product), product
        for picture in shown_pictures(product):
            assert picture.alt
            assert picture.image.size < 60 * 1024
            assert picture.card.size < 30 * 1024
            with Image.open(picture.image) as image:
                assert (image.format, image.size) == ("WEBP", (1000, 1000))


def test_demo_has_every_text_in_every_language(demo):
    for thing, names in (
        *((category, other_columns("name")) for category in Category.objects.all()),
        *((product, other_columns("name", "description")) for product in Product.objects.all()),
        *((picture, other_columns("alt")) for picture in ProductImage.objects.all()),
    ):
        assert names and all(getattr(thing, name) for name in names), thing


def test_demo_that_was_made_before_its_translations_gets_them_where_nobody_changed_it(demo):
    words = list(Product.objects.order_by("pk").values())
    for model, names in ((Category, ["name"]), (Product, ["name", "description"]), (ProductImage, ["alt"])):
        model.objects.update(**dict.fromkeys(other_columns(*names), ""))
    Product.objects.filter(sku="CT-MUG").update(name="My mug")
    call_command("demo")
    assert Product.objects.get(sku="CT-MUG").name_vi == ""
    assert [row for row in Product.objects.order_by("pk").values() if row["sku"] != "CT-MUG"] == [
        row for row in words if row["sku"] != "CT-MUG"
    ]
    assert not ProductImage.objects.filter(alt_vi="").exists()
    assert not Category.objects.filter(name_vi="").exists()


def test_demo_run_again_changes_nothing(demo):
    place_an_order()
    before = row_counts(), list(Product.objects.order_by("pk").values())
    call_command("demo")
    assert (row_counts(), list(Product.objects.order_by("pk").values())) == before


def place_an_order() -> Order:
    customer = User.objects.get(email=CUSTOMER)
    address = customer.addresses.first()
    preview = create_preview(customer=customer, items=[("CT-MUG", 2)], address_id=address.pk)
    table = PriceTable.objects.get(pk=preview.shipping_options[0].price_table_id)
    return place_order(preview_id=preview.id, customer=customer, price_table_id=table.pk, note="").order


def test_demo_leaves_what_staff_changed(demo):
    Product.objects.filter(sku="CT-MUG").update(sku="MUG-2", price=1)
    ProductImage.objects.filter(product__sku="HO-LAMP").delete()
    Courier.objects.filter(name="Lotus Post").update(name="Lotus & Co")
    before = row_counts()
    call_command("demo")
    assert row_counts() == before


@pytest.mark.usefixtures("blank_pictures")
def test_demo_that_was_stopped_halfway_is_completed(monkeypatch):
    real = shelves.add_pictures

    def stop_at_the_teapot(product, pictures):
        real(product, pictures)
        if product.sku == "CT-TEAPOT":
            raise KeyboardInterrupt

    monkeypatch.setattr(shelves, "add_pictures", stop_at_the_teapot)
    with pytest.raises(KeyboardInterrupt):
        call_command("demo")
    monkeypatch.setattr(shelves, "add_pictures", real)
    call_command("demo")
    assert Product.objects.get(sku="CT-TEAPOT").stock_quantity == 22
    assert StockMovement.objects.filter(product__sku="CT-TEAPOT").count() == 1
    names = ProductImage.objects.values_list("image", flat=True)
    assert len([name for name in names if name.startswith("products/CT-TEAPOT/teapot-")]) == 1


def test_demo_draws_a_lost_picture_again(demo):
    row = ProductImage.objects.get(product__sku="HO-LAMP")
    for file in (row.image, row.card):
        file.storage.delete(file.name)
        call_command("demo")
        row.refresh_from_db()
        assert row.image.storage.exists(row.image.name) and row.card.storage.exists(row.card.name)


def test_demo_charges_what_people_are_used_to(settings, blank_pictures):
    settings.CURRENCY = "VND"
    call_command("demo")
    prices = [*Product.objects.values_list("price", flat=True)]
    fees = [*PriceBand.objects.exclude(fee=0).values_list("fee", flat=True)]
    assert all(amount % 1000 == 0 for amount in prices + fees)
    assert min(fees) > 10_000 and 1_000_000 < max(prices) < 100_000_000


@pytest.mark.parametrize(
    ("currency", "price"),
    [("USD", "14.50"), ("VND", "362000"), ("JPY", "2180"), ("EUR", "13.05"), ("KWD", "4.50"), ("XAF", "14")],
)
def test_demo_price_tag_in_another_currency(settings, currency, price):
    settings.CURRENCY = currency
    assert local("14.50") == Decimal(price)
    assert local("0.00") == 0


def test_demo_does_not_run_elsewhere(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")
    assert not Product.objects.exists()
    assert not User.objects.exists()
