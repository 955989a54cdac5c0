"""All of one's own data: everything the shop keeps about the customer, nothing of others, and nothing that opens doors."""

import io
import json

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access.keys import make_key, revoke_key
from catalog.shelf import waiting
from orders.models import Payment
from orders.reports.data_export import write_own_data
from orders.status import OrderStatus
from rest.scopes import Scope
from tests.factories import Buyer, make_address, make_numbered, make_product, make_user
from tests.orders.hooks import endpoint_at
from tests.second_factor import set_up

pytestmark = pytest.mark.django_db


def data_of(user, cart=()) -> dict:
    return json.loads(text_of(user, cart))


def text_of(user, cart=()) -> str:
    file = io.StringIO()
    write_own_data(file, user=user, cart=list(cart))
    return file.getvalue()


def test_everything_is_there(buyer):
    buyer.user.full_name, buyer.user.phone, buyer.user.language = "Trang", "0901234567", "vi"
    buyer.user.save()
    set_up(buyer.user)
    order = buyer.order_in(OrderStatus.DONE, (make_numbered(numbers=3), 2), (make_product(stock=3), 1))
    buyer.order_in(OrderStatus.PAY_REQUIRED)
    data = data_of(buyer.user, [{"sku": "TEA", "quantity": 2}])

    assert data["profile"]["email"] == buyer.user.email
    assert (data["profile"]["full_name"], data["profile"]["phone"]) == ("Trang", "0901234567")
    assert data["profile"]["language"] == "vi"
    assert data["email_addresses"] == [{"email": buyer.user.email, "verified": True, "primary": True}]
    assert [one["type"] for one in data["two_factor"]] == ["totp"]
    assert data["addresses"] == [buyer.address.snapshot() | {"is_default": True}]
    assert data["cart"] == [{"sku": "TEA", "quantity": 2}]
    assert len(data["orders"]) == 2
    done = data["orders"][0]
    assert (done["number"], done["status"], done["total_amount"]) == (
        order.number,
        "done",
        str(order.total_amount),
    )
    assert done["address"]["line1"] == buyer.address.line1
    assert [len(line["numbers"]) for line in done["lines"]] == [2, 0]
    history = [(change["to_status"], change["who"]) for change in done["history"]]
    assert history[0] == ("pending", "customer") and history[-1] == ("done", "staff")
    assert done["payments"][0]["total"] == str(order.total_amount)
    assert [entry["kind"] for entry in done["ledger"]] == ["captured"]
    assert {email["to"] for email in done["emails"]} == {buyer.user.email} and len(done["emails"]) == 4
    assert done["invoices"][0]["snapshot"] == order.invoices.get().snapshot


def test_numbers_that_are_not_paid_are_not_told(buyer):
    buyer.order_in(OrderStatus.PAY_REQUIRED, (make_numbered(numbers=3), 2))
    assert data_of(buyer.user)["orders"][0]["lines"][0]["numbers"] == []


def test_nothing_of_anybody_else_is_there(buyer):
    other = Buyer(full_name="Somebody Else")
    other.order_in(OrderStatus.DONE, (make_product(stock=5, name="Secret wish"), 1))
    order = buyer.order_in(OrderStatus.DONE)
    text = text_of(buyer.user)
    staff = order.history.last().actor
    for foreign in (other.user.email, "Somebody Else", "Secret wish", staff.email):
        assert foreign not in text


def test_keys_and_webhooks_are_there(buyer):
    made = make_key(user=buyer.user, name="The till", scope=Scope.ORDER).key
    revoke_key(user=buyer.user, key_id=made.pk)
    make_key(user=make_user(), name="Somebody else's", scope=Scope.READ)
    endpoint = endpoint_at("https://93.184.216.34/orderly", buyer.user)
    endpoint_at("https://93.184.216.34/other", make_user())
    data = data_of(buyer.user)

    (key,), (webhook,) = data["api_keys"], data["webhooks"]
    assert (key["name"], key["scope"], key["prefix"]) == ("The till", "order", made.prefix)
    assert key["revoked_at"] and key["created_at"] and key["last_used_at"] is None
    assert (webhook["url"], webhook["state"]) == (endpoint.url, "on") and webhook["created_at"]


def test_what_the_customer_waits_for_is_there_under_each_address(buyer):
    tea, mug, foreign = make_product(name="Tea"), make_product(), make_product()
    waiting.wait(product_id=tea.pk, email="as@a.user", user_id=buyer.user.pk, language="vi")
    waiting.wait(product_id=mug.pk, email=buyer.user.email, user_id=None, language="en")
    waiting.wait(product_id=foreign.pk, email="somebody@else.example", user_id=None, language="en")
    first, second = data_of(buyer.user)["waits_for"]
    assert (first["sku"], first["name"], first["language"]) == (tea.sku, "Tea", "vi") and first["asked_at"]
    assert (second["sku"], second["email"]) == (mug.sku, buyer.user.email)


def test_no_secrets_are_there(buyer):
    new = make_key(user=buyer.user, name="The till", scope=Scope.ORDER)
    endpoint = endpoint_at("https://93.184.216.34/orderly", buyer.user)
    secret = set_up(buyer.user)
    codes = RecoveryCodes.activate(buyer.user).get_unused_codes()
    buyer.order_in(OrderStatus.DONE)
    text = text_of(buyer.user)
    payments = Payment.objects.values_list("token", flat=True)
    assert payments and codes
    for hidden in (
        *(buyer.user.password, secret, *codes, *payments),
        *(new.secret, new.key.digest, endpoint.secret),
    ):
        assert hidden not in text


def test_more_orders_take_no_more_statements(buyer):
    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            text_of(buyer.user)
        return len(caught)

    buyer.order_in(OrderStatus.DONE)
    few = statements()
    buyer.order_in(OrderStatus.DONE, (make_numbered(numbers=3), 2), (make_product(stock=3), 1))
    buyer.order_in(OrderStatus.CANCELED)
    make_address(buyer.user)
    # One for all lines' numbers: the first order has none.
    assert statements() <= few + 1
