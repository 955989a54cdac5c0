"""Who pays a difference, sees it and ends it: its customer, who came by its link, staff, and nobody else."""

import pytest
from django.test import Client

from accounts.models import User
from orders.links import make_link
from orders.models import Order, WaitingChange
from orders.status import OrderStatus
from tests.answers import api_of, refused
from tests.factories import Buyer, make_user, shirts, staff_of
from tests.orders.differing import dear_shirt, exchange_dearly

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def agreed(staff) -> WaitingChange:
    dear_shirt()
    return exchange_dearly(Buyer().order_in(S.PAID, (shirts()[0], 2)), staff)


def of(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def end(user: User, order: Order):
    return api_of(user).post(f"/api/orders/{order.pk}/waiting-change/cancellation/", {}, format="json")


def now(agreed: WaitingChange) -> str:
    return Order.objects.get(pk=agreed.pk).status


def test_somebody_else_finds_neither_order_and_ends_nothing(agreed):
    user = make_user()
    stranger = of(user)
    for path in ("", "pay/", "live/"):
        assert stranger.get(f"/orders/{agreed.pk}/{path}").status_code == 404
    assert stranger.post(f"/orders/{agreed.pk}/pay/", {"outcome": "approve"}).status_code == 404
    refused(end(user, agreed.order), 404, "not_found")
    assert now(agreed) == S.PAY_REQUIRED


def test_its_customer_cancels_what_pays_it_and_does_not_end_it_as_staff_do(agreed):
    customer = of(agreed.order.customer)
    refused(end(agreed.order.customer, agreed.order), 403, "permission_denied")
    assert now(agreed) == S.PAY_REQUIRED
    customer.post(f"/orders/{agreed.pk}/steps/", {"step": "cancel"})
    assert now(agreed) == S.CANCELED


def test_who_came_by_its_link_pays_it_and_sees_the_other_order_no_more_than_its_number(agreed):
    guest = Client()
    guest.get(f"/orders/link/{make_link(agreed.supplement)}/")
    page = guest.get(f"/orders/{agreed.pk}/").content.decode()
    assert str(agreed.order.number) in page
    assert agreed.order.get_absolute_url() not in page
    assert guest.get(agreed.order.get_absolute_url()).status_code == 302
    guest.get(f"/orders/{agreed.pk}/pay/")
    assert guest.post(f"/orders/{agreed.pk}/pay/", {"outcome": "approve"}).status_code == 303
    assert now(agreed) == S.PAID


@pytest.mark.parametrize(("group", "status"), [("fulfilment", 200), ("finance", 200), ("support", 403)])
def test_staff_end_it_who_send_or_may_make_such_a_change(agreed, group, status):
    member = staff_of(group)
    assert end(member, agreed.order).status_code == status
    assert now(agreed) == (S.CANCELED if status == 200 else S.PAY_REQUIRED)
    if status == 200:
        refused(end(member, agreed.order), 409, "nothing_waits")
