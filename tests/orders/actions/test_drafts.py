"""Staff take an order: a draft, its prices, and the order that it becomes."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import User
from orders.actions.close_account import close_account
from orders.actions.drafts import editing, prices
from orders.actions.drafts.editing import DraftMovedOn, DraftOver
from orders.actions.drafts.wishes import WishedLine
from orders.audit import findings
from orders.checkout.placement.stock import InsufficientStock, ProductNotFound
from orders.checkout.previews import PreviewExpired, get_preview
from orders.errors import InvalidInput
from orders.lifecycle.confirmation import confirm_order
from orders.models import DraftLine, Email, EmailKind, Order, OrderDraft, PriceOverride
from orders.payments.by_hand import note_received
from orders.reports.data_export import write_own_data
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.factories import (
    Buyer,
    add_rate,
    make_product,
    make_promotion,
    make_staff,
    make_user,
    staff_of,
    standard_class,
)
from tests.orders.actions.drafts import HUE_ADDRESS, Desk, at, line, wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def is_clean() -> bool:
    return not list(findings())


class TestPlacing:
    def test_somebody_new_gets_an_account_that_only_their_mailbox_opens(self, desk):
        placed = desk.place(desk.save(email="Hoa@Example.com", language="vi"))

        user = User.objects.get(email="hoa@example.com")
        assert placed.is_new
        assert placed.order.customer == user
        assert (user.full_name, user.language) == ("Hoa", "vi")
        assert user.is_verified
        assert not user.has_usable_password()
        assert is_clean()

    def test_nobody_is_made_before_the_order_is_placed(self, desk):
        desk.price(desk.save())
        assert not User.objects.filter(email="new@example.com").exists()

    def test_the_order_is_the_customers_and_its_history_says_that_staff_placed_it(self, desk):
        buyer = Buyer()
        order = desk.place(desk.save(email=buyer.user.email)).order

        first = order.history.get()
        assert order.customer == buyer.user
        assert (first.actor, first.who) == (desk.actor, "staff")
        assert order.language == "en"
        assert order.address_snapshot == {"id": None, "line2": "", **HUE_ADDRESS, "phone": "+842838220000"}
        row = StaffAction.objects.get(object_id=str(order.pk))
        assert (row.actor, row.action) == (desk.actor, OrderRights.TAKE_ORDERS)

    def test_a_stranger_s_password_is_worth_nothing_once_staff_vouch_for_the_address(self, desk):
        stranger = make_user(email="new@example.com", verified=False)
        assert stranger.has_usable_password()

        order = desk.place(desk.save()).order

        stranger.refresh_from_db()
        assert order.customer == stranger
        assert not stranger.has_usable_password()
        assert EmailAddress.objects.get(user=stranger).verified

    def test_placing_twice_is_one_order(self, desk):
        draft = desk.save()
        preview = desk.price(draft)
        first, second = desk.place(draft, preview), desk.place(draft, preview, actor=make_staff())
        assert first.order == second.order
        assert not second.is_new
        assert Order.objects.count() == 1

    def test_a_forgotten_draft_is_found_as_the_order_that_it_became(self, desk):
        draft = desk.save()
        preview = desk.price(draft)
        order = desk.place(draft, preview).order
        draft.delete()
        assert desk.place(draft, preview).order == order

    def test_what_sold_out_is_refused_and_nothing_is_half_done(self, desk):
        draft = desk.save(line(desk.cup, 3))
        preview = desk.price(draft)
        Buyer().place((desk.cup, 8))

        with pytest.raises(InsufficientStock):
            desk.place(draft, preview)

        assert not User.objects.filter(email="new@example.com").exists()
        assert not OrderDraft.objects.exclude(order=None).exists()
        assert is_clean()

    def test_an_expired_draft_is_not_placed(self, desk):
        draft = desk.save()
        preview = desk.price(draft)
        OrderDraft.objects.update(expires_at=timezone.now())
        with pytest.raises(DraftOver):
            desk.place(draft, preview)
        assert not Order.objects.exists()

    def test_a_preview_of_what_the_draft_was_before_is_not_placed(self, desk):
        draft = desk.save()
        preview = desk.price(draft)
        editing.save_draft(actor=desk.actor, wish=wish(line(desk.cup, 2)), draft_id=draft.pk, serial=1)
        with pytest.raises(PreviewExpired):
            desk.place(draft, preview)

    def test_a_customer_cannot_place_a_draft_s_preview_nor_staff_a_customer_s(self, desk):
        buyer = Buyer()
        draft = desk.save(email=buyer.user.email)
        with pytest.raises(PreviewExpired):
            get_preview(preview_id=desk.price(draft).id, customer_id=buyer.user.pk)
        with pytest.raises(PreviewExpired):
            desk.place(draft, buyer.preview((desk.cup, 1)))

    def test_a_draft_for_nobody_is_priced_and_not_placed(self, desk):
        draft = desk.save(email="")
        with pytest.raises(InvalidInput, match="email"):
            desk.place(draft)

    def test_it_is_paid_by_transfer_as_every_order(self, desk):
        order = desk.place(desk.save()).order
        confirm_order(order_id=order.pk)
        assert Email.objects.filter(order=order, kind=EmailKind.PAY_REQUIRED, to="new@example.com").exists()

        paid = note_received(
            order_id=order.pk, actor=desk.actor, variant="transfer", amount=order.total_amount
        )

        assert paid.status == OrderStatus.PAID
        assert is_clean()


class TestPrices:
    def test_overridden_prices_are_charged_taxed_and_explained_on_the_order(self, desk):
        add_rate(standard_class(), "10")
        draft = desk.save(line(desk.cup, 2, "9.90", "a scratch"), shipping=at("1.00", "same parcel"))

        order = desk.place(draft).order

        cups = order.lines.get()
        assert (cups.unit_price, cups.line_total, cups.list_price) == (
            Decimal("9.90"),
            Decimal("19.80"),
            None,
        )
        assert (order.shipping_fee, order.total_amount) == (Decimal("1.00"), Decimal("20.80"))
        assert order.tax_total == Decimal("1.89")
        said = {(row.line_id, row.usual, row.given, row.reason) for row in order.price_overrides.all()}
        assert said == {
            (cups.pk, Decimal("12.50"), Decimal("9.90"), "a scratch"),
            (None, Decimal("4.00"), Decimal("1.00"), "same parcel"),
        }
        row = StaffAction.objects.get(action=OrderRights.OVERRIDE_PRICES, object_id=str(order.pk))
        assert row.details["prices"] == {
            cups.sku: "12.50 → 9.90: a scratch",
            "shipping": "4.00 → 1.00: same parcel",
        }
        assert is_clean()

    def test_what_it_costs_anyway_is_no_override(self, desk):
        order = desk.place(desk.save(line(desk.cup, 1, "12.50"), shipping=at("4.00"))).order
        assert not order.price_overrides.exists()

    def test_promotions_take_off_what_staff_gave(self, desk):
        make_promotion("10", code="TEN", combinable=True)
        make_promotion(None, kind="free_shipping", combinable=True)
        draft = desk.save(line(desk.cup, 1, "10.00"), codes="ten", shipping=at("2.00"))

        order = desk.place(draft).order

        assert (order.items_total, order.shipping_fee) == (Decimal("9.00"), 0)
        assert order.discount_total == Decimal("3.00")
        assert is_clean()

    def test_free_shipping_is_counted_off_the_fee_that_staff_gave(self, desk):
        make_promotion(None, kind="free_shipping")
        order = desk.place(desk.save(shipping=at("2.50"))).order

        assert (order.shipping_fee, order.shipping_discount) == (0, Decimal("2.50"))
        assert order.price_overrides.get().given == Decimal("2.50")
        assert is_clean()

    @pytest.mark.parametrize("amount", ["-1", "0.001", "NaN", "10000000000"])
    def test_what_is_no_price_is_refused(self, desk, amount):
        with pytest.raises(InvalidInput) as refused:
            desk.save(line(desk.cup, 1, amount), shipping=at(amount))
        assert set(refused.value.errors) == {"items.0.price", "shipping_fee"}

    def test_a_price_wants_its_reason(self, desk):
        with pytest.raises(InvalidInput) as refused:
            desk.save(line(desk.cup, 1, "9", reason=" "), shipping=at("1", reason=""))
        assert set(refused.value.errors) == {"items.0.reason", "shipping_reason"}

    def test_nothing_that_is_sent_has_no_fee_to_be_overridden(self, desk):
        voucher = make_product(stock=5, needs_parcel=False, weight_g=0)
        draft = desk.save(line(voucher), address={}, shipping=at("1.00"))
        with pytest.raises(InvalidInput) as refused:
            desk.price(draft)
        assert set(refused.value.errors) == {"shipping_fee"}

    def test_only_who_has_the_right_saves_or_places_them(self, desk):
        support = staff_of("support")
        given = wish(line(desk.cup, 1, "9.00"))
        with pytest.raises(PermissionDenied):
            editing.save_draft(actor=support, wish=given)
        assert not OrderDraft.objects.exists()

        draft = desk.save(line(desk.cup, 1, "9.00"))
        with pytest.raises(PermissionDenied):
            desk.place(draft, actor=support)
        assert not Order.objects.exists()

        # They may take the prices out, and place it then.
        editing.save_draft(actor=support, wish=wish(line(desk.cup)), draft_id=draft.pk, serial=1)
        assert desk.place(draft, actor=support).order.lines.get().unit_price == Decimal("12.50")


class TestWhatBecameDifferent:
    def test_a_new_preview_names_each_price_that_is_another(self, desk):
        draft = desk.save()
        assert prices.work_out(draft_id=draft.pk, actor=desk.actor).different == []
        desk.cup.price = Decimal("13.00")
        desk.cup.save(update_fields=["price"])
        band = desk.table.bands.get()
        band.fee = Decimal("5.00")
        band.save()

        again = prices.work_out(draft_id=draft.pk, actor=desk.actor)

        assert again.preview.lines[0].unit_price == Decimal("13.00")
        assert [said.split(": ")[1] for said in again.different] == [
            "was $12.50, is $13.00",
            "was $4.00, is $5.00",
        ]

    def test_a_discount_that_ended_is_named(self, desk):
        promotion = make_promotion("10", name="Spring")
        draft = desk.save()
        desk.price(draft)
        promotion.is_active = False
        promotion.save()
        said = prices.work_out(draft_id=draft.pk, actor=desk.actor).different
        assert said == ["Spring: no longer, was $1.25"]

    def test_saving_accepts_what_is_now(self, desk):
        draft = desk.save()
        desk.price(draft)
        desk.cup.price = Decimal("13.00")
        desk.cup.save(update_fields=["price"])
        editing.save_draft(actor=desk.actor, wish=wish(line(desk.cup)), draft_id=draft.pk, serial=1)
        assert prices.work_out(draft_id=draft.pk, actor=desk.actor).different == []

    def test_what_is_no_longer_sold_is_named(self, desk):
        draft = desk.save()
        preview = desk.price(draft)
        desk.cup.is_active = False
        desk.cup.save(update_fields=["is_active"])
        with pytest.raises(ProductNotFound):
            desk.place(draft, preview)
        with pytest.raises(InvalidInput) as refused:
            desk.price(draft)
        assert set(refused.value.errors) == {"items.0.sku"}


class TestSaving:
    def test_who_saves_what_another_has_saved_meanwhile_is_told(self, desk):
        draft = desk.save()
        editing.save_draft(
            actor=make_staff(), wish=wish(line(desk.cup, 2)), draft_id=draft.pk, serial=draft.serial
        )
        with pytest.raises(DraftMovedOn):
            editing.save_draft(
                actor=desk.actor, wish=wish(line(desk.cup, 3)), draft_id=draft.pk, serial=draft.serial
            )
        assert DraftLine.objects.get().quantity == 2

    def test_every_wrong_field_is_named(self, desk):
        wrong = wish(
            WishedLine("NO-SUCH", 1),
            line(desk.cup, 0),
            line(desk.cup, 1000),
            email="no address",
            language="xx",
            note="x" * 1001,
            address=HUE_ADDRESS | {"line1": "x" * 201},
        )
        with pytest.raises(InvalidInput) as refused:
            editing.save_draft(actor=desk.actor, wish=wrong)
        assert set(refused.value.errors) == {
            *("items.0.sku", "items.1.quantity", "items.2.sku", "items.2.quantity"),
            *("email", "language", "note", "address.line1"),
        }

    def test_an_address_is_held_against_the_rules_of_its_country(self, desk):
        draft = desk.save(address=HUE_ADDRESS | {"phone": "12", "city": ""})
        with pytest.raises(InvalidInput) as refused:
            desk.price(draft)
        assert set(refused.value.errors) == {"address.phone", "address.city"}

    def test_a_parcel_wants_an_address(self, desk):
        draft = desk.save(address={"country": "VN"})
        with pytest.raises(InvalidInput) as refused:
            desk.price(draft)
        assert set(refused.value.errors) == {"address"}

    def test_the_account_of_an_address_may_be_switched_off(self, desk):
        make_user(email="new@example.com", is_active=False)
        with pytest.raises(InvalidInput) as refused:
            desk.save()
        assert set(refused.value.errors) == {"email"}

    def test_a_discarded_draft_is_gone_and_the_log_says_by_whom(self, desk):
        draft = desk.save()
        number = str(draft.pk)
        editing.discard_draft(draft_id=draft.pk, actor=desk.actor)
        assert not OrderDraft.objects.exists()
        row = StaffAction.objects.first()
        assert (row.object_id, row.details["how"]) == (number, "discarded")
        with pytest.raises(DraftOver):
            editing.discard_draft(draft_id=int(number), actor=desk.actor)

    def test_the_log_names_no_customer(self, desk):
        desk.place(desk.save())
        said = str(list(StaffAction.objects.values()))
        assert "new@example.com" not in said
        assert "Hoa" not in said


class TestForgetting:
    def test_what_is_over_is_forgotten_and_the_order_stays(self, desk, settings):
        open_one, placed, old = desk.save(), desk.save(email="b@example.com"), desk.save()
        order = desk.place(placed).order
        late = OrderDraft.objects.filter(pk__in=[placed.pk, old.pk])
        late.update(expires_at=timezone.now() - timedelta(seconds=1))

        editing.forget_old()

        assert list(OrderDraft.objects.all()) == [open_one]
        assert Order.objects.get() == order

    def test_saving_begins_its_time_again(self, desk, settings):
        settings.ORDER_DRAFT_DAYS = 3
        draft = desk.save()
        OrderDraft.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
        editing.save_draft(actor=desk.actor, wish=wish(line(desk.cup)), draft_id=draft.pk, serial=1)
        draft.refresh_from_db()
        assert draft.expires_at > timezone.now() + timedelta(days=2)

    def test_rows_of_prices_stay_as_they_are(self, desk):
        desk.place(desk.save(line(desk.cup, 1, "9.00")))
        assert PriceOverride.objects.count() == 1


class TestPersonalData:
    def test_drafts_about_a_customer_go_with_the_account(self, desk):
        customer, other = make_user(), make_user()
        desk.save(email=customer.email)
        OrderDraft.objects.create(
            email=customer.email,
            language="en",
            made_by=desk.actor,
            expires_at=timezone.now() + timedelta(days=1),
        )
        kept = desk.save(email=other.email)

        close_account(user_id=customer.pk)

        assert list(OrderDraft.objects.all()) == [kept]

    def test_nothing_is_written_down_for_an_account_that_was_closed(self, desk):
        customer = make_user()
        close_account(user_id=customer.pk)
        customer.refresh_from_db()
        with pytest.raises(InvalidInput) as refused:
            desk.save(email=customer.email)
        assert set(refused.value.errors) == {"email"}

    def test_what_staff_write_down_and_the_prices_they_gave_are_in_the_customer_s_own_data(self, desk):
        customer = make_user()
        desk.place(desk.save(line(desk.cup, 1, "9.00", "a scratch"), email=customer.email))
        desk.save(line(desk.cup, 2), email=customer.email, note="ring twice")
        file = StringIO()

        write_own_data(file, user=customer, cart=[])

        told = json.loads(file.getvalue())
        draft = next(one for one in told["order_drafts"] if one["note"])
        assert (draft["note"], draft["address"]["line1"]) == ("ring twice", "12 Lê Lợi")
        assert draft["lines"] == [{"sku": desk.cup.sku, "quantity": 2, "price": None, "reason": ""}]
        given = told["orders"][0]["price_overrides"][0]
        assert (given["sku"], given["usual"], given["given"]) == (desk.cup.sku, "12.50", "9.00")
