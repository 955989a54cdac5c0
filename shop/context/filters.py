"""What the product list says of its filters: those that are on, each with the address without it, and the orderings."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from catalog.money import written
from catalog.shelf.cards import Offered
from shop.forms.product_filter import SORTS


@dataclass(frozen=True)
class Chip:
    """A filter that is on; `without` is the query of the same list with it off."""

    label: str
    without: str


def chips(query: QueryDict, asked: dict[str, Any]) -> list[Chip]:
    """The filters that are on, in the order in which the page asks for them; the category has links of its own."""
    low, high = asked["min_price"], asked["max_price"]
    on = {
        "q": _("“%(text)s”") % {"text": asked["text"]} if asked["text"] else "",
        "min_price": _("from %(price)s") % {"price": written(low)} if low is not None else "",
        "max_price": _("up to %(price)s") % {"price": written(high)} if high is not None else "",
        "in_stock": _("In stock only") if asked["in_stock"] else "",
    }
    listed = [Chip(label, _without(query, name)) for name, label in on.items() if label]
    return listed + [
        Chip(f"{option}: {value}", _without_option(query, option, value))
        for option, value in asked["options"]
    ]


def is_of_variants(asked: dict[str, Any]) -> bool:
    """Whether what is asked for is told of variants, so that a card leads to the one that was found."""
    prices = (asked["min_price"], asked["max_price"])
    return bool(asked["text"] or asked["options"] or asked["in_stock"]) or any(
        price is not None for price in prices
    )


@dataclass(frozen=True)
class OptionFilter:
    """An option with the values that can be ticked: as the address has it, its label, and whether it is on."""

    label: str
    values: list[tuple[str, str, bool]]


def option_filters(offered: list[Offered], on: list[tuple[str, str]]) -> list[OptionFilter]:
    """What the products found can be filtered by: options of which there is more than one value, or one that is on."""
    by_option: dict[str, list[Offered]] = {}
    for one in offered:
        by_option.setdefault(one.option, []).append(one)
    return [
        OptionFilter(
            values[0].shown_option,
            [(f"{option}:{one.value}", one.shown_value, (option, one.value) in on) for one in values],
        )
        for option, values in by_option.items()
        if len(values) > 1 or any(option == chosen for chosen, _value in on)
    ]


def sorts(asked: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Orderings with their labels, and which one is on. Best match is offered only where there is a search text."""
    offered = [name for name in SORTS if name != "relevance" or asked["text"]]
    now = asked["ordering"] if asked["ordering"] in offered else offered[0]
    return [(name, str(SORTS[name]), name == now) for name in offered]


def kept(request: HttpRequest) -> str:
    """The address of the list with the chosen filters alone."""
    query = _filled(request.GET)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _without(query: QueryDict, name: str) -> str:
    rest = _filled(query)
    for gone in (name, "page", *(["sort"] if name == "q" and query.get("sort") == "relevance" else [])):
        rest.pop(gone, None)
    return rest.urlencode()


def _without_option(query: QueryDict, option: str, value: str) -> str:
    rest = _filled(query)
    rest.setlist("option", [one for one in rest.getlist("option") if one != f"{option}:{value}"])
    rest.pop("page", None)
    return rest.urlencode()


def _filled(query: QueryDict) -> QueryDict:
    """The fields that have a value."""
    filled = query.copy()
    for name in query:
        if not any(query.getlist(name)):
            del filled[name]
    return filled
