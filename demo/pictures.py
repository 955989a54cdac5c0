"""Draws the demo shop's pictures and stores them as if staff had uploaded them."""

from io import BytesIO
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile

from catalog.models import Product, ProductImage
from demo.catalogue import SHELVES
from demo.items import Item, Picture
from demo.translations import of_picture


def add_pictures(product: Product, item: Item) -> None:
    """Draw a new product's pictures. Runs in the transaction that makes the product."""
    for position, picture in enumerate(item.pictures):
        image = ProductImage(product=product, alt=picture.alt, position=position, **of_picture(picture))
        image.image.save(_name(picture), ContentFile(drawn(picture)))


def redraw_missing() -> int:
    """Draw again what has a row but no file, as when the media folder was lost. Returns how many."""
    drawings = {
        (item.sku, picture.draw.__name__): picture
        for shelf in SHELVES
        for item in shelf.items
        for picture in item.pictures
    }
    count = 0
    for image in ProductImage.objects.filter(product__sku__in={sku for sku, _ in drawings}).select_related(
        "product"
    ):
        # Stored as <the drawing's name>-<what tells its content apart>.webp
        drawing = PurePath(str(image.image)).stem.rpartition("-")[0]
        picture = drawings.get((image.of_what, drawing))
        if picture and not (_exists(image.image) and _exists(image.card)):
            image.image.save(_name(picture), ContentFile(drawn(picture)))
            count += 1
    return count


def _exists(file: FieldFile) -> bool:
    return bool(file) and file.storage.exists(str(file))


def _name(picture: Picture) -> str:
    return f"{picture.draw.__name__}.png"


def drawn(picture: Picture) -> bytes:
    """The picture as a PNG file: nothing is lost before it is made into its two sizes."""
    file = BytesIO()
    picture.draw().finished().save(file, "PNG", compress_level=1)
    return file.getvalue()
