"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from bulk import hints, kinds
        from orders import bulk
        from orders.announcements import enqueue

        hints.use(enqueue)
        kinds.register(*bulk.KINDS)
