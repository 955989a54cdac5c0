"""Draws the demo shop's pictures and stores them as WebP files."""

from io import BytesIO

from django.core.files.base import ContentFile

from catalog.models import Product, ProductImage
from shop.demo.catalogue import SHELVES
from shop.demo.items import Item, Picture

QUALITY = 85
# The encoder's effort: higher values save little here and take several times as long.
EFFORT = 2


def add_pictures(product: Product, item: Item) -> None:
    """Draw a new product's pictures. Runs in the transaction that makes the product."""
    for position, picture in enumerate(item.pictures):
        image = ProductImage(product=product, alt=picture.alt, position=position)
        name = _name(picture)
        # A run that was killed may have left the file without its row: a second one would get another name.
        image.image.storage.delete(image.image.field.generate_filename(image, name))
        image.image.save(name, ContentFile(drawn(picture)))


def redraw_missing() -> int:
    """Draw again what has a row but no file, as when the media folder was lost. Returns how many."""
    drawings = {
        (item.sku, _name(picture)): picture
        for shelf in SHELVES
        for item in shelf.items
        for picture in item.pictures
    }
    count = 0
    for image in ProductImage.objects.filter(product__sku__in={sku for sku, _ in drawings}).select_related(
        "product"
    ):
        picture = drawings.get((image.product.sku, image.image.name.rsplit("/", 1)[-1]))
        if picture and not image.image.storage.exists(image.image.name):
            image.image.storage.save(image.image.name, ContentFile(drawn(picture)))
            count += 1
    return count


def _name(picture: Picture) -> str:
    return f"{picture.draw.__name__}.webp"


def drawn(picture: Picture) -> bytes:
    """The picture as a WebP file."""
    file = BytesIO()
    picture.draw().finished().save(file, "WEBP", quality=QUALITY, method=EFFORT)
    return file.getvalue()
