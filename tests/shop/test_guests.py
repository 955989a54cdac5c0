"""Buying without an account: from a cart to an order with an email address and a code, and how little is asked."""

from html.parser import HTMLParser

import pytest

from accounts.models import User
from orders.models import Order
from tests.accounts.codes.test_code_sign_in import last_code
from tests.factories import make_price_table, make_product
from tests.shop.conftest import Visitor, stored

pytestmark = pytest.mark.django_db

PAGE = "/accounts/login/code/?next=/checkout/"
HOME = {
    "VN": {
        "full_name": "Hoa",
        "phone": "028 3822 0000",
        "line1": "12 Lê Lợi",
        "city": "Huế",
        "region": "Thừa Thiên–Huế",
    },
    "US": {
        "full_name": "Ann",
        "phone": "(212) 555-2368",
        "line1": "1 Main St",
        "city": "Albany",
        "region": "NY",
        "postal_code": "12207",
    },
}


class Asked(HTMLParser):
    """What the page's own form lets a visitor type or choose from a list, without what is folded away: name -> value."""

    def __init__(self, html: str):
        super().__init__()
        self.fields: dict[str, str] = {}
        self.form, self.folded, self.select = "", 0, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.form = given.get("id") or ""
        elif tag == "details" and (self.folded or "open" not in given):
            self.folded += 1
        elif (
            self.form in ("code-form", "checkout")
            and not self.folded
            and tag in ("input", "select", "textarea")
        ):
            if given.get("type") not in ("hidden", "radio", "submit"):
                name = f"{self.form} {given['name']}"
                self.fields[name] = given.get("value", "")
                self.select = name if tag == "select" else ""
        elif tag == "option" and self.select and "selected" in given:
            self.fields[self.select] = given["value"]

    def handle_endtag(self, tag):
        if tag == "details" and self.folded:
            self.folded -= 1


def new_address(country: str) -> dict[str, str]:
    return {f"new-{name}": value for name, value in {**HOME[country], "country": country}.items()}


@pytest.fixture
def guest(visitor) -> Visitor:
    """Somebody with something in the cart, and no account."""
    visitor.put(make_product(stock=5), 2)
    return visitor


def go_in(guest: Visitor, email: str = "hoa@example.com"):
    guest.post(PAGE, {"email": email, "next": "/checkout/"})
    return guest.post(PAGE, {"code": last_code(), "next": "/checkout/"})


@pytest.mark.parametrize("country", HOME)
def test_the_first_purchase_asks_at_most_eight_fields_on_three_pages(guest, settings, country):
    settings.SHOP_COUNTRY = country
    make_price_table(country=country)
    pages, asked = [], {}

    def look(path: str) -> None:
        shown = guest.get(path, follow=True)
        pages.append(shown.request["PATH_INFO"])
        asked.update(Asked(shown.text).fields)

    look("/checkout/")
    guest.post(PAGE, {"email": "hoa@example.com", "next": "/checkout/"})
    look(PAGE)
    guest.post(PAGE, {"code": last_code(), "next": "/checkout/"})
    look("/checkout/")
    preview = guest.post("/checkout/", {"intent": "add-address", **new_address(country)}).url
    look(preview)
    table = guest.get(preview).context["chosen"][0].price_table_id
    placed = guest.post(preview, {"price_table_id": table, "intent": "place"}).url

    assert Order.objects.get().get_absolute_url() == placed
    # The code is asked for on the same page as the address that it went to.
    assert len(set(pages)) == 3
    # What is chosen already, as the country is, need not be touched.
    assert len([value for value in asked.values() if not value]) <= 8
    assert set(asked) >= {
        "code-form email",
        "code-form code",
        "checkout new-full_name",
        "checkout new-country",
    }
    if country == "VN":
        assert len(asked) <= 8


def test_the_buyer_is_a_verified_active_user_without_a_password_and_has_the_cart(guest):
    assert go_in(guest).url == "/checkout/"

    user = User.objects.get()
    assert (user.is_active, user.is_verified, user.has_usable_password()) == (True, True, False)
    assert list(stored(user).values()) == [2]


def test_checkout_says_that_no_account_is_needed_and_offers_the_password(guest):
    shown = guest.get("/checkout/", follow=True).text
    assert "You need no account" in shown
    assert 'href="/accounts/login/?next=/checkout/"' in shown


def test_what_was_typed_before_the_session_ended_is_there_after_the_code(guest):
    guest.post("/checkout/", {"note": "Ring twice", "new-full_name": "Lan", "intent": "look"})
    go_in(guest)
    assert 'value="Lan"' in guest.get("/checkout/").text


def test_what_needs_no_parcel_asks_for_an_email_and_a_code_alone(visitor):
    visitor.put(make_product(stock=5, needs_parcel=False, weight_g=0), 1)
    page = go_in(visitor)
    shown = visitor.get(page.url, follow=True)
    assert Asked(shown.text).fields == {}


@pytest.mark.parametrize(
    "sent", [{"email": ""}, {"email": "no address"}, {"email": "a" * 300 + "@example.com"}]
)
def test_what_is_no_address_is_said_beside_the_field(guest, sent):
    shown = guest.post(PAGE, sent)
    assert shown.status_code == 200
    assert 'class="errors"' in shown.text


def test_a_wrong_code_is_said_beside_the_field_and_the_last_one_begins_anew(guest):
    guest.post(PAGE, {"email": "hoa@example.com", "next": "/checkout/"})
    assert "That is not the code." in guest.post(PAGE, {"code": "0"}).text
    guest.post(PAGE, {"code": "1"})
    answer = guest.post(PAGE, {"code": "2", "next": "/checkout/"})
    assert answer.url == "/accounts/login/code/?next=%2Fcheckout%2F"
    assert "This code no longer works." in guest.get(answer.url).text


def test_another_address_may_be_named(guest):
    guest.post(PAGE, {"email": "hoa@example.com", "next": "/checkout/"})
    guest.post(PAGE, {"intent": "another"})
    assert set(Asked(guest.get(PAGE).text).fields) == {"code-form email"}
    go_in(guest, "lan@example.com")
    assert User.objects.get().email == "lan@example.com"


def test_the_page_is_there_in_vietnamese(guest):
    guest.cookies["django_language"] = "vi"
    assert "Bạn không cần tài khoản" in guest.get("/checkout/", follow=True).text
    guest.post(PAGE, {"email": "hoa@example.com", "next": "/checkout/"})
    assert "Tiếp tục" in guest.get(PAGE).text
