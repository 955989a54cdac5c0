"""The Celery application: workers start from here."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("orderly")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# By its name: it is looked up when a worker starts, and the apps are loaded then.
app.steps["worker"].add("config.clock:Clock")
