"""Addresses that nobody's browser makes: the desk answers them without an error of its own."""

import pytest

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
    ],
)
def test_nonsense_in_an_address_is_no_error(client, staff, address):
    client.force_login(staff)
    assert client.get(f"/admin/{address}", follow=True).status_code in (200, 404)
