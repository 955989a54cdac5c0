"""A page that anybody may find has an address in every language, and says so; all others are in their reader's."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Product, ProductImage
from shop.views import search_engines
from tests.factories import make_picture, make_product

pytestmark = pytest.mark.django_db
VIETNAMESE = {"accept-language": "vi"}


@pytest.fixture
def mug() -> Product:
    clay = Category.objects.create(slug="clay", name="Clay", name_vi="Đồ gốm")
    return make_product(
        sku="MUG",
        name="Blue mug",
        name_vi="Cốc xanh",
        description="Holds tea.",
        description_vi="Đựng trà.",
        category=clay,
        stock=5,
    )


def heads(client: Client, path: str) -> dict[str, str]:
    """The addresses in a page's head, by what they are."""
    page = client.get(path)
    assert page.status_code == 200, page.headers
    head = page.content.decode().split("</head>")[0]
    own = dict(re.findall(r'<link rel="(canonical)" href="([^"]*)"', head))
    return own | dict(re.findall(r'hreflang="([^"]*)" href="([^"]*)"', head))


def test_product_has_an_address_in_each_language(client, mug, settings):
    english, vietnamese = client.get("/products/mug/"), client.get("/vi/products/mug/")
    assert [page.headers["Content-Language"] for page in (english, vietnamese)] == ["en", "vi"]
    for page, its_own, the_others in (
        (english, ("Blue mug", "Holds tea.", "Clay", 'lang="en"'), ("Cốc xanh", "Đựng trà.")),
        (vietnamese, ("Cốc xanh", "Đựng trà.", "Đồ gốm", 'lang="vi"'), ("Blue mug", "Holds tea.")),
    ):
        text = page.content.decode()
        assert [words for words in its_own if words not in text] == []
        assert [words for words in the_others if words in text] == []
    site = settings.PUBLIC_URL
    links = {
        "en": f"{site}/products/mug/",
        "vi": f"{site}/vi/products/mug/",
        "x-default": f"{site}/products/mug/",
    }
    assert heads(Client(), "/products/mug/") == links | {"canonical": links["en"]}
    assert heads(Client(), "/vi/products/mug/") == links | {"canonical": links["vi"]}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("?category=clay&page=2", "?category=clay&page=2"),
        ("?category=clay&q=tea&sort=price&min_price=3&page=1", "?category=clay"),
    ],
)
def test_list_is_found_under_its_category_and_page_alone(client, mug, settings, query, kept):
    found = heads(client, f"/vi/products/{query}")
    at = f"products/{kept}".replace("&", "&amp;")
    assert found["canonical"] == found["vi"] == f"{settings.PUBLIC_URL}/vi/{at}"
    assert found["en"] == f"{settings.PUBLIC_URL}/{at}"


def test_pages_of_ones_own_name_no_other_address(client, mug):
    for path in ("/cart/", "/accounts/login/"):
        assert heads(client, path) == {}
    assert b"hreflang" not in client.get("/nothing/").content


@pytest.mark.parametrize("path", ["/", "/products/", "/products/?q=xanh&page=2", "/products/mug/"])
def test_reader_of_another_language_is_led_to_its_address(mug, path):
    led = Client(headers=VIETNAMESE).get(path)
    assert (led.status_code, led.headers["Location"]) == (302, f"/vi{path}")
    assert {"Accept-Language", "Cookie"} <= set(re.split(", *", led.headers["Vary"]))
    assert Client(headers=VIETNAMESE).get(f"/vi{path}").status_code == 200


def test_address_without_its_last_slash_leads_to_the_page(mug):
    led = Client(headers=VIETNAMESE).get("/products/mug")
    assert (led.status_code, led.headers["Location"]) == (302, "/vi/products/mug/")


def test_readers_of_the_first_language_and_robots_are_led_nowhere(mug):
    for headers in ({}, {"accept-language": "de"}, {"accept-language": "en-GB,vi;q=0.5"}):
        page = Client(headers=headers).get("/products/mug/")
        assert page.status_code == 200 and "Blue mug" in page.content.decode()


def test_address_of_a_language_is_in_it_whatever_its_reader_prefers(mug):
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    assert "Cốc xanh" in client.get("/vi/products/mug/").content.decode()
    # A choice is not undone by a link that somebody sent.
    assert client.cookies["django_language"].value == "en"
    assert 'lang="en"' in client.get("/cart/").content.decode()


def test_reader_who_came_by_an_address_stays_in_its_language(client, mug):
    client.get("/vi/products/mug/")
    assert 'lang="vi"' in client.get("/cart/").content.decode()
    assert client.get("/products/mug/").headers["Location"] == "/vi/products/mug/"


