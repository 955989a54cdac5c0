"""A product that there is in several variants, its options and their values."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.languages import local, translated
from catalog.models.category import Category
from catalog.skus import SeenField
from catalog.triggers import variant_triggers

MAX_OPTIONS = 3
# A variant's name has the group's name and a value for each option, in 200 characters.
MAX_NAME = 110
MAX_VALUE = 28


@translated("name", "description", "option_1", "option_2", "option_3")
class ProductGroup(models.Model):
    """A product with options. What is sold are its variants: rows of Product, each with its SKU, price and stock."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="groups", verbose_name=_("category"))
    also_in = models.ManyToManyField(
        Category, blank=True, related_name="+", verbose_name=_("further categories")
    )
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=MAX_NAME)
    description = models.TextField(_("description"), blank=True)
    option_1 = models.CharField(_("first option"), max_length=40, help_text=_("Such as size or colour."))
    option_2 = models.CharField(_("second option"), max_length=40, blank=True, default="")
    option_3 = models.CharField(_("third option"), max_length=40, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("product with variants")
        verbose_name_plural = _("products with variants")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(option_1="") & (Q(option_3="") | ~Q(option_2="")),
                name="catalog_productgroup_options_in_turn",
                violation_error_message=_("Fill in the options from the first one on."),
            ),
        ]
        triggers = [
            variant_triggers.GROUP_IS_WRITTEN,
            variant_triggers.GROUP_FITS,
            variant_triggers.GROUP_SLUG_ONCE,
        ]

    def __str__(self) -> str:
        return self.local_name

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.slug])

    @property
    def local_name(self) -> str:
        return local(self, "name")

    @property
    def local_description(self) -> str:
        return local(self, "description")

    @property
    def options(self) -> list[str]:
        """The names of its options in the reader's language."""
        names = (local(self, f"option_{at}") for at in range(1, MAX_OPTIONS + 1))
        return [name for name in names if name]


@translated("name")
class OptionValue(models.Model):
    """A value of an option of a group, such as "M" of its size. Customers read them in the order of their positions."""

    class Option(models.IntegerChoices):
        FIRST = 1, _("first option")
        SECOND = 2, _("second option")
        THIRD = 3, _("third option")

    # Its index is that of the promise below.
    group = models.ForeignKey(ProductGroup, models.CASCADE, related_name="values", db_index=False)
    option = models.PositiveSmallIntegerField(_("option"), choices=Option, default=Option.FIRST)
    name = SeenField(_("value"), max_length=MAX_VALUE)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("value of an option")
        verbose_name_plural = _("values of options")
        ordering = ["option", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                F("group"),
                F("option"),
                Lower("name"),
                name="catalog_optionvalue_once",
                violation_error_message=_("This option has this value already."),
            ),
            models.CheckConstraint(condition=Q(option__in=[1, 2, 3]), name="catalog_optionvalue_option"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_optionvalue_named"),
        ]
        indexes = [models.Index(Lower("name"), name="catalog_optionvalue_name")]
        triggers = [
            pgtrigger.ReadOnly(name="stays_in_its_option", fields=["group", "option"]),
            variant_triggers.VALUE_IS_RENAMED,
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return local(self, "name")
