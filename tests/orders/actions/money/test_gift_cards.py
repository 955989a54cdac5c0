"""Orders paid with gift cards and store credit, in part and whole, and what goes back to them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.actions.cancellation import PaymentUnderWay
from orders.actions.money import gift_cards
from orders.actions.money.gift_cards import CardUseNotFound, put_back, spendable_credit
from orders.actions.money.giving import void_card
from orders.actions.money.payment import start_payment
from orders.actions.money.payment_window import cancel_unpaid
from orders.checkout.placement.placement import place_order
from orders.gift_cards.issuing import GiftCardSpent
from orders.gift_cards.spending import GiftCardNotUsable
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import GIFT_CARD, GiftCard, GiftCardEntry, Order, Payment
from orders.payments.recording import record_authorisation
from orders.pricing.codes import TooManyCodes
from orders.status import OrderStatus
from staff.rights import PermissionDenied
from tests.factories import (
    Buyer,
    ask_refund,
    cancel,
    capture,
    change,
    complete,
    confirm,
    give_credit,
    make_gift_card,
    make_gift_product,
    make_product,
    make_promotion,
    make_staff,
    pay,
    redeem,
    return_money,
)
from tests.orders.audited import return_at_provider, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus


@pytest.fixture
def order(buyer) -> Order:
    """To be paid: 2 at 20, and 4 for the parcel."""
    return buyer.order_in(S.PAY_REQUIRED, (make_product(stock=9, sku="CUP", price=Decimal(20)), 2))


def sold_by(buyer: Buyer, quantity: int = 1) -> Order:
    """A paid order of gift cards alone, which needs no parcel."""
    preview = buyer.preview((make_gift_product("50", sku="GIFT"), quantity))
    (option,) = preview.shipping_options
    order = place_order(
        preview_id=preview.id, customer=buyer.user, price_table_id=option.price_table_id, note=""
    ).order
    confirm(order)
    pay(order)
    return again(order)


def left(card: GiftCard) -> Decimal:
    return GiftCard.objects.get(pk=card.pk).balance


def redeem_as(order: Order, actor, card: GiftCard) -> Order:
    return gift_cards.redeem(order_id=order.pk, actor=actor, code=card.code)


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


# --- paying -------------------------------------------------------------------------------------------------------


def test_a_card_that_covers_all_pays_at_once_and_keeps_the_rest(order):
    card = make_gift_card("50")

    assert redeem(order, card).status == S.PAID

    assert left(card) == 6
    assert [(one.variant, one.captured_amount) for one in order.payments.all()] == [(GIFT_CARD, 44)]
    assert order.invoices.count() == 1
    assert run() == []


def test_what_cards_leave_is_paid_at_the_provider(order):
    first, second = make_gift_card("10"), make_gift_card("14.50")

    assert redeem(order, first).status == S.PAY_REQUIRED
    assert redeem(order, second).amount_due == Decimal("19.50")
    assert order.ledger.count() == 0  # no money has moved yet
    pay(again(order))

    assert again(order).status == S.PAID
    amounts = (
        order.ledger.filter(kind="captured").values_list("payment__variant", "amount").order_by("amount")
    )
    assert list(amounts) == [(GIFT_CARD, 10), (GIFT_CARD, Decimal("14.50")), ("demo", Decimal("19.50"))]
    assert left(first) == left(second) == 0
    assert run() == []


def test_a_card_that_is_used_makes_the_session_at_the_provider_another_one(order):
    begun = start_payment(order_id=order.pk, actor=order.customer).payment

    redeem(order, make_gift_card("10"))
    after = start_payment(order_id=order.pk, actor=order.customer).payment

    begun.refresh_from_db()
    assert (begun.status, begun.total, after.total) == ("cancelled", 44, 34)
    assert run() == []


def test_money_of_the_session_before_the_card_goes_back_by_itself(order):
    begun = start_payment(order_id=order.pk, actor=order.customer).payment
    redeem(order, make_gift_card("10"))

    capture(begun)

    assert again(order).status == S.PAY_REQUIRED
    assert begun.refunds.get().cause == "wrong_amount"
    pay_rest = start_payment(order_id=order.pk, actor=order.customer).payment
    capture(pay_rest)
    return_money(order)
    assert again(order).status == S.PAID
    assert run() == []


def test_a_late_capture_after_a_card_has_paid_all_goes_back(order):
    begun = start_payment(order_id=order.pk, actor=order.customer).payment
    redeem(order, make_gift_card("50"))

    capture(begun)
    return_money(order)

    assert begun.refunds.get().cause == "double"
    assert again(order).status == S.PAID
    assert run() == []


def test_a_payment_that_is_under_way_keeps_cards_out(order):
    begun = start_payment(order_id=order.pk, actor=order.customer).payment
    record_authorisation(payment_id=begun.pk, amount=begun.total, reference="approved")
    card = make_gift_card("50")

    with pytest.raises(PaymentUnderWay):
        redeem(order, card)

    assert left(card) == 50


def test_the_same_card_twice_is_one_use(order):
    card = make_gift_card("10")

    redeem(order, card)
    redeem(order, card)

    assert left(card) == 0
    assert again(order).card_amount == 10


def test_a_card_can_be_taken_away_again(order):
    card = make_gift_card("10")
    redeem(order, card)
    use = order.card_uses.get()

    put_back(order_id=order.pk, actor=order.customer, use_id=use.pk)
    put_back(order_id=order.pk, actor=order.customer, use_id=use.pk)

    assert left(card) == 10
    assert again(order).amount_due == 44
    assert redeem(order, card).amount_due == 34
    assert run() == []


def test_a_use_of_another_order_can_not_be_taken_away(order, buyer):
    other = buyer.order_in(S.PAY_REQUIRED)
    redeem(other, make_gift_card("1"))

    with pytest.raises(CardUseNotFound):
        put_back(order_id=order.pk, actor=order.customer, use_id=other.card_uses.get().pk)


def test_an_order_that_is_canceled_gives_back_what_it_held(order):
    card = make_gift_card("10")
    redeem(order, card)

    cancel(order)

    assert left(card) == 10
    assert again(order).card_amount == 0
    assert run() == []


def test_an_order_whose_time_is_over_gives_back_what_it_held(order):
    card = make_gift_card("10")
    redeem(order, card)
    Order.objects.filter(pk=order.pk).update(pay_by=timezone.now() - timedelta(seconds=1))

    assert cancel_unpaid(order_id=order.pk).status == S.CANCELED

    assert left(card) == 10
    assert run() == []


def test_who_works_here_does_not_pay_for_customers(order):
    with pytest.raises(PermissionDenied):
        redeem_as(order, make_staff(), make_gift_card("10"))


def test_a_paid_order_takes_no_card(buyer):
    with pytest.raises(StepNotAllowed):
        redeem(buyer.order_in(S.PAID), make_gift_card("10"))


# --- codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("writing", ["{0}-{1}-{2}-{3}", "{0}{1}{2}{3}", " {0} {1} {2} {3} "])
def test_a_code_is_read_however_it_is_typed(order, writing):
    make_gift_card("50", code="0A1B2C3D4E5F6G7H")
    typed = writing.format("oa1b", "2c3d", "4e5f", "6g7h")

    assert redeem_as(order, order.customer, GiftCard(code=typed)).status == S.PAID


def spent(card: GiftCard) -> None:
    redeem(Buyer().order_in(S.PAY_REQUIRED, (make_product(stock=9, price=Decimal(99)), 1)), card)


def voided(card: GiftCard) -> None:
    void_card(card_id=card.pk, note="lost", actor=None)


WRONG = {
    "unknown": lambda card: setattr(card, "code", "0000000000000000"),
    "nonsense": lambda card: setattr(card, "code", "hello"),
    "empty": lambda card: setattr(card, "code", ""),
    "spent": spent,
    "void": voided,
}


@pytest.mark.parametrize("why", WRONG)
def test_every_code_that_can_not_pay_has_the_same_answer(order, why):
    card = make_gift_card("10")
    WRONG[why](card)

    with pytest.raises(GiftCardNotUsable) as refused:
        redeem_as(order, order.customer, card)

    assert str(refused.value) == "This gift card can't be used. Please check its code."


def test_a_card_that_has_expired_pays_nothing(order, settings):
    settings.GIFT_CARD_DAYS = -1

    with pytest.raises(GiftCardNotUsable):
        redeem(order, make_gift_card("10"))


def test_a_card_in_another_currency_pays_nothing(order, settings):
    settings.CURRENCY = "EUR"
    card = make_gift_card("10")
    settings.CURRENCY = "USD"

    with pytest.raises(GiftCardNotUsable):
        redeem(order, card)


def test_who_guesses_is_stopped(order, settings):
    settings.CODE_TRIES_OF_CUSTOMER = 3
    card = make_gift_card("10")
    redeem(order, card)  # a right one does not count
    for _try in range(3):
        with pytest.raises(GiftCardNotUsable):
            redeem_as(order, order.customer, GiftCard(code="0000000000000000"))

    with pytest.raises(TooManyCodes):
        redeem_as(order, order.customer, make_gift_card("10"))


# --- money back ---------------------------------------------------------------------------------------------------


def test_a_refund_goes_back_to_the_card_at_once(order):
    card = make_gift_card("50")
    redeem(order, card)

    ask_refund(again(order))

    assert again(order).status == S.CANCELED
    assert left(card) == 50
    assert order.invoices.count() == 2  # with its credit note
    assert run() == []


def test_a_refund_of_both_waits_for_the_provider_alone(order):
    card = make_gift_card("10")
    redeem(order, card)
    pay(again(order))

    ask_refund(again(order))
    assert (again(order).status, left(card)) == (S.REFUND, 10)
    return_money(order)

    assert again(order).status == S.CANCELED
    assert run() == []


def test_a_part_goes_back_to_the_provider_first_then_to_the_card(order):
    card = make_gift_card("10")
    redeem(order, card)
    pay(again(order))  # 34 there

    change(again(order), "refund", amount=30)
    assert left(card) == 0
    change(again(order), "refund", amount=6)  # 4 are left there
    return_money(order)

    assert left(card) == 2
    assert again(order).status == S.PAID
    assert run() == []


def test_pieces_that_are_canceled_go_back_likewise(order):
    card = make_gift_card("30")
    redeem(order, card)
    pay(again(order))  # 14 there

    change(again(order), "cancel", {"CUP": 1})
    return_money(order)
    assert left(card) == 6
    change(again(order), "cancel", {"CUP": 1})
    return_money(order)

    assert (again(order).status, left(card)) == (S.CANCELED, 30)
    assert run() == []


def test_a_void_card_takes_money_back(order):
    card = make_gift_card("50")
    redeem(order, card)
    voided(card)

    ask_refund(again(order))

    assert left(card) == 44
    assert run() == []


def test_staff_give_a_part_back_as_store_credit(order):
    pay(order)

    change(order, "refund", amount=5, to_credit=True)

    credit = GiftCard.objects.get(owner=order.customer)
    assert credit.balance == 5
    assert again(order).status == S.PAID
    assert not Payment.objects.get(order=order).refunds.exclude(state="done").exists()
    assert run() == []


def test_what_is_returned_by_hand_at_the_provider_leaves_what_the_card_paid(order):
    card = make_gift_card("10")
    redeem(order, card)
    pay(again(order))

    return_at_provider_of(order)

    assert again(order).status == S.PAID  # 10 of it are paid still
    assert left(card) == 0
    assert run() == []


def return_at_provider_of(order: Order) -> None:
    cards = order.ledger.filter(payment__variant=GIFT_CARD)
    assert order.ledger.filter(kind="captured").exclude(pk__in=cards).count() == 1
    return_at_provider(order)


# --- selling ------------------------------------------------------------------------------------------------------


def test_cards_are_issued_when_their_order_is_paid(buyer):
    make_promotion("10")
    order = buyer.order_in(
        S.PAY_REQUIRED, (make_gift_product("50"), 2), (make_product(stock=9, sku="CUP"), 1)
    )
    assert not GiftCard.objects.exists()

    pay(order)

    cards = list(GiftCard.objects.order_by("pk"))
    assert [card.balance for card in cards] == [50, 50]  # promotions take nothing off money
    assert len({card.code for card in cards}) == 2
    line = order.lines.get(product__is_gift_card=True)
    assert (line.discount, line.tax_amount, line.tax_rate) == (0, 0, 0)
    assert order.discount_total > 0
    assert run() == []


def test_a_refund_voids_the_cards_that_were_sold(buyer):
    order = sold_by(buyer, 2)

    ask_refund(order)
    return_money(order)

    assert [(card.balance, card.voided_at is None) for card in GiftCard.objects.all()] == [(0, False)] * 2
    with pytest.raises(GiftCardNotUsable):
        redeem(buyer.order_in(S.PAY_REQUIRED), GiftCard.objects.first())
    assert run() == []


def test_a_card_of_which_something_was_spent_can_not_be_refunded(buyer, order):
    sold = sold_by(buyer)
    redeem(order, GiftCard.objects.get())

    with pytest.raises(GiftCardSpent):
        ask_refund(sold)

    assert again(sold).status == S.PAID
    ask_refund(again(order))  # what it bought goes back, and then the card can
    ask_refund(sold)
    assert again(sold).status == S.REFUND
    assert run() == []


def test_a_piece_that_is_canceled_voids_an_untouched_card(buyer, order):
    sold = sold_by(buyer, 2)
    first, second = GiftCard.objects.order_by("pk")
    redeem(order, second)

    change(sold, "cancel", {"GIFT": 1})
    return_money(sold)

    first.refresh_from_db()
    assert first.voided_at is not None
    assert left(second) == 6
    assert run() == []


def test_money_that_was_returned_at_the_provider_voids_what_is_left_on_the_card(buyer, order):
    sold = sold_by(buyer)
    card = GiftCard.objects.get()
    redeem(order, card)

    return_at_provider(sold)

    assert again(sold).status == S.CANCELED
    assert left(card) == 0
    assert run() == []


def test_an_order_of_cards_is_done_like_any_other(buyer):
    order = sold_by(buyer)

    complete(order)

    assert again(order).status == S.DONE
    assert run() == []


# --- store credit -------------------------------------------------------------------------------------------------


def test_store_credit_is_used_by_its_owner(order):
    credit = give_credit(order.customer, "20")
    give_credit(order.customer, "5")
    assert spendable_credit(order).amount == 25

    redeem(order, credit)

    assert again(order).amount_due == 19
    assert spendable_credit(again(order)) is None
    assert run() == []


def test_store_credit_of_somebody_else_is_not_there(order):
    give_credit(Buyer().user, "20")

    with pytest.raises(GiftCardNotUsable):
        redeem(order, GiftCard())


# --- what the database promises ----------------------------------------------------------------------------------


def test_a_balance_can_not_go_below_zero():
    card = make_gift_card("10")

    with pytest.raises(IntegrityError, match="orders_giftcard_not_negative"), transaction.atomic():
        GiftCardEntry.objects.create(card=card, kind="voided", amount=-11)


def test_a_balance_is_changed_by_entries_alone():
    card = make_gift_card("10")
    card.balance = 11

    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        card.save(update_fields=["balance"])


def test_entries_are_only_ever_added():
    entry = make_gift_card("10").entries.get()

    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        entry.delete()


def test_an_order_holds_no_more_than_it_costs(order):
    card = make_gift_card("99")

    with pytest.raises(IntegrityError, match="orders_order_card_amount"), transaction.atomic():
        order.card_uses.create(card=card, amount=45)
