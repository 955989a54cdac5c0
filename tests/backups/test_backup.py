"""A shop is copied while it serves, restored into an empty place, and proved there: as an operator does it."""

import json
import os
import stat
from pathlib import Path

import pyrage
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings

from backups.models import Backup, moments
from orders.events import feed
from orders.models import Invoice, InvoiceGap, Order
from orders.status import OrderStatus
from outbox import quiet
from tests.databases import empty_tables, using_database
from tests.factories import Buyer, make_picture, make_product, pay
from tests.second_factor import set_up

pytestmark = [pytest.mark.live, pytest.mark.flow]
S = OrderStatus


@pytest.fixture
def buyer(shop_to_copy):
    yield Buyer()
    empty_tables()


def only_backup(target: Path) -> Path:
    (folder,) = target.iterdir()
    return folder


def audit_of(place) -> str:
    return place.run("audit")


def test_a_copy_is_restored_quietly_and_gives_no_number_twice(shop_to_copy, empty_place, buyer, tmp_path):
    target, product = tmp_path / "backups", make_product(stock=9)
    picture = make_picture(product)
    paid = buyer.order_in(S.PAID, (product, 1))
    feed.give_positions()
    said = shop_to_copy.run("backup", str(target))
    assert "1 orders" in said and "SECRET_KEY" in said
    folder = only_backup(target)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    about = json.loads((folder / "manifest.json").read_text())
    assert about["secrets_apart"] and "secrets.env" not in about["files"]
    assert shop_to_copy.environment["SECRET_KEY"] not in (folder / "manifest.json").read_text()
    # What comes now is lost.
    lost = buyer.order_in(S.PAID, (product, 1))
    lost_numbers = (lost.number, Invoice.objects.get(order=lost).number)

    said = empty_place.run("restore", str(folder))
    assert "Everything adds up" in said
    assert (empty_place.media / picture.image.name).read_bytes() == default_storage.open(
        picture.image.name
    ).read()
    with using_database(empty_place.database):
        assert Order.objects.get() == paid
        assert quiet.since() is not None
        bought_again = Buyer().order_in(S.PAID, (product, 1))
        again = (bought_again.number, Invoice.objects.get(order=bought_again).number)
        assert InvoiceGap.objects.get(kind="invoice").until == again[1] - 1
    assert again[0] > lost_numbers[0] and again[1] > lost_numbers[1]
    # The gap is no finding; a picture that is gone is one.
    assert "Everything adds up" in audit_of(empty_place)
    (empty_place.media / picture.image.name).unlink()
    assert f"its file {picture.image.name} is not there" in empty_place.run("audit", fails=True)
    assert "Released." in empty_place.run("release")


def test_a_restore_overwrites_nothing_and_believes_no_damaged_copy(
    shop_to_copy, empty_place, buyer, tmp_path
):
    target = tmp_path / "backups"
    shop_to_copy.run("backup", str(target), "--with-secrets")
    folder = only_backup(target)
    assert f"SECRET_KEY={shop_to_copy.environment['SECRET_KEY']}\n" in (folder / "secrets.env").read_text()
    assert "is not empty" in shop_to_copy.run("restore", str(folder), fails=True)
    with (folder / "database.dump").open("r+b") as dump:
        dump.seek(-1, os.SEEK_END)
        dump.write(b"\0x")
    assert "database.dump is not what was written" in empty_place.run("restore", str(folder), fails=True)
    with using_database(empty_place.database):
        assert connection.introspection.table_names() == []


def test_an_encrypted_copy_is_opened_by_its_key_alone(shop_to_copy, empty_place, buyer, tmp_path):
    key, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    files = {name: tmp_path / name for name in ("key", "other", "none")}
    files["key"].write_text(f"# created by age-keygen\n{key}\n")
    files["other"].write_text(f"{other}\n")
    files["none"].write_text("not a key\n")
    order = buyer.order_in(S.PAID, (make_product(stock=9, name="Very Blue Mug"), 1))
    target = tmp_path / "backups"
    encrypted = ("--encrypt-to", str(key.to_public()), "--with-secrets")

    assert "begins with age1" in shop_to_copy.run("backup", str(target), "--encrypt-to", "key", fails=True)
    said = shop_to_copy.run("backup", str(target), *encrypted, "--drill", "--identity", str(files["key"]))
    assert "restorable as of" in said

    folder = only_backup(target)
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "manifest.json", "database.dump.age", "heads.txt.age", "media.tar.age", "secrets.env.age"
    }  # fmt: skip
    assert not any(b"Very Blue Mug" in path.read_bytes() for path in folder.iterdir())
    restore = ("restore", str(folder))
    assert "name the file of its private key" in empty_place.run(*restore, fails=True)
    for wrong, says in (("other", "can't be opened"), ("none", "holds no private key")):
        assert says in empty_place.run(*restore, "--identity", str(files[wrong]), fails=True)
    with using_database(empty_place.database):
        assert connection.introspection.table_names() == []
    assert "Everything adds up" in empty_place.run(*restore, "--identity", str(files["key"]))
    with using_database(empty_place.database):
        assert Order.objects.get() == order
    assert not list(Path(empty_place.environment["DATA_DIR"]).glob("restore-*"))


def test_a_drill_proves_the_newest_copy_and_says_so(shop_to_copy, buyer, tmp_path):
    target = tmp_path / "backups"
    order = buyer.order_in(S.PAY_REQUIRED, (make_product(stock=3), 1))
    shop_to_copy.run("backup", str(target))
    pay(order)
    said = shop_to_copy.run("backup", str(target), "--keep", "1", "--drill")
    assert "restorable as of" in said
    folder = only_backup(target)
    assert moments() == {"made": moments()["made"], "drill": moments()["made"]}
    assert Backup.objects.get(kind="drill").place == str(folder)

    # A copy that is worth nothing is said to be so.
    (folder / "heads.txt").write_text("until never\n")
    refused = shop_to_copy.run("backup", "/proc/nowhere", fails=True)
    assert "/proc/nowhere" in refused
    assert Backup.objects.exclude(failure="").count() == 1


def test_a_copy_restored_with_another_key_says_whose_second_factors_are_lost(
    shop_to_copy, empty_place, buyer, tmp_path
):
    with override_settings(SECRET_KEY=shop_to_copy.environment["SECRET_KEY"]):
        set_up(buyer.user)
    target = tmp_path / "backups"
    shop_to_copy.run("backup", str(target))
    folder = str(only_backup(target))
    empty_place.environment["SECRET_KEY"] = "another key"
    said = empty_place.run("restore", folder)
    assert "can't be read with this SECRET_KEY" in said and buyer.user.email in said
    assert "Everything adds up" in said
