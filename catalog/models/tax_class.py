"""What is taxed alike."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.languages import local, translated


@translated("name")
class TaxClass(models.Model):
    """What is taxed alike, such as food or books. The rates of a class, by place, stand in orders/models/pricing/tax.py."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_standard = models.BooleanField(
        _("standard"),
        default=False,
        help_text=_("Of every product that names no class. Its rate counts wherever another class has none."),
    )
    for_shipping = models.BooleanField(
        _("of shipping"),
        default=False,
        help_text=_("Of shipping; without such a class, shipping is standard."),
    )

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")
        ordering = ["-is_standard", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_standard"], condition=Q(is_standard=True), name="catalog_taxclass_one_standard"
            ),
            models.UniqueConstraint(
                fields=["for_shipping"],
                condition=Q(for_shipping=True),
                name="catalog_taxclass_one_of_shipping",
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return local(self, "name")
