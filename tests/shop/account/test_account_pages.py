"""The pages of an account: profile, language, email, two-factor, devices, addresses, own data, closing."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from orders.models import Order
from orders.status import OrderStatus
from tests.factories import PASSWORD, Buyer, make_address, make_product, make_user
from tests.html_form import fields_of
from tests.orders.post import delivered
from tests.second_factor import code_of, set_up
from tests.shop.conftest import Visitor, words

pytestmark = pytest.mark.django_db


def signed_in(user, **more) -> Visitor:
    browser = Visitor(**more)
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser


def from_before(user) -> Visitor:
    """The browser of who signed in when that took no verified address."""
    browser = Visitor()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def link_in(email) -> str:
    return re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", email.body)[1]


@pytest.fixture
def browser(buyer) -> Visitor:
    """The buyer's browser, signed in through the page."""
    return signed_in(buyer.user)


def confirm_access(browser: Visitor, then: str):
    return browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": then})


# --- profile and language ------------------------------------------------------------------------------------------


def test_overview_leads_to_every_part_of_the_account(browser):
    shown = browser.text("/accounts/")
    for part in ("profile", "addresses", "email", "password/change", "2fa", "sessions", "data"):
        assert f'href="/accounts/{part}/"' in shown
        answer = browser.get(f"/accounts/{part}/", follow=True)
        assert answer.status_code == 200
        assert "<style" not in words(answer) and " style=" not in words(answer)


def test_profile_is_changed_and_speaks_the_chosen_language_from_then_on(browser, buyer):
    typed = {"full_name": "Phạm Thu Trang", "phone": "+84 901 234 567", "language": "vi"}
    answer = browser.post("/accounts/profile/", typed, follow=True)
    assert "Đã lưu hồ sơ của bạn." in words(answer)
    user = User.objects.get(pk=buyer.user.pk)
    assert (user.full_name, user.phone, user.language) == ("Phạm Thu Trang", "+84901234567", "vi")
    assert '<html lang="vi">' in browser.text("/vi/")


def test_of_two_tabs_the_second_is_shown_what_the_first_one_saved(browser, buyer):
    """A field that only one of them changed is no question."""
    buyer.user.addresses.update(region="Thừa Thiên Huế")
    path = f"/accounts/addresses/{buyer.address.pk}/"
    first, second = (fields_of(browser.get(path).text, "address") for _tab in range(2))
    assert browser.post(path, first | {"line1": "1 New Street", "line2": "Floor 2"}).status_code == 303

    answer = browser.post(path, second | {"line1": "9 Other Street", "city": "Vinh"})
    assert "1 New Street" in answer.text and "9 Other Street" in answer.text
    buyer.address.refresh_from_db()
    assert (buyer.address.line1, buyer.address.city) == ("1 New Street", "Huế")

    assert browser.post(path, fields_of(answer.text, "address")).status_code == 303
    buyer.address.refresh_from_db()
    assert (buyer.address.line1, buyer.address.line2, buyer.address.city) == (
        "9 Other Street",
        "Floor 2",
        "Vinh",
    )


def test_a_profile_that_another_tab_changed_is_not_put_back(browser, buyer):
    path = "/accounts/profile/"
    first, second = (fields_of(browser.get(path).text, "profile") for _tab in range(2))
    browser.post(path, first | {"full_name": "Linh Tran"})
    assert browser.post(path, second | {"phone": "+84 28 3822 0001"}).status_code == 303

    buyer.user.refresh_from_db()
    assert (buyer.user.full_name, str(buyer.user.phone)) == ("Linh Tran", "+842838220001")


def test_wrong_profile_is_explained_at_the_top_and_at_the_field(browser, buyer):
    shown = words(browser.post("/accounts/profile/", {"phone": "call me", "language": "xx"}))
    assert 'role="alert"' in shown and 'href="#id_phone"' in shown
    assert shown.count("Enter a phone number;") == 2
    assert User.objects.get(pk=buyer.user.pk).phone == ""


