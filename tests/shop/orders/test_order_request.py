"""The pages on which a customer asks to cancel a part, to return or to withdraw, in two steps; and the desk's answer."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import Product
from orders.actions.changes.change_requests import decline
from orders.links import make_link
from orders.models import ChangeRequest, Exchange, OrderChange, WaitingChange
from orders.status import OrderStatus
from tests.factories import Buyer, change, complete, make_product, make_staff, make_user, shirts, staff_of
from tests.orders.differing import dear_shirt

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def order(buyer):
    order = buyer.order_in(S.PAID, (make_product(stock=9, sku="CUP", price=Decimal(10)), 3))
    complete(order)
    return order


@pytest.fixture
def page(order) -> str:
    return reverse("order-request", args=[order.pk])


@pytest.fixture
def customer(client, order):
    client.force_login(order.customer)
    return client


def typed(order, pieces: object = 2, **more) -> dict:
    return {f"pieces-{order.lines.get().pk}": pieces, "kind": "withdraw", "note": "", **more}


def test_a_customer_withdraws_in_two_steps(customer, order, page):
    assert "order-request" in customer.get(order.get_absolute_url()).content.decode()
    assert "without giving a reason" in customer.get(page).content.decode()

    html = customer.post(page, typed(order)).content.decode()
    assert "Confirm: Withdraw from the contract" in html
    assert not ChangeRequest.objects.exists()

    html = customer.post(page, typed(order, confirmed=1), follow=True).content.decode()
    assert 'data-change-request="open"' in html
    assert ChangeRequest.objects.get().kind == "withdraw"
    # A second one, by a button that was clicked twice, is refused.
    customer.post(page, typed(order, confirmed=1))
    assert ChangeRequest.objects.count() == 1


def test_the_page_leads_nowhere_while_a_request_is_open_or_nothing_is_left(customer, order, page):
    customer.post(page, typed(order, 3, confirmed=1))
    assert page not in customer.get(order.get_absolute_url()).content.decode()

    asked = ChangeRequest.objects.get()
    decline(request_id=asked.pk, actor=make_staff(), note="used")
    assert page in customer.get(order.get_absolute_url()).content.decode()

    change(order, "refund", amount="1")
    assert page in customer.get(order.get_absolute_url()).content.decode()
    change(order, "return", {"CUP": 3})
    assert page not in customer.get(order.get_absolute_url()).content.decode()


def test_the_link_in_an_email_leads_to_it_by_a_code(client, order, page):
    """A guest has no password that the sign-in could ask for."""
    client.get(f"/orders/link/{make_link(order)}/")
    html = client.get(order.get_absolute_url()).content.decode()
    assert f'href="{reverse("account_request_login_code")}?next={page}"' in html


def test_its_title_says_what_it_is_for(customer, page):
    title = customer.get(page).content.decode().partition("</title>")[0]
    assert "return or cancel" in title


def test_what_was_chosen_can_be_changed(customer, order, page):
    html = customer.post(page, typed(order, change=1)).content.decode()
    assert 'value="2"' in html
    assert "request-next" in html


@pytest.mark.parametrize(
    "odd", [{"pieces": "x"}, {"pieces": "0"}, {"pieces": "-1"}, {"kind": "cancel"}, {"kind": ""}]
)
def test_odd_answers_ask_again(customer, order, page, odd):
    html = customer.post(page, typed(order, odd.pop("pieces", 2), **odd, confirmed=1)).content.decode()
    assert "request-next" in html
    assert not ChangeRequest.objects.exists()


def test_more_than_there_are_is_as_many_as_there_are(customer, order, page):
    customer.post(page, typed(order, "99", confirmed=1))
    assert ChangeRequest.objects.get().lines.get().quantity == 3


def test_others_see_no_such_page(client, order, page, staff):
    assert client.get(page).status_code == 302
    for other in (make_user(), staff):
        client.force_login(other)
        assert client.get(page).status_code == 404


def test_an_unpaid_order_has_nothing_to_return(client, buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    client.force_login(buyer.user)
    assert client.get(reverse("order-request", args=[order.pk])).status_code == 302


def test_staff_answer_on_one_page(client, customer, order, page, staff):
    customer.post(page, typed(order, confirmed=1))
    asked = ChangeRequest.objects.get()
    client.force_login(staff)
    desk = reverse("admin:orders_changerequest_decide", args=[asked.pk])
    assert desk in client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "Decide" in client.get(reverse("admin:orders_changerequest_changelist")).content.decode()

    html = client.get(desk).content.decode()
    assert "$20.00 goes back" in html
    hidden = dict(re.findall(r'name="(id|based_on)" value="([^"]*)"', html))
    for odd in ({"shipping": "x"}, {"id": "x"}, {"shipping": "99"}):
        assert client.post(desk, hidden | {"accept": 1} | odd).status_code == 200
    client.post(desk, hidden | {"accept": 1, "restocked": "CUP", "shipping": "4", "note": ""})

    made = OrderChange.objects.get()
    assert (made.amount, made.lines.get().restocked) == (24, True)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("accepted", staff)
    assert "accepted" in client.get(desk).content.decode()


def test_staff_decline_on_the_same_page(client, customer, order, page, staff):
    customer.post(page, typed(order, confirmed=1))
    asked = ChangeRequest.objects.get()
    desk = reverse("admin:orders_changerequest_decide", args=[asked.pk])
    client.force_login(staff_of("support"))
    assert client.get(desk).status_code == 403
    client.force_login(staff)
    client.post(desk, {"decline": 1, "note": "Đã dùng rồi"})

    client.force_login(order.customer)
    assert "Đã dùng rồi" in client.get(order.get_absolute_url()).content.decode()


# --- another variant in the place of money ------------------------------------------------------------------------------


@pytest.fixture
def shirt(client):
    """Two shirts in M that were sent, and who bought them."""
    dear_shirt()
    order = Buyer().order_in(S.DONE, (shirts()[0], 2))
    client.force_login(order.customer)
    return order


def wishing(order, to: str, pieces: int = 2, **more) -> dict:
    pk = order.lines.get().pk
    return {f"pieces-{pk}": pieces, f"variant-{pk}": to, "kind": "return", "note": "", **more}


def request_of(order) -> str:
    return reverse("order-request", args=[order.pk])


def test_variants_stand_beside_the_money_with_what_they_cost_more(client, shirt):
    assert "Return, exchange or withdraw" in client.get(shirt.get_absolute_url()).content.decode()
    html = client.get(request_of(shirt)).content.decode()
    for words in (
        "Return or exchange",
        "The money back",
        "Shirt, L, at the same price",
        "Shirt, XL, each $2.34 more",
    ):
        assert words in html
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=0)
    assert "Shirt, L" not in client.get(request_of(shirt)).content.decode()


def test_an_exchange_is_asked_for_in_two_steps(client, shirt):
    html = client.post(request_of(shirt), wishing(shirt, "SHIRT-XL")).content.decode()
    assert "Confirm: Exchange" in html
    assert "As of now it costs $4.68 more" in html
    assert "We don't keep the new items" in html
    assert not ChangeRequest.objects.exists()

    html = client.post(
        request_of(shirt), wishing(shirt, "SHIRT-XL", confirmed=1), follow=True
    ).content.decode()
    assert "Exchange: open" in html
    assert "2 × Shirt, M → Shirt, XL" in html
    assert ChangeRequest.objects.get().lines.get().exchange_for.sku == "SHIRT-XL"


def test_of_a_cheaper_one_the_page_says_what_goes_back(client, shirt):
    Product.objects.filter(sku="SHIRT-L").update(price=Decimal("7.50"))
    assert "each $2.50 less" in client.get(request_of(shirt)).content.decode()
    html = client.post(request_of(shirt), wishing(shirt, "SHIRT-L")).content.decode()
    assert "$5.00 goes back to you" in html


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"kind": "withdraw"}, "Who withdraws gets the money back"),
        ({"to": "CUP"}, "be had any more"),
        ({"left": 1}, "be had any more"),
    ],
)
def test_a_wish_that_can_not_be_had_asks_again(client, shirt, odd, words):
    if "left" in odd:
        Product.objects.filter(sku="SHIRT-L").update(stock_quantity=odd.pop("left"))
    data = wishing(shirt, odd.pop("to", "SHIRT-L"), confirmed=1) | odd
    html = client.post(request_of(shirt), data).content.decode()
    assert words in html
    assert "request-next" in html
    assert not ChangeRequest.objects.exists()


def asked_at_desk(client, shirt, to: str, staff) -> str:
    client.post(request_of(shirt), wishing(shirt, to, confirmed=1))
    client.force_login(staff)
    return reverse("admin:orders_changerequest_decide", args=[ChangeRequest.objects.get().pk])


def pressed(client, desk: str, **button) -> str:
    html = client.get(desk).content.decode()
    hidden = dict(re.findall(r'name="(id|based_on)" value="([^"]*)"', html))
    return client.post(desk, hidden | button, follow=True).content.decode()


def test_staff_accept_with_one_press(client, shirt, staff):
    desk = asked_at_desk(client, shirt, "SHIRT-L", staff)
    html = client.get(desk).content.decode()
    assert "2 × Shirt, M → Shirt, L (SHIRT-L)" in html
    assert "Accept and exchange" in html
    assert "Accept without exchanging: $20.00 goes back" in html
    pressed(client, desk, accept=1, restocked="SHIRT-M")
    assert Exchange.objects.get().order.lines.get().sku == "SHIRT-L"


def test_staff_see_what_its_customer_pays_first_and_may_waive_it(client, shirt, staff):
    desk = asked_at_desk(client, shirt, "SHIRT-XL", staff)
    assert "The customer pays $4.68 first." in client.get(desk).content.decode()
    pressed(client, desk, accept=1)
    assert WaitingChange.objects.get().supplement.difference == Decimal("4.68")


@pytest.mark.parametrize("button", ["waive", "plain"])
def test_staff_waive_the_difference_or_give_the_money_back(client, shirt, staff, button):
    desk = asked_at_desk(client, shirt, "SHIRT-XL", staff)
    pressed(client, desk, **{"accept": 1, button: 1})
    assert OrderChange.objects.get().amount == 20
    assert Exchange.objects.exists() == (button == "waive")


def test_what_is_sold_out_meanwhile_the_desk_says_and_offers_the_money(client, shirt, staff):
    desk = asked_at_desk(client, shirt, "SHIRT-L", staff)
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=1)
    html = client.get(desk).content.decode()
    assert "Not enough stock: SHIRT-L" in html
    assert "Accept and exchange" not in html
    assert "Not enough stock" in pressed(client, desk, accept=1)
    assert ChangeRequest.objects.get().state == "open"
    pressed(client, desk, plain=1)
    assert OrderChange.objects.get().kind == "return"
