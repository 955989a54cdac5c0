"""Parts of pages are templates of Jinja2: nothing of one reader, and of one language, is in what another one gets."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from jinja2 import DictLoader

from accounts.models import Address
from catalog.models import Product
from shop.templatetags import parts
from tests.factories import make_product

EVIL = """'"><evil evil=1>{{ 7*7 }}{% if %} %s %(x)s & </textarea>"""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def page(text: str, **given: object) -> str:
    return Template("{% load parts %}" + text).render(Context(given))


def test_a_part_is_in_the_language_that_is_on_whichever_came_first():
    found = []
    for language in ("en", "vi", "en"):
        with translation.override(language):
            found.append(page('{% part "parts/foot.html" %}'))

    assert "Find my order" in found[0]
    assert "Tìm đơn hàng" in found[1]
    assert found[2] == found[0]


def test_addresses_are_those_of_the_language_that_is_on():
    for language, address in (("en", "/products/"), ("vi", "/vi/products/"), ("en", "/products/")):
        with translation.override(language):
            assert parts.url("products") == address


def test_a_part_knows_what_the_page_knows_and_what_it_is_given_besides():
    text = '{% part "parts/discounts.html" discounts=found %}'
    found = [{"name": "<b>Spring</b>", "code": "", "off_items": 0}]

    assert "&lt;b&gt;Spring&lt;/b&gt;" in page(text, found=found)
    assert "Spring" not in page(text, discounts=found)


def test_what_is_missing_is_empty_as_in_templates_of_django():
    assert 'value=""' in page('{% part "parts/checkout_codes.html" %}')


def test_what_is_missing_may_be_called_and_handed_on_as_in_templates_of_django(monkeypatch):
    texts = {
        "called.html": "[{{ shop.cart_count() }}{% if cart_count().more %}some{% endif %}]",
        "handed.html": "{{ django('components/pickup.html', address=table.address, hours=table.hours.of('day')) }}",
    }
    monkeypatch.setattr(parts._templates("en"), "loader", DictLoader(texts))

    assert page('{% part "called.html" %}') == "[]"
    assert page('{% part "handed.html" %}').strip() == "<p data-pickup></p>"


class Read(HTMLParser):
    """A page's texts and what stands in its attributes, and whether something of `EVIL` became a part of it."""

    def __init__(self, page: str):
        super().__init__()
        self.texts: list[str] = []
        self.is_broken = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_broken |= tag == "evil" or any("evil" in name for name, _value in attrs)
        self.texts += [value or "" for _name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def shown(self) -> int:
        return sum(EVIL in text for text in self.texts)


@pytest.mark.parametrize(
    ("part", "times", "given"),
    [
        ("top", 1, {"text": EVIL, "request": RequestFactory().get("/", {"q": EVIL})}),
        ("tracking", 1, {"order": {"tracking_code": EVIL}}),
        ("tracking", 2, {"order": {"tracking_code": EVIL, "tracking_url": f"https://a.example/{EVIL}"}}),
        ("discounts", 2, {"discounts": [{"code": EVIL, "name": EVIL}]}),
        ("checkout_codes", 5, {"typed": {"code": EVIL}, "preview": {"discounts": [{"code": EVIL}]}}),
        ("badge", 3, {"order": {"status": EVIL, "get_status_display": lambda: EVIL}}),
    ],
)
def test_what_somebody_wrote_stays_words(part, times, given):
    read = Read(parts.write(f"parts/{part}.html", **given))

    assert not read.is_broken
    assert read.shown() == times


def test_what_somebody_wrote_stays_words_on_pages(customer, buyer):
    Address.objects.filter(user=buyer.user).update(full_name=EVIL, line1=EVIL)
    preview = customer.preview((make_product(stock=5, name=EVIL), 1))
    found = [customer.get("/cart/"), customer.get(preview)]
    found.append(customer.get(customer.place(preview, buyer.table, note=EVIL).url))
    read = [Read(one.text) for one in found]

    assert not any(one.is_broken for one in read)
    # The product with its buttons; the product and an address to be chosen; the order's product, address and note.
    assert [one.shown() for one in read] == [6, 3, 4]


def test_all_parts_are_pages_so_that_they_escape_what_they_are_given():
    assert {one.suffix for one in (settings.PROJECT / "templates/parts").iterdir()} == {".html"}


class Raising:
    @property
    def broken(self) -> str:
        return None.nothing

    @property
    def gone(self) -> str:
        raise Product.DoesNotExist


@pytest.mark.parametrize("by", ["Jinja2", "Django"])
def test_what_an_attribute_raises_is_told_unless_a_row_is_not_there(by, monkeypatch):
    def write(text: str) -> str:
        if by == "Django":
            return page(text, one=Raising(), more={"one": 1})
        monkeypatch.setattr(parts._templates("en"), "loader", DictLoader({"it.html": text}))
        return page('{% part "it.html" %}', one=Raising(), more={"one": 1})

    with pytest.raises(AttributeError, match="nothing"):
        write("{% if one.broken %}{% else %}shown to all{% endif %}")
    assert write("[{{ one.gone }}{{ one.other }}{{ more.one }}{{ more.two }}]") == "[1]"


def test_what_stands_around_a_page_needs_no_request():
    """As where one is written for an error, or by a job."""
    top = page('{% part "parts/top.html" personal="all" %}')

    assert 'name="next" value=""' in top
    assert "data-cart-count" not in top


@pytest.mark.parametrize("known", [{}, {"csrf_token": ""}])
def test_a_form_without_a_token_has_no_field_for_it(known):
    assert "csrfmiddlewaretoken" not in page('{% part "parts/top.html" %}', **known)
    assert "csrfmiddlewaretoken" not in page("{% csrf_token %}", **known)


@pytest.mark.django_db
def test_forms_have_the_token_of_who_asked():
    tokens = set()
    for _visitor in range(2):
        visitor = Client(enforce_csrf_checks=True)
        (token,) = set(TOKEN.findall(visitor.get("/cart/").text))
        sent = {"csrfmiddlewaretoken": token, "language": "vi", "next": "/cart/"}

        assert visitor.post("/language/", sent).status_code == 302
        tokens.add(token)
    stranger = Client(enforce_csrf_checks=True)
    stranger.get("/cart/")

    assert len(tokens) == 2
    assert stranger.post("/language/", sent).status_code == 403


def test_each_sees_what_is_in_the_own_cart(customer):
    customer.put(make_product(stock=5), 2)

    assert 'data-cart-count="2"' in customer.get("/cart/").text
    assert "data-cart-count" not in Client().get("/cart/").text
    assert ">Sign in<" in Client().get("/cart/").text
