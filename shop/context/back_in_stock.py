"""How a page offers to tell when something is back."""

from typing import Any

from django.http import HttpRequest

from accounts.models import User
from catalog.models import Product
from catalog.shelf import waiting
from orders.models import Order
from orders.status import OrderStatus
from shop.forms.ordering import BackInStockForm


def back_parts(request: HttpRequest, product: Product, form: BackInStockForm | None = None) -> dict[str, Any]:
    """With one click, where the address is known to be the visitor's, else by typing one."""
    user = request.user
    if user.is_authenticated and user.is_verified:
        waits = product.waits.filter(user=user)
        return {"email": user.email, "is_waiting": waits.exists()}
    return {"form": form or BackInStockForm(initial={"email": getattr(user, "email", "")})}


def sold_out_of(user: User | None, order: Order) -> list[tuple[Product, dict[str, Any]]]:
    """The products of an order that could not be confirmed which are sold out now, for its customer to be told of."""
    if order.status != OrderStatus.NOT_CONFIRMED or user is None or order.customer_id != user.pk:
        return []
    products = {line.product_id: line.product for line in order.lines.all()}
    if not user.is_verified:
        return []
    waited = set(user.waits.filter(product__in=products).values_list("product", flat=True))
    return [
        (products[pk], {"email": user.email, "is_waiting": pk in waited})
        for pk in sorted(waiting.sold_out(products))
    ]
