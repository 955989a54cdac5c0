"""Each kind of table: what it makes and changes, what it refuses, and that what goes out comes back as it was."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from bulk import exports, kinds
from bulk.tables import guarded, unguarded
from catalog.models import Category, Number, Product, StockMovement
from orders.models import PriceBand, Refund
from orders.payments.refunds import work_on
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.bulk.tables import checked, counts, exported, imported, problems, rows_of
from tests.factories import (
    Buyer,
    add_rate,
    make_numbered,
    make_price_table,
    make_product,
    make_tax_class,
    make_user,
    staff_of,
)

pytestmark = pytest.mark.django_db
FORMULAS = ["=1+1", "+84 28", "-5", "@here", "'=1+1", "''@x", "'plain", "plain", "\t=1"]


def said(kind: str, *lines: str) -> str:
    heads = {
        "products": "sku,name,slug,category,price",
        "prices": "sku,price",
        "bands": "courier,service,zone,up_to_g,fee",
        "stock": "sku,counted,received,reason",
        "numbers": "sku,number",
        "tax_rates": "tax_class,country,region,starts,ends,percent",
    }
    return "\n".join([heads[kind], *lines])


# --- products and prices ---------------------------------------------------------------------------------------------


def test_products_are_made_and_changed_by_sku_and_logged_with_what_was(staff):
    cup = make_product(sku="CUP", stock=5, price="12.50")
    text = (
        "SKU,Name,slug,category,price,on_sale,weight_g,inventory,numbers_reusable,refunds,description\n"
        'CUP,Better cup,cup,things,13.00,no,250,counted,yes,on_request,"Two\nlines"\n'
        "KEY,A key,key,things,5,yes,0,numbered,no,none,\n"
    )
    job = imported("products", text, actor=staff)
    assert counts(job) == (1, 1, 0, 0)
    cup.refresh_from_db()
    assert (cup.name, cup.price, cup.is_active, cup.weight_g) == ("Better cup", 13, False, 250)
    assert (cup.description, cup.stock_quantity) == ("Two\nlines", 5)
    key = Product.objects.get(sku="KEY")
    assert (key.is_numbered, key.numbers_reusable, key.category.slug) == (True, False, "things")
    assert (cup.refunds, key.refunds) == ("on_request", "none")
    changed = StaffAction.objects.get(action="changed")
    assert (changed.object_id, changed.actor) == (str(cup.pk), staff)
    assert changed.details["changes"][1]["values"]["price"] == ["12.50", "13.00"]
    assert StaffAction.objects.get(action="added").object_id == str(key.pk)
    assert "stock_quantity" not in changed.details["changes"][1]["values"]


def test_sales_come_in_go_out_and_come_in_again(staff):
    cup = make_product(sku="CUP", price="12.50")
    text = "sku,price,sale_price,sale_starts,sale_ends\nCUP,12.50,9.5,2026-01-31,2026-02-28 18:30\n"
    assert counts(imported("prices", text, actor=staff)) == (0, 1, 0, 0)
    cup.refresh_from_db()
    assert (cup.sale_price, timezone.localtime(cup.sale_ends).hour) == (Decimal("9.50"), 18)

    (row,) = rows_of(exported("prices", actor=staff))
    assert (row["sale_price"], row["sale_starts"]) == ("9.50", "2026-01-31 00:00")
    assert counts(imported("prices", exported("prices", actor=staff), actor=staff)) == (0, 0, 1, 0)
    assert counts(imported("products", "sku,sale_price,sale_ends\nCUP,,\n", actor=staff)) == (0, 1, 0, 0)
    cup.refresh_from_db()
    assert (cup.sale_price, cup.sale_ends) == (None, None)


def test_when_something_begins_comes_in_goes_out_and_comes_in_again(staff):
    """In the shop's time."""
    seat = make_numbered(sku="SEAT")
    text = "sku,starts_at\nSEAT,2031-05-04 20:30\n"
    assert counts(imported("products", text, actor=staff)) == (0, 1, 0, 0)
    seat.refresh_from_db()
    assert timezone.localtime(seat.starts_at).strftime("%d.%m.%Y %H:%M") == "04.05.2031 20:30"
    out = exported("products", actor=staff)
    assert rows_of(out)[0]["starts_at"] == "2031-05-04 20:30"
    assert counts(imported("products", out, actor=staff)) == (0, 0, 1, 0)
    assert counts(imported("products", "sku,starts_at\nSEAT,\n", actor=staff)) == (0, 1, 0, 0)
    seat.refresh_from_db()
    assert seat.starts_at is None
    assert problems(checked("products", "sku,starts_at\nSEAT,4.5.2031\n", actor=staff)) == [
        (2, "starts_at", "not_moment")
    ]


