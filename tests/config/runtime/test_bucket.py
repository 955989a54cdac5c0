"""Pictures in a bucket of S3's protocol, by its address alone: kept, shown by every host, proved, backed up."""

import socket
from contextlib import contextmanager

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from moto.server import ThreadedMotoServer

from backups import media
from config import addresses
from orders.audit.checks.media import missing
from rest.outages import StorageAway
from tests.factories import make_picture, make_product

KEYS = {"AWS_ACCESS_KEY_ID": "of-the-test", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def server():
    """Its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def address(server, monkeypatch, request):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    bucket = f"shop-{abs(hash(request.node.name))}"
    boto3.client("s3", endpoint_url=server, region_name="eu-central-1").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return f"s3://{bucket}/pictures?endpoint={server}&region=eu-central-1"


def use(settings, address: str) -> None:
    """As config/settings.py reads it."""
    settings.STORAGE = addresses.bucket(address)
    options = {**settings.STORAGE, "file_overwrite": False}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "config.web.bucket.Bucket", "OPTIONS": options}
    }


@contextmanager
def refusing():
    """The address of a server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    yield f"s3://shop?endpoint=http://127.0.0.1:{port}&region=eu-central-1"


@pytest.mark.django_db
def test_a_picture_is_kept_in_the_bucket_and_shown_at_the_shops_address(settings, address):
    use(settings, address)
    picture = make_picture(make_product())

    assert picture.image.url.startswith("/media/")
    shown = Client().get(picture.image.url)
    assert shown.content[8:12] == b"WEBP"
    assert shown["Content-Type"] == "image/webp" and "immutable" in shown["Cache-Control"]
    assert Client().get("/media/products/nothing.webp").status_code == 404
    for name in ("../../etc/passwd", "a" * 2000):
        assert Client().get(f"/media/{name}").status_code == 404
    # Nothing lies on this host's disk; another one shows it as well.
    assert not settings.MEDIA_ROOT.exists()


@pytest.mark.django_db
def test_the_audit_finds_what_the_bucket_has_not(settings, address):
    use(settings, address)
    picture = make_picture(make_product())
    assert list(missing()) == []
    default_storage.delete(picture.card.name)
    assert [line.partition("its file ")[2] for line in missing()] == [f"{picture.card.name} is not there"]


@pytest.mark.django_db
def test_a_bucket_that_is_away_is_told_from_a_picture_that_is_gone(settings, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with refusing() as address:
        use(settings, address)
        shown = Client().get("/media/products/a.webp")
        assert (shown.status_code, bool(shown["Retry-After"])) == (503, True)
        with pytest.raises(StorageAway):
            default_storage.save("a.webp", ContentFile(b"a"))


def test_a_backup_holds_the_buckets_pictures_and_fills_an_empty_one(settings, address, tmp_path):
    use(settings, address)
    names = [default_storage.save(f"products/{letter}.webp", ContentFile(letter.encode())) for letter in "ab"]
    media.pack(tmp_path / "media.tar")
    assert not media.is_empty()

    use(settings, address.replace("/pictures", "/restored"))
    assert media.is_empty()
    media.unpack(tmp_path / "media.tar")
    assert sorted(default_storage.names()) == names
    assert default_storage.open("products/b.webp").read() == b"b"


@pytest.mark.parametrize(
    "given",
    [
        "https://bucket.example",
        "s3://",
        "s3://key:secret@bucket",
        "s3://bucket?endpoint=host",
        "s3://b?acl=public",
    ],
)
def test_what_is_no_address_of_a_bucket_is_refused(given):
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL names a bucket"):
        addresses.bucket(given)
