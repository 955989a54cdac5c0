"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        """Listen for sign-ins."""
        import_module("shop.sign_in.sign_in")
