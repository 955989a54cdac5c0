"""The staff's log: a row for all that staff do, in the same transaction, and nobody changes it."""

import json

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import inventory
from catalog.models import Category, StockMovement
from orders.actions.steps import take_step
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import PriceTable, Zone
from orders.status import OrderStatus, Step
from staff.admin import LoggedAdmin, StaffActionAdmin
from staff.counting import EstimatingPaginator
from staff.middleware import address_of
from staff.models import StaffAction
from tests.confirmed import sign_in
from tests.factories import make_product, make_staff, make_user, staff_of

pytestmark = pytest.mark.django_db

LIST = "admin:staff_staffaction_changelist"


@pytest.fixture
def desk(client, staff):
    sign_in(client, staff)
    return client


def test_a_step_is_logged_with_who_what_why_and_from_where(desk, buyer, staff):
    order = buyer.order_in(OrderStatus.PAID)
    body = {"note": "at the gate", "tracking_code": "VN 12"}

    desk.post(
        reverse("admin:orders_order_step", args=[order.pk, "complete"]), body, REMOTE_ADDR="203.0.113.9"
    )

    row = StaffAction.objects.get()
    assert (row.actor, row.action) == (staff, "orders.complete_order")
    assert (row.object_type, row.object_id, row.object_text) == ("orders.order", str(order.pk), str(order))
    assert row.details == {"note": "at the gate", "tracking_code": "VN12"}
    assert row.address == "203.0.113.9"


def test_what_is_rolled_back_is_not_in_the_log(staff):
    product = make_product()
    with transaction.atomic():
        inventory.receive(product_id=product.pk, quantity=5, actor=staff)
        assert StaffAction.objects.count() == 1
        transaction.set_rollback(True)
    assert not StaffAction.objects.exists()
    assert not StockMovement.objects.filter(product=product).exists()


def test_nothing_is_done_whose_row_cannot_be_written(staff, buyer, monkeypatch):
    order = buyer.order_in(OrderStatus.PAID)

    def full(*_args, **_kwargs):
        raise OSError("the log is full")

    monkeypatch.setattr(StaffAction.objects, "bulk_create", full)
    with pytest.raises(OSError, match="full"):
        take_step(order_id=order.pk, step=Step.COMPLETE, actor=staff)
    order = type(order).objects.get(pk=order.pk)
    assert order.status == OrderStatus.PAID


def test_a_refused_step_leaves_no_row(staff, buyer):
    order = buyer.order_in(OrderStatus.PENDING)
    with pytest.raises(StepNotAllowed):
        take_step(order_id=order.pk, step=Step.COMPLETE, actor=staff)
    assert not StaffAction.objects.exists()


def test_what_customers_and_the_shop_itself_do_is_not_in_the_staffs_log(buyer):
    buyer.order_in(OrderStatus.CANCELED)
    assert not StaffAction.objects.exists()


@pytest.mark.parametrize("how", ["update", "delete"])
def test_rows_are_neither_changed_nor_deleted(staff, how):
    inventory.receive(product_id=make_product().pk, quantity=5, actor=staff)
    rows = StaffAction.objects.all()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        rows.update(details={}) if how == "update" else rows.delete()
    assert StaffAction.objects.get().details["quantity"] == 5


