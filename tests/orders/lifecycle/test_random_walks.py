"""Random steps against the real rules and a small model of them: whatever is tried, the books add up."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from catalog import inventory
from catalog.models import Inventory, Number, Product
from orders.actions.money import payment_window
from orders.actions.money.payment import start_payment
from orders.actions.steps import take_step
from orders.checkout.placement.stock import InsufficientStock
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Allocation, Order
from orders.payments.recording import record_decline
from orders.status import FIRST, GIVEN_UP, STEPS, OrderStatus, Step
from tests import lock_order
from tests.factories import Buyer, capture, make_numbered, make_product, make_staff, return_money
from tests.rounds import part_of

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

STOCK, NUMBERS = 6, 4
EDGES = set(STEPS.values())


class OrderLife(RuleBasedStateMachine):
    """Any step may be tried on any order; the model says which must succeed."""

    orders = Bundle("orders")

    @initialize()
    def open_shop(self):
        self.undo = transaction.atomic()
        # What has to be a transaction of its own may be one inside of this, as inside of a test.
        self.undo._from_testcase = True
        self.undo.__enter__()
        lock_order.begin()
        self.buyer, self.staff = Buyer(), make_staff()
        self.pieces = [make_product(stock=STOCK), make_product(stock=STOCK)]
        self.rooms = make_numbered(numbers=NUMBERS)
        self.keys = make_numbered(numbers=NUMBERS, numbers_reusable=False)
        self.received = {product.pk: STOCK for product in self.pieces}
        self.status: dict = {}
        self.retired = 0

    def teardown(self):
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(
        target=orders,
        wanted=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=4),
    )
    def place(self, wanted):
        products = [*self.pieces, self.rooms, self.keys]
        preview = self.buyer.preview(*[(products[index], quantity) for index, quantity in wanted])
        counted = [line for line in preview.lines if line.inventory == Inventory.COUNTED]
        enough = all(self.stock(line.product_id) >= line.quantity for line in counted)
        try:
            order = self.buyer.place_preview(preview)
        except InsufficientStock:
            assert not enough
            return None
        assert enough
        self.status[order.pk] = FIRST
        return order.pk

    @rule(product=st.integers(0, 1), quantity=st.integers(1, 5))
    def receive(self, product, quantity):
        product = self.pieces[product]
        inventory.receive(product_id=product.pk, quantity=quantity, actor=None)
        self.received[product.pk] += quantity

    @rule(order=orders)
    def confirm(self, order):
        if order is None:
            return
        pending = self.status[order] == OrderStatus.PENDING
        wanted = Order.objects.get(pk=order).lines.filter(inventory=Inventory.NUMBERED)
        enough = all(self.free(line.product_id) >= line.quantity for line in wanted)
        status = confirm_order(order_id=order).status
        if pending:
            assert status == (OrderStatus.PAY_REQUIRED if enough else OrderStatus.NOT_CONFIRMED)
            self.status[order] = status

    @rule(
        order=orders,
        step=st.sampled_from([Step.CANCEL, Step.ASK_REFUND, Step.COMPLETE]),
    )
    def take_a_step(self, order, step):
        self.attempt(order, step, lambda: take_step(order_id=order, step=step, actor=self.staff))

    @rule(order=orders)
    def pay(self, order):
        self.attempt(order, Step.PAY, lambda: self.start_and_settle(order))

    @rule(order=orders)
    def decline(self, order):
        if order and self.status[order] == OrderStatus.PAY_REQUIRED:
            payment = start_payment(order_id=order, actor=self.buyer.user).payment
            record_decline(payment_id=payment.pk)

    @rule(order=orders)
    def return_money(self, order):
        if order is None:
            return
        return_money(Order.objects.get(pk=order))
        if self.status[order] == OrderStatus.REFUND:
            keys = Order.objects.get(pk=order).lines.filter(product=self.keys)
            self.retired += sum(line.quantity for line in keys)
            self.status[order] = OrderStatus.CANCELED

    @rule(order=consumes(orders))
    def run_out_of_time(self, order):
        if order is None:
            return
        Order.objects.filter(pk=order, status=OrderStatus.PAY_REQUIRED).update(pay_by="2000-01-01T00:00Z")
        payment_window.cancel_unpaid(order_id=order)
        if self.status[order] == OrderStatus.PAY_REQUIRED:
            self.status[order] = OrderStatus.CANCELED

    def attempt(self, order, step, act):
        if order is None:
            return
        allowed = STEPS[step].source == self.status[order]
        try:
            act()
        except StepNotAllowed:
            assert not allowed
        else:
            assert allowed
            self.status[order] = STEPS[step].target

    def start_and_settle(self, order):
        payment = start_payment(order_id=order, actor=self.buyer.user).payment
        capture(payment)

    def stock(self, product_id: int) -> int:
        return Product.objects.get(pk=product_id).stock_quantity

    def free(self, product_id: int) -> int:
        return Number.objects.filter(product_id=product_id, state=Number.State.FREE).count()

    def held(self, product_id: int) -> int:
        live = [order for order, status in self.status.items() if status not in GIVEN_UP]
        lines = Order.objects.filter(pk__in=live, lines__product_id=product_id)
        return sum(lines.values_list("lines__quantity", flat=True))

    @invariant()
    def orders_stand_where_the_model_says(self):
        assert dict(Order.objects.values_list("pk", "status")) == getattr(self, "status", {})

    @invariant()
    def stock_and_sold_add_up(self):
        for product_id, received in getattr(self, "received", {}).items():
            assert self.stock(product_id) + self.held(product_id) == received

    @invariant()
    def numbers_are_held_by_one_live_order_each(self):
        if not hasattr(self, "status"):
            return
        taken = set(Number.objects.filter(state=Number.State.TAKEN).values_list("pk", flat=True))
        assert taken == set(Allocation.objects.values_list("number", flat=True))
        assert Number.objects.filter(state=Number.State.RETIRED).count() == self.retired
        for allocation in Allocation.objects.select_related("line__order"):
            assert allocation.line.order.status not in (*GIVEN_UP, OrderStatus.PENDING)

    @invariant()
    def every_history_is_a_path_through_the_diagram(self):
        for order in Order.objects.prefetch_related("history"):
            steps = list(order.history.all())
            assert (steps[0].from_status, steps[0].to_status) == (None, FIRST)
            assert all((step.from_status, step.to_status) in EDGES for step in steps[1:])
            assert [step.sequence for step in steps] == list(range(1, len(steps) + 1))
            assert steps[-1].to_status == order.status


def walk(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        OrderLife,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_random_steps_keep_to_the_diagram_and_the_books(settings):
    settings.MAX_UNPAID_ORDERS = 1000
    walk(examples=8, steps=20)


@pytest.mark.long
def test_many_random_steps_keep_to_the_diagram_and_the_books(settings):
    settings.MAX_UNPAID_ORDERS = 1000
    walk(examples=part_of(100), steps=50)
