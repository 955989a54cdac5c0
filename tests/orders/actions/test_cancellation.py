"""Orders that are given up while their provider says nothing, or is not in the settings any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.actions.cancellation import PaymentUnderWay
from orders.actions.money import payment_window
from orders.actions.money.payment_window import UNREACHABLE_SECONDS
from orders.models import Order
from orders.status import OrderStatus
from tests import pauses
from tests.factories import cancel, capture
from tests.orders.payments.providers.stripe_steps import address_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stand_in")]

S = OrderStatus


@pytest.fixture
def payment(payment):
    address_of(payment)
    return payment


def give_up(order, *, overdue: int) -> str:
    """What becomes of the order when the clock looks at it so many seconds after its time."""
    Order.objects.filter(pk=order.pk).update(pay_by=timezone.now() - timedelta(seconds=overdue))
    pauses.pass_for(order.payments.all())
    return payment_window.cancel_unpaid(order_id=order.pk).status


def test_a_provider_that_does_not_answer_keeps_an_overdue_order_open_for_an_hour(stand_in, order, payment):
    stand_in.go_wrong("500", "500")
    assert give_up(order, overdue=UNREACHABLE_SECONDS - 60) == S.PAY_REQUIRED
    assert give_up(order, overdue=UNREACHABLE_SECONDS + 60) == S.CANCELED

    payment.refresh_from_db()
    assert payment.status == "cancelled"
    capture(payment)
    assert payment.refunds.get().cause == "late"


def test_a_customer_cannot_cancel_while_the_provider_does_not_answer(stand_in, order, payment):
    stand_in.go_wrong("500")
    with pytest.raises(PaymentUnderWay):
        cancel(order)
    cancel(order)
    assert Order.objects.get(pk=order.pk).status == S.CANCELED


def test_a_provider_that_was_taken_out_of_the_settings_counts_as_one_that_does_not_answer(
    order, payment, settings
):
    settings.PAYMENT_VARIANTS = {"demo": ("orders.payments.providers.demo.DemoProvider", {})}
    with pytest.raises(PaymentUnderWay):
        cancel(order)
    assert give_up(order, overdue=60) == S.PAY_REQUIRED
    assert give_up(order, overdue=UNREACHABLE_SECONDS + 60) == S.CANCELED
