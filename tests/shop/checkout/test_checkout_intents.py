"""What the buttons of the checkout page mean comes as one field; whatever comes ends at an order or on that page."""

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache

from accounts.models import Address
from catalog import inventory
from orders.checkout import previews
from orders.models import Order
from shop.checkout.intents import BEFORE, PLACING, Asked, Intent, read
from tests.factories import (
    make_address,
    make_pickup,
    make_price_table,
    make_product,
    make_promotion,
    make_user,
)
from tests.shop.conftest import Visitor, id_in, stored, words

pytestmark = pytest.mark.django_db

NOTE = "Ring twice"
WHOLE = {
    "new-full_name": "Lan",
    "new-phone": "0234 382 2000",
    "new-line1": "1 Lê Lợi",
    "new-city": "Huế",
    "new-region": "Thừa Thiên–Huế",
    "new-country": "VN",
}


def meant_by(page: str) -> set[str]:
    """What the page's buttons send, besides that of the language and of signing out."""
    form = page[page.index("<main") : page.index("</main>")]
    buttons = re.findall(r"<button[^>]*type=\"submit\"[^>]*>", form)
    assert all('name="intent"' in button for button in buttons), buttons
    return {re.search(r'value="([^":]+)', button)[1] for button in buttons}


def without_an_address() -> str:
    """The page of somebody new, where what is in the cart can be fetched too."""
    make_pickup()
    newcomer = Visitor()
    newcomer.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    newcomer.put(make_product(stock=1))
    return newcomer.text("/checkout/")


def test_every_button_says_what_it_means_in_one_field(customer, buyer):
    kettle = make_product(stock=5, name="Blue kettle")
    page = customer.preview((kettle, 3))
    make_promotion(code="TEN")
    page = customer.post("/checkout/", {"intent": "apply-code", "code": "ten"}).url
    inventory.count(product_id=kettle.pk, quantity=1, actor=None)
    seen = meant_by(customer.text(page)) | meant_by(words(customer.place(page, buyer.table)))
    customer.post("/checkout/", {"intent": f"fit:{kettle.sku}"})
    twice = [customer.get("/checkout/").url for _tab in range(2)]
    seen |= meant_by([words(customer.place(tab, buyer.table)) for tab in twice][-1])
    buyer.user.emailaddress_set.update(verified=False)
    seen |= meant_by(customer.text(page))
    seen |= meant_by(without_an_address())

    assert seen == set(Intent) - {Intent.PLACE_FOR_NEW_ADDRESS}


@pytest.mark.parametrize("name", BEFORE)
def test_the_buttons_of_a_page_from_before_still_mean_the_same(name):
    assert read({name: "KETTLE", "note": NOTE}, otherwise=Intent.PLACE) == Asked(BEFORE[name], "KETTLE")


def test_a_sku_may_have_a_colon():
    assert read({"intent": "fit:a:b"}, otherwise=Intent.PLACE) == Asked(Intent.FIT, "a:b")


@pytest.mark.parametrize(
    "meant", ["", "fly", "PLACE", "fit", "fit:", "fit:\x00", ":", "place-\x00", "x" * 5000]
)
@pytest.mark.parametrize("on_quote", [True, False])
def test_what_no_button_means_ends_on_the_page_with_what_was_typed(customer, buyer, meant, on_quote):
    page = customer.preview((make_product(stock=5), 1))

    answer = customer.post(
        page if on_quote else "/checkout/", {"intent": meant, "note": NOTE, "new-city": "Huế"}, follow=True
    )

    assert answer.status_code == 200
    assert f"{NOTE}</textarea>" in words(answer)
    assert 'value="Huế"' in words(answer)
    assert (Order.objects.count(), Address.objects.count()) == (0, 1)


@pytest.mark.parametrize("intent", Intent)
@pytest.mark.parametrize("on_quote", [True, False])
def test_every_intent_is_answered_at_both_addresses(customer, buyer, intent, on_quote):
    """Placing where there is no preview makes one."""
    kettle = make_product(stock=5)
    page = customer.preview((kettle, 1))
    typed = {"intent": intent, "note": NOTE, "price_table_id": buyer.table.pk}

    answer = customer.post(page if on_quote else "/checkout/", typed, follow=True)

    placed = on_quote and intent in PLACING
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"].startswith("/orders/" if placed else "/checkout/")
    assert Order.objects.count() == placed
    assert stored(buyer.user) == ({} if placed else {kettle.sku: 1})


def test_a_second_click_forgets_nothing_that_was_typed_since(customer, buyer):
    kettle = make_product(stock=9)
    old = customer.preview((kettle, 1))
    customer.place(old, buyer.table)
    new = customer.preview((kettle, 1))
    customer.post(new, {"intent": "look", "note": "Mind the dog"})

    customer.place(old, buyer.table)

    assert "Mind the dog</textarea>" in customer.text(new)


# --- the preview is read once ----------------------------------------------------------------------------------------


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The previews that are asked of the cache from here on."""
    asked: list[str] = []
    ask = cache.get

    def get(key, *args, **kwargs):
        if key.startswith("preview:"):
            asked.append(key)
        return ask(key, *args, **kwargs)

    monkeypatch.setattr(previews.cache, "get", get)
    return asked


def placed(customer, page, buyer, other) -> None:
    assert customer.place(page, buyer.table, address=buyer.address.pk).url.startswith("/orders/")


def refused(customer, page, buyer, other) -> None:
    type(buyer.table).objects.update(is_active=False)
    assert 'data-problem="shipping_method_not_found"' in words(customer.place(page, buyer.table))


def expired(customer, page, buyer, other) -> None:
    previews.forget_preview(id_in(page))
    assert customer.place(page, buyer.table).url == "/checkout/"


def wrong(customer, page, buyer, other) -> None:
    assert 'data-problem="validation_error"' in words(customer.post(page, {"note": NOTE}))


def elsewhere(customer, page, buyer, other) -> None:
    assert customer.place(page, buyer.table, address=other.pk).url.startswith("/checkout/")


def wrong_address(customer, page, buyer, other) -> None:
    assert "Enter a phone number;" in words(customer.post(page, {**WHOLE, "new-phone": "no"}))


def new_address(customer, page, buyer, other) -> None:
    assert customer.post(page, WHOLE).url.startswith("/checkout/")


def shown(customer, page, buyer, other) -> None:
    assert customer.get(page).status_code == 200


def looked(customer, page, buyer, other) -> None:
    assert customer.post(page, {"intent": "look"}).url == page


@pytest.mark.parametrize(
    ("act", "times"),
    [
        # Inside placing itself, and where that refuses once more for the page.
        *((placed, 1), (refused, 2), (expired, 1), (elsewhere, 1)),
        *((wrong, 1), (wrong_address, 1), (new_address, 0), (shown, 1), (looked, 0)),
    ],
)
def test_the_quote_is_read_once_for_the_page_and_once_in_placing(
    customer, buyer, reads, act: Callable, times: int
):
    make_price_table(country="US")
    other = make_address(buyer.user, country="US")
    page = customer.preview((make_product(stock=5), 1))
    reads.clear()

    act(customer, page, buyer, other)

    assert len(reads) == times
