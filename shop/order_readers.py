"""Who reads an order's page: its customer, staff, or a visitor who came by the link in an email about it.

The page of the link keeps its token in the session and leads on to the order's own address, so that the token stands in no
address that a page passes on. Each request looks anew whether the link still holds.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import User
from orders.actions.steps import find_order
from orders.lifecycle.locking import OrderNotFound
from orders.links import IN_SESSION, LinkOver, open_link
from orders.models import Order

# Orders that one browser has open by links.
MAX_LINKS = 20


def remember_link(session: SessionBase, order: Order, token: str) -> None:
    """From now on this browser shows the order, for as long as the link holds."""
    before = {name: one for name, one in session.get(IN_SESSION, {}).items() if name != str(order.pk)}
    kept = list(before.items())[-(MAX_LINKS - 1) :]
    session[IN_SESSION] = dict([*kept, (str(order.pk), token)])


def linked_order(request: HttpRequest, order_id: UUID) -> Order | None:
    """The order, if this browser came to it by a link that still holds."""
    token = request.session.get(IN_SESSION, {}).get(str(order_id))
    if token is None:
        return None
    try:
        return open_link(token, order_id=order_id).order
    except LinkOver:
        return None


def visible_order(request: HttpRequest, order_id: UUID) -> Order:
    """The order, if the reader may see it; other people's orders do not exist."""
    return readable(request, order_id)[0]


def readable(request: HttpRequest, order_id: UUID) -> tuple[Order, User | None]:
    """The order, and as whom it is read: nobody where it was come to by a link alone. Raises Http404."""
    user = request.user
    if isinstance(user, User):
        try:
            return find_order(order_id=order_id, user=user), user
        except OrderNotFound:
            pass
    order = linked_order(request, order_id)
    if order is None:
        raise Http404
    return order, None


def may_come_by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of an order that is for who is signed in, and for who came by its link; others sign in first."""

    @wraps(view)
    def guarded(request: HttpRequest, order_id: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated or linked_order(request, order_id):
            return view(request, order_id, *args, **kwargs)
        return redirect_to_login(request.get_full_path())

    return guarded
