"""The words of emails: templates of Jinja2, compiled once for each language, with Django's own tags for what is translated.

An email is three templates with some hundred places and twenty translated words in each: as templates of Django they were a
quarter of what an email costs. `make messages` finds the words, as the tags are written as Django's are.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from django.conf import settings
from django.template import defaultfilters
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, to_locale
from jinja2 import Environment, FileSystemLoader, nodes, select_autoescape
from jinja2.ext import Extension
from jinja2.parser import Parser

from accounts.contact import phones, places
from catalog.money import written
from orders.pricing.kept import included

# A line's end with what is around it: `trimmed` makes one space of it.
LINES = re.compile(r"\s*\n\s*")
END, PLURAL = "endblocktranslate", "plural"


class Translated(Extension):
    """{% translate "Status" %} and {% blocktranslate with total=… %}Pay {{ total }}{% endblocktranslate %}, as in Django.

    `trimmed` and `count` with {% plural %} are known, too; of several, `with` comes last.
    """

    tags = {"translate", "blocktranslate"}

    def parse(self, parser: Parser) -> nodes.Node:
        tag = next(parser.stream)
        if tag.value == "translate":
            text = gettext(parser.stream.expect("string").value.replace("%", "%%"))
            return nodes.Output([nodes.TemplateData(text % {})]).set_lineno(tag.lineno)
        word, values = self._block(parser)
        filled = nodes.Mod(nodes.MarkSafeIfAutoescape(word), nodes.Dict(values))
        return nodes.Output([filled]).set_lineno(tag.lineno)

    def _block(self, parser: Parser) -> tuple[nodes.Expr, list[nodes.Pair]]:
        is_trimmed = parser.stream.skip_if("name:trimmed")
        count = self._given(parser, "count")
        given = count | self._given(parser, "with")
        parser.stream.expect("block_end")
        texts, names, end = [], set[str](), PLURAL
        while end == PLURAL:
            text, found, end = self._body(parser)
            texts.append(LINES.sub(" ", text.strip()) if is_trimmed else text)
            names |= found
        word = _counted(texts, *count.values()) if count else nodes.Const(gettext(*texts))
        return word, [
            nodes.Pair(nodes.Const(n), given.get(n) or nodes.Name(n, "load")) for n in sorted(names)
        ]

    def _given(self, parser: Parser, word: str) -> dict[str, nodes.Expr]:
        """What stands behind `with`, or `count`."""
        given = {}
        if parser.stream.skip_if(f"name:{word}"):
            while parser.stream.current.type == "name" and parser.stream.current.value != "with":
                name = next(parser.stream).value
                parser.stream.expect("assign")
                given[name] = parser.parse_expression()
        return given

    def _body(self, parser: Parser) -> tuple[str, set[str], str]:
        """The words as the catalog has them, the names that stand in them, and what ended them."""
        text, names = "", set()
        while True:
            token = next(parser.stream)
            if token.type == "data":
                text += token.value.replace("%", "%%")
            elif token.type == "variable_begin":
                name = parser.stream.expect("name").value
                names.add(name)
                text += f"%({name})s"
                parser.stream.expect("variable_end")
            elif parser.stream.skip_if(f"name:{PLURAL}"):
                parser.stream.expect("block_end")
                return text, names, PLURAL
            else:
                parser.stream.expect(f"name:{END}")
                return text, names, END


def _counted(texts: list[str], count: nodes.Expr) -> nodes.Call:
    given = [*map(nodes.Const, texts), count]
    return nodes.Call(nodes.Name("ngettext", "load"), given, [], None, None)


class Templates(Environment):
    """What an attribute raises is told, as in templates of Django, where Jinja2 would show nothing of an AttributeError."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        try:
            return getattr(obj, attribute)
        except Exception as error:
            # A row that is not there says so of itself.
            if getattr(error, "silent_variable_failure", False):
                return self.undefined(obj=obj, name=attribute)
            if not isinstance(error, AttributeError) or hasattr(type(obj), attribute):
                raise
            return super().getattr(obj, attribute)


def write(template: str, context: Mapping[str, Any]) -> str:
    """A template below templates/orders/email with what it is given, in the language that is on."""
    return _templates(get_language()).get_template(template).render(context)


@cache
def _templates(_language: str | None) -> Environment:
    return environment()


def environment(**more: Any) -> Environment:
    """Jinja2 as templates of the shop have it, to which others may add what theirs need.

    Each language has one of its own, since what is translated is so while a template is compiled.
    """
    made = Templates(
        loader=FileSystemLoader(settings.PROJECT / "templates"),
        autoescape=select_autoescape(["html"]),
        extensions=[Translated],
        keep_trailing_newline=True,
        auto_reload=settings.DEBUG,
        **more,
    )
    made.globals["ngettext"] = ngettext
    made.filters |= {
        "address_lines": _address_lines,
        "country_name": _country_name,
        "date": _date,
        "linebreaks": defaultfilters.linebreaks_filter,
        "linebreaksbr": defaultfilters.linebreaksbr,
        "money": written,
        "phone_shown": lambda address: phones.shown(address["phone"], country=address["country"]),
        "tax_included": included,
    }
    return made


def _country_name(code: str) -> str:
    return _country(code, get_language() or "en")


@lru_cache(1000)
def _country(code: str, language: str) -> str:
    return str(Locale.parse(to_locale(language)).territories.get(code, code))


def _date(value: date, form: str | None = None) -> str:
    return _kept_date(value, form, get_language(), timezone.get_current_timezone_name())


@lru_cache(1000)
def _kept_date(value: date, form: str | None, _language: str | None, _zone: str) -> str:
    """As Django's filter does it: a moment in the shop's time. Text and HTML say the same days, and many orders do."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return defaultfilters.date(value, form)


def _address_lines(address: dict[str, str]) -> list[str]:
    return list(_kept_address(tuple(address.items())))


@lru_cache(100)
def _kept_address(fields: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Text and HTML of an order's emails print the same one."""
    return tuple(places.lines_of(dict(fields)))
