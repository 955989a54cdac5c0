"""Where products stand in the shop."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog import search
from catalog.languages import local, translated


@translated("name")
class Category(models.Model):
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]
        triggers = [search.CATEGORY_IS_RENAMED]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        return local(self, "name")
