"""Vietnamese is whole: the catalogues lack nothing, and no page, email or refusal falls back to English."""

import gettext
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import django.conf
import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation.template import templatize
from rest_framework.test import APIClient

from accounts.access.keys import make_key
from bulk import exports, imports
from bulk.problems import SENTENCES
from catalog import inventory
from config.web import errors
from orders.actions.money.payment import start_payment
from orders.emails.messages import message_of
from orders.models import EmailKind
from orders.status import OrderStatus
from rest.models import KeptAnswer
from rest.scopes import Scope
from shop.models import CartItem
from tests.bulk.tables import checked
from tests.confirmed import sign_in
from tests.factories import (
    PASSWORD,
    Buyer,
    ask_for_a_return,
    cancel,
    capture,
    change,
    decline_a_return,
    decline_refund,
    expect_a_return,
    fail_refund,
    make_numbered,
    make_pickup,
    make_product,
    make_staff,
    make_user,
    pay_late,
    return_after_all,
    return_money,
    ship_a_piece,
    tell_it_is_ready,
    transfer,
)
from tests.orders.post import OF_ORDERS, delivered, track
from tests.second_factor import set_up
from tests.shop.conftest import Visitor

PROJECT = settings.PROJECT
OWN = PROJECT / "locale/vi/LC_MESSAGES/django.po"
ENGLISH = PROJECT / "locale/borrowed/en/LC_MESSAGES/django.po"
BORROWED = PROJECT / "locale/borrowed/vi/LC_MESSAGES/django.po"

ROOMS = (
    "accounts",
    "backups",
    "bulk",
    "catalog",
    "config",
    "demo",
    "desk",
    "orders",
    "outbox",
    "refusals",
    "rest",
    "shop",
    "staff",
    "templates",
)
# What people meet of packages: pages and emails of sign-in, refusals of forms and of the API, the staff desk.
PACKAGES = {
    "allauth": (
        "account/adapter.py",
        "account/apps.py",
        "account/fields.py",
        "account/forms.py",
        "account/models.py",
        "mfa/adapter.py",
        "mfa/apps.py",
        "mfa/base/forms.py",
        "mfa/models.py",
        "mfa/totp/forms.py",
        "usersessions/apps.py",
        "usersessions/models.py",
        "templates/mfa/*.html",
        "templates/mfa/totp/*.html",
        "templates/mfa/recovery_codes/*.html",
        "templates/mfa/*/recovery_codes_*.txt",
        "templates/mfa/*/totp_*.txt",
        "templates/account/**/*.html",
        "templates/account/**/*.txt",
    ),
    "django": (
        "contrib/admin/options.py",
        "contrib/admin/templatetags/*.py",
        "contrib/admin/templates/admin/**/*.html",
        "contrib/auth/admin.py",
        "contrib/auth/forms.py",
        "contrib/auth/password_validation.py",
        "core/validators.py",
        "forms/*.py",
        "utils/timesince.py",
    ),
    "rest_framework": (
        "exceptions.py",
        "fields.py",
        "pagination.py",
        "relations.py",
        "serializers.py",
        "validators.py",
    ),
    "unfold": (
        "*.py",
        "contrib/filters/**/*.py",
        "contrib/filters/templates/**/*.html",
        "templates/**/*.html",
        "templatetags/*.py",
    ),
}

