"""Every endpoint as nobody, as another customer, and as an API key of too small a scope.

The table is held against the addresses of the site: a new endpoint without a row fails.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.access.keys import make_key, revoke_key
from orders.actions.changes.change_requests import ask as ask_change
from orders.actions.drafts import prices
from orders.checkout.previews import get_preview
from orders.models import ChangeRequest, GiftCard, Order, OrderDraft
from orders.status import OrderStatus
from orders.webhooks import endpoints
from rest.scopes import Scope
from rest.views import ApiView
from tests.answers import api_of, refused
from tests.factories import (
    Buyer,
    make_gift_card,
    make_pickup,
    make_product,
    make_staff,
    make_user,
    redeem,
    shirts,
)
from tests.orders.actions.drafts import Desk
from tests.orders.differing import far_away, redirect_dearly
from tests.orders.hooks import endpoint_at

pytestmark = pytest.mark.django_db

READ, ORDER, MANAGE = Scope
S = OrderStatus
SWAP = {"sku": "SHIRT-M", "to": "SHIRT-L", "quantity": 1, "note": "?"}
PART_BACK = {"kind": "refund", "amount": "1.00", "note": "?"}


class World:
    """What one customer has in the shop."""

    def __init__(self, *statuses: OrderStatus):
        self.buyer = Buyer()
        self.product = make_product(stock=50)
        self.orders = {status: self._order_in(status) for status in statuses}

    def _order_in(self, status: OrderStatus) -> Order:
        return self.buyer.order_in(status, (self.product, 1))

    def order(self, status: OrderStatus = S.PAY_REQUIRED, noun: str = "") -> str:
        order = self.orders.get(status) or self._order_in(status)
        return f"orders/{order.pk}/{noun}"

    def paper(self, noun: str) -> str:
        return f"invoices/{self._order_in(S.PAID).invoices.get().pk}/{noun}"

    def to_be_fetched(self, noun: str) -> str:
        sent = self.buyer.table
        self.buyer.table = make_pickup()
        path = f"orders/{self._order_in(S.PAID).pk}/{noun}"
        self.buyer.table = sent
        return path

    def asked(self, noun: str) -> str:
        """Of which the customer wants a piece canceled."""
        order = self._order_in(S.PAID)
        kind, quantities = ChangeRequest.Kind.CANCEL, {order.lines.get().pk: 1}
        ask_change(order_id=order.pk, actor=self.buyer.user, kind=kind, quantities=quantities)
        return f"orders/{order.pk}/{noun}"

    def variants(self, status: OrderStatus, noun: str) -> str:
        """An order for a variant that may be exchanged for another."""
        sizes = shirts()
        return f"orders/{self.buyer.order_in(status, (sizes[0], 1)).pk}/{noun}"

    def waits(self, noun: str) -> str:
        """An order of which a change waits until its difference is paid."""
        order = self._order_in(S.PAID)
        redirect_dearly(order, self.buyer.user, far_away())
        return f"orders/{order.pk}/{noun}"

    def draft(self, noun: str = "") -> str:
        """For whom staff are taking an order."""
        return f"orders/drafts/{Desk().save(email=self.buyer.user.email).pk}/{noun}"

    def draft_preview(self) -> dict:
        """To be asked for after its draft."""
        draft = OrderDraft.objects.latest("pk")
        preview = prices.work_out(draft_id=draft.pk, actor=draft.made_by).preview
        return {"preview_id": str(preview.id), "price_table_id": self.buyer.table.pk}

    @cached_property
    def preview(self) -> str:
        return str(self.buyer.preview((self.product, 1)).id)

    @property
    def address(self) -> str:
        return f"addresses/{self.buyer.address.pk}/"

    def webhook(self, noun: str = "") -> str:
        return f"webhooks/{endpoint_at(ELSEWHERE, self.buyer.user).pk}/{noun}"

    @property
    def redelivery(self) -> str:
        endpoint = endpoint_at(ELSEWHERE, self.buyer.user)
        sent = endpoints.send_test(endpoint_id=endpoint.pk, owner=self.buyer.user)
        return f"webhooks/{endpoint.pk}/deliveries/{sent.message_id}/redelivery/"

    @property
    def gift_card(self) -> GiftCard:
        return make_gift_card("1")

    @property
    def card_use(self) -> str:
        order = self.buyer.order_in(S.PAY_REQUIRED)
        redeem(order, self.gift_card)
        return f"orders/{order.pk}/gift-cards/{order.card_uses.get().pk}/"

    @property
    def items(self) -> dict:
        items = [{"sku": self.product.sku, "quantity": 1}]
        return {"items": items, "address_id": self.buyer.address.pk}


@dataclass
class Row:
    """One operation on something of a customer's: the scope it needs, and what another customer is told."""

    scope: Scope
    path: Callable[[World], str]
    # A status, or None for an answer in which nothing of the first customer's is.
    other: int | None = 404
    body: Callable[[World], dict] = lambda world: {}
    is_open: bool = False


