"""Notes about an order: staff leave and read them, customers never see them."""

from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse

from orders.actions.notes import MAX_LENGTH, add_note
from orders.emails.messages import message_of
from orders.errors import InvalidInput
from orders.lifecycle.locking import OrderNotFound
from orders.models import OrderNote
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.answers import api_of
from tests.factories import staff_of

pytestmark = pytest.mark.django_db
SECRET = "the customer was rude <b>"


@pytest.fixture
def order(buyer):
    return buyer.order_in(OrderStatus.PAID)


def test_a_note_says_who_wrote_it_and_when(order):
    clerk = staff_of("support")

    note = add_note(order_id=order.pk, actor=clerk, text=f"  {SECRET}\n")

    assert (note.author, note.text) == (clerk, SECRET)
    assert list(order.staff_notes.all()) == [note]


def test_staff_read_and_add_notes_on_the_orders_page(client, order):
    client.force_login(staff_of("support"))
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert 'name="text"' in client.get(page).text

    answer = client.post(reverse("admin:orders_order_notes", args=[order.pk]), {"text": SECRET}, follow=True)

    assert "the customer was rude &lt;b&gt;" in answer.text
    assert "The note was added." in answer.text


def test_a_customer_never_sees_a_note(client, buyer, order, staff):
    add_note(order_id=order.pk, actor=staff, text=SECRET)
    client.force_login(buyer.user)

    for path in (f"/orders/{order.pk}/", f"/orders/{order.pk}/live/", "/orders/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "rude" not in answer.text
    for path in (f"/api/orders/{order.pk}/", f"/api/orders/{order.pk}/history/", "/api/orders/"):
        answer = api_of(buyer.user).get(path)
        assert answer.status_code == 200
        assert "rude" not in answer.content.decode()
    assert not any("rude" in message_of(email).body for email in order.emails.all())


@pytest.mark.parametrize("text", ["", "  \n\t", "\0", "x" * (MAX_LENGTH + 1)])
def test_a_note_that_says_nothing_or_too_much_is_refused(order, staff, text):
    with pytest.raises(InvalidInput):
        add_note(order_id=order.pk, actor=staff, text=text)
    assert not OrderNote.objects.exists()
    assert not StaffAction.objects.exists()


def test_an_empty_note_is_a_message_on_the_page(client, order, staff):
    client.force_login(staff)
    answer = client.post(reverse("admin:orders_order_notes", args=[order.pk]), {"text": " "}, follow=True)
    assert "Write something." in answer.text


def test_an_order_that_is_not_there_takes_no_note(staff):
    with pytest.raises(OrderNotFound):
        add_note(order_id=uuid4(), actor=staff, text="?")


@pytest.mark.parametrize("how", ["update", "delete"])
def test_notes_are_only_added(order, staff, how):
    add_note(order_id=order.pk, actor=staff, text=SECRET)
    rows = OrderNote.objects.all()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        rows.update(text="kind") if how == "update" else rows.delete()
    assert OrderNote.objects.get().text == SECRET


def test_a_note_is_posted(client, order, staff):
    client.force_login(staff)
    assert client.get(reverse("admin:orders_order_notes", args=[order.pk])).status_code == 405