def test_language_switch_is_kept_for_other_devices_and_for_emails(browser, buyer):
    browser.post("/language/", {"language": "vi", "next": "/"})
    assert User.objects.get(pk=buyer.user.pk).language == "vi"
    assert '<html lang="vi">' in signed_in(buyer.user).text("/accounts/")
    buyer.user.refresh_from_db()
    order = buyer.place((make_product(stock=2), 1))
    assert {order.language, *order.emails.values_list("language", flat=True)} == {"vi"}


def test_language_switch_of_a_guest_or_to_nonsense_changes_nobody(browser, buyer):
    Visitor().post("/language/", {"language": "vi"})
    browser.post("/language/", {"language": "tlh"})
    assert not User.objects.exclude(language="").exists()


# --- email ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protected", [False, True])
def test_new_email_replaces_the_old_one_only_when_it_is_verified(buyer, protected):
    browser = signed_in(buyer.user)
    if protected:
        set_up(buyer.user)
    old = buyer.user.email
    confirm_access(browser, "/accounts/email/")
    browser.post("/accounts/email/", {"action_add": "", "email": "New@example.com"})
    assert User.objects.get(pk=buyer.user.pk).email == old
    assert "new@example.com" in browser.text("/accounts/email/")
    to_new = next(email for email in delivered() if email.to == ["new@example.com"])
    browser.post(link_in(to_new))
    user = User.objects.get(pk=buyer.user.pk)
    assert (user.email, user.is_verified) == ("new@example.com", True)
    assert list(EmailAddress.objects.filter(user=user).values_list("email", flat=True)) == ["new@example.com"]


def test_change_of_email_is_called_off(browser, buyer):
    confirm_access(browser, "/accounts/email/")
    browser.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    browser.post("/accounts/email/", {"action_remove": "", "email": "new@example.com"})
    assert EmailAddress.objects.filter(user=buyer.user).count() == 1
    assert "data-pending" not in browser.text("/accounts/email/")


def test_link_asked_for_at_checkout_leads_back_there():
    buyer = Buyer(verified=False)
    browser = from_before(buyer.user)
    page = browser.preview((make_product(stock=5), 1))
    delivered().clear()
    assert browser.post("/accounts/resend/", {"next": page}).url == page
    link = link_in(delivered()[-1])
    elsewhere = Visitor()
    assert 'name="next" value="/checkout/"' in elsewhere.text(link)
    answer = browser.post(link.partition("?")[0], {"next": "/checkout/"}, follow=True)
    assert answer.status_code == 200
    assert buyer.user.is_verified
    assert browser.place(answer.redirect_chain[-1][0], buyer.table).status_code == 303
    assert Order.objects.filter(customer=buyer.user).exists()


@pytest.mark.parametrize(("in_cart", "next_page"), [(True, "/checkout/"), (False, "/")])
def test_confirming_leads_on_to_checkout_when_something_is_in_the_cart(in_cart, next_page):
    buyer = Buyer(verified=False)
    browser = from_before(buyer.user)
    if in_cart:
        browser.put(make_product(stock=5))
    delivered().clear()
    browser.post("/accounts/resend/", {"next": "/accounts/"})
    assert browser.post(link_in(delivered()[-1])).url == next_page


# --- two-factor ----------------------------------------------------------------------------------------------------


def test_two_factor_is_set_up_used_and_switched_off(browser, buyer):
    set_up_page = "/accounts/2fa/totp/activate/"
    confirm_access(browser, set_up_page)
    page = browser.get(set_up_page)
    secret = page.context["form"].secret
    assert 'src="data:image/svg+xml' in words(page) and secret in words(page)
    assert "Incorrect code." in words(browser.post(set_up_page, {"code": "abc"}))
    browser.post(set_up_page, {"code": code_of(secret)})
    codes = browser.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10 and codes[0] in browser.text("/accounts/2fa/recovery-codes/")
    assert "On: signing in takes a code as well" in browser.text("/accounts/")

    again = signed_in(buyer.user)
    assert again.get("/accounts/").status_code == 302
    again.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert again.get("/accounts/").status_code == 200

    browser.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=buyer.user).exists()
    assert signed_in(buyer.user).get("/accounts/").status_code == 200


def test_two_factor_waits_for_a_verified_email():
    browser = from_before(make_user(verified=False))
    answer = browser.get("/accounts/2fa/totp/activate/", follow=True)
    assert "until you have verified your email address" in words(answer)


