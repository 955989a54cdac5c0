"""Django's registration of the app."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        from shop import sign_in  # noqa: F401 its receiver
