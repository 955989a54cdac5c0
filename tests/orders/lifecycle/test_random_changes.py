"""Random changes, parcels, exchanges, refunds, returns and words of the provider against the real rules.

Whatever is tried, in whatever sequence: the books add up.
"""

from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import F, Q, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from catalog.models import Number, OptionValue, Product
from orders import audit
from orders.actions.changes import accepting, change_requests, waiting
from orders.actions.changes.accepting import Terms
from orders.actions.changes.changes import Wish, apply_change, preview_change
from orders.actions.changes.details import Details, change_details, preview_details
from orders.actions.changes.exchange_preview import Swap, preview_exchange
from orders.actions.changes.exchanges import make_exchange
from orders.actions.money.payment import start_payment
from orders.actions.money.payment_window import cancel_unpaid
from orders.actions.parcels import send_parcel
from orders.actions.steps import take_step
from orders.errors import OrderError
from orders.lifecycle.parcels import Parcel, left_of
from orders.models import (
    EXCHANGE,
    GIFT_CARD,
    ChangeLine,
    ChangeRequest,
    Dispute,
    Invoice,
    LedgerEntry,
    Order,
    OrderChange,
    OrderLine,
    PriceBand,
    Refund,
    ShipmentLine,
    WaitingChange,
    Zone,
    ZonePlace,
)
from orders.payments import differences, made_at_provider, refunds, returning
from orders.payments.disputes import note_dispute
from orders.payments.providers.base import Notification, NotificationKind
from orders.pricing.left import left_of_order
from orders.status import OrderStatus, Step
from tests import lock_order
from tests.factories import (
    HUE,
    Buyer,
    capture,
    make_gift_card,
    make_numbered,
    make_product,
    make_staff,
    make_tax_class,
    pay,
    redeem,
    shirts,
    tell,
)
from tests.rounds import part_of

pytestmark = [pytest.mark.django_db, pytest.mark.flow]
PLACES = {
    "VN": {
        "full_name": "Nguyễn Thị Hoa",
        "phone": "+84 28 3822 0000",
        "line1": "12 Lê Lợi",
        "city": "Huế",
        "region": HUE,
        "postal_code": "530000",
        "country": "VN",
    },
    "DE": {
        "full_name": "Lan Krause",
        "phone": "+49 30 901820",
        "line1": "Hauptstraße 1",
        "city": "Berlin",
        "postal_code": "10115",
        "country": "DE",
    },
    "FR": {
        "full_name": "Lan Dupont",
        "phone": "+33 1 42 68 53 00",
        "line1": "1 Rue de Rivoli",
        "city": "Paris",
        "postal_code": "75001",
        "country": "FR",
    },
}
# What something costs more nobody pays, the shop, or the customer.
MORE = ({}, {"waive": True}, {"pay": True}, {"pay": True})
KINDS = st.sampled_from([OrderChange.Kind.REFUND, OrderChange.Kind.CANCEL, OrderChange.Kind.RETURN])
STOCK, NUMBERS = 9, 6


