"""What an endpoint says about itself beside its code: the schema, the docs and the tests are made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

View = TypeVar("View", bound=type[APIView])
Body = type[BaseSerializer] | BaseSerializer | None


@dataclass(frozen=True)
class Answer:
    """One method of an endpoint.

    `refusals` are the codes of its own; those of every endpoint (not signed in, a body that can't be read, a server
    that doesn't answer) are worked out from the view by config/schema.py. `gives` maps a status to the serializer of
    its body, `takes` reads the request's body; what a generic view has in `serializer_class` need not be repeated.
    """

    name: str
    summary: str
    refusals: tuple[str, ...] = ()
    gives: Mapping[int, Body] = field(default_factory=dict)
    takes: Body = None


def answers(**by_method: Answer) -> Callable[[View], View]:
    """Put the table of its answers on a view: `@answers(get=Answer("read_order", "Read an order", ("not_found",)))`."""

    def put(view: View) -> View:
        view.answers = by_method  # type: ignore[attr-defined]  # the table is ours, the class is DRF's
        return view

    return put
