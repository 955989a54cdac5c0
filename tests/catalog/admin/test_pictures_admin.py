"""A product's pictures on its page of the desk: put in order, and refused with a sentence."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import pictures
from catalog.models import Product
from tests.catalog.admin.test_admin import PRODUCTS, sent_by_form
from tests.factories import make_picture, make_product, picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def sent(product: Product, *rows: dict) -> dict:
    """What the page sends: each row's fields, the pictures that are there first."""
    there = list(product.images.order_by("pk"))
    fields: dict = {"images-TOTAL_FORMS": len(rows), "images-INITIAL_FORMS": len(there)}
    for at, row in enumerate(rows):
        own = {"product": product.pk} | ({"id": there[at].pk} if at < len(there) else {})
        fields |= {f"images-{at}-{name}": value for name, value in (own | row).items()}
    return sent_by_form(product, **fields)


def save(desk, product: Product, *rows: dict):
    return desk.post(f"{PRODUCTS}{product.pk}/change/", sent(product, *rows))


def shown(product: Product) -> list[str]:
    return [picture.alt for picture in product.images.all()]


def upload(data: bytes, name: str = "new.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/png")


@pytest.fixture
def product() -> Product:
    product = make_product()
    for at, alt in enumerate(("front", "side")):
        make_picture(product, position=at, alt=alt)
    return product


def test_positions_that_are_typed_are_the_order(desk, product):
    answer = save(desk, product, {"alt": "front", "position": 7}, {"alt": "side", "position": 3})
    assert answer.status_code == 302 and shown(product) == ["side", "front"]


def test_pictures_with_one_position_stay_in_the_order_in_which_they_came(desk, product):
    save(desk, product, {"alt": "front", "position": 0}, {"alt": "side", "position": 0})
    assert shown(product) == ["front", "side"]


def test_a_row_that_dragging_numbered_and_nobody_filled_is_passed_over(desk, product):
    rows = {"alt": "front", "position": 1}, {"alt": "side", "position": 0}, {"alt": "", "position": 9}
    assert save(desk, product, *rows).status_code == 302
    assert shown(product) == ["side", "front"]


def test_a_new_picture_comes_last(desk, product):
    formset = desk.get(f"{PRODUCTS}{product.pk}/change/").context["inline_admin_formsets"][0].formset
    assert formset.forms[-1].initial["position"] == formset.empty_form.initial["position"] == 2


def test_a_picture_without_words_has_a_hint(desk, product):
    page = f"{PRODUCTS}{product.pk}/change/"
    hint = "Say what it shows"
    assert hint not in desk.get(page).text
    product.images.update(alt="")
    assert desk.get(page).text.count(hint) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a letter", "This is no picture: choose a JPEG, PNG, WebP, AVIF or GIF file."),
        (picture_bytes(900, 900, "JPEG")[:-500], "This picture is damaged"),
        (picture_bytes(50, 50), "This file is too large: 0 MB are the most."),
    ],
    ids=["no picture", "damaged", "too large"],
)
def test_what_cannot_be_shown_is_refused_beside_its_field(desk, product, monkeypatch, data, said):
    if "large" in said:
        monkeypatch.setattr(pictures, "MAX_BYTES", 60)
    kept = {"alt": "front", "position": 0}, {"alt": "side", "position": 1}
    answer = save(desk, product, *kept, {"alt": "new", "position": 2, "image": upload(data)})
    assert answer.status_code == 200 and said in answer.text
    assert shown(product) == ["front", "side"]


@pytest.mark.parametrize("name", ["photo.heic", "photo.bmp", "photo", "photo.jpg.txt"])
def test_a_picture_is_known_by_its_content_whatever_its_name(desk, product, name):
    kept = {"alt": "front", "position": 0}, {"alt": "side", "position": 1}
    answer = save(
        desk, product, *kept, {"alt": "new", "position": 2, "image": upload(picture_bytes(8, 8), name)}
    )
    assert answer.status_code == 302 and shown(product) == ["front", "side", "new"]


def test_the_refusal_of_another_format_lists_those_alone_that_are_taken(desk, product):
    kept = {"alt": "front", "position": 0}, {"alt": "side", "position": 1}
    bitmap = upload(picture_bytes(8, 8, "BMP"), "photo.bmp")
    answer = save(desk, product, *kept, {"alt": "new", "position": 2, "image": bitmap})
    assert (
        "choose a JPEG, PNG, WebP, AVIF or GIF file." in answer.text
        and "Allowed extensions" not in answer.text
    )
    page = desk.get(f"{PRODUCTS}{product.pk}/change/").text
    assert "JPEG, PNG, WebP, AVIF or GIF, up to 10 MB" in " ".join(page.split())
    assert 'accept="image/jpeg,image/png,image/webp,image/avif,image/gif"' in page