# A public address, to which nothing is sent here.
ELSEWHERE = "https://93.184.216.34/orderly"
ADDRESS = {
    "full_name": "Lan",
    "phone": "+84 28 3822 0000",
    "line1": "1 Lê Lợi",
    "city": "Huế",
    "region": "Thừa Thiên Huế",
    "country": "VN",
}

TABLE = {
    "list_products": Row(READ, lambda w: "products/", 200, is_open=True),
    "read_product": Row(READ, lambda w: f"products/{w.product.slug}/", 200, is_open=True),
    "list_categories": Row(READ, lambda w: "categories/", 200, is_open=True),
    "list_addresses": Row(READ, lambda w: "addresses/", None),
    "add_address": Row(ORDER, lambda w: "addresses/", 201, lambda w: ADDRESS),
    "read_address": Row(READ, lambda w: w.address),
    "change_address": Row(ORDER, lambda w: w.address, 404, lambda w: {"line2": "Vinh"}),
    "delete_address": Row(ORDER, lambda w: w.address),
    "make_preview": Row(ORDER, lambda w: "orders/previews/", 400, lambda w: w.items),
    "read_preview": Row(READ, lambda w: f"orders/previews/{w.preview}/"),
    "place_preview": Row(
        ORDER, lambda w: f"orders/{w.preview}/", 404, lambda w: {"price_table_id": w.buyer.table.pk}
    ),
    "place_order": Row(
        ORDER,
        lambda w: "orders/",
        404,
        lambda w: {"preview_id": w.preview, "price_table_id": w.buyer.table.pk},
    ),
    "list_orders": Row(READ, lambda w: "orders/", None),
    "read_order": Row(READ, lambda w: w.order()),
    "read_history": Row(READ, lambda w: w.order(noun="history/")),
    "read_events": Row(READ, lambda w: "events/", None),
    "start_payment": Row(ORDER, lambda w: w.order(noun="payment/")),
    "cancel_order": Row(ORDER, lambda w: w.order(noun="cancellation/")),
    "ask_refund": Row(ORDER, lambda w: w.order(S.PAID, "refund/")),
    "list_webhooks": Row(READ, lambda w: "webhooks/", None),
    "add_webhook": Row(ORDER, lambda w: "webhooks/", 201, lambda w: {"url": ELSEWHERE}),
    "read_webhook": Row(READ, lambda w: w.webhook()),
    "change_webhook": Row(ORDER, lambda w: w.webhook(), 404, lambda w: {"is_active": False}),
    "remove_webhook": Row(ORDER, lambda w: w.webhook()),
    "renew_webhook_secret": Row(ORDER, lambda w: w.webhook("secret/")),
    "test_webhook": Row(ORDER, lambda w: w.webhook("test-event/")),
    "list_deliveries": Row(READ, lambda w: w.webhook("deliveries/")),
    "redeliver": Row(ORDER, lambda w: w.redelivery),
    "complete_order": Row(MANAGE, lambda w: w.order(S.PAID, "completion/")),
    "request_change": Row(
        ORDER,
        lambda w: w.order(S.PAID, "change-requests/"),
        404,
        lambda w: {"kind": "cancel", "lines": [{"sku": w.product.sku, "quantity": 1}]},
    ),
    "read_requestable": Row(READ, lambda w: w.order(S.PAID, "change-requests/")),
    "read_gift_cards": Row(READ, lambda w: w.order(noun="gift-cards/")),
    "redeem_gift_card": Row(
        ORDER, lambda w: w.order(noun="gift-cards/"), 404, lambda w: {"code": w.gift_card.code}
    ),
    "put_back_gift_card": Row(ORDER, lambda w: w.card_use),
    "preview_change": Row(MANAGE, lambda w: w.order(S.PAID, "change-previews/"), 404, lambda w: PART_BACK),
    "preview_exchange": Row(MANAGE, lambda w: w.variants(S.PAID, "exchange-previews/"), 404, lambda w: SWAP),
    "make_exchange": Row(
        MANAGE,
        lambda w: w.variants(S.PAID, "exchanges/"),
        404,
        lambda w: SWAP | {"id": str(uuid4()), "based_on": 0},
    ),
    "preview_details": Row(
        ORDER, lambda w: w.order(S.PAID, "details-previews/"), 404, lambda w: {"note": "?"}
    ),
    "change_details": Row(
        ORDER,
        lambda w: w.order(S.PAID, "details/"),
        404,
        lambda w: {"note": "?", "id": str(uuid4()), "based_on": 0},
    ),
    "end_waiting_change": Row(MANAGE, lambda w: w.waits("waiting-change/cancellation/")),
    "change_order": Row(
        MANAGE,
        lambda w: w.order(S.PAID, "changes/"),
        404,
        lambda w: PART_BACK | {"id": str(uuid4()), "based_on": 0},
    ),
    "list_parcels": Row(READ, lambda w: w.order(S.PAID, "parcels/")),
    "send_parcel": Row(
        MANAGE,
        lambda w: w.order(S.PAID, "parcels/"),
        404,
        lambda w: {"lines": [{"sku": w.product.sku, "quantity": 1}]},
    ),
    "tell_ready": Row(MANAGE, lambda w: w.to_be_fetched("readiness/")),
    "correct_tracking_code": Row(
        MANAGE, lambda w: w.order(S.DONE, "tracking-code/"), 404, lambda w: {"tracking_code": "A1"}
    ),
    "note_money": Row(
        MANAGE,
        lambda w: w.order(noun="receipts/"),
        404,
        lambda w: {"variant": "transfer", "amount": "100.00"},
    ),
    "accept_request": Row(
        MANAGE,
        lambda w: w.asked("change-requests/acceptance/"),
        404,
        lambda w: {"id": str(uuid4()), "based_on": 0},
    ),
    "decline_request": Row(
        MANAGE, lambda w: w.asked("change-requests/refusal/"), 404, lambda w: {"note": "No"}
    ),
    "list_drafts": Row(MANAGE, lambda w: "orders/drafts/", 403),
    "make_draft": Row(MANAGE, lambda w: "orders/drafts/", 403, lambda w: {"note": "?"}),
    "read_draft": Row(MANAGE, lambda w: w.draft(), 403),
    "change_draft": Row(MANAGE, lambda w: w.draft(), 403, lambda w: {"note": "?"}),
    "discard_draft": Row(MANAGE, lambda w: w.draft(), 403),
    "preview_draft": Row(MANAGE, lambda w: w.draft("previews/"), 403),
    "place_draft": Row(MANAGE, lambda w: w.draft("placement/"), 403, lambda w: w.draft_preview()),
    "list_papers": Row(READ, lambda w: "invoices/", None),
    "order_again": Row(READ, lambda w: w.order(noun="again/")),
    "list_order_papers": Row(READ, lambda w: w.order(S.PAID, "invoices/")),
    "read_paper_pdf": Row(READ, lambda w: w.paper("pdf/")),
    "read_paper_einvoice": Row(READ, lambda w: w.paper("einvoice/")),
}


