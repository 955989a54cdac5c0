"""A product's pictures in a real browser: seen as soon as they are chosen, and put in order by dragging."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.factories import make_picture, make_product, picture_bytes

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _where_the_shop_serves_pictures_from(shop, settings):
    settings.MEDIA_ROOT = Path(shop.environment["DATA_DIR"]) / "media"


def test_the_picture_that_is_dragged_to_the_front_is_the_one_the_shop_shows(desk, shop):
    product = make_product(stock=3)
    first, second = (make_picture(product, position=at, alt=alt) for at, alt in enumerate(("front", "side")))
    page = f"/admin/catalog/product/{product.pk}/change/"
    desk.goto(page)
    rows = desk.locator("#images-data tbody.original")
    handles = rows.locator("[x-sort\\:handle]")
    handles.nth(1).scroll_into_view_if_needed()
    start, end = handles.nth(1).bounding_box(), rows.nth(0).bounding_box()
    desk.mouse.move(start["x"] + 10, start["y"] + 10)
    desk.mouse.down()
    for y in (start["y"], (start["y"] + end["y"]) / 2, end["y"] + 8, end["y"] + 4):
        desk.mouse.move(start["x"] + 10, y, steps=5)
    desk.mouse.up()
    expect(rows.nth(0).locator("input[type=text][name$=-alt]")).to_have_value("side")
    expect(rows.nth(0).locator("input[type=number][name$=-position]")).to_have_value("0")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.wait_for_url("**/admin/catalog/product/")

    assert list(product.images.all()) == [second, first]
    desk.goto(f"/products/{product.slug}/")
    expect(desk.locator(".gallery img").first).to_have_attribute("alt", "side")


def test_a_picture_is_seen_before_it_is_saved(desk, shop):
    product = make_product(stock=3)
    desk.goto(f"/admin/catalog/product/{product.pk}/change/")
    field = desk.locator(
        "#images-0 input[type=file], tr:has(input[name=images-0-image]) input[type=file]"
    ).first
    field.set_input_files({"name": "new.png", "mimeType": "image/png", "buffer": picture_bytes(20, 20)})
    seen = desk.locator("#images-data .picture-preview img")
    expect(seen).to_have_attribute("alt", "new.png")
    assert seen.evaluate("async picture => (await picture.decode(), picture.naturalWidth)") == 20
