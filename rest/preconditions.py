"""If-Match: a change that is made only to what the client has read (RFC 9110, 13.1.1).

Whether it still is that is asked by the domain call, of the row that it has locked: two clients that have read the same
can't both change it.
"""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from refusals import Refusal

Row = TypeVar("Row")
HEADER = "If-Match"
# Called with the locked row; raises PreconditionFailed.
Expectation = Callable[[Row], None]


class PreconditionFailed(Refusal):
    """It is not what the client has read any more. Nothing was changed."""

    code = "precondition_failed"
    status = 412
    title = _("Changed meanwhile")
    message = _("This was changed since you read it. Please read it again.")
    advice = _(
        "It is not what its `ETag` in `If-Match` was given for. Read it again, and decide anew what to change."
    )


def strong_tag(shown: object) -> str:
    """The ETag of a representation that can be changed."""
    return f'"{hashlib.sha256(JSONRenderer().render(shown)).hexdigest()[:32]}"'


def expectation(request: Request, show: Callable[[Row], Any]) -> Expectation[Row] | None:
    """What the request's If-Match expects of the row, `show` being its representation; None without the header.

    Weak tags never match, nor does what is no tag; `*` is true of whatever is there.
    """
    given = request.headers.get(HEADER)
    if given is None:
        return None
    tags = parse_etags(given)

    def expect(row: Row) -> None:
        if tags != ["*"] and strong_tag(show(row)) not in tags:
            raise PreconditionFailed

    return expect
