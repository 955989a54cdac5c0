"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Catalog")

    def ready(self) -> None:
        from bulk import kinds
        from catalog import bulk, currency  # noqa: F401 its check registers itself

        kinds.register(*bulk.KINDS)
