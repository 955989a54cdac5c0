"""The parts of addresses that name things, made of names in any writing."""

import re
from typing import Any

from anyascii import anyascii
from django.db import models
from django.utils.text import slugify

from catalog.models import Product, ProductGroup

PAGES: list[type[models.Model]] = [Product, ProductGroup]


def slug_of(name: str, *, longest: int) -> str:
    """A name in the letters of addresses; empty where there is nothing to be said of it."""
    return slugify(" ".join(_latin(word) for word in name.split()))[:longest].strip("-_")


def free_slug(model: type[models.Model], names: list[str]) -> str:
    """The slug of the first of these names that has one, with a number behind it when another thing has it."""
    field: Any = model._meta.get_field("slug")
    longest = field.max_length - 5  # for the number
    made = (slug_of(name, longest=longest) for name in [*names, model._meta.model_name or ""])
    slug = next(filter(None, made), "")
    taken = {
        other
        for one in sharing_pages(model)
        for other in one._default_manager.filter(slug__startswith=slug).values_list("slug", flat=True)
    }
    numbered = (f"{slug}-{at}" for at in range(2, len(taken) + 3))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


def sharing_pages(model: type[models.Model]) -> list[type[models.Model]]:
    """The models whose slugs stand at the same place in addresses: products, and groups of them."""
    return PAGES if model in PAGES else [model]


def slug_is_taken(model: type[models.Model], slug: str) -> bool:
    """Whether a thing of another model that shares the pages has it; its own model sees to itself."""
    return any(
        one._default_manager.filter(slug=slug).exists() for one in sharing_pages(model) if one is not model
    )


def _latin(word: str) -> str:
    """In Latin letters; of writing that has a syllable to a sign, the syllables apart."""
    latin = anyascii(word)
    return latin if word.isascii() else re.sub(r"(?<=[a-z])(?=[A-Z])", "-", latin)
