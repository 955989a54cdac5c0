"""The Celery application: workers start from here."""

import os

from celery import Celery
from celery.signals import before_task_publish, task_prerun

from config import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("orderly")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
before_task_publish.connect(request_id.pass_on)
task_prerun.connect(request_id.take_over)
# By its name: it is looked up when a worker starts, and the apps are loaded then.
app.steps["worker"].add("config.clock:Clock")
