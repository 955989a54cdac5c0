"""The demo's texts in the languages of the shop beside its first; a language that nobody wrote them in is left empty."""

from collections.abc import Iterable
from types import ModuleType

from catalog.languages import column, other_languages
from catalog.models import Category, Product, ProductGroup, ProductImage
from demo.catalogue import SHELVES, vietnamese
from demo.items import Item, ItemGroup, Picture, Shelf

WRITTEN = {"vi": vietnamese}


def of_shelf(shelf: Shelf) -> dict[str, str]:
    return {column("name", code): words.SHELVES[shelf.slug] for code, words in _written()}


def of_item(item: Item) -> dict[str, str]:
    texts: dict[str, str] = {}
    for code, words in _written():
        texts[column("name", code)], texts[column("description", code)] = words.ITEMS[item.sku]
    return texts


def of_group(item: ItemGroup) -> dict[str, str]:
    texts: dict[str, str] = {}
    for code, words in _written():
        texts[column("name", code)], texts[column("description", code)] = words.GROUPS[item.slug]
        for at, option in enumerate(item.options, start=1):
            texts[column(f"option_{at}", code)] = words.OPTIONS[option]
    return texts


def of_value(name: str) -> dict[str, str]:
    """Empty where a value is said alike."""
    return {column("name", code): words.VALUES.get(name, "") for code, words in _written()}


def of_picture(picture: Picture) -> dict[str, str]:
    return {column("alt", code): words.PICTURES[picture.draw.__name__] for code, words in _written()}


def translate_missing() -> None:
    """Give their translations to the demo's things that were made before there were any, and are as they were made."""
    for shelf in SHELVES:
        for name, text in of_shelf(shelf).items():
            Category.objects.filter(slug=shelf.slug, name=shelf.name, **{name: ""}).update(**{name: text})
        for item in shelf.items:
            texts = of_item(item)
            Product.objects.filter(sku=item.sku, name=item.name, **dict.fromkeys(texts, "")).update(**texts)
            _translate_pictures(item.pictures, product__sku=item.sku)
        for group in shelf.groups:
            texts = of_group(group)
            ours = ProductGroup.objects.filter(slug=group.slug, name=group.name)
            ours.filter(**dict.fromkeys(texts, "")).update(**texts)
            pictures = [*group.pictures, *group.pictures_of.values()]
            _translate_pictures(pictures, group__slug=group.slug)
            _translate_pictures(pictures, product__group__slug=group.slug)


def _translate_pictures(pictures: Iterable[Picture], **whose: str) -> None:
    for picture in pictures:
        alts = of_picture(picture)
        untold = ProductImage.objects.filter(alt=picture.alt, **whose, **dict.fromkeys(alts, ""))
        untold.update(**alts)


def _written() -> list[tuple[str, ModuleType]]:
    return [(code, WRITTEN[code]) for code in other_languages() if code in WRITTEN]