def test_a_table_changes_the_columns_that_it_has_and_no_others(staff):
    cup = make_product(sku="CUP", name="Cup", description="Blue", price="12.50")
    assert counts(imported("prices", said("prices", "CUP,9.9"), actor=staff)) == (0, 1, 0, 0)
    cup.refresh_from_db()
    assert (cup.price, cup.name, cup.description) == (Decimal("9.90"), "Cup", "Blue")


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("NEW,,new,things,5", "name", "empty"),
        ("NEW,New,n w,things,5", "slug", "not_slug"),
        ("NEW,New,new,nowhere,5", "category", "unknown"),
        ("NEW,New,new,things,", "price", "empty"),
        ('NEW,New,new,things,"5,5"', "price", "decimal_comma"),
        ("NEW,New,new,things,-5", "price", "not_amount"),
        ("NEW,New,new,things,1e3", "price", "not_amount"),
        ("NEW,New,new,things,٥", "price", "not_amount"),
        ("NEW,New,new,things,5.0005", "price", "too_many_decimals"),
        ("NEW,New,new,things,99999999999", "price", "too_large"),
        ("NEW,New,cup,things,5", "slug", "taken"),
        (f"{'x' * 65},New,new,things,5", "sku", "too_long"),
        (",New,new,things,5", "sku", "empty"),
        ('NEW,"New\nline",new,things,5', "name", "control"),
        ("NEW,New,new,things", "", "cells"),
        ("NEW,New,new,things,5,6", "", "cells"),
    ],
)  # fmt: skip
def test_a_bad_line_of_products_is_refused_with_its_reason(staff, line, column, code):
    make_product(sku="CUP")
    job = checked("products", said("products", line, "CUP,A cup,its-own,things,12.50,,"), actor=staff)
    assert problems(job) == [(2, column, code)]
    assert job.notes.get().sentence
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("weight_g", "1.5", "not_whole"),
        ("weight_g", "", "empty"),
        ("weight_g", "2147483648", "too_large"),
        ("on_sale", "maybe", "not_yes_or_no"),
        ("inventory", "counted?", "not_one_of"),
        ("inventory", "numbered", "inventory_is_for_good"),
        ("sale_price", "12.50", "sale_price_too_high"),
        ("sale_price", "cheap", "not_amount"),
        ("sale_starts", "31.1.2026", "not_moment"),
        ("sale_ends", "2026-02-30", "not_moment"),
    ],
)
def test_a_wrong_cell_of_a_product_is_refused(staff, column, value, code):
    make_product(sku="CUP")
    job = checked("products", f"sku,{column}\nCUP,{value}\n", actor=staff)
    assert problems(job) == [(2, column, code)]


def test_a_new_product_needs_its_columns_and_the_right_to_add(staff):
    Category.objects.create(slug="things", name="Things")
    assert problems(checked("products", "sku,name\nNEW,New\n", actor=staff)) == [
        (2, "slug", "needed_for_new"),
        (2, "category", "needed_for_new"),
        (2, "price", "needed_for_new"),
    ]
    assert problems(checked("prices", said("prices", "NEW,5"), actor=staff)) == [(2, "sku", "unknown_sku")]
    changer = make_user(is_staff=True)
    changer.user_permissions.add(Permission.objects.get(codename="change_product"))
    job = checked("products", said("products", "NEW,New,new,things,5"), actor=changer)
    assert problems(job) == [(2, "sku", "may_not_add")]


