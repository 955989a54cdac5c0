"""Where products stand in the shop."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.languages import local, translated
from catalog.search import search
from catalog.triggers.category_guard import CATEGORY_HAS_ITS_PLACE


@translated("name")
class Category(models.Model):
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("below"),
        help_text=_("Empty: on the first level. A category shows what is in those below it, too."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]
        triggers = [search.CATEGORY_IS_RENAMED, CATEGORY_HAS_ITS_PLACE]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return local(self, "name")
