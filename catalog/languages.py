"""The catalog's texts in every language of the shop.

A text's own column has it in the shop's first language (LANGUAGE_CODE). Beside it stands one for each other language, such
as `name_vi`; where that is empty, the first language's words are read. A language that is added to LANGUAGES brings its
columns, triggers that find products by them, fields at the desk and columns of tables; `makemigrations` does the rest.
"""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf
from django.utils.text import format_lazy
from django.utils.translation import get_language

AnyModel = TypeVar("AnyModel", bound=models.Model)


def other_languages() -> dict[str, str]:
    """The names of the shop's languages beside its first, by code, each in its own words."""
    return {code: str(name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE}


def column(name: str, language: str) -> str:
    """The column, or the path to the column, that has a text in a language."""
    return name if language == settings.LANGUAGE_CODE else f"{name}_{language.replace('-', '_')}"


def other_columns(*names: str) -> list[str]:
    """The columns of these texts in the languages beside the first."""
    return [column(name, language) for name in names for language in other_languages()]


def translated(*names: str) -> Callable[[type[AnyModel]], type[AnyModel]]:
    """Give a model a column for each of these texts in each other language of the shop.

    They may be empty, and are for a release that does not know them yet.
    """

    def with_columns(model: type[AnyModel]) -> type[AnyModel]:
        for name in names:
            text = model._meta.get_field(name)
            assert isinstance(text, models.CharField | models.TextField)
            for code, language in other_languages().items():
                label = format_lazy("{} ({})", text.verbose_name, language)
                field = type(text)(label, max_length=text.max_length, blank=True, default="", db_default="")
                model.add_to_class(column(name, code), field)
        return model

    return with_columns


def readers_language() -> str:
    """The language that a page is in; the shop's first where it is none of the shop's."""
    language = get_language() or ""
    return language if language in other_languages() else settings.LANGUAGE_CODE


def local(thing: models.Model, name: str) -> str:
    """A text in the reader's language; in the shop's first where it was not translated."""
    text: str = getattr(thing, column(name, readers_language()))
    return text or getattr(thing, name)


def local_text(path: str) -> Combinable:
    """The same for a query: `local_text("product__name")`."""
    here = column(path, readers_language())
    return F(path) if here == path else Coalesce(NullIf(F(here), Value("")), F(path))
