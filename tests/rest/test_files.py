"""Addresses of files answer in problem documents, whatever is sent to them."""

import pytest
from rest_framework.test import APIClient

from orders.models import Invoice
from orders.status import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ending", ["pdf", "einvoice"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_what_is_sent_to_a_file_by_a_browser_that_is_signed_in_is_a_problem_of_its_own(buyer, ending, kind):
    """Its token against forged forms is looked for in the body, before anybody says that nothing is taken there."""
    paper = Invoice.objects.get(order=buyer.order_in(OrderStatus.PAID))
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(buyer.user)
    for token in ("b" * 32, ""):
        client.cookies["csrftoken"] = token
        sent = client.generic(
            "POST",
            f"/api/invoices/{paper.pk}/{ending}/",
            "csrfmiddlewaretoken=" + "b" * 32,
            content_type=kind,
        )
        assert sent.status_code in (400, 403, 405, 415)
        assert sent.json()["code"]
