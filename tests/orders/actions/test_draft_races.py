"""A draft is placed once, or not at all, whatever is done at the same moment: each call on a connection of its own."""

from datetime import timedelta
from functools import partial
from itertools import cycle, islice

import pytest
from django.utils import timezone

from accounts.models import User
from orders.actions.close_account import close_account
from orders.actions.drafts import editing
from orders.actions.drafts.editing import DraftMovedOn, DraftOver
from orders.audit import findings, snapshot
from orders.checkout.placement.placement import Placed
from orders.checkout.placement.refusals import UserNotFound
from orders.checkout.placement.stock import InsufficientStock
from orders.checkout.previews import PreviewExpired
from orders.errors import InvalidInput
from orders.models import Order, OrderDraft
from tests.factories import Buyer, make_staff
from tests.orders.actions.drafts import Desk, line, wish
from tests.orders.lifecycle.test_concurrency import kinds, placing
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]
# What a draft is for that was lost to another call, whenever that came.
LOST = {DraftOver, DraftMovedOn, PreviewExpired}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def adds_up() -> bool:
    with snapshot():
        return not list(findings())


def test_staff_who_place_the_same_draft_at_once_place_one_order(desk):
    """Some from the same preview, as by a double click, some from previews of their own; the customer is new."""
    draft = desk.save()
    previews = [desk.price(draft) for _ in range(3)]
    actors = [make_staff() for _ in range(3)]
    calls = [
        partial(desk.place, draft, preview, actor)
        for preview, actor in islice(cycle(zip(previews, actors, strict=True)), 9)
    ]

    results = at_once(calls)

    order = Order.objects.get()
    assert kinds(results) == {Placed: 9}
    assert {placed.order for placed in results} == {order}
    assert [placed.is_new for placed in results].count(True) == 1
    assert User.objects.filter(email="new@example.com").count() == 1
    desk.cup.refresh_from_db()
    assert desk.cup.stock_quantity == 9
    assert adds_up()


def test_drafts_for_one_new_address_make_one_account(desk):
    drafts = [desk.save() for _ in range(4)]
    previews = [desk.price(draft) for draft in drafts]
    at_once([partial(desk.place, *pair) for pair in zip(drafts, previews, strict=True)])
    assert Order.objects.count() == 4
    assert User.objects.filter(email="new@example.com").count() == 1
    assert adds_up()


def test_a_draft_placed_while_its_product_sells_out_is_whole_or_nothing(desk):
    buyers = [Buyer() for _ in range(5)]
    drafts = [desk.save(line(desk.cup, 3), email=f"new{n}@example.com") for n in range(5)]
    taking = [partial(desk.place, draft, desk.price(draft)) for draft in drafts]
    buying = [placing(buyer, buyer.preview((desk.cup, 2))) for buyer in buyers]

    results = at_once([*taking, *buying])

    desk.cup.refresh_from_db()
    assert 0 <= desk.cup.stock_quantity < 3
    assert set(kinds(results)) == {Placed, InsufficientStock}
    made = User.objects.filter(email__startswith="new")
    assert {user.pk for user in made} <= set(Order.objects.values_list("customer", flat=True))
    assert OrderDraft.objects.exclude(order=None).count() == made.count()
    assert adds_up()


def test_a_draft_expires_or_is_placed(desk):
    drafts = [desk.save(email=f"new{n}@example.com") for n in range(6)]
    taking = [partial(desk.place, draft, desk.price(draft)) for draft in drafts]
    # They have been over since a moment ago, by a clock that is ahead, or are so in a moment.
    OrderDraft.objects.filter(pk__in=[draft.pk for draft in drafts[:3]]).update(
        expires_at=timezone.now() + timedelta(milliseconds=150)
    )

    results = at_once([*taking, *[editing.forget_old] * 4])

    placed = [result for result in results if isinstance(result, Placed)]
    assert 3 <= len(placed) <= 6
    assert set(kinds(results)) <= {Placed, DraftOver, type(None)}
    assert Order.objects.count() == len(placed)
    assert User.objects.filter(email__startswith="new").count() == len(placed)
    assert adds_up()


def test_a_draft_is_saved_discarded_or_placed(desk):
    draft = desk.save()
    preview = desk.price(draft)
    again = partial(
        editing.save_draft, actor=desk.actor, wish=wish(line(desk.cup, 5)), draft_id=draft.pk, serial=1
    )
    discard = partial(editing.discard_draft, draft_id=draft.pk, actor=desk.actor)

    results = at_once([partial(desk.place, draft, preview), again, again, discard, again])

    orders = list(Order.objects.all())
    assert [order.lines.get().quantity for order in orders] in ([], [1])
    if orders:
        assert OrderDraft.objects.get().order == orders[0]
    assert set(kinds(results)) <= {Placed, OrderDraft, type(None), *LOST}
    assert kinds(results)[OrderDraft] <= 1
    assert adds_up()


def test_a_customer_who_leaves_takes_the_drafts_along(desk):
    """Or is found to have an order that is open; nothing about them is written down after they left."""
    buyers = [Buyer() for _ in range(4)]
    drafts = [desk.save(email=buyer.user.email) for buyer in buyers]
    taking = [partial(desk.place, draft, desk.price(draft)) for draft in drafts]
    saving = [partial(desk.save, email=buyer.user.email) for buyer in buyers]
    leaving = [partial(close_account, user_id=buyer.user.pk) for buyer in buyers]

    results = at_once([*taking, *leaving, *saving])

    for buyer in buyers:
        buyer.user.refresh_from_db()
        has_ordered = Order.objects.filter(customer=buyer.user).exists()
        assert buyer.user.has_left != has_ordered
        if buyer.user.has_left:
            assert not OrderDraft.objects.filter(customer=buyer.user).exists()
    refused = [result for result in results if isinstance(result, (InvalidInput, UserNotFound))]
    assert len(refused) <= 8
    assert adds_up()
