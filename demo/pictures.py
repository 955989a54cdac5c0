"""Draws the demo shop's pictures and stores them as if staff had uploaded them."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db.models import Q
from django.db.models.fields.files import FieldFile

from catalog.models import Product, ProductGroup, ProductImage
from demo.catalogue import SHELVES
from demo.items import Picture
from demo.translations import of_picture


def add_pictures(of: Product | ProductGroup, pictures: Iterable[Picture]) -> None:
    """Draw a new product's pictures. Runs in the transaction that makes the product."""
    owner = {"group": of} if isinstance(of, ProductGroup) else {"product": of}
    for position, picture in enumerate(pictures):
        image = ProductImage(alt=picture.alt, position=position, **owner, **of_picture(picture))
        image.image.save(_name(picture), ContentFile(drawn(picture)))


def redraw_missing() -> int:
    """Draw again what has a row but no file, as when the media folder was lost. Returns how many."""
    drawings = {(whose, picture.draw.__name__): picture for whose, picture in _drawings()}
    known = {whose for whose, _name in drawings}
    ours = ProductImage.objects.filter(Q(product__sku__in=known) | Q(group__slug__in=known))
    count = 0
    for image in ours.select_related("product", "group"):
        # Stored as <the drawing's name>-<what tells its content apart>.webp
        drawing = PurePath(str(image.image)).stem.rpartition("-")[0]
        picture = drawings.get((image.of_what, drawing))
        if picture and not (_exists(image.image) and _exists(image.card)):
            image.image.save(_name(picture), ContentFile(drawn(picture)))
            count += 1
    return count


def _drawings() -> Iterator[tuple[str, Picture]]:
    """Each picture of the demo, and whose it is: a SKU, or the slug of a product with options."""
    for shelf in SHELVES:
        for item in shelf.items:
            yield from ((item.sku, picture) for picture in item.pictures)
        for group in shelf.groups:
            yield from ((group.slug, picture) for picture in group.pictures)
            for variant in group.variants:
                yield from (
                    (variant.sku, group.pictures_of[value])
                    for value in variant.values
                    if value in group.pictures_of
                )


def _exists(file: FieldFile) -> bool:
    return bool(file) and file.storage.exists(str(file))


def _name(picture: Picture) -> str:
    return f"{picture.draw.__name__}.png"


def drawn(picture: Picture) -> bytes:
    """The picture as a PNG file: nothing is lost before it is made into its two sizes."""
    file = BytesIO()
    picture.draw().finished().save(file, "PNG", compress_level=1)
    return file.getvalue()
