"""Whatever is uploaded becomes a large and a small WebP file without metadata, or is refused with a reason."""

from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image

from catalog import pictures
from catalog.models import ProductImage
from tests import icc
from tests.factories import make_picture, make_product, picture_bytes

pytestmark = pytest.mark.django_db


def stored(data: bytes, name: str = "photo.png") -> ProductImage:
    image = ProductImage.objects.create(product=make_product(), image=ContentFile(data, name=name))
    return ProductImage.objects.get(pk=image.pk)


def opened(file) -> Image.Image:
    with file.open() as content:
        picture = Image.open(BytesIO(content.read()))
    picture.load()
    return picture


def test_upload_gets_a_large_and_a_small_size():
    image = stored(picture_bytes(3000, 1500))
    large, card = opened(image.image), opened(image.card)
    assert (large.format, large.size, card.format, card.size) == ("WEBP", (1200, 600), "WEBP", (600, 300))
    assert (image.width, image.height, image.card_width, image.card_height) == (1200, 600, 600, 300)


def test_small_picture_is_never_made_larger():
    image = stored(picture_bytes(40, 80))
    assert opened(image.image).size == opened(image.card).size == (40, 80)
    assert (image.card_width, image.card_height) == (40, 80)


def test_turned_photo_stands_upright_and_tells_nothing_else():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Somebody's telephone"
    image = stored(picture_bytes(400, 200, "JPEG", exif=exif.tobytes()), "photo.jpg")
    for picture in (opened(image.image), opened(image.card)):
        assert picture.size == (200, 400)
        assert not picture.getexif() and "exif" not in picture.info and "icc_profile" not in picture.info


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA", "CMYK", "1", "I;16"])
def test_picture_of_any_colours_is_taken(mode):
    file = BytesIO()
    Image.new(mode, (20, 20)).save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(stored(file.getvalue()).image).mode in ("RGB", "RGBA")


@pytest.mark.parametrize(("value", "shown"), [(0, 0), (30_000, 117), (65_535, 255)])
def test_picture_of_16_bits_keeps_its_brightness(value, shown):
    file = BytesIO()
    Image.new("I;16", (20, 20), value).save(file, "PNG")
    assert near(opened(stored(file.getvalue()).image), (shown, shown, shown))


@pytest.mark.parametrize(
    ("screen", "colour", "shown"),
    [
        (icc.ADOBE_RGB, (100, 150, 100), (66, 151, 97)),
        (icc.ADOBE_RGB, (200, 60, 60), (231, 57, 57)),
        (icc.DISPLAY_P3, (100, 150, 100), (83, 153, 94)),
        (icc.DISPLAY_P3, (200, 60, 60), (219, 37, 49)),
    ],
)
@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("AVIF", "RGB"), ("WEBP", "RGBA")]
)
def test_colours_of_another_screen_are_shown_as_they_are(form, mode, screen, colour, shown):
    file = BytesIO()
    whole = (
        {"lossless": True}
        if form == "WEBP"
        else {"quality": 100, "subsampling": "4:4:4"}
        if form == "AVIF"
        else {}
    )
    picture = Image.new("RGB", (20, 20), colour).convert(mode)
    if mode == "RGBA":
        picture.putalpha(128)
    picture.save(file, form, icc_profile=icc.profile(screen), **whole)
    result = opened(stored(file.getvalue()).image)
    assert near(result, shown) and result.mode == mode and "icc_profile" not in result.info
    if mode == "RGBA":
        assert result.getpixel((10, 10))[3] == 128


@pytest.mark.parametrize("profile", [b"no profile", icc.profile(icc.ADOBE_RGB)[:200], b"\xff" * 500])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_profile_that_can_not_be_read_is_passed_over(mode, profile):
    data = picture_bytes_of(mode, "JPEG", icc_profile=profile)
    assert opened(stored(data, "photo.jpg").image).mode == "RGB"


def test_profile_of_other_colours_than_the_pictures_is_passed_over():
    data = picture_bytes_of("CMYK", "JPEG", icc_profile=icc.profile(icc.DISPLAY_P3))
    assert opened(stored(data, "photo.jpg").image).mode == "RGB"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", [b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0garbage", b"\xff" * 60])
def test_picture_whose_cameras_notes_are_broken_is_taken(form, exif):
    assert opened(stored(picture_bytes(40, 20, form, exif=exif)).image).size == (40, 20)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_every_format_that_the_refusal_names_is_taken_and_served(client, form):
    image = stored(picture_bytes(40, 20, form), "a file of any name")
    assert opened(image.image).size == (40, 20)
    assert client.get(image.image.url)["Content-Type"] == "image/webp"
    assert pictures.FORMATS[form] in pictures.formats_in_words()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF", "GIF"])
def test_of_a_picture_that_moves_the_first_one_is_shown(form):
    first, *others = (Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "lime"))
    file = BytesIO()
    first.save(file, form, save_all=True, append_images=others, duration=100)
    red, green, blue = opened(stored(file.getvalue()).image).convert("RGB").getpixel((10, 10))
    assert red > 240 and green < 15 and blue < 15


@pytest.mark.parametrize("form", ["BMP", "TIFF", "ICO"])
def test_other_formats_are_refused_with_those_that_are_taken(form):
    with pytest.raises(ValidationError) as refusal:
        stored(picture_bytes(32, 32, form))
    assert "JPEG, PNG, WebP, AVIF or GIF" in refusal.value.messages[0]


