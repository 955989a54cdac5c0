"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """Register what the rooms below must not import: kinds of tables, hints, and the signals that close sockets."""
        from bulk import hints, kinds
        from orders import bulk
        from orders.events.hints import enqueue
        from orders.live import access_signals
        from orders.payments import checks  # noqa: F401 it registers itself
        from orders.shipping import currency  # noqa: F401 likewise

        hints.use(enqueue)
        kinds.register(*bulk.KINDS)
        access_signals.watch()
