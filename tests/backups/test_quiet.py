"""A restored shop is quiet: nothing that is due goes out before it is released."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command

from orders.actions.money import payment_window
from orders.emails.queue import send_due
from orders.models import Email, Order, Refund
from orders.payments import refunds
from orders.status import OrderStatus
from outbox import queue, quiet
from tests import pauses
from tests.factories import ask_refund, make_product

pytestmark = pytest.mark.django_db(transaction=True)


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_nothing_goes_out_until_it_is_released(buyer, settings):
    order = buyer.order_in(OrderStatus.PAID, (make_product(stock=3), 1))
    ask_refund(order)
    late = buyer.order_in(OrderStatus.PAY_REQUIRED, (make_product(stock=3), 1))
    Order.objects.filter(pk=late.pk).update(pay_by=late.placed_at)
    pauses.pass_for(Email.objects.filter(sent_at=None))
    mail.outbox.clear()
    quiet.begin()

    send_due()
    assert mail.outbox == []
    assert refunds.due() == []
    assert queue.claim(Refund.objects.all(), refunds.policy()) is None
    assert payment_window.overdue_orders() == []
    looked = said("release", "--look")
    assert "orders_mail: " in looked and "orders_mail: 0" not in looked
    assert quiet.since() is not None

    assert said("release").endswith("Released.\n")
    assert quiet.since() is None
    send_due()
    assert mail.outbox
    assert refunds.due()
    assert payment_window.overdue_orders() == [late.pk]
    assert said("release") == "The shop is not quiet.\n"
