"""What the tests of the pages share: a browser, and what they read of a page, an address and a cart."""

import re
from uuid import UUID

from django.test import Client

from shop.models import CartItem


class Visitor(Client):
    """A browser without JavaScript."""

    def put(self, product, quantity: int = 1):
        return self.post("/cart/add/", {"sku": product.sku, "quantity": quantity})

    def preview(self, *items) -> str:
        """Fill the cart and go to checkout; the address of the preview's page."""
        for product, quantity in items:
            self.put(product, quantity)
        return self.get("/checkout/").url

    def place(self, page: str, table, **typed):
        return self.post(page, {"price_table_id": table.pk, "note": "Ring twice", **typed})

    def text(self, path: str) -> str:
        return words(self.get(path))


def words(response) -> str:
    """A page as one line of text, tags and all."""
    return re.sub(r"\s+", " ", response.content.decode())


def id_in(path: str) -> UUID:
    return UUID(path.strip("/").split("/")[1])


def stored(user) -> dict[str, int]:
    """What is in a customer's own cart."""
    return dict(CartItem.objects.filter(user=user).values_list("product__sku", "quantity"))
