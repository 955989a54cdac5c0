"""A database that turns read-only, as after a failover: an answer that says when to come again, and then it is well."""

import pytest
from django.db import connection
from django.test import Client

from tests.factories import PASSWORD, make_product

pytestmark = pytest.mark.django_db(transaction=True)


def takes_no_changes() -> None:
    """This connection leads to a server that is a replica now; others lead elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")


def test_a_database_that_takes_no_changes_is_a_503_and_a_201_as_soon_as_it_does(api, buyer):
    preview = buyer.preview((make_product(stock=9), 1))

    def place():
        body = {"price_table_id": buyer.table.pk}
        return api.post(f"/api/orders/{preview.id}/", body, format="json")

    connection.ensure_connection()
    takes_no_changes()
    refused = place()
    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert refused["Retry-After"]

    assert place().status_code == 201


def test_pages_say_so_too(buyer):
    """A sign-in, which begins a session in middleware."""
    sent = {"login": buyer.user.email, "password": PASSWORD}
    connection.ensure_connection()
    takes_no_changes()
    assert Client().post("/accounts/login/", sent).status_code == 503
    assert Client().post("/accounts/login/", sent).status_code == 302


def test_a_visitors_cart_says_so_too():
    added = {"sku": make_product(stock=9).sku, "quantity": 1}
    takes_no_changes()
    assert Client().post("/cart/add/", added).status_code == 503
    assert Client().post("/cart/add/", added).status_code == 303