# --- the addresses of the site ---------------------------------------------------------------------------------------
def routes(patterns=None, prefix: str = "") -> Iterator[tuple[str, Callable]]:
    for pattern in patterns or get_resolver().url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.callback


def views() -> list[type[ApiView]]:
    """The views below /api/, without allauth's and the pages for people."""
    found = [
        (address, getattr(view, "cls", view)) for address, view in routes() if address.startswith("api/")
    ]
    return [
        view
        for address, view in found
        if not address.startswith(("api/auth/", "api/docs/", "api/schema/", "api/problems/"))
        and address != "api/"  # what catches all else
    ]


def methods() -> dict[str, str]:
    """Each operation's name -> its method."""
    return {answer.name: method for view in views() for method, answer in view.answers.items()}


def test_every_endpoint_is_in_the_table():
    assert all(issubclass(view, ApiView) for view in views())
    for view in views():
        served = {name for name in view.http_method_names if hasattr(view, name)} - {"head", "options"}
        assert served == set(view.answers), view
    assert set(methods()) == set(TABLE)


@pytest.fixture(autouse=True)
def _with_e_invoices(settings):
    settings.E_INVOICE, settings.SHOP_COUNTRY, settings.SHOP_TAX_ID = True, "VN", "0100233488"
    settings.SHOP_ADDRESS = "1 Lê Lợi\nHuế"


# --- who asks --------------------------------------------------------------------------------------------------------
def ask(api: APIClient, name: str, world: World):
    row = TABLE[name]
    path, body = row.path(world), row.body(world)
    method = methods()[name]
    return getattr(api, method)(f"/api/{path}", body if method != "get" else None, format="json")


