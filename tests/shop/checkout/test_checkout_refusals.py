"""Every failure of placing lands back on checkout: with what to do about it there, and with what was typed."""

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import OperationalError, connection
from redis.exceptions import ConnectionError as NoRedis

from accounts.models import Address
from catalog import inventory
from orders.checkout.previews import FORMAT
from orders.models import Order
from tests.factories import PASSWORD, Buyer, make_address, make_numbered, make_price_table, make_product
from tests.shop.conftest import Visitor, id_in, stored, words

pytestmark = pytest.mark.django_db

NOTE = "Ring <twice>"
BEGUN = {"new-full_name": "Lan", "new-city": "Huế"}


def forget(page: str) -> None:
    cache.delete(f"preview:{FORMAT}:{id_in(page)}")


class Scene:
    """A customer with two kettles in the cart, at the page with the button."""

    def __init__(self, customer: Visitor, buyer: Buyer):
        self.customer, self.buyer = customer, buyer
        self.kettle = make_product(stock=5, name="Blue kettle")
        self.other_table = make_price_table()
        self.page = customer.preview((self.kettle, 2))

    def place(self, **typed):
        return self.customer.post(
            self.page, {"price_table_id": self.other_table.pk, "note": NOTE, **typed}, follow=True
        )

    def too_few_left(self):
        inventory.count(product_id=self.kettle.pk, quantity=1, actor=None)

    def sold_out(self):
        inventory.count(product_id=self.kettle.pk, quantity=0, actor=None)

    def off_sale(self):
        type(self.kettle).objects.update(is_active=False)

    def method_withdrawn(self):
        type(self.other_table).objects.filter(pk=self.other_table.pk).update(is_active=False)

    def quote_expired(self):
        forget(self.page)

    def unverified(self):
        EmailAddress.objects.update(verified=False)


@dataclass(frozen=True)
class Refusal:
    code: str
    breaks: Callable[[Scene], None]
    remedy: str


