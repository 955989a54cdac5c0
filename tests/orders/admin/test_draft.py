"""Orders that staff take, on the pages of the desk; every button works without scripts."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.actions.drafts import editing
from orders.emails.queue import deliver
from orders.lifecycle.confirmation import confirm_order
from orders.models import Email, Order, OrderDraft
from orders.payments.by_hand import note_received
from tests.confirmed import sign_in
from tests.factories import make_address, make_staff, make_user, staff_of
from tests.orders.actions.drafts import HUE_ADDRESS, Desk, at, line, wish

pytestmark = pytest.mark.django_db
ADD = "/admin/orders/orderdraft/add/"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def staff(client, desk):
    sign_in(client, desk.actor)
    return client


def page_of(draft) -> str:
    return reverse("admin:orders_orderdraft_change", args=[draft.pk])


def place_of(draft) -> str:
    return reverse("admin:orders_orderdraft_place", args=[draft.pk])


def typed(*rows, **fields) -> dict:
    """What the form is sent; rows are SKU, quantity, price and reason."""
    columns = zip(*[(*row, *("",) * (4 - len(row))) for row in rows], strict=True)
    given = {"language": "en", "email": "new@example.com", "full_name": "Hoa"}
    given |= {f"address-{name}": value for name, value in HUE_ADDRESS.items()}
    given |= dict(zip(("sku", "quantity", "price", "reason"), map(list, columns), strict=False))
    return given | fields


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_an_order_is_taken_from_an_empty_form_to_its_page(staff, desk):
    assert staff.get(ADD).status_code == 200

    saved = staff.post(ADD, typed((desk.cup.sku, "2", "9.00", "a scratch"), save="1"))
    draft = OrderDraft.objects.get()
    assert saved.url == page_of(draft)
    shown = text(staff.get(saved.url))
    assert "<s>$12.50</s> $9.00 · a scratch" in shown
    assert "$18.00" in shown

    asked = staff.get(place_of(draft), {"way": desk.table.pk})
    assert "Place the order for $22.00" in text(asked)
    preview = re.search(r'name="preview" value="([^"]+)"', asked.content.decode())[1]
    placed = staff.post(place_of(draft), {"preview": preview, "way": desk.table.pk})

    order = Order.objects.get()
    assert placed.url == reverse("admin:orders_order_change", args=[order.pk])
    assert order.total_amount == Decimal("22.00")
    assert f"$9.00 instead of $12.50, by {desk.actor} · a scratch" in text(staff.get(placed.url))
    # The second click, and the back button, lead to the order.
    again = staff.post(place_of(draft), {"preview": preview, "way": desk.table.pk})
    assert again.url == placed.url
    assert staff.get(page_of(draft)).url == placed.url
    assert Order.objects.count() == 1


def test_what_was_typed_comes_back_from_every_small_button(staff, desk):
    given = typed((desk.cup.sku, "3", "9.00", "a scratch"), note="ring twice", email="half@exam")
    for press in (
        {"find_product": "1", "product_words": desk.cup.name},
        {"find_customer": "1", "customer_words": "nobody at all"},
        {"add": desk.cup.sku},
    ):
        shown = text(staff.post(ADD, given | press))
        for value in ("half@exam", "a scratch", "ring twice", "12 Lê Lợi", desk.cup.sku):
            assert value in shown, press
    assert not OrderDraft.objects.exists()


def test_a_product_is_found_and_added_by_a_button(staff, desk):
    found = staff.post(ADD, typed(find_product="1", product_words=desk.cup.name))
    assert f'name="add" value="{desk.cup.sku}"' in text(found)
    added = staff.post(ADD, typed((desk.cup.sku, "1"), add=desk.cup.sku))
    assert 'name="quantity" value="2"' in text(added)


def test_a_customer_is_found_and_their_address_taken(staff, desk):
    customer = make_user(full_name="Trần Văn An", language="vi")
    make_address(customer)
    empty = {f"address-{name}": "" for name in HUE_ADDRESS} | {"email": "", "full_name": ""}

    found = staff.post(ADD, typed(find_customer="1", customer_words="văn an", **empty))
    assert f'name="customer" value="{customer.pk}"' in text(found)
    taken = text(staff.post(ADD, typed(customer=customer.pk, **empty)))

    assert f'value="{customer.email}"' in taken
    assert 'value="12 Lê Lợi"' in taken
    assert '<option value="vi" selected' in taken
    # And each address of the book by a button of its own.
    assert 'name="use_address"' in taken


def test_what_is_wrong_stands_beside_its_field(staff, desk):
    shown = text(staff.post(ADD, typed(("NO-SUCH", "many"), email="nobody", shipping_fee="free", save="1")))
    assert "There is no such product on sale." in shown
    assert "The quantity must be 1 to 999." in shown
    assert "Enter a valid email address." in shown
    assert "This is no amount of money." in shown
    assert not OrderDraft.objects.exists()


def test_what_only_the_price_finds_wrong_stands_there_too(staff, desk):
    draft = desk.save(address=HUE_ADDRESS | {"phone": "12"}, codes="nope")
    shown = text(staff.get(page_of(draft)))
    assert 'id="priced"' not in shown
    assert "12 Lê Lợi" in shown
    assert OrderDraft.objects.get().shown == {}


def test_who_saves_after_somebody_else_sees_it_and_may_put_theirs_in_place(staff, desk):
    draft = desk.save()
    editing.save_draft(actor=make_staff(), wish=wish(line(desk.cup, 5)), draft_id=draft.pk, serial=1)

    told = staff.post(page_of(draft), typed((desk.cup.sku, "7"), serial="1", save="1"))
    assert "Somebody else has saved this draft" in text(told)
    assert draft.lines.get().quantity == 5

    assert 'name="serial" value="2"' in text(told)
    staff.post(page_of(draft), typed((desk.cup.sku, "7"), serial="2", save="1"))
    assert draft.lines.get().quantity == 7


def test_prices_that_ran_out_are_made_anew_and_what_is_different_is_said(staff, desk):
    draft = desk.save()
    staff.get(page_of(draft))
    desk.cup.price = Decimal("13.00")
    desk.cup.save(update_fields=["price"])

    gone = {"preview": "0192d8c0-0000-7000-8000-000000000000", "way": desk.table.pk}
    answer = text(staff.post(place_of(draft), gone))

    assert "they were made anew" in answer
    assert "was $12.50, is $13.00" in answer
    assert "Place the order for $17.00" in answer
    assert not Order.objects.exists()


def test_what_sold_out_is_a_message(staff, desk):
    draft = desk.save(line(desk.cup, 11))
    preview = desk.price(draft)
    answer = staff.post(place_of(draft), {"preview": preview.id, "way": desk.table.pk})
    assert "Not enough stock" in text(answer)
    assert not Order.objects.exists()
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_draft_is_discarded_by_a_button(staff, desk):
    draft = desk.save()
    assert staff.post(page_of(draft), typed(discard="1")).url == "/admin/orders/orderdraft/"
    assert not OrderDraft.objects.exists()
    assert staff.get(page_of(draft)).url == "/admin/orders/orderdraft/"


def test_the_list_is_narrowed_to_what_is_open_placed_or_expired(staff, desk):
    kept, placed = desk.save(email="kept@example.com"), desk.save(email="placed@example.com")
    desk.place(placed)
    shown = text(staff.get("/admin/orders/orderdraft/?state=open"))
    assert "kept@example.com" in shown
    assert "placed@example.com" not in shown
    shown = text(staff.get("/admin/orders/orderdraft/?state=placed"))
    assert "placed@example.com" in shown
    assert str(kept) not in shown


def test_who_may_give_no_prices_is_not_asked_for_any(client, desk):
    sign_in(client, staff_of("support"))
    assert 'aria-label="Another price 1"' not in text(client.get(ADD))
    refused = client.post(ADD, typed((desk.cup.sku, "1", "1.00", "mine"), save="1"))
    assert refused.status_code == 403
    # What others gave can be taken out.
    draft = desk.save(line(desk.cup, 1, "9.00"), shipping=at("1"))
    assert 'aria-label="Another price 1"' in text(client.get(page_of(draft)))
    client.post(page_of(draft), typed((desk.cup.sku, "1"), serial="1", save="1"))
    assert draft.lines.get().price is None


@pytest.mark.parametrize("group", ["fulfilment", "catalog"])
def test_others_take_no_orders(client, desk, group):
    sign_in(client, staff_of(group))
    draft = desk.save()
    assert client.get(ADD).status_code == 403
    assert client.get(page_of(draft)).status_code == 403
    assert client.get("/admin/orders/orderdraft/").status_code == 403
    assert client.post(page_of(draft), typed((desk.cup.sku, "9"), serial="1", save="1")).status_code == 403
    assert draft.lines.get().quantity == 1


def test_nonsense_is_answered(staff, desk):
    draft = desk.save()
    for body in (
        {"customer": "x"},
        {"use_address": "9" * 30},
        {"serial": "\0", "save": "1"},
        {"preview": "x", "way": "y"},
        {"sku": ["\0"], "quantity": ["1"], "price": ["1e999999"], "reason": ["\0"], "save": "1"},
    ):
        for page in (ADD, page_of(draft), place_of(draft)):
            assert staff.post(page, body).status_code in (200, 302, 400), (page, body)
    assert staff.get(f"/admin/orders/orderdraft/{'9' * 30}/change/").status_code == 302


class TestAskingAgain:
    """The email that asks for the money, from the order's page."""

    @pytest.fixture
    def order(self, desk):
        placed = desk.place(desk.save()).order
        confirm_order(order_id=placed.pk)
        Email.objects.update(sent_at=timezone.now(), next_attempt_at=None)
        return placed

    def test_it_is_sent_again_with_a_link_that_pays_without_signing_in(self, client, order, mailoutbox):
        sign_in(client, staff_of("support"))
        page = reverse("admin:orders_order_change", args=[order.pk])
        assert 'id="ask-again"' in text(client.get(page))

        assert client.post(reverse("admin:orders_order_ask_again", args=[order.pk])).url == page
        deliver(email_ids=Email.objects.filter(order=order).values_list("pk", flat=True))

        (email,) = mailoutbox
        assert email.to == ["new@example.com"]
        link = re.search(r"https?://[^/]+(/\S+/link/\S+|/\S+)", email.body)
        assert link
        assert str(order.number) in email.subject + email.body

    def test_it_is_not_sent_once_the_order_is_paid(self, staff, desk, order, mailoutbox):
        note_received(order_id=order.pk, actor=desk.actor, variant="transfer", amount=order.total_amount)
        page = staff.get(reverse("admin:orders_order_change", args=[order.pk]))
        assert 'id="ask-again"' not in text(page)
        Email.objects.update(sent_at=timezone.now(), next_attempt_at=None)
        staff.post(reverse("admin:orders_order_ask_again", args=[order.pk]))
        assert not Email.objects.filter(sent_at=None).exists()

    def test_others_do_not_send_it(self, client, order):
        sign_in(client, staff_of("fulfilment"))
        assert client.post(reverse("admin:orders_order_ask_again", args=[order.pk])).status_code == 403
        assert not Email.objects.filter(sent_at=None).exists()