def test_the_currency_says_how_many_decimals_a_price_has(staff, settings):
    settings.CURRENCY = "VND"
    make_product(sku="CUP", price="145000")
    assert rows_of(exported("prices", actor=staff))[0]["price"] == "145000"
    job = checked("prices", said("prices", "CUP,145000.5"), actor=staff)
    assert problems(job) == [(2, "price", "too_many_decimals")]


@pytest.mark.parametrize("value", ["1.500", "450.000", "0.500", "12.340", "1000.000"])
@pytest.mark.parametrize("currency", ["USD", "VND"])
def test_a_point_before_three_digits_is_refused_as_unclear(staff, settings, value, currency):
    settings.CURRENCY = currency
    make_product(sku="CUP", price="12.00")
    table = make_price_table()
    job = checked("prices", said("prices", f"CUP,{value}"), actor=staff)
    assert problems(job) == [(2, "price", "unclear_point")]
    assert value.replace(".", "") in job.notes.get().sentence
    fee = f"Swift Post,{table.service},{table.bands.get().zone},500,{value}"
    assert problems(checked("bands", said("bands", fee), actor=staff)) == [(2, "fee", "unclear_point")]
    assert Product.objects.get().price == 12


@pytest.mark.parametrize("value", ["1500", "1500.0", "1500.00", "1500.0000"])
def test_an_amount_whose_point_is_clear_is_taken(staff, value):
    make_product(sku="CUP", price="12.00")
    assert counts(imported("prices", said("prices", f"CUP,{value}"), actor=staff)) == (0, 1, 0, 0)
    assert Product.objects.get().price == 1500


def test_a_currency_of_three_decimals_takes_what_it_writes(staff, settings):
    settings.CURRENCY = "KWD"
    make_product(sku="CUP", price="1.50")
    text = exported("prices", actor=staff)
    assert "1.500" in text
    assert counts(checked("prices", text, actor=staff)) == (0, 0, 1, 0)


# --- stock, numbers, fees --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("CUP,,,why", "counted", "counted_or_received"),
        ("CUP,1,1,why", "counted", "counted_or_received"),
        ("CUP,4,,", "reason", "reason_needed"),
        ("CUP,-4,,why", "counted", "not_whole"),
        ("CUP,,0,why", "received", "too_small"),
        ("CUP,,1000000000,why", "received", "too_large"),
        ("CUP,1000000001,,why", "counted", "too_large"),
        (f"CUP,4,,{'x' * 201}", "reason", "too_long"),
        ("ROOM,4,,why", "sku", "not_counted"),
    ],
)
def test_a_bad_line_of_stock_is_refused(staff, line, column, code):
    make_product(sku="CUP", stock=5)
    make_numbered(sku="ROOM")
    assert problems(checked("stock", said("stock", line), actor=staff)) == [(2, column, code)]
    assert StockMovement.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("ROOM,", "number", "empty"),
        (f"ROOM,{'x' * 201}", "number", "too_long"),
        ("CUP,1", "sku", "not_numbered"),
        ("NONE,1", "sku", "unknown_sku"),
    ],
)
def test_a_bad_line_of_numbers_is_refused(staff, line, column, code):
    make_product(sku="CUP", stock=5)
    make_numbered(sku="ROOM")
    job = checked("numbers", said("numbers", line, "ROOM,7", "ROOM, 7"), actor=staff)
    assert problems(job) == [(2, column, code), (4, "number", "twice")]
    assert not Number.objects.exists()


