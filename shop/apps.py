"""Django's registration of the app."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"
