"""The quick search of every page (Ctrl K): orders."""

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from orders.models import Order
from orders.reports.search import find

MAX_FOUND = 10


def found(request: HttpRequest, text: str) -> list[SearchResult]:
    """The newest orders that the text finds, for those who may look at orders."""
    if not request.user.has_perm("orders.view_order"):
        return []
    orders = Order.objects.filter(pk__in=find(text)).select_related("customer")
    return [_result(order) for order in orders[:MAX_FOUND]]


def _result(order: Order) -> SearchResult:
    about = f"{order.get_status_display()} · {order.customer.email}"
    address = reverse("admin:orders_order_change", args=[order.pk])
    return SearchResult(title=f"#{order.number}", description=about, link=address, icon="shopping_bag")
