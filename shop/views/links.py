"""What the links to an order in emails lead to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.models import User
from orders.actions.steps import find_order
from orders.lifecycle.locking import OrderNotFound
from orders.links import LinkOver, open_link
from orders.models import Order
from shop.order_readers import remember_link
from shop.responses import see_other


@never_cache
def open_order(request: HttpRequest, token: str, *, to_pay: bool = False) -> HttpResponse:
    """On to the order's page, which has no token in its address.

    To the payment only for who is signed in: programs that look into mailboxes open links too, and shall begin none.
    """
    try:
        order = open_link(token).order
    except LinkOver:
        return render(request, "shop/link_over.html", status=404)
    is_own = isinstance(request.user, User) and _sees(request.user, order)
    if not is_own:
        remember_link(request.session, order, token)
    answer = see_other("order-pay" if to_pay and is_own else "order", order.pk)
    # Wherever the browser goes from here, it does not say where it came from.
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _sees(user: User, order: Order) -> bool:
    try:
        find_order(order_id=order.pk, user=user)
    except OrderNotFound:
        return False
    return True