def with_key(user, scope: Scope) -> APIClient:
    made = make_key(user=user, name="a till", scope=scope)
    return APIClient(headers={"Authorization": f"Bearer {made.secret}"})


@pytest.fixture(scope="class")
def shared(world):
    """What a customer has, with an order in each status that the table asks for."""
    with world():
        yield World(S.PAY_REQUIRED, S.PAID)


class TestTable:
    @pytest.mark.parametrize("name", TABLE)
    def test_nobody_sees_and_changes_nothing(self, shared, name):
        world = deepcopy(shared)
        api = APIClient(enforce_csrf_checks=True)
        answer = ask(api, name, world)

        if TABLE[name].is_open:
            assert answer.status_code == 200
        else:
            refused(answer, 401, "not_authenticated")

    @pytest.mark.parametrize("name", TABLE)
    def test_another_customer_sees_and_changes_nothing(self, shared, name):
        world, row = deepcopy(shared), TABLE[name]
        row.path(world)
        answer = ask(api_of(make_user()), name, world)

        if row.other is None:
            assert (answer.status_code, answer.json()["results"]) == (200, [])
        else:
            assert answer.status_code == row.other, answer.content
        for order in Order.objects.filter(customer=world.buyer.user):
            assert order.status in (S.PAY_REQUIRED, S.PAID, S.DONE)
        assert world.buyer.user.addresses.get().city == "Huế"

    @pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.scope != READ])
    def test_a_key_of_too_small_a_scope_is_refused(self, shared, name):
        world, row = deepcopy(shared), TABLE[name]
        smaller = Scope.values[Scope.values.index(row.scope) - 1]
        user = make_staff() if row.scope == MANAGE else world.buyer.user

        answer = ask(with_key(user, Scope(smaller)), name, world)

        assert row.scope in refused(answer, 403, "insufficient_scope")["detail"]
        assert "insufficient_scope" in answer["WWW-Authenticate"]

    @pytest.mark.parametrize("name", TABLE)
    def test_a_key_of_just_that_scope_is_enough(self, shared, name):
        world, row = deepcopy(shared), TABLE[name]
        user = make_staff() if row.scope == MANAGE else world.buyer.user

        assert ask(with_key(user, row.scope), name, world).status_code in (200, 201, 202, 204)

    @pytest.mark.parametrize("name", TABLE)
    def test_a_key_that_was_revoked_opens_nothing(self, shared, name):
        world = deepcopy(shared)
        made = make_key(user=world.buyer.user, name="a till", scope=READ)
        revoke_key(user=world.buyer.user, key_id=made.key.pk)

        answer = ask(APIClient(headers={"Authorization": f"Bearer {made.secret}"}), name, world)

        refused(answer, 401, "not_authenticated")


# --- staff with keys -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("status", "noun"), [(S.PAY_REQUIRED, "cancellation/"), (S.PAID, "refund/")])
def test_staff_need_the_scope_manage_for_orders_of_others(status, noun):
    staff, world = make_staff(), World()
    path = f"/api/{world.order(status, noun)}"

    refused(with_key(staff, ORDER).post(path), 403, "permission_denied")
    assert with_key(staff, MANAGE).post(path).status_code == 200


def test_staff_see_everybodys_orders_with_any_key():
    world = World()
    path = world.order()

    api = with_key(make_staff(), READ)

    assert api.get(f"/api/{path}").status_code == 200
    assert len(api.get("/api/orders/?scope=all").json()["results"]) == 1


def test_a_key_that_manages_is_bounded_by_its_owners_rights():
    staff, world = make_staff(), World()
    make_staff()  # the shop keeps an owner
    api = with_key(staff, MANAGE)
    staff.groups.clear()
    refused(api.post(f"/api/{world.order(S.PAID, 'completion/')}"), 404, "not_found")

    type(staff).objects.filter(pk=staff.pk).update(is_staff=False)
    assert with_key_is_customer(api)


def with_key_is_customer(api: APIClient) -> bool:
    return api.get("/api/orders/?scope=all").status_code == 403 and api.get("/api/orders/").status_code == 200


def test_a_preview_that_is_nobodys_is_no_leak(buyer):
    """What the table calls another customer's is told in the same words as what never was."""
    preview = buyer.preview((make_product(stock=1), 1))
    assert get_preview(preview_id=preview.id, customer_id=buyer.user.pk)
    other = api_of(Buyer().user)

    known, unknown = (other.get(f"/api/orders/previews/{name}/").json() for name in (preview.id, uuid4()))

    assert {**known, "request_id": ""} == {**unknown, "request_id": ""}
