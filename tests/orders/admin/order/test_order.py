"""Staff can do with an order what its status allows, and nothing else."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.documents import packing
from orders.models import Email, Order, Payment, StatusChange
from orders.status import STAFF_STEPS, OrderStatus, Step
from tests.factories import Buyer, make_numbered, make_product, make_user

S = OrderStatus
LIST = "admin:orders_order_changelist"
BUTTONS = {
    S.PENDING: [],
    S.NOT_CONFIRMED: [],
    S.PAY_REQUIRED: [Step.CANCEL],
    S.PAID: [Step.COMPLETE, Step.ASK_REFUND],
    S.DONE: [],
    S.REFUND: [],
    S.CANCELED: [],
}


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def order_in(buyer: Buyer, status: OrderStatus) -> Order:
    items = [(make_numbered(numbers=0), 1)] if status == S.NOT_CONFIRMED else []
    return buyer.order_in(status, *items)


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def step_of(order: Order, step: str) -> str:
    return reverse("admin:orders_order_step", args=[order.pk, step])


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def messages_of(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def run_action(desk, name: str, *orders: Order, **more):
    chosen = [str(order.pk) for order in orders]
    return desk.post(reverse(LIST), {"action": name, "_selected_action": chosen, **more})


# --- who may enter ----------------------------------------------------------------------
@pytest.mark.parametrize("path", ["", "orders/order/", "catalog/product/", "accounts/user/"])
def test_admin_is_closed_to_customers(client, buyer, path):
    client.force_login(buyer.user)
    response = client.get(f"/admin/{path}")
    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


def test_admin_pages_of_an_order_are_closed_to_customers(client, buyer):
    order = buyer.order_in(S.PAID)
    client.force_login(buyer.user)
    assert client.get(page_of(order)).status_code == 302
    assert client.post(step_of(order, Step.COMPLETE)).status_code == 302
    assert status_of(order) == S.PAID


def test_staff_who_may_only_look_have_no_buttons_and_no_actions(client, buyer):
    looker = make_user(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(looker)
    order = buyer.order_in(S.PAID)
    assert buttons_on(client.get(page_of(order))) == []
    assert client.post(step_of(order, Step.COMPLETE)).status_code == 403
    run_action(client, "complete", order, confirmed="yes")
    assert status_of(order) == S.PAID


# --- the list ----------------------------------------------------------------------
def test_order_list_takes_the_same_statements_for_one_row_and_three(desk, buyer):
    desk.get(reverse(LIST))
    counts = []
    for _ in range(2):
        buyer.order_in(S.PAID)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(reverse(LIST)).status_code == 200
        counts.append(len(queries))
        buyer.place((make_product(stock=5), 1))
    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize("by", ["number", "email", "sku", "held"])
def test_order_list_finds_an_order(desk, buyer, by):
    room = make_numbered(numbers=2)
    order = buyer.order_in(S.PAY_REQUIRED, (room, 2), (make_product(stock=1), 1))
    Buyer().order_in(S.PENDING)
    terms = {
        "number": str(order.number),
        "email": order.customer.email.upper(),
        "sku": room.sku.lower(),
        "held": order.lines.get(product=room).allocations.first().number.value,
    }
    found = desk.get(reverse(LIST), {"q": terms[by]}).context["cl"].result_list
    assert list(found) == [order]


@pytest.mark.parametrize("term", ["no such thing", "9" * 30, "²", "%", "'"])
def test_order_list_finds_nothing(desk, buyer, term):
    buyer.order_in(S.PENDING)
    assert list(desk.get(reverse(LIST), {"q": term}).context["cl"].result_list) == []


def test_order_list_filters_by_status(desk, buyer):
    paid = buyer.order_in(S.PAID)
    buyer.order_in(S.PENDING)
    found = desk.get(reverse(LIST), {"status__exact": "paid"}).context["cl"].result_list
    assert list(found) == [paid]


# --- one order ----------------------------------------------------------------------
def buttons_on(response) -> list[str]:
    return re.findall(r"/steps/(\w+)/", response.content.decode())


@pytest.mark.parametrize("status", OrderStatus)
def test_order_page_has_the_buttons_that_its_status_allows(desk, buyer, status):
    assert buttons_on(desk.get(page_of(order_in(buyer, status)))) == BUTTONS[status]


def test_order_page_shows_what_happened(desk, buyer):
    room = make_numbered(numbers=1)
    order = buyer.order_in(S.PAID, (room, 1))
    page = desk.get(page_of(order)).content.decode()
    held = order.lines.get().allocations.get().number.value
    for text in (
        order.customer.email,
        room.sku,
        held,
        "Huế",
        str(order.total_amount),
        "The payment was received",
    ):
        assert text in page
    assert page.count("<li>") >= 3


def test_order_page_takes_the_same_statements_for_one_line_and_three(desk, buyer):
    counts = []
    for lines in (1, 3):
        order = buyer.order_in(S.PAID, *[(make_numbered(numbers=2), 2) for _ in range(lines)])
        with CaptureQueriesContext(connection) as queries:
            desk.get(page_of(order))
        counts.append(len(queries))
    # Prices by staff, exchanges, what waits for a difference, gift cards, the notice that it is ready, and what came back of
    # its emails take one each.
    assert counts[0] == counts[1] <= 27


def test_order_page_changes_nothing(desk, buyer):
    order = buyer.order_in(S.PAID)
    response = desk.post(page_of(order), {"note": "changed", "status": "done", "_save": "Save"})
    assert response.status_code == 405
    order.refresh_from_db(fields=["note"])
    assert (order.note, status_of(order)) == ("", S.PAID)


@pytest.mark.parametrize("path", ["not-an-id", "0198a5f0-0000-7000-8000-000000000000"])
def test_order_page_of_no_order_is_not_found(desk, path):
    assert desk.get(f"/admin/orders/order/{path}/change/").status_code == 404


@pytest.mark.parametrize("model", [Order, Payment])
def test_orders_and_payments_are_never_added_changed_or_deleted(desk, rf, staff, model):
    request = rf.get("/")
    request.user = staff
    door = admin.site.get_model_admin(model)
    assert not door.has_add_permission(request)
    assert not door.has_change_permission(request)
    assert not door.has_delete_permission(request)
    assert desk.get(f"/admin/orders/{model._meta.model_name}/add/").status_code == 403
    assert "delete_selected" not in door.get_actions(request)


def test_nothing_else_of_an_order_is_registered():
    doors = {model._meta.label for model in admin.site._registry}
    for name in ("StatusChange", "OrderLine", "Allocation"):
        assert apps.get_model("orders", name)._meta.label not in doors


def test_payment_page_opens(desk, buyer):
    payment = buyer.order_in(S.PAID).payments.get()
    response = desk.get(reverse("admin:orders_payment_change", args=[payment.pk]))
    assert response.status_code == 200
    assert payment.token not in response.content.decode()


# --- steps ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "step", "after"),
    [
        (S.PAY_REQUIRED, Step.CANCEL, S.CANCELED),
        (S.PAID, Step.COMPLETE, S.DONE),
        (S.PAID, Step.ASK_REFUND, S.REFUND),
    ],
)
def test_step_moves_the_order_and_says_who_and_why(desk, buyer, staff, status, step, after):
    order = buyer.order_in(status)
    response = desk.post(step_of(order, step), {"note": "as asked on the phone"})
    assert response.url == page_of(order)
    assert status_of(order) == after
    last = StatusChange.objects.filter(order=order).last()
    assert (last.actor, last.note) == (staff, "as asked on the phone")


REFUSED = [(status, step) for status in OrderStatus for step in STAFF_STEPS if step not in BUTTONS[status]]


@pytest.mark.parametrize(("status", "step"), REFUSED)
def test_step_that_the_status_does_not_allow_is_a_message(desk, buyer, status, step):
    order = order_in(buyer, status)
    response = desk.post(step_of(order, step), {"note": "please"})
    assert "not possible" in messages_of(response)[0]
    assert status_of(order) == status


@pytest.mark.parametrize("step", [Step.PAY, Step.CONFIRM, Step.RETURN_MONEY, "fly"])
def test_step_that_is_not_for_staff_is_not_found(desk, buyer, step):
    order = buyer.order_in(S.PAY_REQUIRED)
    assert desk.post(step_of(order, step)).status_code == 404
    assert status_of(order) == S.PAY_REQUIRED


def test_step_asks_before_it_is_taken(desk, buyer):
    order = buyer.order_in(S.PAID)
    response = desk.get(step_of(order, Step.ASK_REFUND))
    assert "Cancel and refund" in response.content.decode()
    assert status_of(order) == S.PAID


@pytest.mark.parametrize(("status", "step"), [(S.PAY_REQUIRED, Step.CANCEL), (S.PAID, Step.ASK_REFUND)])
def test_step_that_moves_money_or_stock_is_not_taken_without_a_reason(desk, buyer, status, step):
    order = buyer.order_in(status)
    assert "This field is required." in desk.post(step_of(order, step), {"note": " "}).text
    run_action(desk, str(step), order, confirmed="yes", note="")
    assert status_of(order) == status


def test_order_is_marked_as_done_without_a_reason(desk, buyer):
    order = buyer.order_in(S.PAID)
    desk.post(step_of(order, Step.COMPLETE), {"note": ""})
    assert status_of(order) == S.DONE


def test_step_with_too_long_a_note_is_not_taken(desk, buyer):
    order = buyer.order_in(S.PAID)
    response = desk.post(step_of(order, Step.COMPLETE), {"note": "x" * 501})
    assert response.status_code == 200
    assert status_of(order) == S.PAID


def test_bulk_action_says_one_by_one_what_worked(desk, buyer):
    paid, unpaid, also_paid = (buyer.order_in(status) for status in (S.PAID, S.PAY_REQUIRED, S.PAID))
    said = messages_of(run_action(desk, "complete", paid, unpaid, also_paid, confirmed="yes"))
    assert [status_of(order) for order in (paid, unpaid, also_paid)] == [S.DONE, S.PAY_REQUIRED, S.DONE]
    assert sorted(said) == sorted(
        [
            f"Order {paid.number}: Done",
            f"Order {also_paid.number}: Done",
            f"Order {unpaid.number}: This is not possible for an order that is: Payment required.",
        ]
    )


@pytest.mark.parametrize(
    ("action", "before", "after", "warning"),
    [
        ("complete", S.PAID, S.DONE, "2 orders are marked as done, and their customers get an email."),
        ("cancel", S.PAY_REQUIRED, S.CANCELED, "2 orders are canceled, their stock is for sale again"),
        ("ask_refund", S.PAID, S.REFUND, "2 orders are canceled and $sum goes back to their customers"),
    ],
)
def test_bulk_action_says_first_what_it_does_to_whom(desk, buyer, action, before, after, warning):
    fit, unfit = [buyer.order_in(before) for _ in range(2)], buyer.order_in(S.CANCELED)
    emails = Email.objects.count()
    page = run_action(desk, action, *fit, unfit).text
    total = sum(order.total_amount for order in fit)
    assert warning.replace("$sum", f"${total}") in page and "taken back." in page
    assert "Those whose status does not allow it stay as they are." in page
    assert {status_of(order) for order in fit} == {before} and Email.objects.count() == emails
    run_action(desk, action, *fit, unfit, confirmed="yes", note="flood")
    assert [status_of(order) for order in (*fit, unfit)] == [after, after, S.CANCELED]
    fit = fit[0]
    assert StatusChange.objects.filter(order=fit).last().note == "flood"


def test_parcels_marked_as_done_together_have_each_its_tracking_code(desk, buyer):
    first, second, bad = (buyer.order_in(S.PAID) for _ in range(3))
    page = run_action(desk, "complete", first, second, bad).text
    assert page.count('name="code-') == 3
    codes = {f"code-{first.pk}": "VN 1", f"code-{second.pk}": "", f"code-{bad.pk}": "<b>"}
    said = messages_of(run_action(desk, "complete", first, second, bad, confirmed="yes", **codes))
    assert [Order.objects.get(pk=one.pk).tracking_code for one in (first, second, bad)] == ["VN1", "", ""]
    assert [status_of(order) for order in (first, second, bad)] == [S.DONE, S.DONE, S.PAID]
    assert f"Order {bad.number}: At most 100 letters, digits, dots, dashes and slashes." in said


@pytest.mark.parametrize("action", ["complete", "cancel", "ask_refund", "packing_lists"])
def test_all_orders_that_a_list_found_may_be_chosen_up_to_a_limit(desk, buyer, monkeypatch, action):
    orders = [buyer.order_in(S.PAID) for _ in range(3)]
    assert "select_across" in desk.get(reverse(LIST)).text
    monkeypatch.setattr(packing, "MAX_ORDERS", 2)
    too_many = run_action(desk, action, orders[0], select_across="1", confirmed="yes", note="flood")
    assert messages_of(too_many) == ["At most 2 orders at once."]
    assert {status_of(order) for order in orders} == {S.PAID}
    monkeypatch.setattr(packing, "MAX_ORDERS", 3)
    assert run_action(desk, action, orders[0], select_across="1").status_code == 200


def test_admin_cannot_delete_orders_in_bulk(desk, buyer):
    order = buyer.order_in(S.CANCELED)
    run_action(desk, "delete_selected", order, post="yes")
    assert Order.objects.filter(pk=order.pk).exists()
