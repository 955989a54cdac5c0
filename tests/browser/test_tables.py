"""Tables in a real browser: numbers are pasted, a bad line is seen and corrected, and they are there without a reload."""

import pytest
from playwright.sync_api import Page, expect

from bulk.models import ImportJob
from catalog.models import Product
from tests.browser.conftest import PHONE
from tests.factories import make_numbered, make_product, unique

pytestmark = pytest.mark.browser


def paste(desk: Page, lines: list[str]) -> None:
    """Put in at once; typed letter by letter, as the tool does it, thousands of lines take minutes."""
    box = desk.locator("textarea[name=values]")
    box.evaluate("(box, text) => { box.value = text }", "\n".join(lines))


def test_pasted_numbers_are_corrected_and_imported_with_progress(desk, shop):
    room = make_numbered(sku=unique("ROOM"), numbers=1)
    there = room.numbers.get().value
    many = [f"Room {n}" for n in range(1, 2001)]
    desk.goto(f"/admin/catalog/product/{room.pk}/numbers/")
    paste(desk, [many[0], there, *many[1:], "Room 7", "x" * 201])
    desk.get_by_role("button", name="Check them").click()

    desk.evaluate("window.neverReloaded = true")
    bad = desk.locator("tr.bad")
    expect(bad).to_have_count(2, timeout=30_000)
    expect(bad.nth(0)).to_contain_text("2002")
    expect(bad.nth(0)).to_contain_text("The same as in line 8.")
    expect(bad.nth(1)).to_contain_text("Longer than 200 characters.")
    expect(desk.get_by_text("It is there already and stays as it is.")).to_be_visible()
    expect(desk.get_by_role("button", name="Add")).to_have_count(0)
    assert desk.evaluate("window.neverReloaded") is True
    assert room.numbers.count() == 1

    desk.goto(f"/admin/catalog/product/{room.pk}/numbers/")
    paste(desk, [many[0], there, *many[1:]])
    desk.get_by_role("button", name="Check them").click()
    desk.get_by_role("button", name="Add 2000 numbers").click(timeout=30_000)
    desk.evaluate("window.neverReloaded = true")
    expect(desk.locator(".badge-job-done")).to_be_visible(timeout=30_000)
    expect(desk.locator("[data-count=added]")).to_have_text("2000")
    assert desk.evaluate("window.neverReloaded") is True
    assert room.numbers.count() == 2001


def test_a_file_comes_in_and_goes_out_and_its_progress_is_told_to_everybody(desk, shop, tmp_path):
    first = make_product(sku=unique("BULK"))
    same = {"category": first.category, "name": "x", "price": 1, "is_active": False}
    rows = [Product(sku=f"{first.sku}-{n}", slug=f"{first.slug}-{n}", **same) for n in range(6000)]
    Product.objects.bulk_create(rows)
    file = tmp_path / "stock.csv"
    file.write_text("sku;received;reason\n" + "".join(f"{row.sku};3;crate\n" for row in rows))
    desk.goto("/admin/catalog/product/")
    desk.locator("a[href$='importjob/add/?kind=']").click()
    desk.locator("select[name=kind]").select_option("stock")
    desk.locator("input[type=file]").set_input_files(file)
    desk.get_by_role("button", name="Check the file").click()
    progress = desk.get_by_role("progressbar")
    expect(progress).to_have_attribute("aria-valuemax", "6000")
    desk.wait_for_function(
        "document.querySelector('[role=progressbar]').getAttribute('aria-valuenow') > 0", timeout=30_000
    )
    desk.get_by_role("button", name="Import 6000 rows").click(timeout=60_000)
    expect(desk.locator(".badge-job-done")).to_be_visible(timeout=60_000)
    assert Product.objects.get(pk=rows[-1].pk).stock_quantity == 3

    desk.goto("/admin/bulk/exportjob/add/?kind=stock")
    desk.get_by_role("button", name="Write the file").click()
    link = desk.locator("#job a.button", has_text="Download")
    expect(link).to_be_visible(timeout=30_000)
    with desk.expect_download() as download:
        link.click()
    assert f"{rows[-1].sku},x,3,0,3,,," in download.value.path().read_text()


def test_the_pages_of_tables_run_under_their_policy_and_fit_a_phone(desk, shop):
    job = ImportJob.objects.order_by("pk").first()
    desk.set_viewport_size(PHONE)
    for path in (
        "importjob/",
        "importjob/add/",
        "exportjob/",
        "exportjob/add/",
        "exportjob/add/?kind=orders",
    ):
        assert desk.goto(f"/admin/bulk/{path}").status == 200, path
        desk.wait_for_function("window.Alpine !== undefined")
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    if job:
        assert desk.goto(f"/admin/bulk/importjob/{job.pk}/change/").status == 200


def test_a_slug_follows_its_name_until_somebody_writes_one(desk, shop):
    desk.goto("/admin/catalog/category/add/")
    slug = desk.locator("#id_slug")
    desk.locator("#id_name").press_sequentially("Đồ uống", delay=10)
    expect(slug).to_have_value("do-uong")
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    slug.fill("drinks")
    desk.locator("#id_name").press_sequentially(" lạnh", delay=10)
    desk.locator("#id_position").fill("3")
    expect(slug).to_have_value("drinks")
    assert not [url for url in asked if "/slug/" in url]
