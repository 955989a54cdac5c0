"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """Give the rooms below what they may not know: kinds of tables, hints; have open sockets hear of lost access."""
        from bulk import hints, kinds
        from orders import bulk
        from orders.events.hints import enqueue
        from orders.live import access_signals

        hints.use(enqueue)
        kinds.register(*bulk.KINDS)
        access_signals.watch()
