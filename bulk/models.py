"""Tables that staff bring in or take out: each a job, whose row is the truth and the queue."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bulk import kinds, problems
from outbox.models import Queued, given_up_rests, queue_indexes


class Job(Queued):
    """What imports and exports share."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    # Kinds are named by the rooms above (bulk/kinds.py), so the database does not know them.
    kind = models.CharField(_("what"), max_length=30)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    # A code of bulk/problems.py: why it ended before its end.
    failure = models.CharField(_("why it failed"), max_length=40, blank=True)
    # Since the last piece that succeeded.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        abstract = True

    def when_given_up(self) -> dict[str, Any]:
        return {"state": "failed", "failure": "broken", "finished_at": timezone.now()}

    @property
    def kind_label(self) -> str:
        return str(kinds.get(self.kind).label)

    @property
    def why_failed(self) -> str:
        return problems.sentence(self.failure) if self.failure else ""

    @property
    def percent(self) -> int:
        return 100 * self.done // self.rows if self.rows else 0


class ImportJob(Job):
    """A table that came in: its letters, how far it was checked or imported, and what became of its rows."""

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        IMPORTING = "importing", _("being imported")
        DONE = "done", _("imported")
        FAILED = "failed", _("stopped")

    WORKING = (State.CHECKING, State.IMPORTING)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    file_name = models.CharField(_("file"), max_length=200)
    text = models.TextField()
    # One value on each line, and no heading.
    is_list = models.BooleanField(default=False)
    # Cells that every row has besides its own: column -> value.
    fixed = models.JSONField(default=dict)
    # Counts over the rows done: what they did (or would do), and how many were refused.
    added = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    bad = models.PositiveIntegerField(_("refused"), default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = queue_indexes("bulk_importjob")
        constraints = [
            given_up_rests("bulk_importjob"),
            models.CheckConstraint(
                condition=Q(state__in=("checking", "checked", "importing", "done", "failed")),
                name="bulk_importjob_state",
            ),
            models.CheckConstraint(
                condition=Q(
                    done=models.F("added") + models.F("changed") + models.F("unchanged") + models.F("bad")
                ),
                name="bulk_importjob_every_row_counted",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("checking", "importing"), next_attempt_at__isnull=False)
                | Q(state__in=("checked", "done", "failed"), next_attempt_at__isnull=True),
                name="bulk_importjob_due_while_working",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def may_start(self) -> bool:
        """Only what was checked to its end, without one bad line, and would change something."""
        return self.state == self.State.CHECKED and not self.bad and bool(self.added + self.changed)


class LineNote(models.Model):
    """What is to be said of one line of a table: it is refused, or it is there already and nothing happens.

    Rows beside the job, and no list inside it: a table may have a remark for each of its lines.
    """

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="notes", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=100, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    # A code of bulk/problems.py, and what its sentence tells of.
    code = models.CharField(max_length=40)
    details = models.JSONField(default=dict)
    is_bad = models.BooleanField(default=True)

    class Meta:
        ordering = ["line", "id"]
        default_permissions = ()
        indexes = [models.Index(fields=["job", "is_bad", "line"], name="bulk_linenote_of_job")]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"

    @property
    def sentence(self) -> str:
        return problems.sentence(self.code, self.details)


class ExportJob(Job):
    """A table that goes out. It may hold personal data: it is kept here, not among the files, and forgotten after a day."""

    class State(models.TextChoices):
        WRITING = "writing", _("being written")
        DONE = "done", _("ready")
        FORGOTTEN = "forgotten", _("no longer kept")
        FAILED = "failed", _("stopped")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WRITING)
    # How the rows were narrowed down, as the kind reads it.
    narrowed = models.JSONField(default=dict)
    # UTF-8, by gzip.
    content = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = queue_indexes("bulk_exportjob")
        constraints = [
            given_up_rests("bulk_exportjob"),
            models.CheckConstraint(
                condition=Q(state__in=("writing", "done", "forgotten", "failed")), name="bulk_exportjob_state"
            ),
            models.CheckConstraint(
                condition=Q(state="done") | Q(content=b""), name="bulk_exportjob_kept_while_ready"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_working(self) -> bool:
        return self.state == self.State.WRITING

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.DONE

    @property
    def file_name(self) -> str:
        return f"{self.kind}-{self.created_at:%Y-%m-%d-%H%M}.csv"
