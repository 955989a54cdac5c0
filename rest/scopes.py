"""What an API key is good for. Each scope includes the ones before it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Scope(models.TextChoices):
    """`read` looks; `order` does what a customer does; `manage` also what a member of staff may do."""

    READ = "read", _("Read")
    ORDER = "order", pgettext_lazy("scope of a key", "Order")
    MANAGE = "manage", _("Manage")

    def includes(self, other: "Scope") -> bool:
        ranks = list(Scope)
        return ranks.index(self) >= ranks.index(other)
