"""Every page of the desk, also those yet to be written, takes few statements, and no more when there is more to show."""

from collections import defaultdict
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog import inventory
from catalog.models import Category, Number, Product
from desk import walk as desk_walk
from desk.walk import Page, walk
from orders.events import feed
from orders.models import (
    ChangeRequest,
    Courier,
    MoneyMismatch,
    Order,
    OrderNote,
    PriceBand,
    ProviderEvent,
    Reconciliation,
    RefundRequest,
    RequestedLine,
    WebhookEndpoint,
    ZonePlace,
)
from orders.payments.reconciling import statements
from orders.status import OrderStatus
from tests.confirmed import sign_in
from tests.factories import (
    Buyer,
    change,
    give_credit,
    make_address,
    make_gift_card,
    make_numbered,
    make_picture,
    make_price_table,
    make_product,
    make_staff,
    redeem,
    refuse_refund,
    unique,
)

pytestmark = [pytest.mark.django_db, pytest.mark.live]
MAX_STATEMENTS = 25
# One page of each kind: were they missing, the walk itself would be broken.
KNOWN = {
    *("index", "desk-now", "search", "autocomplete category", "orders_refund_change", "orders_refund_decide"),
    *("orders_refundrequest_decide", "orders_changerequest_decide", "orders_order_change_part"),
    *("orders_order_step", "catalog_product_stock", "catalog_product_numbers", "catalog_product_history"),
    *("orders_order_changelist filtered by sku", "catalog_number_changelist searched"),
}


@pytest.fixture
def desk(client, staff, monkeypatch):
    """An owner, who may also look at what only packages' rights open."""
    staff.user_permissions.set(Permission.objects.all())
    sign_in(client, staff)
    monkeypatch.setattr(desk_walk, "MAX_CHOICES", 3)
    ContentType.objects.get_for_models(*apps.get_models())  # read once for each process
    return client


def some_of_everything(staff: User, many: int) -> None:
    """Of all that the desk shows, things that hold so many others."""
    goods(staff, many)
    buyer = Buyer()
    for status in OrderStatus:
        free = 0 if status == OrderStatus.NOT_CONFIRMED else many
        order = buyer.order_in(status, *[(make_numbered(numbers=free), many) for _ in range(many)])
        for _ in range(many):
            OrderNote.objects.create(order=order, author=make_staff(), text="called")
            WebhookEndpoint.objects.create(owner=buyer.user, url="https://example.com/", language="en")
        if status == OrderStatus.PAID:
            RefundRequest.objects.create(order=order, asked_by=buyer.user)
            for _ in range(many):
                change(order, "refund", amount="0.01")
            asked = ChangeRequest.objects.create(order=order, asked_by=buyer.user, kind="cancel")
            for line in order.lines.all():
                RequestedLine.objects.create(request=asked, line=line, quantity=1)
        if status == OrderStatus.REFUND:
            refuse_refund(order)
        for _ in range(many):
            compared(order)
    feed.give_positions()
    for _ in range(many):
        redeem(buyer.order_in(OrderStatus.PAY_REQUIRED), make_gift_card("1"))
        give_credit(buyer.user, "5")
        make_address(buyer.user)
        ProviderEvent.objects.create(
            variant="demo", event_id=unique("event"), notification={"kind": "captured"}
        )


def compared(order: Order) -> None:
    """A comparison with a provider, what it found of the order, and its statement."""
    now, day = timezone.now(), timezone.localdate()
    run = Reconciliation.objects.create(
        variant="stripe",
        source="file",
        day=day,
        since=now - timedelta(days=1),
        until=now,
        ran_at=now,
        next_attempt_at=None,
    )
    told = {"kind": "captured", "reference": unique("pi"), "amount": 1, "currency": "USD", "at": now}
    MoneyMismatch.objects.create(found_in=run, order=order, variant="stripe", wrong="unknown_here", **told)
    statements.keep(run, [statements.Statement(day=day, currency="USD")])


def goods(staff: User, many: int) -> None:
    """Products with pictures, movements and numbers; couriers with tables, zones with places; what staff did to them."""
    Category.objects.create(name="More", slug=unique("more"))
    piece, room = make_product(), make_numbered(numbers=3 * many)
    # Unsold, and found by what the walk searches for: a look at such a number is one statement more.
    make_numbered(sku=unique("7"), numbers=1)
    table = make_price_table()
    zone = table.bands.get().zone
    for at in range(many):
        make_picture(piece, position=at)
        inventory.receive(product_id=piece.pk, quantity=1, actor=staff)
        inventory.retire(
            number_id=room.numbers.filter(state=Number.State.FREE).first().pk, actor=staff, reason="worn"
        )
        ZonePlace.objects.create(zone=zone, country="VN", region=unique("region"))
        PriceBand.objects.create(price_table=table, zone=zone, up_to_g=10 + at, fee=1)
        Courier.objects.create(name=unique("courier"))
        for thing in (piece, room, table, zone, Group.objects.first()):
            LogEntry.objects.create(
                user=make_staff(),
                content_type=ContentType.objects.get_for_model(thing),
                object_id=str(thing.pk),
                action_flag=CHANGE,
            )


def counted(client) -> dict[str, int]:
    """The most statements of each page, by its name; every page must show something of its own."""
    most: dict[str, int] = defaultdict(int)
    statuses: dict[str, set[int]] = defaultdict(set)

    def look(page: Page):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page.address)
        most[page.name] = max(most[page.name], len(queries))
        statuses[page.name].add(response.status_code)
        return response

    walk(look)
    # 403 is a page to add or delete what nobody adds or deletes, 405 one that takes what was sent from another.
    assert {name: found for name, found in statuses.items() if not found & {200, 302, 403, 405}} == {}
    assert {name: found for name, found in statuses.items() if found - {200, 302, 403, 404, 405}} == {}
    return most


def test_no_page_of_the_desk_takes_many_statements_or_more_for_more_rows(desk, staff):
    some_of_everything(staff, 1)
    before = counted(desk)
    for _ in range(2):
        some_of_everything(staff, 3)
    after = counted(desk)

    assert {name: count for name, count in after.items() if count > MAX_STATEMENTS} == {}
    more = {name: (before[name], count) for name, count in after.items() if count > before.get(name, count)}
    assert more == {}
    assert set(after) >= KNOWN


def test_measuring_names_the_worst_pages_and_leaves_nothing_behind(capsys):
    Buyer().order_in(OrderStatus.PAID, (make_product(stock=3), 1))
    people = User.objects.count()

    call_command("measure_desk", "--worst", "2")

    said = capsys.readouterr().out
    assert "The slowest statements" in said and "/admin/" in said
    assert User.objects.count() == people and Product.objects.count() == 1
