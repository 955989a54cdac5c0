"""A customer's invoices in one list, and the desk's list of all."""

import pytest
from django.urls import reverse

from orders.models import Invoice
from orders.status import OrderStatus
from tests.factories import Buyer, make_staff, return_money, staff_of

S = OrderStatus
pytestmark = pytest.mark.django_db


def test_customers_find_their_own_papers_and_no_others(customer, buyer):
    own = buyer.order_in(S.REFUND)
    return_money(own)
    other = Buyer().order_in(S.PAID)
    page = customer.get(reverse("invoices")).content.decode()
    assert page.count("data-invoice=") == 2
    assert all(paper.get_absolute_url() in page for paper in own.invoices.all())
    assert str(other.pk) not in page


def test_who_has_no_invoice_reads_so(customer):
    assert "No invoices yet" in customer.get(reverse("invoices")).content.decode()


def test_strangers_sign_in_first(client):
    assert client.get(reverse("invoices")).status_code == 302


def test_staff_find_a_paper_by_its_number_and_by_its_order(client, buyer):
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    first, second = buyer.order_in(S.PAID), buyer.order_in(S.PAID)
    listed = reverse("admin:orders_invoice_changelist")
    paper = Invoice.objects.get(order=first)
    for words in (str(paper.number), str(first.number)):
        assert paper in client.get(listed, {"q": words}).context["cl"].result_list
    assert client.get(listed, {"q": "x" * 40}).context["cl"].result_count == 0
    assert client.get(listed, {"kind__exact": "invoice"}).context["cl"].result_count == 2
    assert str(second.number) in client.get(listed).content.decode()


def test_staff_without_the_right_find_none(client):
    client.force_login(staff_of("Catalog"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:orders_invoice_changelist")).status_code == 403


@pytest.mark.parametrize("status", [S.DONE, S.CANCELED])
def test_what_is_over_can_be_ordered_again(customer, buyer, status):
    order = buyer.order_in(status)
    assert 'id="order-again"' in customer.get(reverse("order", args=[order.pk])).content.decode()
