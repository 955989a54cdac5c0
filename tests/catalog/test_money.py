"""Money everywhere: rounded to what the currency has, and written as the reader does."""

from decimal import Decimal

import pytest
from django.utils import translation

from catalog.money import rounded, written
from orders.models import InvoiceKind
from orders.status import OrderStatus
from tests.factories import make_product, make_staff
from tests.shop.conftest import Visitor
from tests.starts import settings_of

pytestmark = pytest.mark.django_db
S = OrderStatus
INVOICE, CREDIT_NOTE = InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE


@pytest.mark.parametrize(
    ("amount", "currency", "result"),
    [
        ("12.505", "USD", "12.51"),
        ("12.5", "VND", "13"),
        ("-12.5", "VND", "-13"),
        ("0.5", "JPY", "1"),
        ("1.5", "KWD", "1.500"),
    ],
)
def test_amounts_are_rounded_to_what_the_currency_has(amount, currency, result):
    assert str(rounded(Decimal(amount), currency)) == result


@pytest.mark.parametrize(
    ("language", "currency", "result"),
    [
        ("en", "USD", "$1,234,567.50"),
        ("vi", "USD", "1.234.567,50\xa0US$"),
        ("en", "VND", "₫1,234,568"),
        ("vi", "VND", "1.234.568\xa0₫"),
    ],
)
def test_amounts_are_written_as_the_reader_does(language, currency, result):
    with translation.override(language):
        assert written(Decimal("1234567.5"), currency) == result


@pytest.mark.usefixtures("vnd")
def test_what_is_shown_in_dong_is_what_is_charged(customer, buyer):
    product = make_product(stock=9, price=Decimal("123456789.50"))
    buyer.table.bands.update(fee=Decimal("25000.50"))
    customer.defaults["HTTP_ACCEPT_LANGUAGE"] = "vi"
    preview = buyer.preview((product, 2))
    order = buyer.place_preview(preview)

    # The piece is rounded before it is counted: two of them cost twice what one does.
    assert "123.456.790\xa0₫" in customer.get(product.get_absolute_url()).content.decode()
    customer.put(product, 2)
    assert "246.913.580\xa0₫" in customer.get("/cart/").content.decode()
    assert (order.items_total, order.shipping_fee) == (246913580, 25001)
    assert order.total_amount == 246938581
    assert "246.938.581\xa0₫" in customer.get(f"/orders/{order.pk}/").content.decode()


def test_staff_read_amounts_in_their_language(buyer):
    desk = Visitor(headers={"accept-language": "vi"})
    desk.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    order = buyer.order_in(S.REFUND)

    for path in (
        "orders/ledgerentry/",
        "orders/refund/",
        "orders/order/",
        f"orders/order/{order.pk}/change/",
        "orders/payment/",
        f"orders/payment/{order.payments.get().pk}/change/",
    ):
        assert "16,50\xa0US$" in desk.get(f"/admin/{path}").content.decode(), path
    assert "12,50\xa0US$" in desk.get("/admin/catalog/product/").content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CURRENCY", "usd"),
        ("CURRENCY", "EURO"),
        ("CURRENCY", "KWD"),
        ("TAX_RATE", "8%"),
        ("TAX_RATE", "-1"),
        ("TAX_RATE", "101"),
        ("TAX_RATE", "NaN"),
        ("TAX_RATE", "1e1"),
    ],
)
def test_a_malformed_money_setting_is_one_clear_line(name, value):
    from django.core.exceptions import ImproperlyConfigured

    from config import money

    check = {"CURRENCY": money.currency, "TAX_RATE": money.tax_rate}[name]
    with pytest.raises(ImproperlyConfigured) as refused:
        check(value)
    said = str(refused.value)
    assert said.startswith(f"{name} must be ") and repr(value) in said and "\n" not in said


def test_money_settings_come_from_the_environment():
    given = {"CURRENCY": "VND", "TAX_RATE": "8.25", "SHOP_ADDRESS": "5 Phố Huế\\nHà Nội", "SHOP_TAX_ID": "01"}
    shown = settings_of("CURRENCY", "TAX_RATE", "SHOP_ADDRESS", "SHOP_TAX_ID", **given)
    assert shown == "['VND', Decimal('8.25'), '5 Phố Huế\\nHà Nội', '01']"