def test_fees_are_made_and_changed_by_courier_service_zone_and_weight(staff):
    table = make_price_table(fee="4.00")
    zone = table.bands.get().zone
    here = f"Swift Post,{table.service},{zone}"
    job = imported("bands", said("bands", f"{here},10000000,4.50", f"{here},500,2"), actor=staff)
    assert counts(job) == (1, 1, 0, 0)
    assert dict(table.bands.values_list("up_to_g", "fee")) == {10_000_000: Decimal("4.50"), 500: 2}
    row = StaffAction.objects.get(action="changed")
    assert (row.object_type, row.details["changes"][1]["values"]["fee"]) == (
        "orders.priceband",
        ["4.00", "4.50"],
    )
    bad = said(
        "bands",
        f"{here},500,",
        f"{here},x,2",
        f"No One,{table.service},{zone},1,2",
        f"Swift Post,No service,{zone},1,2",
        f"Swift Post,{table.service},No zone,1,2",
    )
    assert problems(checked("bands", bad, actor=staff)) == [
        (2, "fee", "empty"),
        (3, "up_to_g", "not_whole"),
        (4, "courier", "unknown"),
        (5, "service", "unknown_service"),
        (6, "zone", "unknown"),
    ]
    assert PriceBand.objects.count() == 2


def test_rates_are_made_and_changed_by_class_place_and_first_day(staff):
    food = make_tax_class("7", country="DE", name="Food")
    add_rate(food, "5", country="VN", region="Thừa Thiên–Huế")
    made = [
        "Food,DE,,2020-01-01,2026-12-31,7.125",
        "Food,VN,Thua Thien Hue,2020-01-01,,8",
        "Food,US,california,2027-01-01,,0",
    ]
    assert counts(imported("tax_rates", said("tax_rates", *made), actor=staff)) == (1, 2, 0, 0)
    assert list(food.rates.values_list("country", "region", "percent", "ends")) == [
        ("DE", "", Decimal("7.125"), date(2026, 12, 31)),
        ("US", "CA", 0, None),
        ("VN", "Thừa Thiên–Huế", 8, None),
    ]
    row = StaffAction.objects.filter(action="changed").first()
    assert row.details["changes"][1]["values"] in (
        {"percent": ["7", "7.125"], "ends": ["", "2026-12-31"]},
        {"percent": ["5", "8"]},
    )
    assert StaffAction.objects.get(action="added").object_type == "orders.taxrate"


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("None,DE,,2026-01-01,,7", "tax_class", "unknown"),
        ("Food,XX,,2026-01-01,,7", "country", "no_country"),
        ("Food,DEU,,2026-01-01,,7", "country", "too_long"),
        ("Food,,Huế,2026-01-01,,7", "region", "region_alone"),
        ("Food,VN,Bavaria,2026-01-01,,7", "region", "no_region"),
        ("Food,DE,,2026-13-01,,7", "starts", "not_day"),
        ("Food,DE,,1.1.2026,,7", "starts", "not_day"),
        ("Food,DE,,,,7", "starts", "empty"),
        ("Food,DE,,2026-01-01,2025-12-31,7", "ends", "ends_before"),
        ("Food,DE,,2026-01-01,,101", "percent", "not_percent"),
        ("Food,DE,,2026-01-01,,-1", "percent", "not_percent"),
        ('Food,DE,,2026-01-01,,"7,5"', "percent", "decimal_comma"),
        ("Food,DE,,2026-01-01,,7.00001", "percent", "too_many_decimals"),
    ],
)
def test_a_bad_line_of_rates_is_refused(staff, line, column, code):
    food = make_tax_class("7", country="FR", name="Food")
    job = checked("tax_rates", said("tax_rates", line, "Food,FR,,2020-01-01,,7"), actor=staff)
    assert problems(job) == [(2, column, code)]
    assert food.rates.count() == 1


def test_a_product_is_given_its_tax_class_by_a_table(staff):
    cup, food = make_product(sku="CUP"), make_tax_class(name="Food")
    assert counts(imported("products", "sku,tax_class\nCUP,Food\n", actor=staff)) == (0, 1, 0, 0)
    cup.refresh_from_db()
    assert cup.tax_class == food
    assert problems(checked("products", "sku,tax_class\nCUP,Drink\n", actor=staff)) == [
        (2, "tax_class", "unknown")
    ]
    imported("products", "sku,tax_class\nCUP,\n", actor=staff)
    cup.refresh_from_db()
    assert cup.tax_class is None


