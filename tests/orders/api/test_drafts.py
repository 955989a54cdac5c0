"""Drafts over the API: who may, what is wrong with one, and what becomes of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Address, User
from orders.actions.drafts import editing
from orders.audit import findings
from orders.lifecycle.confirmation import confirm_order
from orders.models import Email, EmailKind, Order, OrderDraft
from orders.rights import OrderRights
from staff.models import StaffAction
from tests.answers import api_of, refused, wrong_fields
from tests.factories import Buyer, make_product, make_promotion, make_user, staff_of
from tests.orders.actions.drafts import HUE_ADDRESS, Desk, line, wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
DRAFTS = "/api/orders/drafts/"


class Till:
    """A program of staff."""

    def __init__(self, user: User):
        self.api = api_of(user)

    def make(self, **body):
        return self.api.post(DRAFTS, body, format="json")

    def change(self, draft, **body):
        return self.api.patch(f"{DRAFTS}{draft['id']}/", body, format="json")

    def read(self, pk: int):
        return self.api.get(f"{DRAFTS}{pk}/")

    def preview(self, pk: int):
        return self.api.post(f"{DRAFTS}{pk}/previews/", {}, format="json")

    def place(self, pk: int, preview: dict, way: int):
        wanted = {"preview_id": preview["id"], "price_table_id": way}
        return self.api.post(f"{DRAFTS}{pk}/placement/", wanted, format="json")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def till(desk) -> Till:
    return Till(desk.actor)


def taken(desk, **more) -> dict:
    items = [{"sku": desk.cup.sku, "quantity": 2}]
    return {"email": "new@example.com", "full_name": "Hoa", "items": items, "address": HUE_ADDRESS} | more


def given(desk, price: str = "9.90", reason: str = "a scratch") -> list[dict]:
    return [{"sku": desk.cup.sku, "quantity": 1, "price": price, "reason": reason}]


class TestFromCallToOrder:
    def test_a_telephone_order_is_taken_priced_and_placed_for_somebody_new(self, desk, till):
        made = till.make(**taken(desk, language="vi", codes=["ten"], note="Ring"))
        draft = made.json()
        assert made.status_code == 201
        assert made["Location"].endswith(f"{DRAFTS}{draft['id']}/")
        assert (draft["state"], draft["has_account"], draft["email"]) == ("open", False, "new@example.com")
        assert not User.objects.filter(email="new@example.com").exists()

        make_promotion("10", code="TEN")
        preview = till.preview(draft["id"]).json()
        assert [row["sku"] for row in preview["lines"]] == [desk.cup.sku]
        placed = till.place(draft["id"], preview, desk.table.pk)

        order = Order.objects.get()
        assert (placed.status_code, placed.json()["id"]) == (201, str(order.pk))
        assert placed["Location"].endswith(f"/api/orders/{order.pk}/")
        assert (order.customer.email, order.language, order.note) == ("new@example.com", "vi", "Ring")
        assert order.history.get().actor == desk.actor
        assert order.total_amount == Decimal(placed.json()["total_amount"])
        assert not list(findings())

    def test_its_customer_pays_by_a_link_of_an_email_or_staff_note_the_money(self, desk, till):
        draft = till.make(**taken(desk)).json()
        placed = till.place(draft["id"], till.preview(draft["id"]).json(), desk.table.pk).json()
        confirm_order(order_id=placed["id"])
        assert Email.objects.filter(kind=EmailKind.PAY_REQUIRED, to="new@example.com").exists()

        money = {"variant": "transfer", "amount": placed["total_amount"]}
        paid = till.api.post(f"/api/orders/{placed['id']}/receipts/", money, format="json")

        assert (paid.status_code, paid.json()["status"]) == (200, "paid")

    def test_placing_twice_is_one_order_also_from_another_preview(self, desk, till):
        draft = till.make(**taken(desk)).json()
        first, second = (till.preview(draft["id"]).json() for _ in range(2))

        answers = [till.place(draft["id"], one, desk.table.pk) for one in (first, first, second)]

        assert [answer.status_code for answer in answers] == [201, 200, 200]
        assert {answer.json()["id"] for answer in answers} == {str(Order.objects.get().pk)}

    def test_a_placed_draft_names_its_order_and_is_changed_no_more(self, desk, till):
        draft = till.make(**taken(desk)).json()
        order = till.place(draft["id"], till.preview(draft["id"]).json(), desk.table.pk).json()["id"]

        read = till.read(draft["id"]).json()
        assert (read["state"], read["order"]) == ("placed", order)
        for answer in (
            till.change(draft, note="?"),
            till.preview(draft["id"]),
            till.api.delete(f"{DRAFTS}{draft['id']}/"),
        ):
            assert refused(answer, 409, "draft_placed")["order"] == order

    def test_who_may_see_no_orders_is_shown_none_by_placing_again(self, desk, till):
        draft = till.make(**taken(desk)).json()
        preview = till.preview(draft["id"]).json()
        till.place(draft["id"], preview, desk.table.pk)
        other = staff_of()
        other.user_permissions.add(desk.actor.groups.get().permissions.get(codename="take_order"))

        refused(Till(other).place(draft["id"], preview, desk.table.pk), 404, "not_found")


class TestChanging:
    def test_what_is_given_is_replaced_and_the_rest_stays(self, desk, till):
        draft = till.make(**taken(desk, note="Ring", codes=["a", "b"])).json()
        changed = till.change(draft, note="Knock", items=given(desk)).json()

        assert changed["note"] == "Knock"
        assert changed["items"] == [
            {"sku": desk.cup.sku, "quantity": 1, "price": "9.90", "reason": "a scratch"}
        ]
        stays = ("email", "full_name", "language", "address", "codes", "made_by", "made_at")
        assert {name: changed[name] for name in stays} == {name: draft[name] for name in stays}
        assert changed["expires_at"] > draft["expires_at"]

    def test_a_fee_of_staff_comes_with_its_reason_and_goes_with_it(self, desk, till):
        draft = till.make(**taken(desk)).json()
        assert wrong_fields(till.change(draft, shipping_fee="1.00")) == {"shipping_reason"}
        assert wrong_fields(till.change(draft, shipping_reason="a regular")) == {"shipping_reason"}

        said = till.change(draft, shipping_fee="1.00", shipping_reason="a regular").json()
        assert (said["shipping_fee"], said["shipping_reason"]) == ("1.00", "a regular")
        assert till.change(draft, shipping_fee="2.00").json()["shipping_reason"] == "a regular"
        gone = till.change(draft, shipping_fee=None).json()
        assert (gone["shipping_fee"], gone["shipping_reason"]) == (None, "")

    def test_address_and_billing_are_taken_away_by_an_empty_object(self, desk, till):
        draft = till.make(**taken(desk, billing={"company": "Hoa Ltd"})).json()
        assert draft["billing"]["company"] == "Hoa Ltd"
        changed = till.change(draft, address={}, billing={}).json()
        assert (changed["address"], changed["billing"]) == (None, None)

    def test_an_address_of_the_customers_own_book_is_taken_by_its_id(self, desk, till):
        buyer = make_user()
        kept = Address.objects.create(user=buyer, **HUE_ADDRESS)
        draft = till.make(**taken(desk, email=buyer.email, address={})).json()
        read = till.change(draft, address_id=kept.pk).json()
        assert read["address"] == HUE_ADDRESS | {"line2": ""}
        previewed = till.preview(draft["id"])
        assert previewed.status_code == 200, previewed.content
        # It is as it was when it was taken.
        Address.objects.filter(pk=kept.pk).update(city="Elsewhere")
        assert till.read(draft["id"]).json()["address"] == read["address"]

    def test_an_address_that_is_not_the_customers_is_refused_and_the_draft_stays(self, desk, till):
        buyer, other = Buyer(), Buyer()
        draft = till.make(**taken(desk, email=buyer.user.email)).json()
        for pk in (other.address.pk, 2**31 - 1):
            answer = till.change(draft, address_id=pk)
            assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
            assert wrong_fields(answer) == {"address_id"}
        # Nobody's book is read for somebody who has no account, nor for a draft of nobody.
        for email in ("new@example.com", ""):
            assert wrong_fields(till.make(email=email, address_id=other.address.pk)) == {"address_id"}
        assert wrong_fields(till.change(draft, address_id=buyer.address.pk, address={})) == {"address_id"}
        assert till.read(draft["id"]).json()["address"] == draft["address"]

    def test_its_language_is_the_customers_where_none_is_named(self, desk, till):
        buyer = make_user(language="vi")
        assert till.make(**taken(desk, email=buyer.email)).json()["language"] == "vi"
        assert till.make(**taken(desk)).json()["language"] == "en"

    def test_every_wrong_field_is_named(self, desk, till):
        items = [*given(desk, "-1", ""), {"sku": "NO-SUCH", "quantity": 0}]
        wrong = wrong_fields(till.make(email="no address", items=items))
        assert wrong == {"email", "items.0.price", "items.0.reason", "items.1.sku", "items.1.quantity"}
        reason = [{"sku": desk.cup.sku, "quantity": 1, "reason": "why"}]
        assert wrong_fields(till.make(items=reason)) == {"items.0.reason"}
        assert not OrderDraft.objects.exists()

    def test_what_is_wrong_with_its_address_the_preview_says(self, desk, till):
        draft = till.make(**taken(desk, address=HUE_ADDRESS | {"phone": "12"})).json()
        assert wrong_fields(till.preview(draft["id"])) == {"address.phone"}

    def test_a_preview_says_what_became_different(self, desk, till):
        draft = till.make(**taken(desk)).json()
        assert till.preview(draft["id"]).json()["different"] == []
        desk.cup.price = Decimal("13.00")
        desk.cup.save(update_fields=["price"])
        (said,) = till.preview(draft["id"]).json()["different"]
        assert "was $12.50, is $13.00" in said

    def test_one_that_another_saves_at_the_same_moment_is_not_written_over(self, desk, till, monkeypatch):
        draft = till.make(**taken(desk)).json()
        find = editing.find_draft

        def meanwhile(**given):
            found = find(**given)
            OrderDraft.objects.update(serial=found.serial + 1)
            return found

        monkeypatch.setattr(editing, "find_draft", meanwhile)
        refused(till.change(draft, note="mine"), 409, "draft_moved_on")
        assert OrderDraft.objects.get().note == ""


class TestOver:
    def test_an_expired_a_discarded_and_an_unknown_draft_are_told_alike(self, desk, till):
        expired, discarded = (till.make(**taken(desk)).json()["id"] for _ in range(2))
        preview = till.preview(expired).json()
        OrderDraft.objects.filter(pk=expired).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert till.api.delete(f"{DRAFTS}{discarded}/").status_code == 204

        for pk in (expired, discarded, 2**70):
            for answer in (
                till.read(pk),
                till.change({"id": pk}, note="?"),
                till.preview(pk),
                till.place(pk, preview, desk.table.pk),
                till.api.delete(f"{DRAFTS}{pk}/"),
            ):
                refused(answer, 404, "draft_over")
        assert till.api.get(DRAFTS).json()["results"] == []
        assert not Order.objects.exists()


class TestList:
    def test_it_is_narrowed_by_state_and_customer(self, desk, till):
        buyer = Buyer()
        own, other = (
            till.make(**taken(desk, email=email)).json()["id"] for email in (buyer.user.email, "x@y.example")
        )
        till.place(own, till.preview(own).json(), desk.table.pk)

        def listed(query: str) -> list[int]:
            return [row["id"] for row in till.api.get(f"{DRAFTS}?{query}").json()["results"]]

        assert listed("") == [other, own]
        assert (listed("state=open"), listed("state=placed")) == ([other], [own])
        assert (listed(f"email={buyer.user.email.upper()}"), listed("email=x%40y.example")) == (
            [own],
            [other],
        )
        assert wrong_fields(till.api.get(f"{DRAFTS}?state=over")) == {"state"}


class TestRights:
    def test_without_the_right_to_take_orders_nothing_is_told(self, desk, till):
        draft = till.make(**taken(desk)).json()
        packer = Till(staff_of("fulfilment"))

        for answer in (
            packer.make(),
            packer.read(draft["id"]),
            packer.read(0),
            packer.change(draft, note="?"),
            packer.preview(draft["id"]),
            packer.place(draft["id"], {"id": "0199c0de-0000-7000-8000-000000000000"}, 1),
            packer.api.get(DRAFTS),
            packer.api.delete(f"{DRAFTS}{draft['id']}/"),
        ):
            refused(answer, 403, "permission_denied")

    def test_prices_of_staff_need_a_right_of_their_own(self, desk, till):
        support = Till(staff_of("support"))
        refused(support.make(**taken(desk, items=given(desk))), 403, "permission_denied")
        refused(
            support.make(**taken(desk, shipping_fee="1.00", shipping_reason="a regular")),
            403,
            "permission_denied",
        )

        draft = till.make(**taken(desk, items=given(desk))).json()
        preview = till.preview(draft["id"]).json()
        refused(support.place(draft["id"], preview, desk.table.pk), 403, "permission_denied")
        assert not Order.objects.exists()
        # They may take the prices out.
        assert support.change(draft, items=taken(desk)["items"]).json()["items"][0]["price"] is None

    def test_the_log_says_who_gave_which_price(self, desk, till):
        draft = till.make(**taken(desk, items=given(desk))).json()
        row = StaffAction.objects.get()
        assert (row.actor, row.action, row.object_id) == (
            desk.actor,
            OrderRights.OVERRIDE_PRICES,
            str(draft["id"]),
        )
        assert row.details["prices"] == {desk.cup.sku: "9.90: a scratch"}


def test_statements_do_not_grow_with_lines(desk, till):
    """The whole way of a draft: made, changed, read, listed, previewed, placed."""
    more = [make_product(stock=9) for _ in range(12)]

    def spent(products) -> dict[str, int]:
        found = {}

        def counted(name, call):
            with CaptureQueriesContext(connection) as captured:
                answer = call()
            assert answer.status_code in (200, 201), answer.content
            found[name] = len(captured)
            return answer.json()

        items = [{"sku": one.sku, "quantity": 1} for one in products]
        draft = counted("make", lambda: till.make(**taken(desk, items=items)))
        counted("change", lambda: till.change(draft, items=items))
        counted("read", lambda: till.read(draft["id"]))
        counted("list", lambda: till.api.get(DRAFTS))
        preview = counted("preview", lambda: till.preview(draft["id"]))
        counted("place", lambda: till.place(draft["id"], preview, desk.table.pk))
        return found

    spent([desk.cup])
    few, many = spent([desk.cup]), spent([desk.cup, *more])

    assert many == few
    assert few == BUDGET


# Savepoints of the test's own transaction among them.
BUDGET = {"make": 11, "change": 16, "read": 4, "list": 3, "preview": 9, "place": 19}


def test_a_draft_of_the_desk_is_the_same_at_the_api(desk, till):
    draft = editing.save_draft(actor=desk.actor, wish=wish(line(desk.cup, 2, "9.00"), codes="a, b"))
    read = till.read(draft.pk).json()
    assert (read["codes"], read["items"][0]["price"]) == (["a", "b"], "9.00")
    assert read["made_by"] == desk.actor.email
    assert read["address"] == HUE_ADDRESS | {"line2": ""}
