"""The first page of the desk, its lists and its pages: what they show, to whom, in how many statements."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from bulk import exports, imports
from bulk.models import ExportJob, ImportJob
from orders.actions.drafts import editing
from orders.actions.drafts.wishes import Wish
from orders.events.feed import give_positions
from orders.models import (
    Courier,
    Email,
    Order,
    Refund,
    RefundRequest,
    WebhookDelivery,
    WebhookEndpoint,
    Zone,
    ZonePlace,
)
from orders.payments.refunds import note_refused
from orders.status import OrderStatus
from outbox.queue import give_up
from staff import counting
from tests.factories import make_numbered, make_price_table, make_product, make_user

S = OrderStatus
LIST = "/admin/orders/order/"


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def found(desk, **given) -> set[int]:
    return {order.number for order in desk.get(LIST, given).context["cl"].result_list}


def dead_endpoint(buyer) -> None:
    """An endpoint that got none of an order's events, and was switched off."""
    endpoint = WebhookEndpoint.objects.create(owner=buyer.user, url="https://example.com/", language="en")
    give_positions()
    WebhookDelivery.objects.exclude(pk=WebhookDelivery.objects.first().pk).update(
        state="done", next_attempt_at=None
    )
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(state=WebhookEndpoint.State.FAILED)
    give_up(endpoint.deliveries.all())


# --- the first page --------------------------------------------------------------------------------------------------


def cards(desk) -> dict[str, tuple[int, str]]:
    return {str(card.matter.title): (card.count, card.link) for card in desk.get("/admin/").context["cards"]}


def test_first_page_counts_what_needs_a_person_and_links_to_it(desk, buyer, staff, settings):
    settings.LOW_STOCK = settings.LOW_NUMBERS = 1
    paid = buyer.order_in(S.PAID)
    RefundRequest.objects.create(order=paid, asked_by=buyer.user)
    refused = Refund.objects.get(payment__order=buyer.order_in(S.REFUND))
    note_refused(refund_id=refused.pk, why="closed")
    buyer.order_in(S.NOT_CONFIRMED, (make_numbered(), 1))
    stuck = buyer.order_in(S.PENDING)
    Order.objects.filter(pk=stuck.pk).update(status_since=timezone.now() - timedelta(minutes=3))
    buyer.order_in(S.PENDING)
    make_product(stock=1)
    ZonePlace.objects.create(zone=Zone.objects.create(name="Lonely"), country="IS")
    give_up(Email.objects.filter(order=paid, kind="placed"))
    waiting = Refund.objects.filter(payment__order=buyer.order_in(S.REFUND))
    waiting.update(asked_at=timezone.now() - timedelta(hours=25))
    imports.check(actor=staff, kind="stock", file_name="", text="sku,received\nX,1\n")
    exports.ask(actor=staff, kind="stock")
    for jobs in (ImportJob, ExportJob):
        give_up(jobs.objects.all(), state="failed")
    dead_endpoint(buyer)
    editing.save_draft(actor=staff, wish=Wish(email=buyer.user.email, language="en"))

    shown = cards(desk)

    assert {title: count for title, (count, _link) in shown.items()} == {
        "Disputes to answer": 0,
        "Refunds that customers ask for": 1,
        "Changes requested": 0,
        "Returns on their way, and no address for them: set SHOP_RETURN_ADDRESS": 0,
        "Paid, to be done": 1,
        "Orders being taken": 1,
        "Refunds refused": 1,
        "Refunds that hang": 1,
        "Money to give back by hand": 0,
        "Sent for cash that has not come": 0,
        "Bank entries that match nothing": 0,
        "Pending for too long": 1,
        "Money that does not match a provider": 0,
        "Reconciliations that hang": 0,
        "Payments on their way for a week": 0,
        "Payments that no webhook told of": 0,
        "Payouts that hold something else than they say": 0,
        "Above the threshold of sales abroad: charge the tax of the place": 0,
        "Money in another currency": 0,
        "Webhooks in another version of the provider's API": 0,
        "Not confirmed today": 1,
        "Low stock": 1,
        "Numbers running out": 1,
        "Zones nobody serves": 1,
        "Emails given up": 1,
        "Emails that came back: ask for another address": 0,
        "Provider events failed": 0,
        "Payment providers that do not answer": 0,
        "Webhooks switched off after failures": 1,
        "Webhooks given up": 1,
        "Backups that failed": 0,
        "Books that do not add up": 0,
        "Imports given up": 1,
        "Exports given up": 1,
    }
    for title, (count, link) in shown.items():
        context = desk.get(link).context
        if title.startswith("Above the threshold"):
            assert "report" in context["title"].lower()  # no list, but a sum
        else:
            assert context["cl"].result_count == count, link


def test_first_page_says_how_long_the_oldest_has_waited(desk, buyer):
    order = buyer.order_in(S.PAID)
    Order.objects.filter(pk=order.pk).update(status_since=timezone.now() - timedelta(hours=5, minutes=9))
    assert "the oldest for 5\xa0hours" in desk.get("/admin/").text


def test_first_page_draws_figures_with_a_table_of_the_same(desk, buyer):
    product = make_product(stock=5)
    order = buyer.order_in(S.PAID, (product, 2))
    page = desk.get("/admin/").text
    assert page.count('role="img"') == 3 and page.count("<details>") == 3
    assert f"Orders: 1 · Revenue: ${order.total_amount}</title>" in page
    assert product.name in page
    assert "style=" not in page.split('<div class="desk">')[1].split("</main>")[0]