class PaidOrder(RuleBasedStateMachine):
    """One paid order; anything may happen to it, also twice, late, or refused."""

    @initialize(
        prices=st.tuples(st.integers(1, 2000), st.integers(0, 900)),
        pieces=st.integers(1, 4),
        on_cards=st.lists(st.integers(1, 4000), max_size=2),
    )
    def buy(self, prices, pieces, on_cards):
        self.undo = transaction.atomic()
        # What has to be a transaction of its own may be one inside of this, as inside of a test.
        self.undo._from_testcase = True
        self.undo.__enter__()
        lock_order.begin()
        self.staff, buyer = make_staff(), Buyer()
        cup, book = (Decimal(price) / 100 for price in prices)
        self.cups = make_product(stock=STOCK, sku="CUP", price=cup, tax_class=make_tax_class("19"))
        books = make_product(stock=STOCK, sku="BOOK", price=book, tax_class=make_tax_class("7"))
        rooms = make_numbered(numbers=NUMBERS, sku="ROOM", price=Decimal("3.33"))
        self.shirts = {one.sku: one for one in (*shirts(), self._dear_shirt())}
        for country, fee in (("DE", "1.50"), ("FR", "7.25")):
            zone = Zone.objects.create(name=country)
            ZonePlace.objects.create(zone=zone, country=country, region="")
            PriceBand.objects.create(price_table=buyer.table, zone=zone, up_to_g=10_000_000, fee=Decimal(fee))
        medium = self.shirts["SHIRT-M"]
        bought = ((self.cups, pieces), (books, 2), (rooms, 2), (medium, 2))
        self.pk = buyer.order_in(OrderStatus.PAY_REQUIRED, *bought).pk
        for cents in on_cards:
            if self.order.status == OrderStatus.PAY_REQUIRED:
                redeem(self.order, make_gift_card(str(Decimal(cents) / 100)))
        if self.order.status == OrderStatus.PAY_REQUIRED:
            pay(self.order)
        self.told = 0

    def _dear_shirt(self):
        group = Product.objects.get(sku="SHIRT-M").group
        value = OptionValue.objects.create(group=group, option=1, name="XL", position=9)
        return make_product(stock=STOCK, sku="SHIRT-XL", price=Decimal("12.34"), group=group, value_1=value)

    def teardown(self):
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @property
    def order(self) -> Order:
        return Order.objects.get(pk=self.pk)

    def attempts(self):
        return Refund.objects.filter(payment__order=self.pk).order_by("pk")

    @rule(
        kind=KINDS,
        pieces=st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
        cents=st.integers(0, 1500),
        shipping=st.integers(0, 400),
        again=st.booleans(),
        to_credit=st.booleans(),
    )
    def change(self, kind, pieces, cents, shipping, again, to_credit):
        wish = Wish(
            kind=kind,
            quantities={} if kind == "refund" else dict(zip(("CUP", "BOOK", "ROOM"), pieces, strict=True)),
            restocked=("CUP", "ROOM") if again else (),
            amount=Decimal(cents) / 100,
            shipping=Decimal(shipping) / 100,
            note="?",
            to_credit=to_credit,
        )
        try:
            shown = preview_change(order_id=self.pk, actor=self.staff, wish=wish)
        except OrderError:
            return
        given = {"order_id": self.pk, "actor": self.staff, "change_id": shown.id, "based_on": shown.based_on}
        made = apply_change(**given, wish=wish)
        assert apply_change(**given, wish=wish) == made

    @rule(pieces=st.lists(st.integers(0, 2), min_size=4, max_size=4))
    def send(self, pieces):
        left = left_of(self.order)
        parcel = Parcel({line: min(many, left[line]) for line, many in zip(left, pieces, strict=False)})
        try:
            send_parcel(order_id=self.pk, actor=self.staff, parcel=parcel, note="as it is")
        except OrderError:
            return

    @rule(
        country=st.sampled_from(list(PLACES)),
        note=st.sampled_from([None, "", "Ring"]),
        more=st.sampled_from(MORE),
    )
    def redirect(self, country, note, more):
        wish = Details(address=PLACES[country], note=note, although_packed=True, **more, why="?")
        given = {"order_id": self.pk, "actor": self.staff, "wish": wish}
        try:
            shown = preview_details(**given)
        except OrderError:
            return
        given |= {"change_id": shown.id, "based_on": shown.based_on}
        assert change_details(**given) == change_details(**given)

    @rule(
        to=st.sampled_from(["SHIRT-L", "SHIRT-M", "SHIRT-XL"]),
        quantity=st.integers(1, 2),
        again=st.booleans(),
        more=st.sampled_from(MORE),
        at=st.integers(0, 3),
    )
    def exchange(self, to, quantity, again, more, at):
        """Of the order, or of one that was got in exchange."""
        orders = [
            self.pk,
            *Order.objects.filter(is_exchange=True).order_by("pk").values_list("pk", flat=True),
        ]
        pk = orders[at % len(orders)]
        line = Order.objects.get(pk=pk).lines.filter(sku__startswith="SHIRT").first()
        wanted = Swap(sku=line.sku, to=to, quantity=quantity, note="?", restocked=again, **more)
        given = {"order_id": pk, "actor": self.staff, "swap": wanted}
        try:
            with transaction.atomic():
                shown = preview_exchange(**given)
                given |= {"change_id": shown.id, "based_on": shown.based_on}
                made = make_exchange(**given)
        except OrderError:
            return
        assert make_exchange(**given) == made

    @rule(
        to=st.sampled_from(["", "SHIRT-L", "SHIRT-XL"]),
        pieces=st.tuples(st.integers(0, 2), st.integers(0, 2)),
        answer=st.sampled_from([Terms(), Terms(), Terms(waive=True), Terms(plain=True), None]),
    )
    def ask_and_answer(self, to, pieces, answer):
        """Its customer asks for shirts and cups, the shirts perhaps for others; staff accept, in some way, or decline."""
        order = self.order
        lines = dict(order.lines.values_list("sku", "pk"))
        quantities = dict(zip((lines["SHIRT-M"], lines["CUP"]), pieces, strict=True))
        kind = ChangeRequest.Kind.CANCEL if order.status == "paid" else ChangeRequest.Kind.RETURN
        given = {"order_id": self.pk, "actor": order.customer, "kind": kind, "quantities": quantities}
        try:
            asked = change_requests.ask(**given, wished={lines["SHIRT-M"]: to})
        except OrderError:
            return
        had = order.changes.count()
        if answer is not None:
            try:
                with transaction.atomic():
                    accept(asked, self.staff, answer)
            except OrderError:
                # Nothing of it was done, and it can be declined.
                assert order.changes.count() == had
            else:
                return
        change_requests.decline(request_id=asked.pk, actor=self.staff, note="No")

    @rule(cents=st.sampled_from([0, 0, 1]), twice=st.booleans())
    def pay_a_difference(self, cents, twice):
        """Or another amount than that; or once more what was paid, canceled or moved on from."""
        for order in Order.objects.filter(is_supplement=True).order_by("pk"):
            payment = order.payments.filter(variant="demo").first()
            if payment is None:
                try:
                    payment = start_payment(order_id=order.pk, actor=order.customer).payment
                except OrderError:
                    continue
            if not payment.ledger.exists() or twice:
                reference = f"charge {payment.token} {payment.ledger.count()}"
                capture(payment, amount=payment.total + Decimal(cents) / 100, reference=reference)

    @rule()
    def end_what_waits(self):
        """Staff can't wait; of an order where nothing does there is nothing to end."""
        for agreed in WaitingChange.objects.open():
            waiting.end(order_id=agreed.order_id, actor=self.staff, note="?")
            assert Order.objects.get(pk=agreed.pk).status == OrderStatus.CANCELED

    @rule(is_over=st.booleans())
    def sweep(self, is_over):
        """What moved on ends, and sometimes what was not paid in time; money of theirs goes back."""
        for pk in waiting.stale():
            waiting.end_stale(order_id=pk)
        if is_over:
            unpaid = Order.objects.filter(is_supplement=True, status=OrderStatus.PAY_REQUIRED)
            unpaid.update(pay_by=F("placed_at"))
            for pk in unpaid.values_list("pk", flat=True):
                cancel_unpaid(order_id=pk)
        for pk in differences.owed():
            differences.return_fee(order_id=pk)
        own = Refund.objects.filter(payment__order__is_supplement=True, payment__variant="demo")
        for refund in own.filter(state="asked"):
            refunds.work_on(refund_id=refund.pk)

    @rule(step=st.sampled_from([Step.COMPLETE, Step.ASK_REFUND]), at=st.integers(0, 3))
    def step_with_what_was_got_in_exchange(self, step, at):
        if got := list(Order.objects.filter(is_exchange=True).order_by("pk")):
            try:
                take_step(order_id=got[at % len(got)].pk, step=step, actor=self.staff)
            except OrderError:
                return

    @rule()
    def settle_what_was_paid_in_exchange(self):
        """By hand, as it is the only way."""
        asked = Refund.objects.filter(payment__variant=EXCHANGE, state="asked").order_by("pk")
        for refund in asked:
            refunds.settle_by_hand(refund_id=refund.pk, actor=self.staff, note="again")

    @rule(ends=st.sampled_from([None, NotificationKind.DISPUTE_WON, NotificationKind.DISPUTE_LOST]))
    def dispute(self, ends):
        """The customer's bank disputes the charge, of which the provider holds all that it has not returned."""
        charge = self.order.ledger.filter(kind="captured").first()
        for kind in (NotificationKind.DISPUTED, ends):
            amount = returning.left_of(charge)
            if kind is None or amount <= 0:
                return
            known = Dispute.objects.filter(capture=charge).first()
            amount = known.amount if known else amount
            says = {"amount": amount, "charge": charge.reference, "currency": self.order.currency}
            event = tell(charge.payment, kind, reference="dispute", **says)
            told = Notification(event.event_id, kind, charge.payment.token, reference="dispute", **says)
            said = note_dispute(charge.payment_id, told)
            type(event).objects.filter(pk=event.pk).update(remark=said)

    @rule(at=st.integers(0, 9))
    def work_on_a_refund(self, at):
        if attempts := list(self.attempts()):
            refunds.work_on(refund_id=attempts[at % len(attempts)].pk)

    @rule(at=st.integers(0, 9))
    def refuse_a_refund(self, at):
        if attempts := list(self.attempts().filter(attempts=0)):
            refunds.note_refused(refund_id=attempts[at % len(attempts)].pk, why="no")

    @rule(at=st.integers(0, 9), by_hand=st.booleans())
    def see_to_a_refused_refund(self, at, by_hand):
        if attempts := list(self.attempts().filter(state="refused")):
            pk = attempts[at % len(attempts)].pk
            act = refunds.settle_by_hand if by_hand else refunds.retry
            try:
                act(refund_id=pk, actor=self.staff, note="again")
            except OrderError:
                return

    @rule(at=st.integers(0, 9))
    def fail_a_refund(self, at):
        """Of a provider: what is on a card, or was given as credit, can't fail."""
        own = Q(answer="again") | Q(answer__startswith="store credit") | Q(payment__variant=GIFT_CARD)
        if attempts := list(self.attempts().filter(state="done").exclude(own)):
            refund = attempts[at % len(attempts)]
            made_at_provider.note_failed(
                payment_id=refund.payment_id, reference=refund.answer, key=refund.key, why="closed"
            )

    @rule(cents=st.integers(1, 2500))
    def return_at_the_provider(self, cents):
        """By hand; the provider lets nobody return what is not there, or is just going back."""
        charge = self.order.ledger.filter(kind="captured").exclude(payment__variant=GIFT_CARD).first()
        if charge is None:
            return
        amount = min(Decimal(cents) / 100, returning.free_of(charge))
        if amount <= 0 or self.order.status in (OrderStatus.REFUND, OrderStatus.CANCELED):
            return
        self.told += 1
        says = {"amount": amount, "charge": charge.reference, "reference": f"hand {self.told}"}
        event = tell(charge.payment, NotificationKind.REFUNDED, **says)
        said = made_at_provider.note_made_at_provider(payment_id=charge.payment_id, **says)
        type(event).objects.filter(pk=event.pk).update(remark=said)

    @rule()
    def capture_again(self):
        """A second charge of the same amount goes back by itself."""
        payment = self.order.payments.exclude(variant=GIFT_CARD).first()
        if payment and not payment.ledger.filter(reference="again").exists():
            capture(payment, reference="again")

    @rule(step=st.sampled_from([Step.COMPLETE, Step.ASK_REFUND]))
    def take_a_step(self, step):
        try:
            take_step(order_id=self.pk, step=step, actor=self.staff)
        except OrderError:
            return

    # --- what holds after each ----------------------------------------------------------------------------------

    @invariant()
    def no_more_goes_back_than_was_captured(self):
        for charge in LedgerEntry.objects.filter(kind="captured"):
            assert 0 <= returning.left_of(charge) <= charge.amount
            going = (
                charge.refunds.filter(state__in=["asked", "done"]).aggregate(sum=Sum("amount"))["sum"] or 0
            )
            assert going <= charge.amount

    @invariant()
    def no_more_pieces_go_than_were_ordered(self):
        if hasattr(self, "pk"):
            for line in self.order.lines.all():
                gone = ChangeLine.objects.filter(line=line, change__undone_by=None)
                sums = gone.aggregate(q=Sum("quantity"), a=Sum("amount"), t=Sum("tax"))
                assert (sums["q"] or 0) <= line.quantity
                assert (sums["a"] or 0) <= line.line_total
                assert (sums["t"] or 0) <= line.tax_amount
            left = left_of_order(self.order)
            assert left.amount >= 0
            assert all(
                part.tax is not None and 0 <= part.tax <= part.amount for part in (*left.lines, left.shipping)
            )

    @invariant()
    def the_papers_say_what_is_kept(self):
        """Without what waits: what is refused, and what is on its way, is the customer's and was not credited yet.

        An order in Refund waits for the second charge too, and has its credit note with the last of the money.
        """
        if not hasattr(self, "pk"):
            return
        undone = self.attempts().exclude(state="done")
        is_ending = self.order.status == OrderStatus.REFUND and undone.exists()
        if not is_ending and not undone.exclude(cause="double").exists():
            kept = sum((paper.total for paper in Invoice.objects.filter(order=self.pk)), Decimal(0))
            second = self.order.ledger.filter(reference="again").first()
            goes_back = second is not None and second not in returning.paying(self.order)
            held = returning.balance(self.order) - (returning.left_of(second) if goes_back else 0)
            assert kept == held

    @invariant()
    def what_was_got_in_exchange_is_kept_as_its_papers_say(self):
        for order in Order.objects.filter(Q(is_exchange=True) | Q(is_supplement=True)):
            if not Refund.objects.filter(payment__order=order).exclude(state="done").exists():
                kept = sum((paper.total for paper in Invoice.objects.filter(order=order)), Decimal(0))
                assert kept == returning.balance(order)

    @invariant()
    def no_more_is_sent_than_was_ordered_and_not_canceled(self):
        for line in OrderLine.objects.with_canceled():
            assert 0 <= line.sent <= line.to_send
            in_parcels = ShipmentLine.objects.filter(line=line).aggregate(sum=Sum("quantity"))["sum"] or 0
            assert line.sent == in_parcels

    @invariant()
    def stock_and_numbers_are_explained(self):
        if hasattr(self, "pk"):
            assert all(product.promised >= 0 for product in Product.objects.all())
            held = Number.objects.filter(allocation__line__order=self.pk).count()
            assert held == Number.objects.filter(state="taken").count()

    @invariant()
    def the_audit_finds_nothing(self):
        if hasattr(self, "pk"):
            assert list(audit.findings()) == []


def accept(asked: ChangeRequest, staff, terms: Terms) -> None:
    shown = accepting.preview(asked, actor=staff, terms=terms)
    change_requests.accept(
        request_id=asked.pk, actor=staff, change_id=shown.id, based_on=shown.based_on, terms=terms
    )


def walk(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        PaidOrder,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_random_changes_leave_the_books_whole():
    walk(examples=4, steps=12)


@pytest.mark.long
def test_many_random_changes_leave_the_books_whole():
    # All in one transaction, whose clock stands still: after ten minutes the audit would call the present yet to come.
    walk(examples=part_of(30), steps=30)
