"""Asking, on the pages, to be told when a product is back: one click for a customer, a link first for a stranger."""

import re
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import inventory
from catalog.models import Product
from catalog.models.wait import Wait
from orders import tasks
from orders.actions import back_in_stock
from orders.models import Email, EmailKind
from tests.factories import confirm, make_numbered, make_product, make_user
from tests.orders.post import delivered
from tests.parallel import at_once
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
TELL = "Tell me when it's back"
CONFIRM = re.compile(r"/back-in-stock/confirm/\S+/")


# Each stranger comes from a network of their own, since so much an hour is asked from one.
networks = (f"198.18.{third}.{fourth}" for third in range(256) for fourth in range(1, 255))


def stranger() -> Client:
    return Client(REMOTE_ADDR=next(networks))


def page_of(product: Product) -> str:
    return f"/products/{product.slug}/"


def ask(browser: Client, product: Product, **typed):
    return browser.post(
        "/back-in-stock/", {"sku": product.sku, "next": page_of(product), **typed}, follow=True
    )


def shown(response) -> str:
    return words(response).replace("&#x27;", "'")


def links_to(email: str) -> list[str]:
    sent = Email.objects.filter(to=email, kind=EmailKind.BACK_TO_CONFIRM).order_by("pk")
    return [CONFIRM.search(one.text)[0] for one in sent]


def test_a_product_that_is_sold_out_offers_it_and_one_that_is_not_does_not(customer, buyer):
    gone, there = make_product(), make_product(stock=1)
    assert TELL in shown(customer.get(page_of(gone)))
    assert TELL in shown(stranger().get(page_of(gone)))
    assert TELL not in shown(customer.get(page_of(there)))
    assert "look again later" not in shown(stranger().get(page_of(gone)))


def test_a_customer_waits_with_one_click_and_the_page_says_so(customer, buyer):
    product = make_product(name="Mug")
    answer = ask(customer, product)
    assert answer.redirect_chain == [(page_of(product), 303)]
    assert f"We will email {buyer.user.email} as soon as Mug is back." in shown(answer)
    assert TELL not in shown(customer.get(page_of(product)))
    ask(customer, product)
    wait = Wait.objects.get()
    assert (wait.product, wait.user, wait.email) == (product, buyer.user, buyer.user.email)


def test_a_stranger_is_written_to_again_only_after_the_link_has_said_yes():
    product, browser = make_product(name="Mug"), stranger()
    answer = ask(browser, product, email="Someone@Example.com")
    assert "We have sent an email to Someone@Example.com." in shown(answer)
    assert not Wait.objects.exists()
    inventory.receive(product_id=product.pk, quantity=1, actor=None)
    tasks.sweep()
    assert [message.to for message in delivered()] == [["someone@example.com"]], "the link, and nothing else"
    (link,) = links_to("someone@example.com")
    assert "Mug" in words(stranger().get(link)) and not Wait.objects.exists()
    assert stranger().post(link).status_code == 303
    tasks.sweep()
    assert [message.subject for message in delivered()][-1] == "Mug is back"
    tasks.sweep()
    assert len(delivered()) == 2


def test_the_link_of_an_accounts_address_is_the_accounts():
    product, user = make_product(), make_user(language="vi")
    ask(stranger(), product, email=user.email.upper())
    stranger().post(links_to(user.email)[0])
    wait = Wait.objects.get()
    assert (wait.user, wait.language) == (user, "vi")


def test_an_address_that_is_not_verified_is_a_strangers(customer, buyer):
    buyer.user.emailaddress_set.update(verified=False)
    product = make_product()
    assert buyer.user.email in shown(customer.get(page_of(product)))
    ask(customer, product, email=buyer.user.email)
    assert not Wait.objects.exists()
    assert len(links_to(buyer.user.email)) == 1


def test_what_the_page_says_tells_nothing_about_the_address(buyer):
    product = make_product()
    waits = make_user()
    back_in_stock.wait_for(product_id=product.pk, user=waits)
    said = set()
    for email in (buyer.user.email, waits.email, "nobody@example.com"):
        for _again in range(back_in_stock.MAX_LINKS_A_DAY + 1):
            answer = ask(stranger(), product, email=email)
            page = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", shown(answer)).replace(
                email, "…"
            )
            said.add((answer.status_code, page))
    assert len(said) == 1


def test_an_address_is_sent_few_links_a_day_and_a_network_asks_for_few_an_hour():
    product, network = make_product(), next(networks)
    for nth in range(30):
        answer = ask(Client(REMOTE_ADDR=network), product, email=f"{nth // 5}@example.com")
    assert len(links_to("0@example.com")) == back_in_stock.MAX_LINKS_A_DAY
    assert links_to("5@example.com") == []
    assert "Too many requests came from your network" in shown(answer)
    other = ask(stranger(), product, email="5@example.com")
    assert "We have sent an email" in shown(other)


@pytest.mark.django_db(transaction=True)
def test_of_links_asked_for_at_one_moment_an_address_is_sent_three_and_each_address_its_own():
    product = make_product()

    def asks(email: str):
        return lambda: back_in_stock.ask_to_confirm(product=product, email=email)

    at_once([asks(email) for email in ["One@example.com", "two@example.com"] * 6])

    for email in ("one@example.com", "two@example.com"):
        assert len(links_to(email)) == back_in_stock.MAX_LINKS_A_DAY


