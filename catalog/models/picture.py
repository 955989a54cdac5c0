"""Pictures of products."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.languages import local, translated
from catalog.models.group import ProductGroup
from catalog.models.product import Product
from catalog.pictures import CARD, PictureField


def _picture_path(image: "ProductImage", filename: str) -> str:
    return f"products/{image.of_what}/{filename}"


@translated("alt")
class ProductImage(models.Model):
    """A picture in two sizes. `image` is the large one, `width` and `height` are its pixels."""

    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="images", verbose_name=_("product")
    )
    # A variant without a picture of its own shows these.
    group = models.ForeignKey(
        ProductGroup,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="images",
        verbose_name=_("product with variants"),
    )
    image = PictureField(_("picture"), upload_to=_picture_path, max_length=150)
    alt = models.CharField(_("what it shows"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    card = models.FileField(upload_to=_picture_path, max_length=150, blank=True, editable=False)
    width = models.PositiveSmallIntegerField(default=0, editable=False)
    height = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(product__isnull=False, group__isnull=True)
                | Q(product__isnull=True, group__isnull=False),
                name="catalog_productimage_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.local_alt or self.image.name or ""

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """The sizes are written whenever the picture is."""
        if update_fields is not None and "image" in update_fields:
            update_fields = {*update_fields, "card", "width", "height"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def of_what(self) -> str:
        """Whose it is, as files and the audit name it."""
        return self.product.sku if self.product else self.group.slug if self.group else ""

    @property
    def local_alt(self) -> str:
        return local(self, "alt")

    @property
    def small(self) -> "models.fields.files.FieldFile":
        """The size for cards; the large one as long as the small one has not been made."""
        return self.card or self.image

    @property
    def card_width(self) -> int:
        return self._scaled(self.width)

    @property
    def card_height(self) -> int:
        return self._scaled(self.height)

    def _scaled(self, side: int) -> int:
        longest = max(self.width, self.height)
        return round(side * CARD / longest) if longest > CARD else side


def shown_pictures(product: Product) -> list[ProductImage]:
    """A product's own pictures; of a variant that has none, its group's."""
    own = list(product.images.all())
    return own or (list(product.group.images.all()) if product.group else [])
