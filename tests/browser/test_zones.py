"""A zone's places in a real browser: countries and regions are picked by name."""

import os

import pytest
from playwright.sync_api import expect

from orders.models import Zone

pytestmark = pytest.mark.browser


def test_a_zone_is_made_by_picking_countries_and_regions(desk, shop):
    desk.goto("/admin/orders/zone/add/")
    desk.locator("#id_name").fill("Picked")
    country = desk.locator("#id_places-0-country")
    expect(country).to_be_visible()
    assert country.bounding_box()["width"] > 150
    assert desk.locator("#countries option").count() > 240
    country.fill("United States")
    region = desk.locator("#id_places-0-region")
    region.focus()
    expect(desk.locator("#id_places-0-region-list option[value='CA']")).to_have_count(1)
    region.fill("CA")
    if at := os.environ.get("SHOW_ZONE"):
        desk.screenshot(path=at, full_page=True)
    desk.locator("#id_preset").select_option("eu")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("Countries added:")).to_be_visible()
    zone = Zone.objects.get(name="Picked")
    assert zone.places.filter(country="US", region="CA").exists()
    desk.goto(f"/admin/orders/zone/{zone.pk}/change/")
    values = [box.input_value() for box in desk.locator("input[data-regions-of]").all()]
    assert "United States" in values


def test_half_a_name_is_no_country(desk, shop):
    desk.goto("/admin/orders/zone/add/")
    desk.locator("#id_name").fill("Half")
    desk.locator("#id_places-0-country").fill("Ge")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("“Ge” is no country.")).to_be_visible()
    assert not Zone.objects.filter(name="Half").exists()