def near(picture: Image.Image, colour: tuple[int, int, int]) -> bool:
    """A picture that is compressed is a little off."""
    shown = picture.convert("RGB").getpixel((10, 10))
    return all(abs(one - other) <= 4 for one, other in zip(shown, colour, strict=True))


def picture_bytes_of(mode: str, form: str, **options) -> bytes:
    file = BytesIO()
    Image.new(mode, (20, 20)).save(file, form, **options)
    return file.getvalue()


def test_sizes_are_made_whichever_way_a_picture_is_stored():
    product = make_product()
    by_hand = ProductImage(product=product)
    by_hand.image.save("a.png", ContentFile(picture_bytes()))
    rows = [ProductImage(product=product, image=ContentFile(picture_bytes(), name="b.png"))]
    ProductImage.objects.bulk_create(rows)
    for image in ProductImage.objects.all():
        assert image.card.size and image.width == 8


def test_exchanged_picture_has_another_name():
    image = stored(picture_bytes(10, 10), "same.png")
    before = image.image.url, image.card.url
    image.image = ContentFile(picture_bytes(20, 20), name="same.png")
    image.save(update_fields=["image"])
    image.refresh_from_db()
    assert not {image.image.url, image.card.url} & set(before)
    assert image.width == 20


def test_longest_names_fit():
    product = make_product(sku="S" * 64)
    image = ProductImage.objects.create(
        product=product, image=ContentFile(picture_bytes(), name="n" * 90 + ".png")
    )
    assert image.card.storage.exists(image.card.name)


@pytest.mark.parametrize(
    "data",
    [b"", b"a drawing", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture_bytes(300, 300, "JPEG")[:400]],
    ids=["empty", "text", "svg", "cut off"],
)
def test_what_is_no_picture_is_refused_and_leaves_no_file(data, settings):
    with pytest.raises(ValidationError):
        stored(data)
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.*"))


def test_picture_that_would_fill_the_memory_is_refused_unread(monkeypatch):
    bombs = [BytesIO(png_header(side, side)) for side in (8_000, 30_000)]
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was unpacked"))
    for bomb in bombs:
        with pytest.raises(ValidationError) as refusal:
            pictures.opened(bomb)
        assert "pixels" in refusal.value.messages[0] or "no picture" in refusal.value.messages[0]


def png_header(width: int, height: int) -> bytes:
    """A picture's file that claims to be as large as that."""
    small = picture_bytes(1, 1)
    measures = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + small[24:29]
    return small[:12] + measures + crc32(measures).to_bytes(4, "big") + small[33:]


def test_staff_read_why_a_picture_is_refused(client, staff):
    client.force_login(staff)
    product = make_product()
    names = ("name", "slug", "sku", "description", "price", "weight_g", "length_cm", "width_cm", "height_cm")
    form = {name: getattr(product, name) for name in names} | {"category": product.category_id}
    for data, reason in (
        (png_header(8_000, 8_000), "40 million"),
        (picture_bytes(300, 300)[:300], "This picture is damaged"),
    ):
        upload = SimpleUploadedFile("x.png", data, "image/png")
        row = {
            "images-TOTAL_FORMS": 1,
            "images-INITIAL_FORMS": 0,
            "images-0-image": upload,
            "images-0-position": 0,
        }
        answer = client.post(f"/admin/catalog/product/{product.pk}/change/", form | row)
        assert answer.status_code == 200
        assert reason in answer.content.decode()
    assert not product.images.exists()


def test_pictures_from_before_get_their_sizes_and_keep_their_files():
    new = make_picture(make_product())
    old, lost = make_picture(make_product()), make_picture(make_product())
    storage = old.image.storage
    for row in (old, lost):
        row.image.name = storage.save(
            f"products/old-{row.pk}.jpg", ContentFile(picture_bytes(1500, 1500, "JPEG"))
        )
        ProductImage.objects.filter(pk=row.pk).update(image=row.image.name, card="", width=0, height=0)
    storage.delete(lost.image.name)

    call_command("pictures")
    call_command("pictures")

    shown = ProductImage.objects.get(pk=old.pk)
    assert (shown.width, opened(shown.card).size) == (1200, (600, 600))
    assert storage.exists(old.image.name)
    assert ProductImage.objects.get(pk=lost.pk).image.name == lost.image.name
    assert ProductImage.objects.get(pk=new.pk).image.name == new.image.name


# --- how they are served ---------------------------------------------------------------------------------------------
def test_picture_is_kept_by_browsers_for_a_year(client):
    answer = client.get(make_picture(make_product()).card.url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"public", "immutable", "max-age=31536000"} <= set(answer["Cache-Control"].split(", "))
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize(
    "path",
    ["nothing.webp", "../settings.py", "..%2f..%2fsettings.py", "products/", "", "x" * 5000, "a%00.webp"],
)
def test_missing_picture_is_not_kept(client, path, caplog):
    make_picture(make_product())
    answer = client.get(f"/media/{path}")
    assert answer.status_code in (400, 404)
    assert not any(record.exc_info for record in caplog.records)
    assert "max-age" not in answer.get("Cache-Control", "")
