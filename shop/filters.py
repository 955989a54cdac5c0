"""What the product list says of its filters: those that are on, each with the address without it, and the orderings."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from catalog.money import written
from shop.forms import SORTS


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
    return [Chip(label, _without(query, name)) for name, label in on.items() if label]


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


def _filled(query: QueryDict) -> QueryDict:
    """The fields that have a value."""
    filled = query.copy()
    for name in query:
        if not any(query.getlist(name)):
            del filled[name]
    return filled
