"""What an endpoint says about itself beside its code: the schema, the docs and the tests are made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from refusals import Refusal
from rest.changes import without_body
from rest.idempotency import Retry, once
from rest.scopes import Scope

View = TypeVar("View", bound=type[APIView])
# A file is no more than its bytes.
Body = type[BaseSerializer[Any]] | BaseSerializer[Any] | OpenApiTypes | None
CHANGES = ("post", "put", "patch", "delete")


@dataclass(frozen=True)
class Answer:
    """One method of an endpoint.

    `refusals` are its own; those of every endpoint (not signed in, a body that can't be read, a server
    that doesn't answer) are worked out from the view by config/api/schema.py. `gives` maps a status to the serializer of
    its body, `takes` reads the request's body; what a generic view has in `serializer_class` need not be repeated.
    `scope` is what an API key needs: by itself `read` for reading and `order` for changes. `retry` says what makes a
    change safe to send twice. What is `delicate` asks a session for the password once more (rest/confirmed.py).
    """

    name: str
    summary: str
    refusals: tuple[type[Refusal], ...] = ()
    gives: Mapping[int, Body] = field(default_factory=dict)
    takes: Body = None
    scope: Scope | None = None
    retry: Retry = Retry.TOGETHER
    delicate: bool = False


def answers(**by_method: Answer) -> Callable[[View], View]:
    """Put the table of its answers on a view: `@answers(get=Answer("read_order", "Read an order", (OrderNotFound,)))`."""

    def put(view: View) -> View:
        view.answers = by_method  # type: ignore[attr-defined]  # the table is ours, the class is DRF's
        for method, answer in by_method.items():
            if method in CHANGES and not takes_body(view, method, answer):
                setattr(view, method, without_body(getattr(view, method)))
            if takes_key(method, answer):
                setattr(view, method, once(getattr(view, method), answer.retry))
        return view

    return put


def takes_body(view: type[APIView], method: str, answer: Answer) -> bool:
    """Whether the method reads a body."""
    return answer.takes is not None or (
        method in ("post", "put", "patch") and hasattr(view, "get_serializer")
    )


def takes_key(method: str, answer: Answer) -> bool:
    """Whether the method looks at an Idempotency-Key."""
    return method in CHANGES and answer.retry is not Retry.BY_ID
