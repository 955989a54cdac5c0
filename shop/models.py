"""What the storefront keeps for a customer: the cart."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from orders.checkout.items import MAX_QUANTITY


class CartItem(models.Model):
    """A product in a customer's cart. `price_seen` is what the customer was last shown, and is charged nowhere."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="cart_items",
        db_index=False,
        verbose_name=_("customer"),
    )
    product = models.ForeignKey(Product, models.CASCADE, related_name="cart_items", verbose_name=_("product"))
    quantity = models.PositiveIntegerField(_("quantity"))
    price_seen = models.DecimalField(
        _("price seen"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("cart item")
        verbose_name_plural = _("cart items")
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], name="shop_cart_product_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY), name="shop_cart_quantity"
            ),
            models.CheckConstraint(condition=Q(price_seen__gte=0), name="shop_cart_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"
