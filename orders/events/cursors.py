"""Positions in the feed as clients see them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.errors import InvalidInput, OrderError


class CursorAhead(OrderError):
    """The feed ends before the cursor: since that was told, the shop was put back to an earlier state, from a backup."""

    code = "cursor_ahead"
    status = 410
    title = gettext_lazy("The cursor is ahead of the feed")
    message = gettext_lazy(
        "The feed ends before this cursor. Please begin again, without a cursor or from now on."
    )
    advice = gettext_lazy(
        "The shop was restored from a backup, and what came after it is not in the feed any more. Begin again: without "
        "`after` from the beginning, where you pass over what you know, or with `after=now`."
    )


def cursor_of(position: int) -> str:
    """A position as clients see it: nothing to count with."""
    return urlsafe_b64encode(position.to_bytes(8)).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """The position that a cursor names; the beginning for an empty one. Raises InvalidInput."""
    if not cursor:
        return 0
    try:
        position = int.from_bytes(urlsafe_b64decode(f"{cursor}="))
    except ValueError:
        position = -1
    if not 0 <= position < 2**63 or cursor_of(position) != cursor:
        raise InvalidInput({"after": [_("This is not a cursor of this feed.")]})
    return position