REFUSALS = {
    "too few left": Refusal("insufficient_stock", Scene.too_few_left, "Reduce to 1"),
    "sold out": Refusal("insufficient_stock", Scene.sold_out, "Remove it from the cart"),
    "off sale": Refusal("product_not_found", Scene.off_sale, "Remove it from the cart"),
    "method withdrawn": Refusal("shipping_method_not_found", Scene.method_withdrawn, "Make a new preview"),
    "unverified": Refusal("user_not_found", Scene.unverified, "Send the link again"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_names_its_remedy_and_keeps_what_was_typed(customer, buyer, name):
    refusal, scene = REFUSALS[name], Scene(customer, buyer)
    refusal.breaks(scene)
    answer = scene.place()
    shown = words(answer)
    assert (answer.status_code, answer.redirect_chain) == (200, [])
    assert f'data-problem="{refusal.code}"' in shown
    assert refusal.remedy in shown
    assert "Ring &lt;twice&gt;</textarea>" in shown
    assert chosen_table(shown) == str(scene.other_table.pk)
    assert Order.objects.count() == 0
    assert stored(buyer.user) == {scene.kettle.sku: 2}


def chosen_table(shown: str) -> str:
    radios = re.findall(r'<input type="radio" name="price_table_id" value="(\d+)"[^>]*>', shown)
    checked = re.findall(r'name="price_table_id" value="(\d+)"[^>]* checked>', shown)
    assert radios
    return checked[0]


def test_too_many_unpaid_orders_leads_to_them_and_keeps_what_was_typed(customer, buyer, settings):
    settings.MAX_UNPAID_ORDERS = 1
    buyer.place((make_product(stock=5), 1))
    scene = Scene(customer, buyer)
    shown = words(scene.place())
    assert 'data-problem="too_many_unpaid_orders"' in shown
    assert 'href="/orders/"' in shown
    assert "Ring &lt;twice&gt;</textarea>" in shown


def test_expired_quote_is_renewed_with_all_that_was_typed(customer, buyer):
    scene = Scene(customer, buyer)
    scene.quote_expired()
    answer = scene.place()
    shown = words(answer)
    assert "we made a new one" in shown
    assert "Ring &lt;twice&gt;</textarea>" in shown
    assert chosen_table(shown) == str(scene.other_table.pk)
    assert Order.objects.count() == 0


def no_database():
    def down(*args):
        raise OperationalError("the database system is starting up")

    return connection.execute_wrapper(down)


@contextmanager
def no_cache():
    def down(*args, **kwargs):
        raise NoRedis

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("orders.checkout.previews.cache.get", down)
        broken.setattr("orders.checkout.previews.cache.set", down)
        yield


@pytest.mark.parametrize("outage", [no_database, no_cache])
def test_outage_keeps_what_was_typed_in_the_page_and_orders_once(customer, buyer, outage):
    scene = Scene(customer, buyer)
    with outage():
        answer = scene.place(address=str(buyer.address.pk))
        asked = customer.get(scene.page)
    shown = words(answer)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert (asked.status_code, "Try again" in words(asked)) == (503, True)
    assert 'data-problem="service_unavailable"' in shown
    assert f'action="{scene.page}"' in shown
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
    kept.pop("csrfmiddlewaretoken")
    # The footer's languages lead back here.
    kept.pop("next")
    assert kept == {
        "price_table_id": str(scene.other_table.pk),
        "note": "Ring &lt;twice&gt;",
        "address": str(buyer.address.pk),
    }
    sent = {**kept, "note": NOTE}
    first, second = (customer.post(scene.page, sent) for _ in range(2))
    assert first.url == second.url == f"/orders/{Order.objects.get().pk}/"
    assert Order.objects.get().note == NOTE


@pytest.mark.parametrize("wrong", [{"price_table_id": ""}, {"note": "x" * 1001}, {"address": "x"}])
def test_wrong_input_is_said_and_kept(customer, buyer, wrong):
    scene = Scene(customer, buyer)
    answer = scene.place(**wrong)
    shown = words(answer)
    assert 'data-problem="validation_error"' in shown
    assert f"{wrong.get('note', 'Ring &lt;twice&gt;')}</textarea>" in shown
    assert Order.objects.count() == 0


def test_note_of_many_lines_may_be_as_long_as_the_browser_lets_one_type(customer, buyer):
    scene = Scene(customer, buyer)
    typed = "\n".join(["x" * 9] * 100)
    scene.place(note=typed.replace("\n", "\r\n"))
    assert Order.objects.get().note == typed


# --- what the remedies do ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "then"), [(1, 1), (0, None)])
def test_fitting_the_cart_keeps_what_was_typed_and_makes_a_new_quote(customer, buyer, left, then):
    scene = Scene(customer, buyer)
    customer.put(make_product(stock=5, name="Red kettle"))
    inventory.count(product_id=scene.kettle.pk, quantity=left, actor=None)
    typed = {"intent": f"fit:{scene.kettle.sku}", "note": NOTE, "price_table_id": scene.other_table.pk}
    answer = customer.post("/checkout/", typed, follow=True)
    shown = words(answer)
    assert answer.redirect_chain[-1][0] != scene.page
    assert "Ring &lt;twice&gt;</textarea>" in shown
    assert chosen_table(shown) == str(scene.other_table.pk)
    assert "data-short" not in shown
    assert stored(buyer.user).get(scene.kettle.sku) == then


def test_fitting_what_is_not_in_the_cart_does_no_harm(customer, buyer):
    scene = Scene(customer, buyer)
    for sku in ("nothing", "", make_product(stock=3).sku):
        assert customer.post("/checkout/", {"intent": f"fit:{sku}"}, follow=True).status_code == 200
    assert stored(buyer.user) == {scene.kettle.sku: 2}


def test_removing_the_last_product_leads_to_the_empty_cart(customer, buyer):
    scene = Scene(customer, buyer)
    scene.off_sale()
    answer = customer.post("/checkout/", {"intent": f"fit:{scene.kettle.sku}"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/cart/"
    assert stored(buyer.user) == {}


def test_too_few_numbers_are_said_before_placing(customer, buyer):
    room = make_numbered(numbers=3)
    page = customer.preview((room, 3))
    Buyer().order_in("pay_required", (room, 2))
    shown = customer.text(page)
    assert "Only 1 left" in shown
    assert "Reduce to 1" in shown


def test_new_total_without_a_script_costs_no_order_and_keeps_the_choice(customer, buyer):
    scene = Scene(customer, buyer)
    answer = customer.post(
        scene.page, {"intent": "look", "price_table_id": scene.other_table.pk, "note": NOTE}, follow=True
    )
    assert answer.redirect_chain == [(scene.page, 303)]
    assert chosen_table(words(answer)) == str(scene.other_table.pk)
    assert Order.objects.count() == 0


# --- a session that ended ------------------------------------------------------------------------------------------


def test_session_that_ended_is_signed_in_again_with_everything_kept(customer, buyer):
    scene = Scene(customer, buyer)
    customer.cookies.pop("sessionid")
    typed = {"price_table_id": scene.other_table.pk, "note": NOTE, "address": buyer.address.pk, **BEGUN}
    answer = customer.post(scene.page, typed)
    assert answer.url == f"/accounts/login/code/?next={scene.page}"
    assert "What you typed is kept." in customer.text(answer.url)
    assert Order.objects.count() == 0
    signed_in = customer.post(
        "/accounts/login/", {"login": buyer.user.email, "password": PASSWORD, "next": scene.page}
    )
    assert signed_in.url == scene.page
    shown = customer.text(scene.page)
    assert "Ring &lt;twice&gt;</textarea>" in shown
    assert chosen_table(shown) == str(scene.other_table.pk)
    assert 'value="Lan"' in shown
    assert "Blue kettle" in shown


def test_what_was_typed_ends_with_signing_out(customer, buyer):
    scene = Scene(customer, buyer)
    customer.post(scene.page, {"intent": "look", "note": NOTE})
    customer.post("/accounts/logout/")
    customer.force_login(Buyer().user, backend="django.contrib.auth.backends.ModelBackend")
    make_address(buyer.user)
    customer.put(make_product(stock=2))
    assert "Ring" not in words(customer.get("/checkout/", follow=True))


# --- an address that was begun -------------------------------------------------------------------------------------

WHOLE = {
    "new-full_name": "Lan",
    "new-phone": "0234 382 2000",
    "new-line1": "1 Lê Lợi",
    "new-city": "Huế",
    "new-region": "Thừa Thiên–Huế",
    "new-country": "VN",
}


def test_address_that_was_typed_and_not_saved_is_not_passed_over(customer, buyer):
    scene = Scene(customer, buyer)
    shown = words(scene.place(**WHOLE, address=buyer.address.pk))
    assert "The order now goes to the address that you typed." in shown
    assert "Ring &lt;twice&gt;</textarea>" in shown
    assert 'value="1 Lê Lợi"' not in shown
    assert Order.objects.count() == 0
    assert buyer.user.addresses.filter(city="Huế", full_name="Lan").count() == 1


def test_address_sent_twice_is_saved_once(customer, buyer):
    scene = Scene(customer, buyer)
    for _ in range(2):
        customer.post(scene.page, {"price_table_id": scene.other_table.pk, **WHOLE})
        customer.post("/checkout/", {**WHOLE, "intent": "add-address"})
    assert Address.objects.filter(full_name="Lan").count() == 1


def test_address_that_is_wrong_is_shown_with_its_errors_and_the_note(customer, buyer):
    scene = Scene(customer, buyer)
    shown = words(scene.place(**{**WHOLE, "new-phone": "no"}))
    assert "Enter a phone number;" in shown
    assert "1 Lê Lợi" in shown
    assert "Ring &lt;twice&gt;</textarea>" in shown
    assert Order.objects.count() == 0
