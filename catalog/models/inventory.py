"""How a product is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Inventory(models.TextChoices):
    """How a product is kept: as a count, or as single things that each have a number."""

    COUNTED = "counted", _("counted stock")
    NUMBERED = "numbered", _("single numbered things")
