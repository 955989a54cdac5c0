"""Addresses that nobody's browser makes: the desk answers them without an error of its own."""

import pytest

from tests.confirmed import sign_in
from tests.factories import make_product, make_promotion

HUGE = "9" * 40


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "address",
    [
        "orders/order/?total_amount_from=1e999999",
        "orders/order/?total_amount_from=NaN",
        "orders/order/?sku=%00",
        "orders/order/?q=%00",
        f"orders/order/?q={HUGE}",
        f"orders/order/?courier={HUGE}",
        "orders/order/?status__exact=nothing",
        "orders/order/?p=-1",
        f"orders/order/?p={HUGE}",
        "orders/order/?o=99",
        "orders/ledgerentry/?at__gte=soon",
        "orders/email/?q=%00",
        f"catalog/number/?product={HUGE}",
        "catalog/product/?q=%00",
        f"catalog/product/{HUGE}/change/",
        f"catalog/product/{HUGE}/stock/",
        "staff/staffaction/?q=%00",
        f"search/?s={HUGE}",
        *(
            f"orders/{page}/?first={day}&last={day}"
            for page in ("invoice/taxes", "report/sales", "providerstatement/days", "payout/open")
            for day in ("9999-12-31", "0001-01-01")
        ),
    ],
)
def test_nonsense_in_an_address_is_no_error(client, staff, address):
    client.force_login(staff)
    assert client.get(f"/admin/{address}", follow=True).status_code in (200, 404)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("chosen", ["", "x", "x\udfffy", "\0", "-1", HUGE, "1.5", "[]"])
@pytest.mark.parametrize(("page", "action"), [("orders/email", "send_again"), ("orders/order", "export")])
def test_an_action_on_what_is_no_id_is_no_error(client, staff, page, action, chosen):
    client.force_login(staff)
    sent = {
        "action": action,
        "_selected_action": chosen.encode("utf-8", "surrogatepass"),
        "select_across": "0",
    }
    assert client.post(f"/admin/{page}/", sent).status_code in (200, 302, 400)


FIELDS = (
    *("name", "slug", "category", "also_in", "parent", "position", "sku", "price", "weight_g", "tax_class"),
    *("option_1", "kind", "percent", "amount", "products", "categories", "customer", "starts_0", "starts_1"),
    *(
        "email",
        "groups",
        "user_permissions",
        "is_active",
        "service",
        "courier",
        "min_days",
        "country",
        "preset",
    ),
)
SENT = {"NUL": "a\0b", "infinite": "1e400", "NaN": "NaN", "a word": "zzz", "huge": HUGE, "long": "x" * 30_000}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("value", SENT.values(), ids=SENT)
def test_nonsense_in_a_form_is_no_error(client, staff, value):
    """Django looks in the database for each key that was chosen, whatever it is, when a form is shown again."""
    sign_in(client, staff)
    product, promotion = make_product(), make_promotion()
    pages = (
        *("catalog/category/add/", f"catalog/category/{product.category_id}/change/", "catalog/product/add/"),
        *(f"catalog/product/{product.pk}/change/", "catalog/productgroup/add/", "catalog/taxclass/add/"),
        *("orders/promotion/add/", f"orders/promotion/{promotion.pk}/change/", "orders/pricetable/add/"),
        *("orders/zone/add/", "orders/courier/add/", "accounts/user/add/", "auth/group/add/"),
    )
    rows = {
        f"{prefix}-{many}_FORMS": 0
        for prefix in ("images", "values", "variants", "places", "bands", "rates", "addresses")
        for many in ("TOTAL", "INITIAL")
    }
    for page in pages:
        answer = client.post(f"/admin/{page}", dict.fromkeys(FIELDS, value) | rows)
        assert answer.status_code in (200, 302, 400), page
