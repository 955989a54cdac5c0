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

    wait_until(lambda: len(subjects()) == 2, "two emails")
    assert {subject.split(": ")[1].strip() for subject in subjects()} == {
        "chúng tôi đã nhận được",
        "vui lòng thanh toán",
    }
