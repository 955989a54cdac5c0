"""The Celery application: workers start from here."""

import os
from typing import Any

from celery import Celery
from celery.fixups.django import DjangoFixup, DjangoWorkerFixup  # type: ignore[attr-defined]  # its types are behind
from celery.signals import before_task_publish, task_prerun
from django.db import close_old_connections
from kombu.transport.redis import Channel
from kombu.transport.virtual import QoS

from config import request_id
from config.logs import note_task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class KeepingConnections(DjangoWorkerFixup):  # type: ignore[misc]  # see above
    """Between tasks, does what Django does between requests: a connection that answers is kept for CONN_MAX_AGE.

    Celery's own closes it, so that each task begins with a new server process of PostgreSQL.
    """

    def validate_models(self) -> None:
        """Loads all apps, and no more.

        Celery's own has Django check them too, and looks at nothing that is found: it loads every page for that.
        """
        self.django_setup()

    def close_database(self, **kwargs: Any) -> None:
        close_old_connections()


class Fixup(DjangoFixup):
    """What Celery does for Django, but for the connections."""

    # Of the worker alone, which asks for it when it is there.
    kept: KeepingConnections | None = None

    @property
    def worker_fixup(self) -> KeepingConnections:
        self.kept = self.kept or KeepingConnections(self.app)
        return self.kept


def fixup(app: Celery) -> Fixup:
    found = Fixup(app)
    found.install()
    return found


class Taken(QoS):
    """What a worker has taken from Redis is known to that worker alone, and counts until it begins.

    Nothing of it has to be given back: the row is the queue, and who looks after it finds it. kombu's own notes each message
    in Redis when it is taken and again when it is done with, a client and two commands each. When the line had broken
    meanwhile it did so over a connection that it had forgotten by then, and that error ended the worker.
    """

    restore_at_shutdown = False

    def restore_visible(self, *args: object, **kwargs: object) -> None:
        """Nothing was noted, so nothing comes back by itself."""


Channel.QoS = Taken  # type: ignore[assignment]  # the base of Redis's own, which has just the notes besides
Channel.do_restore = False

app = Celery("orderly", fixups=[f"{__name__}:{fixup.__name__}"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
before_task_publish.connect(request_id.pass_on)
task_prerun.connect(request_id.take_over)
task_prerun.connect(note_task)
# By its name: it is looked up when a worker starts, and the apps are loaded then.
app.steps["worker"].add("config.worker.clock:Clock")
