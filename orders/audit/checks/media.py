"""Files that rows name and the storage has not: pictures that were lost, or not restored, or lie on another machine."""

from collections.abc import Callable, Iterator

from django.core.files.storage import default_storage

from catalog.models import ProductImage

BATCH_SIZE = 2000


def missing() -> Iterator[str]:
    """A line for each file of a picture that is not there."""
    pictures = ProductImage.objects.order_by("product__sku", "group__slug", "position", "pk").values_list(
        "image", "card", "product__sku", "group__slug"
    )
    is_there = _looked_up()
    for image, card, sku, slug in pictures.iterator(chunk_size=BATCH_SIZE):
        for name in filter(None, (image, card)):
            if not is_there(name):
                yield f"picture of {sku or slug or ''}: its file {name} is not there"


def _looked_up() -> Callable[[str], bool]:
    """Of a bucket all names are read at once: to ask for each would take long."""
    names = getattr(default_storage, "names", None)
    return set(names()).__contains__ if names else default_storage.exists
