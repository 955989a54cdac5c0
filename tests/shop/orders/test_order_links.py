"""An order's page as who came by the link in its email sees it: to be read and paid, and nothing else."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access.devices import end_links
from accounts.codes import asking
from orders.links import make_link
from orders.models import Order
from orders.status import OrderStatus
from tests.factories import Buyer, make_numbered, make_product, make_staff, make_user
from tests.orders.post import delivered
from tests.shop.conftest import Visitor, words

pytestmark = pytest.mark.django_db

S = OrderStatus


@pytest.fixture
def order(buyer) -> Order:
    return buyer.order_in(S.PAY_REQUIRED)


def address_of(order: Order) -> str:
    return f"/orders/link/{make_link(order)}/"


@pytest.fixture
def reader(visitor, order) -> Visitor:
    """Who opened the link."""
    visitor.get(address_of(order))
    return visitor


def test_the_link_leads_to_the_orders_own_address_and_tells_no_other_site(visitor, order):
    answer = visitor.get(address_of(order))

    assert answer.url == order.get_absolute_url()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    shown = visitor.get(answer.url)
    assert shown.status_code == 200
    assert make_link(order)[:40] not in shown.text
    assert "data-by-link" in shown.text


def test_it_shows_this_order_alone(reader, order, buyer):
    other = buyer.order_in(S.PAY_REQUIRED)
    for path in (
        other.get_absolute_url(),
        f"{other.get_absolute_url()}live/",
        f"{other.get_absolute_url()}pay/",
    ):
        assert reader.get(path).url.startswith("/accounts/login/")
    for path in ("/orders/", "/accounts/", "/accounts/addresses/"):
        assert reader.get(path).url.startswith("/accounts/login/")


def test_it_offers_to_pay_and_nothing_that_ends_the_order(reader, order, buyer):
    shown = reader.get(order.get_absolute_url())
    assert [str(step) for step in shown.context["steps"]] == ["pay"]
    assert "order-again" not in shown.text and "step-cancel" not in shown.text
    paid = buyer.order_in(S.PAID)
    reader.get(address_of(paid))
    assert reader.get(paid.get_absolute_url()).context["steps"] == []


@pytest.mark.parametrize("step", ["cancel", "ask_refund", "complete"])
def test_whatever_is_sent_nothing_ends_the_order(reader, order, step):
    for path, sent in (("steps/", {"step": step}), ("again/", {})):
        answer = reader.post(f"{order.get_absolute_url()}{path}", sent)
        assert answer.url.startswith("/accounts/login/")
    order.refresh_from_db()
    assert order.status == S.PAY_REQUIRED


def test_it_is_paid_by_the_link(reader, order):
    pay = f"{order.get_absolute_url()}pay/"
    assert reader.get(pay).status_code == 200
    answer = reader.post(pay, {"outcome": "approve"})

    assert answer.url == order.get_absolute_url()
    order.refresh_from_db()
    assert order.status == S.PAID
    assert order.payments.get().billing_email == order.customer.email
    assert reader.get(f"{pay}back/").url == order.get_absolute_url()


def test_an_order_that_cannot_be_paid_any_more_says_so(visitor, buyer):
    done = buyer.order_in(S.DONE)
    visitor.get(address_of(done))
    assert "nothing to pay" in words(visitor.get(f"{done.get_absolute_url()}pay/", follow=True))


def test_programs_that_open_links_begin_no_payment(visitor, order):
    shown = visitor.get(f"{address_of(order)}pay/", follow=True)
    assert shown.request["PATH_INFO"] == order.get_absolute_url()
    assert not order.payments.exists()


def test_its_customer_comes_to_paying_and_keeps_all_rights(customer, order):
    assert customer.get(f"{address_of(order)}pay/").url == f"{order.get_absolute_url()}pay/"
    assert customer.get(address_of(order)).url == order.get_absolute_url()
    shown = customer.get(order.get_absolute_url())
    assert "data-by-link" not in shown.text and "step-cancel" in shown.text


def test_staff_keep_theirs(order):
    clerk = Client()
    clerk.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    clerk.get(address_of(order))
    shown = clerk.get(order.get_absolute_url())
    assert "data-by-link" not in shown.text
    assert "pay" not in [str(step) for step in shown.context["steps"]]


def test_another_customer_who_has_the_link_reads_and_pays(visitor, order):
    visitor.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.get(order.get_absolute_url()).status_code == 404
    visitor.get(address_of(order))

    assert "data-by-link" in visitor.get(order.get_absolute_url()).text
    visitor.post(f"{order.get_absolute_url()}pay/", {"outcome": "approve"})
    order.refresh_from_db()
    assert order.status == S.PAID
    assert visitor.post(f"{order.get_absolute_url()}steps/", {"step": "ask_refund"}).status_code == 404


def test_codes_are_not_shown_and_do_not_count_as_seen(visitor, buyer):
    keys = make_numbered(numbers=2, numbers_reusable=False)
    paid = buyer.order_in(S.PAID, (keys, 1))
    visitor.get(address_of(paid))

    shown = visitor.get(paid.get_absolute_url()).text
    paid.refresh_from_db()

    assert f"{keys.sku}/001" not in shown and "data-hidden-codes" in shown
    assert paid.codes_seen_at is None


def test_seats_are_shown(visitor, buyer):
    seats = make_numbered(numbers=2)
    paid = buyer.order_in(S.PAID, (seats, 1))
    visitor.get(address_of(paid))
    assert f"{seats.sku}/001" in visitor.get(paid.get_absolute_url()).text


def test_the_invoice_is_there(visitor, buyer):
    paid = buyer.order_in(S.PAID)
    visitor.get(address_of(paid))
    invoice = visitor.get(f"{paid.get_absolute_url()}invoice/")
    assert invoice["Content-Type"] == "application/pdf"


def test_it_ends_while_the_page_is_open(reader, order):
    end_links(order.customer)
    for path in ("", "live/", "invoice/", "pay/back/"):
        assert reader.get(f"{order.get_absolute_url()}{path}").url.startswith("/accounts/login/")
    assert reader.get(f"{order.get_absolute_url()}pay/").url.startswith("/accounts/login/")


def test_signing_out_everywhere_else_ends_links(customer, order):
    link = address_of(order)
    customer.post("/accounts/sessions/", {"others": "1"})
    shown = Client().get(link)
    assert shown.status_code == 404
    assert "data-link-over" in shown.text and "/orders/find/" in shown.text


def test_a_session_knows_some_links_and_no_more(visitor, buyer, settings):
    settings.MAX_UNPAID_ORDERS = 30
    product = make_product(stock=100)
    orders = [buyer.place((product, 1)) for _nth in range(22)]
    for one in orders:
        visitor.get(address_of(one))

    assert len(visitor.session["order_links"]) == 20
    assert visitor.get(orders[-1].get_absolute_url()).status_code == 200
    assert visitor.get(orders[0].get_absolute_url()).status_code == 302


@pytest.mark.parametrize("token", ["x", "%00", "a.b.c", "é", "x" * 3000])
def test_what_is_no_link_says_that_it_no_longer_works(visitor, token):
    assert visitor.get(f"/orders/link/{token}/").status_code == 404


# --- find my order -----------------------------------------------------------------------------------------------------

FIND = "/orders/find/"


def asked(visitor, order: Order, **more) -> str:
    sent = {"number": order.number, "email": order.customer.email.upper(), **more}
    answer = visitor.post(FIND, sent)
    assert answer.url == FIND
    return words(visitor.get(FIND)).replace(str(sent["email"]), "…").replace(str(sent["email"]).lower(), "…")


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_number_and_address_bring_the_link(visitor, order):
    asked(visitor, order)
    email = delivered()[-1]

    assert email.to == [order.customer.email]
    link = email.body.partition("/orders/link/")[2].partition("\n")[0]
    assert visitor.get(f"/orders/link/{link}", follow=True).request["PATH_INFO"] == order.get_absolute_url()


def test_strangers_learn_nothing(order):
    other = Buyer().place((make_product(stock=1), 1))
    stranger = "stranger@example.com"
    pages = [
        without_tokens(asked(Visitor(), order)),
        without_tokens(asked(Visitor(), order, email=stranger)),
        without_tokens(asked(Visitor(), order, number=10**12)),
        without_tokens(asked(Visitor(), order, number=other.number)),
    ]

    assert len(set(pages)) == 1
    told = [email for email in delivered() if email.subject.startswith("Your link")]
    assert len(told) == 4
    assert ["/orders/link/" in email.body for email in told].count(True) == 1


def test_nor_by_the_number_of_statements(order):
    counts = []
    for number, email in (
        (order.number, order.customer.email),
        (order.number, "a@example.com"),
        (1, "b@example.com"),
    ):
        with CaptureQueriesContext(connection) as seen:
            Visitor().post(FIND, {"number": number, "email": email})
        counts.append(len([one for one in seen.captured_queries if "FOR NO KEY" not in one["sql"]]))

    assert len(set(counts)) == 1


def test_who_was_switched_off_gets_no_link(visitor, order):
    order.customer.is_active = False
    order.customer.save()
    asked(visitor, order)
    told = [email for email in delivered() if email.subject.startswith("Your link")]
    assert ["/orders/link/" in email.body for email in told] == [False]


def test_links_are_limited_by_address_silently_and_by_network_aloud(visitor, order, settings, monkeypatch):
    settings.ASKING_LIMITS = True
    for _nth in range(asking.OF_ADDRESS_HERE.most + 2):
        asked(visitor, order)
    assert (
        len([one for one in delivered() if one.subject.startswith("Your link")])
        == asking.OF_ADDRESS_HERE.most
    )

    monkeypatch.setattr(asking, "OF_NETWORK", asking.Limit(2, timedelta(hours=1)))
    assert visitor.post(FIND, {"number": 1, "email": "x@example.com"}).status_code == 429


@pytest.mark.parametrize(
    "sent", [{}, {"number": "x", "email": "a@example.com"}, {"number": "-1", "email": "a@example.com"}]
)
def test_what_is_missing_is_said(visitor, sent):
    shown = visitor.post(FIND, sent)
    assert shown.status_code == 200 and 'class="errors"' in shown.text