_ALONE = ("_", "gettext", "gettext_lazy", "gettext_noop")
KEYWORDS = {
    **dict.fromkeys(_ALONE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{[\w:]*\}")
TAG = re.compile(r"<[^>]+>")

# A context, or None, and the English words; of a plural the singular.
Key = tuple[str | None, str]


def first(words: str | tuple[str, ...] | list[str]) -> str:
    return words if isinstance(words, str) else words[0]


# --- the catalogues ------------------------------------------------------------------------------------------------


@cache
def entries(catalogue: Path) -> list[Message]:
    with catalogue.open("rb") as file:
        return [message for message in read_po(file, locale="vi") if message.id]


def keys(catalogue: Path) -> set[Key]:
    return {(entry.context, first(entry.id)) for entry in entries(catalogue)}


def parts(words: str) -> tuple[Counter, Counter, tuple[bool, bool]]:
    """What a translation has to keep: placeholders, tags, and newlines around it."""
    around = words.startswith("\n"), words.endswith("\n")
    return Counter(PLACEHOLDER.findall(words)), Counter(TAG.findall(words)), around


@pytest.mark.parametrize("catalogue", [OWN, BORROWED], ids=["own", "borrowed"])
def test_every_entry_is_translated_and_keeps_its_placeholders(catalogue):
    for entry in entries(catalogue):
        vietnamese = first(entry.string or "")
        english = entry.id if isinstance(entry.id, str) else entry.id[-1]
        assert vietnamese.strip() and not entry.fuzzy, entry.id
        assert parts(vietnamese) == parts(english), entry.id


def test_sentences_the_customer_was_promised_stay_as_they_are():
    promised = {
        "This order preview has expired": "Đơn hàng xem trước đã hết hạn",
        "The shipping method does not exist": "Dịch vụ vận chuyển không tồn tại",
        "The user does not exist": "Người dùng không tồn tại",
        "The product does not exist": "Sản phẩm không tồn tại",
        "Not enough stock": "Không đủ hàng",
    }
    with translation.override("vi"):
        assert {english: translation.gettext(english) for english in promised} == promised


# --- what is marked for translation --------------------------------------------------------------------------------


def marked(path: Path) -> Iterator[Key]:
    """What a file of Python or a template marks for translation."""
    source = path.read_text()
    if path.suffix != ".py":
        # Python-like already, but for the indentation.
        source = "\n".join(line.lstrip() for line in templatize(source).split("\n"))
    for _line, words, _comments, context in extract("python", BytesIO(source.encode()), KEYWORDS):
        yield context, first(words)


@cache
def marked_here() -> set[Key]:
    files = (path for room in ROOMS for path in (PROJECT / room).rglob("*"))
    return {
        key
        for path in files
        if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts
        for key in marked(path)
    }


@cache
def marked_in_packages() -> set[Key]:
    found: set[Key] = set()
    for package, patterns in PACKAGES.items():
        folder = Path(find_spec(package).origin).parent
        for pattern in patterns:
            files = sorted(folder.glob(pattern))
            assert files, f"{package} has no {pattern}"
            found.update(key for path in files for key in marked(path))
    return found


def vietnamese_of_packages() -> set[Key]:
    folders = [Path(django.conf.__file__).parent, *(Path(app.path) for app in apps.get_app_configs())]
    found: set[Key] = set()
    for folder in folders:
        compiled = folder / "locale/vi/LC_MESSAGES/django.mo"
        if not compiled.exists():
            continue
        with compiled.open("rb") as file:
            words = gettext.GNUTranslations(file)._catalog
        for key in words:
            context, found_context, english = first(key).rpartition("\x04")
            found.add((context if found_context else None, english))
    return found


def test_every_marked_word_is_in_the_catalogue_and_nothing_else():
    assert marked_here() - keys(OWN) == set(), "run `make messages` and translate these"
    assert keys(OWN) - marked_here() == set(), "run `make messages`: nobody says these any more"


def test_every_word_borrowed_from_packages_has_vietnamese():
    known = keys(OWN) | keys(BORROWED) | vietnamese_of_packages()
    assert marked_in_packages() - known == set(), f"add these to {BORROWED}"
    assert keys(BORROWED) - marked_in_packages() == set(), f"take these out of {BORROWED}"
    assert keys(BORROWED) & keys(OWN) == set(), "ours alone would do"


def test_english_words_of_packages_are_said_as_shops_say_them(client, db):
    """Those of ENGLISH are among the packages' own, and lose no value of a sentence but the user's name."""
    assert keys(ENGLISH) <= keys(BORROWED)
    with ENGLISH.open("rb") as file:
        for message in read_po(file):
            if message.id:
                assert set(PLACEHOLDER.findall(message.id)) - set(PLACEHOLDER.findall(message.string)) <= {
                    "%(user_display)s"
                }
    page = client.get("/accounts/login/", headers={"Accept-Language": "en"}).text
    assert "New here?" in page and "Create an account" in page
    assert "Sign In" not in page and "Sign Up" not in page


# --- pages ---------------------------------------------------------------------------------------------------------


class Words(HTMLParser):
    """The texts of a page that people see or hear, each on its own; also those that scripts will show."""

    SAID = ("placeholder", "title", "aria-label", "alt", "data-busy", "data-over", "data-says")

    def __init__(self, html: str):
        super().__init__()
        self.found: list[str] = []
        self.silent = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        # The names of icons are drawn as icons.
        is_icon = "material-symbols-outlined" in (dict(attrs).get("class") or "")
        self.silent = tag in ("script", "style") or is_icon
        is_button = ("type", "submit") in attrs and tag == "input"
        said = [
            value
            for name, value in attrs
            if name in self.SAID or name.startswith("data-label") or (is_button and name == "value")
        ]
        self.found += [" ".join(value.split()) for value in said if value]

    def handle_endtag(self, tag):
        self.silent = False

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.found.append(" ".join(data.split()))


class English(NamedTuple):
    """Words that are marked, what stands between their placeholders, and what they look like on a page."""

    words: str
    parts: list[str]
    pattern: re.Pattern


@cache
def english() -> tuple[list[English], list[English]]:
    """All that is marked, here and in packages, whether translated or not; and what of it is more than a word."""
    whole, long = [], []
    for words in marked_words():
        literal = " ".join(TAG.sub(" ", PLACEHOLDER.sub(" ", words)).split())
        if not re.search("[a-z]{2}", literal):
            continue
        text = " ".join(TAG.sub("", words).split())
        parts = PLACEHOLDER.split(text)
        pattern = re.compile(".+".join(map(re.escape, parts)), re.DOTALL)
        whole.append(English(words, parts, pattern))
        if " " in literal:
            long.append(English(words, parts, re.compile(rf"\b{pattern.pattern}", re.DOTALL)))
    return whole, long


def marked_words() -> set[str]:
    """All but those that are the same in Vietnamese, such as Email."""
    every = [*entries(OWN), *entries(BORROWED)]
    plurals = {entry.id[1] for entry in every if not isinstance(entry.id, str)}
    same = {first(entry.id) for entry in every if first(entry.string) == first(entry.id)}
    return {words for _context, words in marked_here() | marked_in_packages()} - same | plurals


def english_in(texts: list[str]) -> set[str]:
    """English words among the texts of a page or an email."""
    together = " ".join(texts)
    # Hardly any part is on a Vietnamese page, and to look for one takes far less than to match a pattern.
    whole, long = (
        [one for one in every if all(part in together for part in one.parts)] for every in english()
    )
    found = {one.words for one in long if one.pattern.search(together)}
    return found | {one.words for one in whole if any(map(one.pattern.fullmatch, texts))}


def check(response, status: int = 200, *, besides: frozenset[str] = frozenset()) -> None:
    assert response.status_code == status, response.status_code
    html = response.content.decode()
    assert re.search(r'<html lang="vi"', html)
    assert english_in(Words(html).found) <= besides, response.request.get("PATH_INFO", "")


def vietnamese(user=None) -> Visitor:
    client = Visitor(headers={"accept-language": "vi"})
    if user:
        sign_in(client, user)
    return client


@pytest.fixture
def guest(db) -> Visitor:
    return vietnamese()


@pytest.fixture
def customer(buyer: Buyer) -> Visitor:
    return vietnamese(buyer.user)


def test_the_walk_would_find_english():
    assert "Add to cart" in english_in(["Add to cart"])
    assert "Only %(left)s left" in english_in(["Only 3 left"])
    assert english_in(["Giỏ hàng", "Chỉ còn 3"]) == set()


def test_shop_pages_are_vietnamese(guest):
    for path in ("/vi/", "/vi/products/", "/vi/products/?q=nothing", "/cart/"):
        check(guest.get(path))
    for product in (make_product(stock=50), make_product(stock=2), make_product(), make_numbered(numbers=3)):
        check(guest.get(f"/vi/products/{product.slug}/"))
    check(guest.get("/vi/"))
    check(guest.get("/vi/products/?sort=new"))
    check(guest.get("/vi/products/?q=product"))
    product = make_product(stock=3)
    guest.put(product, 2)
    check(guest.get("/cart/"))
    guest.put(product, 5)
    check(guest.get("/cart/"))
    guest.put(product, 0)
    product.price += 1
    product.save()
    inventory.count(product_id=product.pk, quantity=1, actor=None)
    check(guest.get("/cart/"))
    inventory.count(product_id=product.pk, quantity=0, actor=None)
    check(guest.post("/cart/change/", {"sku": product.sku, "quantity": 1}, follow=True))
    product.is_active = False
    product.save(update_fields=["is_active"])
    check(guest.get("/cart/"))


def test_checkout_is_vietnamese(customer, buyer):
    product = make_product(stock=3)
    page = customer.preview((product, 2))
    check(customer.get(page))
    check(customer.post("/checkout/", {"intent": "add-address", "new-phone": "x", "new-country": "ZZ"}))
    check(customer.post(page, {}))
    check(customer.place(page, type("Table", (), {"pk": 999999})))
    buyer.place((product, 2))
    check(customer.place(page, buyer.table))
    customer.post("/cart/remove/", {"sku": product.sku})
    check(customer.get("/checkout/", follow=True))


def test_checkout_that_meets_trouble_is_vietnamese(customer, buyer):
    product = make_product(stock=3)
    page = customer.preview((product, 3))
    product.price += 1
    product.save(update_fields=["price"])
    check(customer.get("/checkout/", follow=True))
    inventory.count(product_id=product.pk, quantity=2, actor=None)
    check(customer.get(page))
    check(customer.place(page, buyer.table))
    inventory.count(product_id=product.pk, quantity=0, actor=None)
    check(customer.place(page, buyer.table))
    typed = {f"new-{name}": value for name, value in ADDRESS.items()}
    check(customer.post(page, {**typed, "price_table_id": buyer.table.pk}, follow=True))
    for send in (customer.get, customer.post):
        with connection.execute_wrapper(no_database):
            check(send(page), 503)
    customer.cookies.pop("sessionid")
    check(customer.post(page, {"note": "Xin chào"}, follow=True))


ADDRESS = {
    "full_name": "Hoa",
    "phone": "0234 382 2000",
    "line1": "1 Lê Lợi",
    "city": "Huế",
    "region": "Thừa Thiên–Huế",
    "country": "VN",
}


def no_database(*args):
    raise OperationalError


def test_cart_that_did_not_come_over_whole_is_told_in_vietnamese(guest, buyer):
    few, left_out = make_product(stock=2), make_product(stock=2)
    guest.put(few, 2)
    guest.put(left_out, 2)
    others = [make_product() for _ in range(99)]
    rows = [CartItem(user=buyer.user, product=one, quantity=1, price_seen=1) for one in [few, *others]]
    CartItem.objects.bulk_create(rows)
    check(guest.post("/accounts/login/", {"login": buyer.user.email, "password": PASSWORD}, follow=True))


def test_money_that_goes_back_is_told_in_vietnamese(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    cancel(order)
    capture(payment)
    check(customer.get(f"/orders/{order.pk}/"))
    return_money(order)
    check(customer.get(f"/orders/{order.pk}/"))


def test_checkout_of_the_unverified_is_vietnamese(db):
    buyer = Buyer(verified=False)
    customer = vietnamese(buyer.user)
    page = customer.preview((make_product(stock=3), 2))
    check(customer.get(page))
    check(customer.place(page, buyer.table))
    check(customer.get("/accounts/"))
    for _ in range(2):
        check(customer.post("/accounts/resend/", follow=True))


@pytest.mark.parametrize("status", OrderStatus)
def test_order_pages_are_vietnamese(customer, buyer, status):
    product = make_numbered(numbers=0 if status == OrderStatus.NOT_CONFIRMED else 2)
    order = buyer.order_in(status, (product, 2))
    check(customer.get(f"/orders/{order.pk}/"))
    check(customer.get("/orders/"))
    check(customer.get("/accounts/"))
    check(customer.post(f"/orders/{order.pk}/steps/", {"step": "nonsense"}, follow=True))
    check(customer.get(f"/orders/{order.pk}/pay/", follow=True))


def test_declined_payment_and_refused_step_are_told_in_vietnamese(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    check(customer.post(f"/orders/{order.pk}/pay/", {"outcome": "decline"}, follow=True))
    customer.post(f"/orders/{order.pk}/steps/", {"step": "cancel"})
    check(customer.post(f"/orders/{order.pk}/steps/", {"step": "cancel"}, follow=True))


def test_each_language_is_offered_in_its_own_words(guest):
    shown = guest.text("/vi/")
    for code, name in (("en", "English"), ("vi", "Tiếng Việt")):
        assert re.search(rf'lang="{code}"[^>]*>\s*{code.upper()} <span class="hidden">{name}<', shown)


def test_dates_and_money_follow_the_language(customer, buyer):
    order = buyer.order_in(OrderStatus.PAID)
    shown = customer.text(f"/orders/{order.pk}/")
    at = order.placed_at
    assert f"{at:%H:%M} ngày {at:%d/%m/%Y}" in shown
    assert "16,50\xa0US$" in customer.get(f"/orders/{order.pk}/").content.decode()
    assert "Việt Nam" in shown


def test_account_pages_are_vietnamese(customer, buyer):
    for path in (
        "addresses/",
        "addresses/new/",
        f"addresses/{buyer.address.pk}/",
        "email/",
        "password/change/",
        "logout/",
        "reauthenticate/",
        "confirm-email/",
        "confirm-email/nonsense/",
    ):
        check(customer.get(f"/accounts/{path}"))
    check(customer.post("/accounts/addresses/new/", {"phone": "?", "country": "ZZ"}))
    wrong = {"oldpassword": "wrong", "password1": "123", "password2": "124"}
    check(customer.post("/accounts/password/change/", wrong))
    right = {"oldpassword": PASSWORD, "password1": "a quite new phrase", "password2": "a quite new phrase"}
    check(customer.post("/accounts/password/change/", right, follow=True))
    check(customer.post("/accounts/reauthenticate/", {"password": "wrong"}))
    check(customer.post("/accounts/email/", {"action_add": "", "email": "no"}))
    check(customer.post("/accounts/email/", {"action_add": "", "email": "more@example.com"}, follow=True))
    check(customer.post("/accounts/email/", {"action_remove": "", "email": buyer.user.email}, follow=True))
    check(customer.post(f"/accounts/addresses/{buyer.address.pk}/delete/", follow=True))
    check(customer.post("/accounts/logout/", follow=True))


def test_pages_of_ones_own_data_and_safety_are_vietnamese(customer, buyer):
    for path in ("", "profile/", "sessions/", "2fa/", "data/"):
        check(customer.get(f"/accounts/{path}", follow=True))
    customer.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/"})
    check(customer.post("/accounts/profile/", {"phone": "?", "language": "xx"}))
    check(customer.post("/accounts/close/", {}))
    for path in ("data/", "close/", "2fa/totp/activate/"):
        check(customer.get(f"/accounts/{path}"))
    check(customer.post("/accounts/2fa/totp/activate/", {"code": "wrong"}))
    set_up(buyer.user)
    for path in ("", "totp/deactivate/", "recovery-codes/generate/", "reauthenticate/"):
        check(customer.get(f"/accounts/2fa/{path}"))
    check(customer.post("/accounts/2fa/recovery-codes/generate/", follow=True))
    buyer.order_in(OrderStatus.PAID)
    check(customer.get("/accounts/close/"))
    again = vietnamese()
    sent = {"login": buyer.user.email, "password": PASSWORD}
    check(again.post("/accounts/login/", sent, follow=True))
    check(again.post("/accounts/2fa/authenticate/", {"code": "wrong"}))


def test_signing_in_is_vietnamese(guest):
    for path in ("login/", "signup/", "password/reset/", "password/reset/done/", "inactive/"):
        check(guest.get(f"/accounts/{path}"))
    check(guest.get("/accounts/password/reset/key/1-nonsense/", follow=True))
    check(guest.get("/accounts/password/reset/key/done/"))
    check(guest.get("/accounts/confirm-email/nonsense/"))
    check(guest.post("/accounts/login/", {"login": "no@example.com", "password": "wrong"}))
    check(guest.post("/accounts/login/", {}))
    check(guest.post("/accounts/password/reset/", {"email": "no"}))
    for password in ("short", "12345678"):
        sent = {"email": "new@example.com", "password1": password, "password2": "another"}
        check(guest.post("/accounts/signup/", sent))
    check(guest.post("/accounts/signup/", {"email": "a@b.vn", "password1": "ab1", "password2": "ab1"}))
    known = make_user().email
    sent = {"email": known, "password1": PASSWORD, "password2": PASSWORD}
    check(guest.post("/accounts/signup/", sent, follow=True))
    check_email("Tài khoản đã tồn tại", "/accounts/password/reset/")
    check(vietnamese().post("/accounts/login/", {"login": known, "password": PASSWORD}, follow=True))


@pytest.mark.parametrize(
    "status",
    ["bad_request", "permission_denied", "not_found", "too_many_requests", "server_error", "unavailable"],
)
def test_error_pages_are_vietnamese(status):
    with translation.override("vi"):
        response = getattr(errors, status)(RequestFactory().get("/nowhere/"))
    response.request = {}
    check(response, response.status_code)


def test_too_many_sign_ins_are_told_in_vietnamese(guest, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    guest.post("/accounts/login/", {"login": "no@example.com", "password": "wrong"})
    refused = guest.post("/accounts/login/", {"login": "no@example.com", "password": "wrong"})
    check(refused, 429)
    assert "Bạn đã thử quá nhiều lần." in refused.content.decode()


def test_page_for_a_form_without_its_token_is_vietnamese(db):
    strict = Visitor(enforce_csrf_checks=True, headers={"accept-language": "vi"})
    check(strict.post("/cart/add/", {}), 403)


def test_demo_mailbox_is_vietnamese(guest, settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path / "emails")
    check(guest.get("/demo/mails/"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    mail.send_mail("Đơn hàng", "Xin chào", "shop@example.com", ["hoa@example.com"])
    listed = guest.get("/demo/mails/")
    check(listed)
    shown = guest.get(f"/demo/mails/{listed.context['emails'][0].name}/")
    check(shown)
    assert re.search(r"\d\d:\d\d ngày \d\d/\d\d/\d{4}", shown.content.decode())


@pytest.mark.live  # a walk through the whole desk
def test_staff_desk_is_vietnamese(buyer):
    member = make_staff()
    desk = vietnamese(member)
    sent = imports.check(actor=member, kind="prices", file_name="a.csv", text="sku,price\nA,1\n")
    bad = checked("prices", "sku,price\nA,1\nB,2\nB,3\nC,\nD,1\\,5\nE\n", actor=member)
    written = exports.ask(actor=member, kind="orders", narrowed={"first": "2026-01-01", "status": "paid"})
    exports.work(job_id=written.pk)
    order = buyer.order_in(OrderStatus.PAID, (make_numbered(numbers=2), 1))
    counted, numbered = make_product(stock=3), order.lines.get().product
    payment = order.payments.get()
    for path in (
        "",
        "accounts/user/",
        "accounts/user/add/",
        "catalog/",
        "catalog/category/",
        "catalog/number/",
        "catalog/product/",
        "catalog/product/add/",
        f"catalog/product/{counted.pk}/change/",
        f"catalog/product/{counted.pk}/stock/",
        f"catalog/product/{numbered.pk}/numbers/",
        f"catalog/number/{numbered.numbers.first().pk}/change/",
        "catalog/stockmovement/",
        "bulk/importjob/",
        "bulk/importjob/add/",
        f"bulk/importjob/{sent.pk}/change/",
        f"bulk/importjob/{bad.pk}/change/",
        "bulk/exportjob/",
        "bulk/exportjob/add/",
        "bulk/exportjob/add/?kind=orders",
        f"bulk/exportjob/{written.pk}/change/",
        "orders/courier/",
        "orders/email/",
        f"orders/email/{order.emails.first().pk}/change/",
        "orders/order/",
        f"orders/order/{order.pk}/change/",
        f"orders/order/{order.pk}/steps/cancel/",
        "orders/payment/",
        f"orders/payment/{payment.pk}/change/",
        "orders/pricetable/",
        f"orders/pricetable/{buyer.table.pk}/change/",
        "orders/pricetable/cost/",
        "orders/pricetable/cost/?weight_g=700&country=VN",
        "orders/pricetable/cost/?weight_g=x&country=Vietnam",
        "orders/webhookendpoint/",
        "orders/webhookdelivery/",
        "orders/providerevent/",
        "orders/ledgerentry/",
        "orders/refund/",
        "orders/zone/add/",
        "orders/courier/add/",
        "staff/staffaction/",
    ):
        # Django's search icon says it without asking for a translation; the other is the name of a column in a file.
        check(desk.get(f"/admin/{path}"), besides=frozenset({"Search", "price"}))


def test_customer_on_the_staff_desk_is_vietnamese(buyer):
    """As a clerk sees it: a superuser is shown all permissions, whose names Django keeps in the database in English."""
    clerk = make_user(is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    check(vietnamese(clerk).get(f"/admin/accounts/user/{buyer.user.pk}/change/"))


# --- emails and the API ---------------------------------------------------------------------------------------------


def check_email(subject: str, *inside: str) -> None:
    sent = delivered().pop()
    assert sent.subject == subject
    assert all(words in sent.body for words in inside), sent.body
    assert english_in([sent.subject, *sent.body.splitlines()]) == set()


def test_emails_are_vietnamese(guest):
    known = make_user()
    sent = {"email": "new@example.com", "password1": "a quite new phrase", "password2": "a quite new phrase"}
    check(guest.post("/accounts/signup/", sent, follow=True))
    check_email("Vui lòng xác nhận địa chỉ email của bạn", "Xin chào", "Đội ngũ Orderly")
    another = vietnamese()
    check(another.post("/accounts/password/reset/", {"email": known.email}, follow=True))
    check_email("Chọn mật khẩu mới", "Nhấn vào liên kết bên dưới", "Đội ngũ Orderly")
    another.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    check_email("Tài khoản không tồn tại", "nobody@example.com")


@pytest.mark.parametrize("kind", OF_ORDERS)
def test_emails_of_an_order_are_vietnamese(buyer, kind):
    status = {
        EmailKind.PLACED: OrderStatus.PENDING,
        EmailKind.REFUNDED: OrderStatus.REFUND,
        EmailKind.LATE_MONEY_RETURNED: OrderStatus.CANCELED,
        EmailKind.TRACKING: OrderStatus.DONE,
        EmailKind.REFUND_FAILED: OrderStatus.REFUND,
        EmailKind.REFUNDED_LATER: OrderStatus.REFUND,
        EmailKind.REFUND_DECLINED: OrderStatus.PAID,
        EmailKind.CHANGED: OrderStatus.PAID,
        EmailKind.CHANGE_REFUNDED: OrderStatus.PAID,
        EmailKind.REQUEST_RECEIVED: OrderStatus.DONE,
        EmailKind.REQUEST_EXPECTED: OrderStatus.DONE,
        EmailKind.REQUEST_DECLINED: OrderStatus.DONE,
        EmailKind.PAY_BY_HAND: OrderStatus.PAY_REQUIRED,
        EmailKind.SHIPPED: OrderStatus.PAID,
        EmailKind.READY: OrderStatus.PAID,
    }.get(kind, kind)
    if kind == EmailKind.READY:
        buyer.table = make_pickup(pickup_hours="")
    with translation.override("vi"):
        order = buyer.order_in(
            status,
            (make_numbered(numbers=2 * (kind != EmailKind.NOT_CONFIRMED)), 1 + (kind == EmailKind.SHIPPED)),
        )
    if kind == EmailKind.LATE_MONEY_RETURNED:
        pay_late(order)
    if kind in (EmailKind.CHANGED, EmailKind.CHANGE_REFUNDED):
        change(order, "refund", amount=1, note="Bị vỡ.")
    {
        EmailKind.REFUND_FAILED: fail_refund,
        EmailKind.REFUNDED_LATER: return_after_all,
        EmailKind.TRACKING: track,
        EmailKind.REFUND_DECLINED: decline_refund,
        EmailKind.REQUEST_RECEIVED: ask_for_a_return,
        EmailKind.REQUEST_EXPECTED: expect_a_return,
        EmailKind.REQUEST_DECLINED: decline_a_return,
        EmailKind.PAY_BY_HAND: transfer,
        EmailKind.SHIPPED: ship_a_piece,
        EmailKind.READY: tell_it_is_ready,
    }.get(kind, return_money)(order)
    message = message_of(order.emails.get(kind=kind))
    html, _type = message.alternatives[0]
    said = [message.subject, *message.body.splitlines(), *Words(html).found]
    assert english_in(said) == set()
    assert "{" not in message.body + html


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("previews/", {}),
        ("previews/", {"items": [], "address_id": None}),
        ("previews/", {"items": "none", "address_id": 0}),
        ("previews/", {"items": [{"sku": "x" * 65, "quantity": "many"}, 5], "address_id": 2**63}),
        ("previews/", {"items": [{"sku": "", "quantity": 0}], "address_id": 1.5}),
        ("previews/", {"items": [{"sku": "a\0", "quantity": "9" * 2000}], "address_id": []}),
        ("", {"preview_id": "1", "price_table_id": "x", "note": ["no"]}),
        ("", []),
    ],
)
def test_refusals_of_the_api_are_vietnamese(buyer, path, body):
    api = APIClient(headers={"accept-language": "vi"})
    api.force_authenticate(buyer.user)
    answer = api.post(f"/api/orders/{path}", body, format="json").json()
    said = [answer["detail"], *(text for texts in answer["errors"].values() for text in texts)]
    assert answer["errors"] and english_in(said) == set()
    # Every sentence has a letter that English has not.
    assert all(re.search("[^\x00-\x7f]", text) for text in said), said


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/orders/", 401),
        ("put", "/api/categories/", 405),
        ("get", "/api/products/?cursor=x", 400),
        ("get", "/api/products/nothing/", 404),
        ("get", "/api/nothing/", 404),
    ],
)
def test_refusals_by_the_framework_are_vietnamese(db, method, path, status):
    answer = getattr(APIClient(headers={"accept-language": "vi"}), method)(path)
    assert answer.status_code == status
    assert english_in([answer.json()["detail"]]) == set()
    assert re.search("[^\x00-\x7f]", answer.json()["detail"])


def test_page_of_api_keys_is_vietnamese(customer, buyer, settings):
    settings.MAX_API_KEYS = 1
    customer.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/keys/"})
    check(customer.get("/accounts/keys/"))
    check(customer.post("/accounts/keys/", {"name": "", "scope": "all", "days": "1"}))
    check(customer.post("/accounts/keys/", {"name": "Máy", "scope": "order", "days": "0"}))
    check(customer.post("/accounts/keys/", {"name": "Máy", "scope": "read", "days": "30"}))
    key = buyer.user.api_keys.get()
    type(key).objects.update(last_used_at=key.created_at, expires_at=key.created_at.replace(year=2100))
    check(customer.get("/accounts/keys/"))
    check(customer.post(f"/accounts/keys/{key.pk}/revoke/", follow=True))


def test_refusals_of_keys_are_vietnamese(buyer):
    secret = make_key(user=buyer.user, name="Máy", scope=Scope.READ).secret
    api = APIClient(headers={"accept-language": "vi"})
    small = api.post("/api/addresses/", {}, format="json", headers={"authorization": f"Bearer {secret}"})
    unknown = api.get("/api/addresses/", headers={"authorization": "Bearer ord_1"})
    api.force_authenticate(buyer.user)
    wrong = api.post("/api/addresses/", {}, format="json", headers={"idempotency-key": "a b"})
    for again in ({}, {"city": "Huế"}):
        reused = api.post("/api/addresses/", again, format="json", headers={"idempotency-key": "a"})
    KeptAnswer.objects.update(status=None)
    early = api.post("/api/addresses/", {}, format="json", headers={"idempotency-key": "a"})

    assert [answer.status_code for answer in (small, unknown, wrong, reused, early)] == [
        403,
        401,
        400,
        422,
        409,
    ]
    said = [answer.json()["detail"] for answer in (small, unknown, reused, early)]
    said += wrong.json()["errors"]["Idempotency-Key"]
    assert english_in(said) == set() and all(re.search("[^\x00-\x7f]", text) for text in said), said


def test_what_is_wrong_with_a_table_is_said_in_vietnamese():
    with translation.override("vi"):
        said = [str(sentence) for sentence in SENTENCES.values()]
    assert english_in(said) == set() and len(set(said)) == len(said)
