"""Bringing tables in: a file is sent, its bad lines are shown, and a button imports it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from bulk import imports, kinds, tables
from bulk.admin.jobs import JobAdmin
from bulk.kinds import Kind
from bulk.models import ImportJob
from bulk.problems import BulkError
from outbox.admin import GivenUpFilter

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

LINES_PER_PAGE = 200
AT_EACH_END = 3


class UploadForm(forms.Form):
    """A file, and what it is a table of."""

    kind = forms.ChoiceField(label=_("what"), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        label=_("file"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text=_("CSV in UTF-8, parted by commas, semicolons or tabs; up to 50,000 lines and 10 MB."),
    )

    def __init__(self, *args: Any, kinds: list[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds]  # type: ignore[attr-defined]  # a choice field


@admin.register(ImportJob)
class ImportJobAdmin(JobAdmin):
    name = "importjob"
    list_display = ("created_at", "what", "file_name", "badge", "rows", "actor")
    list_filter = (GivenUpFilter, "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportJob]:
        return super().get_queryset(request).defer("text")

    def kinds(self, request: HttpRequest) -> list[Kind]:
        return kinds.importable(request.user)

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/start/", guard(self.start_view), name="bulk_importjob_start"),
            path("<int:pk>/lines/", guard(self.lines_view), name="bulk_importjob_lines"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET asks for a file, POST keeps it and shows how it is checked."""
        if not (mine := self.kinds(request)):
            raise PermissionDenied
        initial = {"kind": request.GET.get("kind")}
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = UploadForm(*sent, kinds=mine, initial=initial)
        if form.is_valid():
            try:
                return self._checked(request, form.cleaned_data["kind"], form.cleaned_data["file"])
            except BulkError as error:
                form.add_error("file", str(error))
        return self.page(request, "upload", title=_("Import a table"), form=form, kinds=mine)

    def _checked(self, request: HttpRequest, kind: str, file: "UploadedFile[bytes]") -> HttpResponse:
        text = tables.decoded(file)
        job = imports.check(actor=request.user, kind=kind, file_name=file.name or "", text=text)
        return HttpResponseRedirect(page_of(job))

    def about(self, request: HttpRequest, job: ImportJob) -> dict[str, Any]:
        lines = Paginator(job.notes.order_by("-is_bad", "line", "id"), LINES_PER_PAGE)
        page = lines.get_page(request.GET.get("page"))
        return super().about(request, job) | {
            "glance": _glance(job) if job.actor_id == request.user.pk else None,
            "lines": page,
            "button": kinds.get(job.kind).button(job.added + job.changed),
        }

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The button under a table without bad lines."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = self.job(request, pk)
        try:
            imports.start(job_id=job.pk, actor=request.user)
        except BulkError as error:
            self.message_user(request, str(error), "error")
        return HttpResponseRedirect(page_of(job))

    def lines_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All that is said of lines, as a table."""
        job = self.job(request, pk)
        heading = [str(word) for word in (_("line"), _("column"), _("value"), _("what is wrong"))]
        said = [(one.line, one.column, one.value, one.sentence) for one in job.notes.order_by("line", "id")]
        content = tables.BOM + tables.written([heading, *said])
        name = f'attachment; filename="lines-{job.pk}.csv"'
        return HttpResponse(content, "text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _glance(job: ImportJob) -> dict[str, Any] | None:
    """The first and last rows of what was checked, for its sender to see that it was read as it was meant."""
    if job.state != ImportJob.State.CHECKED or not job.text:
        return None
    table = imports.table_of(job)
    columns = list(dict.fromkeys(name for name in (*job.fixed, *table.columns) if name))
    ends = [*table.rows[:AT_EACH_END], *table.rows[AT_EACH_END:][-AT_EACH_END:]]
    rows = [(row.line, [row.cells.get(column, "") for column in columns]) for row in ends]
    return {"columns": columns, "rows": rows, "is_whole": len(rows) == len(table.rows), "at": AT_EACH_END}


def page_of(job: ImportJob) -> str:
    return reverse("admin:bulk_importjob_change", args=[job.pk])
