"""Django's registration of the app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
