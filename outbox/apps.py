"""Django's registration of the app."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "outbox"
