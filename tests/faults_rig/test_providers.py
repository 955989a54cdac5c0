"""What the rig of restless providers says of money is what the stand-ins have, and its post is as unruly as it says."""

import random
from dataclasses import replace

from faults.providers.post import Post
from faults.providers.run import with_money
from faults.providers.truth import Money, count
from tests.faults_rig.checking.test_checker import a_history, columns, order, the_books
from tests.stand_ins.stripe import StripeStandIn


def test_a_charge_that_the_ledger_does_not_have_is_found():
    assert columns(a_history(), the_books(orders={"one": order(provider_captured=1500)})) == []
    assert columns(a_history(), the_books(orders={"one": order(provider_captured=3000)})) == ["disagreeing"]


def test_what_went_back_by_hand_pays_nothing_any_more():
    money = Money()
    count(money, charge=1500, refunds=[(100, True)], is_lost=False)
    row = with_money(order(returned=100), money, 0)

    assert (row.due, row.provider_captured, row.provider_returned) == (1400, 1500, 100)


def test_of_two_charges_the_one_that_went_back_by_hand_was_not_needed():
    money = Money()
    count(money, charge=1500, refunds=[(1500, True)], is_lost=False)
    count(money, charge=1500, refunds=[], is_lost=False)

    assert with_money(order(captured=3000, returned=1500), money, 0).due == 1500


def test_a_charge_that_was_lost_in_a_dispute_went_back():
    money = Money()
    count(money, charge=1500, refunds=[], is_lost=True)

    assert with_money(replace(order(), statuses=("pending", "done")), money, 0).due == 0


def test_events_are_lost_doubled_and_late_and_none_is_lost_in_calm():
    post = Post(0, random.Random(1))
    event = {"type": "refund.created"}
    with StripeStandIn() as stripe:
        for _ in range(400):
            post.send(stripe, "stripe", event)
        lost, brought = len(post.lost), len(post._due)
        post.is_calm = True
        post.send(stripe, "stripe", event)

    assert 0 < lost < 40
    assert brought > 400 - lost, "some are doubled"
    assert len(post.lost) == lost