@pytest.mark.parametrize("path", ["data/", "close/", "2fa/totp/activate/", "2fa/recovery-codes/generate/"])
def test_delicate_pages_ask_for_the_password_once_more(browser, buyer, path):
    if "recovery" in path:
        set_up(buyer.user)
    answer = browser.get(f"/accounts/{path}")
    assert answer.url.startswith("/accounts/reauthenticate/?next=")


# --- addresses -----------------------------------------------------------------------------------------------------


def test_checkout_starts_with_the_default_address(browser, buyer):
    other = make_address(buyer.user)
    assert browser.post(f"/accounts/addresses/{other.pk}/default/").status_code == 303
    shown = browser.text("/accounts/addresses/")
    assert (
        shown.index(f'data-address="{other.pk}"')
        < shown.index("data-default")
        < shown.index(f'data-address="{buyer.address.pk}"')
    )
    page = browser.text(browser.preview((make_product(stock=3), 1)))
    assert re.search(rf'value="{other.pk}" data-address checked', page)


def test_somebody_elses_address_is_not_made_the_default(browser):
    strange = make_address(make_user())
    assert browser.post(f"/accounts/addresses/{strange.pk}/default/").status_code == 404


# --- own data and closing --------------------------------------------------------------------------------------------


def test_own_data_comes_as_a_file_after_the_password(browser, buyer):
    buyer.order_in(OrderStatus.PAID)
    product = make_product(stock=3)
    browser.put(product, 2)
    asked = browser.post("/accounts/data/download/")
    assert asked.url.startswith("/accounts/reauthenticate/")
    confirm_access(browser, "/accounts/data/")
    answer = browser.post("/accounts/data/download/")
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert "no-store" in answer["Cache-Control"]
    data = json.loads(b"".join(answer.streaming_content))
    assert data["profile"]["email"] == buyer.user.email
    assert data["cart"] == [{"sku": product.sku, "quantity": 2}]
    assert len(data["sessions"]) == len(data["orders"]) == 1


def test_own_data_is_no_guests(visitor):
    for path in ("/accounts/data/", "/accounts/close/", "/accounts/sessions/", "/accounts/profile/"):
        assert visitor.get(path).url.startswith("/accounts/login/")
    assert visitor.post("/accounts/data/download/").url.startswith("/accounts/login/")


def test_account_is_closed_after_the_password_and_a_tick(browser, buyer):
    assert browser.post("/accounts/close/", {"sure": "on"}).url.startswith("/accounts/reauthenticate/")
    confirm_access(browser, "/accounts/")
    assert not User.objects.get(pk=buyer.user.pk).has_left
    assert "Tick the box" in words(browser.post("/accounts/close/", {}))
    answer = browser.post("/accounts/close/", {"sure": "on"}, follow=True)
    assert "Your account is closed." in words(answer)
    assert User.objects.get(pk=buyer.user.pk).has_left
    assert browser.get("/accounts/").status_code == 302


def test_account_with_an_open_order_says_why_it_stays(browser, buyer):
    order = buyer.order_in(OrderStatus.PAID)
    confirm_access(browser, "/accounts/")
    shown = browser.text("/accounts/close/")
    assert 'data-problem="orders_still_open"' in shown and str(order.number) in shown
    assert 'name="sure"' not in shown
    refused = browser.post("/accounts/close/", {"sure": "on"})
    assert refused.status_code == 409
    assert not User.objects.get(pk=buyer.user.pk).has_left


# --- statements ------------------------------------------------------------------------------------------------------

PINNED = {
    "/accounts/": 10,
    "/accounts/profile/": 3,
    "/accounts/addresses/": 4,
    "/accounts/sessions/": 5,
    "/accounts/email/": 7,
    "/accounts/2fa/": 5,
    "/orders/": 8,
}


def test_account_pages_take_a_fixed_number_of_statements(browser, buyer):
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(path).status_code == 200
        return len(caught)

    buyer.order_in(OrderStatus.PAID)
    one = {path: statements(path) for path in PINNED}
    for _ in range(2):
        buyer.order_in(OrderStatus.PAID)
        make_address(buyer.user)
        signed_in(buyer.user)
    three = {path: statements(path) for path in PINNED}
    assert one == three == PINNED