def test_what_is_not_there_is_remembered_by_nobody(client, db):
    assert client.get("/vi/nothing/").status_code == 404
    assert "django_language" not in client.cookies


@pytest.mark.parametrize(
    ("seen", "chosen", "leads_to"),
    [
        ("/products/mug/", "vi", "/vi/products/mug/"),
        ("/vi/products/mug/?a=b", "en", "/products/mug/?a=b"),
        ("/vi/", "en", "/"),
        ("/vi/products/?category=clay", "en", "/products/?category=clay"),
        ("/cart/", "vi", "/cart/"),
        ("/cart/", "en", "/cart/"),
    ],
)
@pytest.mark.parametrize("browser", ["en", "vi"])
def test_picker_leads_to_the_same_page_in_the_other_language(mug, seen, chosen, leads_to, browser):
    client = Client(headers={"accept-language": browser})
    led = client.post("/language/", {"language": chosen, "next": seen})
    assert (led.status_code, led.headers["Location"]) == (302, leads_to)
    there = client.get(leads_to)
    assert there.status_code == 200 and f'<html lang="{chosen}">' in there.content.decode()


def test_api_follows_the_language_that_is_asked_for(client, mug):
    def read(path: str, language: str) -> dict[str, object]:
        answer = client.get(path, headers={"accept-language": language})
        assert answer.status_code == 200
        return answer.json()

    for language, name, about, of in (
        ("en", "Blue mug", "Holds tea.", "Clay"),
        ("vi", "Cốc xanh", "Đựng trà.", "Đồ gốm"),
        ("de", "Blue mug", "Holds tea.", "Clay"),
    ):
        one = read("/api/products/mug/", language)
        assert (one["name"], one["description"], one["slug"]) == (name, about, "mug")
        assert read("/api/products/", language)["results"][0]["name"] == name
        assert read("/api/categories/", language)["results"][0]["name"] == of


def test_untranslated_text_is_read_in_the_first_language(client, mug):
    Product.objects.filter(pk=mug.pk).update(name_vi="")
    Category.objects.update(name_vi="")
    page = client.get("/vi/products/mug/").content.decode()
    assert "Blue mug" in page and "Clay" in page and "Đựng trà." in page


def test_picture_says_what_it_shows_in_the_readers_language(client, mug):
    make_picture(mug, alt="A mug", alt_vi="Một chiếc cốc")
    assert 'alt="Một chiếc cốc"' in client.get("/vi/products/mug/").content.decode()
    ProductImage.objects.update(alt_vi="")
    assert 'alt="A mug"' in client.get("/vi/products/mug/").content.decode()


def test_cart_and_its_messages_speak_the_readers_language(mug):
    client = Client(headers=VIETNAMESE)
    client.post("/cart/add/", {"sku": mug.sku, "quantity": 1, "add": 1})
    page = client.get("/cart/").content.decode()
    assert "Cốc xanh" in page and "Blue mug" not in page
    assert 'href="/vi/products/mug/"' in page


def test_no_page_takes_more_statements_in_another_language(mug, client):
    for path in ("/", "/products/", "/products/?q=xanh", "/products/mug/"):
        with CaptureQueriesContext(connection) as english:
            client.get(path)
        with CaptureQueriesContext(connection) as vietnamese:
            Client().get(f"/vi{path}")
        assert len(vietnamese) == len(english)


def test_search_engines_are_told_every_page_in_every_language(client, mug, settings):
    make_product(sku="GONE", is_active=False)
    site = settings.PUBLIC_URL
    listed = client.get("/sitemap.xml", headers={"host": "127.0.0.1"} | VIETNAMESE).content.decode()
    found = re.findall("<loc>(.*?)</loc>", listed)
    paths = ["/", "/products/", "/products/?category=clay", "/products/mug/"]
    assert sorted(found) == sorted(f"{site}{way}{path}" for way in ("", "/vi") for path in paths)
    assert f'hreflang="vi" href="{site}/vi/products/mug/"' in listed
    assert f'hreflang="x-default" href="{site}/products/mug/"' in listed


def test_robots_are_told_where_the_list_is(client, mug, settings, monkeypatch):
    said = client.get("/robots.txt").content.decode()
    assert "Disallow: /checkout/\n" in said and f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml\n" in said
    monkeypatch.setattr(search_engines.Pages, "limit", 5)
    assert client.get("/robots.txt").content.decode().count("Sitemap: ") == 2
    assert client.get("/sitemap.xml?p=2").status_code == 200