def test_first_page_says_how_many_of_the_orders_its_revenue_is_of(desk, buyer):
    paid, _unpaid = buyer.order_in(S.PAID), buyer.order_in(S.PAY_REQUIRED)
    assert f"2 orders · 1 paid: ${paid.total_amount}" in desk.get("/admin/").text


def test_first_page_shows_staff_what_their_rights_allow(client, buyer):
    buyer.order_in(S.PAID)
    clerk = make_user(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_product"))
    client.force_login(clerk)
    page = client.get("/admin/")
    assert [str(card.matter.title) for card in page.context["cards"]] == ["Low stock", "Numbers running out"]
    assert "figures" not in page.context and buyer.user.email not in page.text
    assert "/admin/orders/order/" not in page.text


def test_first_page_asks_again_for_what_is_new(desk, buyer):
    assert 'hx-get="/admin/now/"' in desk.get("/admin/").text
    order = buyer.order_in(S.PENDING)
    again = desk.get("/admin/now/")
    assert f'data-order="{order.number}"' in again.text and "<html" not in again.text


def test_first_page_and_its_news_are_closed_to_customers(client, buyer):
    client.force_login(buyer.user)
    assert client.get("/admin/").status_code == client.get("/admin/now/").status_code == 302


# --- finding orders --------------------------------------------------------------------------------------------------


def test_order_list_is_narrowed_down_by_days(desk, buyer):
    old, new = buyer.order_in(S.PENDING), buyer.order_in(S.PENDING)
    Order.objects.filter(pk=old.pk).update(placed_at=timezone.now() - timedelta(days=9))
    today = timezone.localdate()
    assert found(desk, placed_at_from=today.isoformat()) == {new.number}
    assert found(desk, placed_at_to=today.isoformat()) == {old.number, new.number}
    last_week = (today - timedelta(days=9)).isoformat()
    assert found(desk, placed_at_from=last_week, placed_at_to=last_week) == {old.number}
    for nonsense in ("2026-02-31", "soon", "9999-12-31", "0001-01-01"):
        both = {old.number, new.number}
        assert found(desk, placed_at_from="", placed_at_to=nonsense) in (both, set())
    assert found(desk, placed_at_from="2026-02-31", placed_at_to="soon") == {old.number, new.number}


def test_order_list_is_narrowed_down_by_courier_product_and_amount(desk, buyer):
    tea, cup = make_product(stock=9, price="10.00"), make_product(stock=9, price="100.00")
    cheap, dear = buyer.place((tea, 1)), buyer.place((cup, 1), (tea, 1))
    other = make_price_table()
    Order.objects.filter(pk=dear.pk).update(courier=Courier.objects.create(name="Other"), price_table=other)
    assert found(desk, courier=dear.courier_id) == {cheap.number}
    assert found(desk, courier="none of them") == {cheap.number, dear.number}
    assert found(desk, sku=cup.sku.lower()) == {dear.number}
    assert found(desk, total_amount_from="50", total_amount_to="500") == {dear.number}
    assert found(desk, total_amount_from="much") == {cheap.number, dear.number}
    assert found(desk, sku=tea.sku, total_amount_to="50") == {cheap.number}


def test_quick_search_leads_to_orders(desk, buyer):
    order = buyer.order_in(S.PAID)
    answer = desk.get("/admin/search/", {"s": str(order.number), "extended": "1"})
    assert reverse("admin:orders_order_change", args=[order.pk]) in answer.text


def test_quick_search_finds_no_orders_for_those_who_may_not_look(client, buyer):
    order = buyer.order_in(S.PAID)
    client.force_login(make_user(is_staff=True))
    assert str(order.pk) not in client.get("/admin/search/", {"s": str(order.number), "extended": "1"}).text


# --- counting --------------------------------------------------------------------------------------------------------


def said(orders) -> str:
    return counting.EstimatingPaginator(orders, 50).said


def test_rows_are_counted_to_a_limit_and_estimated_beyond_it(buyer, monkeypatch):
    for _ in range(3):
        buyer.order_in(S.PENDING)
    assert said(Order.objects.all()) == "3"
    monkeypatch.setattr(counting, "MAX_COUNTED", 2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")
    assert said(Order.objects.all()) == "about 3"
    assert said(Order.objects.filter(status=S.PENDING)) == "more than 2"
    assert counting.EstimatingPaginator(Order.objects.all(), 1).num_pages == 2


def test_later_pages_go_on_where_the_one_before_ended(buyer):
    for _ in range(5):
        buyer.place((make_product(stock=1), 1))
    orders = Order.objects.select_related("customer").order_by("-placed_at", "-id")
    paginator = counting.EstimatingPaginator(orders, 2)
    pages = [list(paginator.page(number)) for number in (1, 2, 3)]
    assert [order for page in pages for order in page] == list(orders)
    assert [len(page) for page in pages] == [2, 2, 1]


def test_order_list_says_how_many_there_are(desk, buyer):
    buyer.order_in(S.PENDING)
    page = desk.get(LIST)
    assert page.context["cl"].paginator.said == "1" and "1 result" not in page.text


# --- every page ------------------------------------------------------------------------------------------------------


def test_every_page_of_the_desk_has_the_same_look():
    plain = [
        model._meta.label for model, door in admin.site._registry.items() if not isinstance(door, ModelAdmin)
    ]
    assert plain == []