def test_nobody_changes_the_log_through_the_admin(client, staff):
    inventory.receive(product_id=make_product().pk, quantity=5, actor=staff)
    row = StaffAction.objects.get()
    for user in (staff, make_user(is_staff=True, is_superuser=True)):
        client.force_login(user)
        page = reverse("admin:staff_staffaction_change", args=[row.pk])
        assert client.post(page, {"details": "{}"}).status_code == 403
        assert (
            client.post(reverse("admin:staff_staffaction_delete", args=[row.pk]), {"post": "yes"}).status_code
            == 403
        )
        assert client.post(reverse("admin:staff_staffaction_add"), {}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        client.post(reverse(LIST), chosen)
    assert list(StaffAction.objects.values_list("pk", "details")) == [(row.pk, row.details)]


# --- the admin's forms -------------------------------------------------------------------------------------------------


def test_every_page_of_the_admin_writes_the_log():
    """But allauth's and django's, which staff have no right for, and the log's own."""
    own = {"accounts", "catalog", "orders", "auth"}
    silent = [
        model.__name__
        for model, page in admin.site._registry.items()
        if model._meta.app_label in own and not isinstance(page, LoggedAdmin)
    ]
    assert silent == []
    assert isinstance(admin.site._registry[StaffAction], StaffActionAdmin)


def test_a_price_that_is_changed_is_logged_before_and_after(desk, staff, buyer):
    table = PriceTable.objects.get()
    band = table.bands.get()
    body = {
        "courier": table.courier_id,
        "service": table.service,
        "is_active": "on",
        "min_days": 1,
        "max_days": 3,
        "volumetric_divisor": 5000,
        "pickup_fee": "0",
        "bands-TOTAL_FORMS": 1,
        "bands-INITIAL_FORMS": 1,
        "bands-0-id": band.pk,
        "bands-0-price_table": table.pk,
        "bands-0-zone": band.zone_id,
        "bands-0-up_to_g": band.up_to_g,
        "bands-0-fee": "5.50",
    }
    assert desk.post(reverse("admin:orders_pricetable_change", args=[table.pk]), body).status_code == 302

    row = StaffAction.objects.get()
    assert (row.actor, row.action, row.object_type) == (staff, "changed", "orders.pricetable")
    assert {"values": {"bands-0-fee": ["4.00", "5.50"]}} in row.details["changes"]
    page = desk.get(reverse(LIST)).content.decode()
    assert "bands-0-fee: 4.00 → 5.50" in page
    assert "Changed Fee for band" in page


def test_what_is_added_and_deleted_is_logged(desk):
    desk.post(reverse("admin:catalog_category_add"), {"name": "Tea", "slug": "tea", "position": 1})
    category = Category.objects.get(slug="tea")
    desk.post(reverse("admin:catalog_category_delete", args=[category.pk]), {"post": "yes"})

    said = list(StaffAction.objects.values_list("action", "object_type", "object_text"))
    assert said == [("deleted", "catalog.category", "Tea"), ("added", "catalog.category", "Tea")]


def test_many_are_not_deleted_at_once(desk):
    zone = Zone.objects.create(name="Moon")
    chosen = {"action": "delete_selected", "_selected_action": [zone.pk], "post": "yes"}
    desk.post(reverse("admin:orders_zone_changelist"), chosen)
    assert Zone.objects.filter(pk=zone.pk).exists()


def test_groups_and_rights_of_people_are_logged(desk):
    user, support = make_user(), Group.objects.get(name="Support")
    body = {"full_name": "Ana", "is_active": "on", "is_staff": "on", "groups": [support.pk]}
    body |= {"addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0}
    desk.post(f"/admin/accounts/user/{user.pk}/change/", body)

    values = StaffAction.objects.get().details["changes"][-1]["values"]
    assert values["groups"] == ["", "Support"]
    assert values["is_staff"] == ["False", "True"]


def test_a_password_is_changed_with_a_row_and_never_written_into_it(desk):
    user = make_user()
    words = "a quite secret phrase"
    sent = {"usable_password": "true", "password1": words, "password2": words}
    assert desk.post(f"/admin/accounts/user/{user.pk}/password/", sent).status_code == 302

    row = StaffAction.objects.get()
    assert (row.action, row.object_text) == ("changed", user.email)
    assert words not in json.dumps(row.details)


def test_a_deactivation_is_logged(desk):
    user = make_user()
    desk.post("/admin/accounts/user/", {"action": "deactivate", "_selected_action": [user.pk]})
    assert StaffAction.objects.get().object_text == user.email


# --- reading it ----------------------------------------------------------------------------------------------------------


def test_the_log_is_read_by_action_person_and_thing(desk, staff):
    other = staff_of("catalog")
    first, second = make_product(), make_product()
    inventory.receive(product_id=first.pk, quantity=5, actor=staff, reason="lorry")
    inventory.count(product_id=second.pk, quantity=1, actor=other, reason="found")
    desk.post(reverse("admin:catalog_category_add"), {"name": "Tea", "slug": "tea", "position": 1})

    def texts(**query):
        return [row.object_text for row in desk.get(reverse(LIST), query).context["cl"].result_list]

    assert texts(action="added") == ["Tea"]
    assert texts(actor__id__exact=other.pk) == [str(second)]
    assert texts(q=str(first)) == [str(first)]
    page = desk.get(reverse(LIST)).content.decode()
    assert "Change stock" in page and "reason: lorry; quantity: 5" in page


def test_the_log_is_narrowed_down_to_staff_and_no_customer_is_offered(desk, staff, buyer):
    other = make_staff()
    people = desk.get(reverse(LIST)).context["cl"].filter_specs[-1]
    assert {pk for pk, _email in people.lookup_choices} == {staff.pk, other.pk}


def test_no_list_of_the_desk_counts_a_whole_table():
    exact = [
        model._meta.label
        for model, page in admin.site._registry.items()
        if page.paginator is not EstimatingPaginator or page.show_full_result_count
    ]
    assert exact == []


def test_the_log_takes_the_same_statements_for_one_row_and_three(desk, staff):
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            inventory.receive(product_id=make_product().pk, quantity=5, actor=make_staff())
        desk.get(reverse(LIST))
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(reverse(LIST)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 10


def test_an_address_that_is_none_is_left_out(rf):
    assert address_of(rf.get("/", REMOTE_ADDR="2001:db8::1")) == "2001:db8::1"
    assert address_of(rf.get("/", REMOTE_ADDR="")) is None