def statements_of(sku: str, **typed) -> list[str]:
    """What the database is asked, without the values: what takes as long as it. Savepoints take no time."""
    with CaptureQueriesContext(connection) as asked:
        ask(stranger(), SimpleNamespace(sku=sku, slug="nowhere"), **typed)
    said = [re.sub(r"'(?:[^']|'')*'|%s|\$?\b\d+\b", "?", one["sql"]) for one in asked]
    return [one for one in said if "SAVEPOINT" not in one]


def test_what_the_answer_costs_tells_nothing_about_the_address_nor_about_what_is_not_on_sale():
    product, hidden, waits = make_product(), make_product(is_active=False), make_user()
    back_in_stock.wait_for(product_id=product.pk, user=waits)
    emails = (make_user().email, waits.email, "nobody@example.com")
    of_addresses = [
        statements_of(product.sku, email=email)
        for email in emails
        for _again in range(back_in_stock.MAX_LINKS_A_DAY + 2)
    ]
    assert sum("INSERT INTO" in one for one in of_addresses[0]) == 1
    for one in of_addresses:
        assert one == of_addresses[0]
    assert statements_of(hidden.sku, email=emails[0]) == statements_of("NOTHING", email=emails[0])


@pytest.mark.parametrize("typed", [{}, {"email": ""}, {"email": "no address"}, {"email": "a@example.com\0"}])
def test_what_is_no_address_is_said_beside_the_field(typed):
    answer = ask(stranger(), make_product(), **typed)
    assert answer.status_code == 200 and TELL in shown(answer)
    assert "summary-of-errors" in words(answer)
    assert not Email.objects.exists()


def test_what_is_back_meanwhile_is_said(customer, buyer):
    product = make_product(stock=1, name="Mug")
    assert "Mug is back." in shown(ask(customer, product))
    assert not Wait.objects.exists()


@pytest.mark.parametrize(("sku", "status"), [("NOTHING", 404), ("", 404), ("\0", 400), ("x" * 5000, 404)])
def test_what_is_no_product_is_not_found(sku, status):
    assert stranger().post("/back-in-stock/", {"sku": sku, "email": "a@example.com"}).status_code == status


def test_a_product_that_is_not_on_sale_exists_for_who_ordered_it_alone(customer, buyer):
    product = make_product(stock=1)
    buyer.place((product, 1))
    Product.objects.update(is_active=False)
    assert ask(stranger(), product, email="a@example.com").status_code == 404
    ask(customer, product)
    assert Wait.objects.get().user == buyer.user


def test_an_order_that_was_not_confirmed_offers_it_for_what_is_sold_out(customer, buyer):
    suite, mug = make_numbered(numbers=0, name="River suite"), make_product(stock=5, name="Mug")
    order = buyer.place((suite, 1), (mug, 1))
    confirm(order)
    page = order.get_absolute_url()
    text = shown(customer.get(page))
    assert "Tell me when River suite is back" in text and "Tell me when Mug is back" not in text
    answer = customer.post("/back-in-stock/", {"sku": suite.sku, "next": page}, follow=True)
    assert answer.redirect_chain == [(page, 303)]
    assert f"We will email {buyer.user.email} as soon as River suite is back." in shown(answer)
    inventory.add_numbers(product_id=suite.pk, values=["1"], actor=None)
    assert "River suite is back" not in shown(customer.get(page))


def forged(what: object, salt: str) -> str:
    return signing.dumps(what, salt=salt)


@pytest.mark.parametrize(
    "path",
    [
        "confirm/x",
        "stop/x",
        "confirm/" + forged("someone@example.com", back_in_stock.STOP),
        "stop/" + forged([1, "someone@example.com", "en"], back_in_stock.CONFIRM),
        "confirm/" + forged([2**40, "someone@example.com", "en"], back_in_stock.CONFIRM),
        "confirm/" + signing.dumps([1, "a@example.com", "en"], salt=back_in_stock.CONFIRM, key=str(uuid4())),
    ],
    ids=["confirm nonsense", "stop nonsense", "of stopping", "of confirming", "no product", "another key"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_the_shop_did_not_make_leads_to_nothing(path, method):
    make_product()
    answer = getattr(stranger(), method)(f"/back-in-stock/{path}/")
    assert answer.status_code == 404 and "This link no longer works" in words(answer)
    assert not Wait.objects.exists()


def test_an_old_link_confirms_nothing_and_an_old_one_to_stop_does(monkeypatch):
    product = make_product()
    email = "someone@example.com"
    Wait.objects.create(product=product, email=email, language="en")
    with monkeypatch.context() as then:
        then.setattr(signing.TimestampSigner, "timestamp", lambda _signer: signing.b62_encode(1_600_000_000))
        confirms = forged([product.pk, "other@example.com", "en"], back_in_stock.CONFIRM)
        stops = forged(email, back_in_stock.STOP)
    assert stranger().post(f"/back-in-stock/confirm/{confirms}/").status_code == 404
    assert stranger().post(f"/back-in-stock/stop/{stops}/").status_code == 303
    assert not Wait.objects.exists()
