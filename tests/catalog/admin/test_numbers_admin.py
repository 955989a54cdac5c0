"""Numbers on the desk: their states, and of those that are retired who did it, when, why and after which order."""

import pytest

from accounts.models import User
from catalog import inventory
from catalog.models import Number
from catalog.rights import CatalogRights
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.factories import make_numbered, return_money, staff_of

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/number/"


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def page_of(desk, number: Number) -> str:
    return desk.get(f"{LIST}{number.pk}/change/").text


@pytest.fixture
def given_back(buyer) -> tuple:
    """A licence key that a customer saw and whose order was canceled afterwards, and that order."""
    key = make_numbered(numbers=1, numbers_reusable=False)
    order = buyer.order_in(OrderStatus.REFUND, (key, 1))
    return_money(order)
    return key.numbers.get(), order


def test_list_shows_states_and_is_narrowed_down_by_state_and_product(desk):
    room, other = make_numbered(numbers=2), make_numbered(numbers=1)
    gone = room.numbers.last()
    inventory.retire(number_id=gone.pk, actor=None)
    page = desk.get(LIST)
    assert page.text.count("badge-free") == 2 and page.text.count("badge-retired") == 1
    found = desk.get(LIST, {"state__exact": "retired", "product__id__exact": room.pk}).context["cl"]
    assert list(found.result_list) == [gone]
    assert (
        not desk.get(LIST, {"state__exact": "retired", "product__id__exact": other.pk})
        .context["cl"]
        .result_list
    )


def test_list_offers_no_list_of_all_products(desk):
    rooms = [make_numbered(numbers=1) for _ in range(3)]
    page = desk.get(LIST, {"state__exact": "retired"}).text
    assert [room for room in rooms if room.name in page] == []


def test_page_of_a_number_says_who_retired_it_and_why(desk, staff):
    number = make_numbered(numbers=1).numbers.get()
    assert "never give out" not in page_of(desk, number)
    inventory.retire(number_id=number.pk, actor=staff, reason="the lock <broke>")
    page = page_of(desk, number)
    assert staff.email in page and "the lock &lt;broke&gt;" in page


def test_number_that_an_order_gave_back_says_so_and_leads_to_the_order(desk, given_back):
    number, order = given_back
    assert (number.state, number.retired_for) == ("retired", order.pk) and number.retired_at
    page = page_of(desk, number)
    assert "by the shop: an order gave it back" in page and f"/admin/orders/order/{order.pk}/change/" in page


def test_number_that_is_held_leads_to_the_order_that_holds_it(desk, buyer):
    room = make_numbered(numbers=1)
    order = buyer.order_in(OrderStatus.PAID, (room, 1))
    number = room.numbers.get()
    link = f"{LIST.replace('catalog/number', 'orders/order')}?q={number.value.replace('/', '%2F')}"
    assert link in page_of(desk, number)
    assert list(desk.get(link).context["cl"].result_list) == [order]


def test_orders_are_named_to_those_alone_who_may_look_at_them(client, given_back):
    number, order = given_back
    clerk: User = staff_of("catalog")
    client.force_login(clerk)
    page = page_of(client, number)
    assert "by the shop" in page and str(order.pk) not in page


def test_retiring_asks_for_a_reason_and_reports_one_by_one(desk, buyer):
    room = make_numbered(numbers=3)
    buyer.order_in(OrderStatus.PAY_REQUIRED, (room, 1))
    held, gone, free = room.numbers.order_by("pk")
    inventory.retire(number_id=gone.pk, actor=None)
    chosen = {"action": "retire", "_selected_action": [held.pk, gone.pk, free.pk]}
    for unsaid in ({}, {"confirmed": "yes", "reason": " "}):
        assert desk.post(LIST, chosen | unsaid).status_code == 200
    free.refresh_from_db()
    assert free.state == "free"
    page = desk.post(LIST, chosen | {"confirmed": "yes", "reason": "leaked"}, follow=True).text
    assert f"{held} is held by an order and was not retired." in page
    assert f"{gone} was retired before." in page and f"{free} was retired." in page


# --- what is for sale ------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(buyer):
    """Two unsold licence keys, one that is sold, and a free room."""
    product = make_numbered(numbers=3, sku="KEY", numbers_reusable=False)
    make_numbered(numbers=1, sku="ROOM")
    buyer.order_in(OrderStatus.PAID, (product, 1))
    return product


@pytest.mark.parametrize("group", ["support", "fulfilment", "finance"])
def test_unsold_keys_are_hidden_from_whoever_only_looks_at_numbers(client, keys, group):
    client.force_login(staff_of(group))
    page = client.get(LIST).text
    assert "KEY/001" in page and "ROOM/001" in page  # sold, and no secret
    assert "KEY/002" not in page and "KEY/003" not in page and page.count("••••••••") == 2
    assert "importjob/add" not in page and "exportjob/add" not in page
    unsold = keys.numbers.get(value="KEY/002")
    assert client.get(f"{LIST}{unsold.pk}/change/").status_code == 403
    for query in ({"q": "KEY/00"}, {"value__startswith": "KEY/0"}):
        assert "KEY/002" not in client.get(LIST, query, follow=True).text
        assert "••••••••" not in client.get(LIST, query).text
    assert list(client.get(LIST, {"q": "key/002"}).context["cl"].result_list) == [unsold]
    assert client.post("/admin/bulk/exportjob/add/", {"kind": "numbers"}).status_code == 403
    assert not StaffAction.objects.filter(object_id=str(keys.pk)).exists()


def test_looking_at_unsold_keys_is_in_the_log(client, keys):
    clerk = staff_of("catalog")
    client.force_login(clerk)
    assert "KEY/002" in client.get(LIST).text
    unsold = keys.numbers.get(value="KEY/002")
    assert "KEY/002" in client.get(f"{LIST}{unsold.pk}/change/").text
    client.get(f"{LIST}{keys.numbers.get(value='KEY/001').pk}/change/")
    client.get(LIST, {"state__exact": "taken"})
    rows = StaffAction.objects.filter(object_id=str(keys.pk)).order_by("id")
    rows = rows.values_list("actor", "action", "object_id", "details")
    right = str(CatalogRights.VIEW_NUMBERS)
    assert list(rows) == [(clerk.pk, right, str(keys.pk), {"seen": seen}) for seen in (2, 1)]


def test_exporting_keys_is_in_the_log_with_its_right(client, keys):
    client.force_login(staff_of("catalog"))
    client.post("/admin/bulk/exportjob/add/", {"kind": "numbers"})
    assert StaffAction.objects.get().action == str(CatalogRights.EXPORT_NUMBERS)


def test_looking_at_free_rooms_is_in_the_log_too(client, keys):
    packer = staff_of("fulfilment")
    client.force_login(packer)
    client.get(LIST)
    row = StaffAction.objects.get()
    assert (row.actor, row.object_text, row.details) == (packer, "Product ROOM", {"seen": 1})