# --- out and in again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", FORMULAS)
def test_what_a_spreadsheet_would_run_is_guarded_and_read_back_as_it_was(cell):
    assert unguarded(guarded(cell)) == cell
    assert guarded(cell)[0] not in "=+-@\t\r\n"


@pytest.mark.parametrize("kind", ["products", "prices", "stock", "numbers", "bands", "tax_rates"])
def test_what_goes_out_comes_in_again_and_changes_nothing(staff, kind):
    for at, words in enumerate(FORMULAS):
        text = f"{words}\r\n{words}\n "
        made = make_product(sku=f"S{at}", stock=at, name=words.strip(), description=text)
        Product.objects.filter(pk=made.pk).update(sku=f"{words.strip()} {at}")
    make_numbered(sku="ROOM", numbers=2)
    make_price_table()
    make_tax_class("7.125", country="VN", name_vi="Thực phẩm")
    before = list(Product.objects.order_by("pk").values())
    movements = StockMovement.objects.count()

    text = exported(kind, actor=staff)
    assert text.startswith(("\ufeffsku,", "\ufeffcourier,", "\ufefftax_class,"))
    job = checked(kind, text, actor=staff)

    assert problems(job) == []
    assert counts(job) == (0, 0, job.rows, 0) and job.rows > 0
    assert not job.may_start
    assert list(Product.objects.order_by("pk").values()) == before
    assert StockMovement.objects.count() == movements


def test_orders_go_out_with_what_was_returned_and_never_come_in(staff):
    buyer = Buyer(email="=cmd@example.com")
    cup = make_product(sku="CUP", stock=9, price="10.00")
    paid = buyer.order_in(OrderStatus.PAID, (cup, 2))
    back = buyer.order_in(OrderStatus.REFUND, (cup, 1))
    for refund in Refund.objects.all():
        work_on(refund_id=refund.pk)

    rows = {row["number"]: row for row in rows_of(exported("orders", actor=staff))}

    assert set(rows) == {str(paid.number), str(back.number)}
    row = rows[str(paid.number)]
    assert (row["status"], row["lines"], row["total"]) == ("paid", "2 x CUP", "24.00")
    assert (row["name"], row["city"], row["country"]) == ("Nguyễn Thị Hoa", "Huế", "VN")
    assert (row["phone"], row["email"]) == ("+84 28 3822 0000", "=cmd@example.com")
    assert (row["courier"], row["currency"], row["refunded"]) == ("Swift Post", "USD", "0.00")
    assert rows[str(back.number)]["refunded"] == "14.00"
    assert "'=cmd@example.com" in exported("orders", actor=staff)
    assert kinds.get("orders").import_right is None
    assert [row["status"] for row in rows_of(exported("orders", actor=staff, status="paid"))] == ["paid"]
    today = paid.placed_at.date().isoformat()
    assert len(rows_of(exported("orders", actor=staff, first=today, last=today))) == 2
    assert len(rows_of(exported("orders", actor=staff, last="9999-12-31"))) == 2
    assert exports_nothing(staff, first="2999-01-01") and exports_nothing(staff, last="2001-01-01")


def exports_nothing(staff, **narrowed: str) -> bool:
    return exported("orders", actor=staff, **narrowed).count("\n") == 1


def test_an_export_reads_all_rows_in_pieces(staff, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(exports, "MAX_ROWS", 2500)
    make_product()
    rows = [
        Product(category=Category.objects.get(), sku=f"S{n}", slug=f"s{n}", name="x", price=1)
        for n in range(2100)
    ]
    Product.objects.bulk_create(rows)
    with django_assert_max_num_queries(40):
        text = exported("prices", actor=staff)
    assert len({row["sku"] for row in rows_of(text)}) == 2101
    monkeypatch.setattr(exports, "MAX_ROWS", 2000)
    job = exports.ask(actor=staff, kind="prices")
    exports.work(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure) == ("failed", "too_many_to_export")


def test_staff_without_the_right_take_nothing_out():
    support = staff_of("support")
    with pytest.raises(exports.PermissionDenied):
        exports.ask(actor=support, kind="orders")
