"""A customer's emails, from a real worker into the demo's mailbox."""

import re

import pytest

from tests.factories import make_numbered
from tests.journeys.client import Client
from tests.waiting import wait_until

pytestmark = pytest.mark.flow


def test_the_emails_of_an_order_arrive_in_the_customers_language(shop, buyer):
    client = Client(shop, buyer.user, language="vi")
    placed = client.place(client.preview({make_numbered(numbers=1).sku: 1}, buyer.address.pk)).json()

    def subjects() -> set[str]:
        return set(re.findall(rf"Đơn hàng {placed['number']}: [\w ]+", client.get("/demo/mails/").text))

    # One that says both, unless confirming took longer than the first waits.
    wait_until(
        lambda: any("vui lòng thanh toán" in subject for subject in subjects()),
        "the email that asks for the money",
    )
    said = {subject.split(": ")[1].strip() for subject in subjects()}
    assert said <= {"chúng tôi đã nhận được", "vui lòng thanh toán"}
