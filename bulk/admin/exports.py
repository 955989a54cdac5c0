"""Taking tables out: one says what, sees how far it is, and has a day to take it."""

import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from bulk import exports, kinds
from bulk.admin.jobs import JobAdmin
from bulk.kinds import Kind
from bulk.models import ExportJob
from bulk.problems import BulkError
from outbox.admin import GivenUpFilter


@admin.register(ExportJob)
class ExportJobAdmin(JobAdmin):
    name = "exportjob"
    list_display = ("created_at", "what", "badge", "rows", "actor")
    list_filter = (GivenUpFilter, "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportJob]:
        return super().get_queryset(request).defer("content")

    def kinds(self, request: HttpRequest) -> list[Kind]:
        return kinds.exportable(request.user)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.take_view)
        return [path("<int:pk>/take/", guarded, name="bulk_exportjob_take"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET asks which rows, POST has them written."""
        mine = {kind.code: kind for kind in self.kinds(request)}
        asked = request.POST.get("kind") or request.GET.get("kind") or ""
        kind = mine.get(asked)
        if not mine or (asked and kind is None):
            raise PermissionDenied
        if kind is None:
            return self.page(request, "choose", title=_("Export a table"), kinds=mine.values())
        initial = request.GET.dict()
        form = kind.form(request.POST if request.method == "POST" else None, initial=initial)
        if form.is_valid():
            job = exports.ask(actor=request.user, kind=kind.code, narrowed=_plain(form.cleaned_data))
            return HttpResponseRedirect(reverse("admin:bulk_exportjob_change", args=[job.pk]))
        return self.page(request, "ask", title=_("Export a table"), form=form, kind=kind)

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file."""
        try:
            job = exports.take(job_id=self.job(request, pk).pk, actor=request.user)
        except BulkError as error:
            self.message_user(request, str(error), "error")
            return HttpResponseRedirect(reverse("admin:bulk_exportjob_change", args=[pk]))
        name = f'attachment; filename="{job.file_name}"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return StreamingHttpResponse(
            exports.pieces(job), content_type="text/csv; charset=utf-8", headers=headers
        )


def _plain(cleaned: dict[str, object]) -> dict[str, str]:
    """What a form was told, as JSON keeps it; what says nothing is left out."""
    said = {name: value for name, value in cleaned.items() if value}
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else str(value)
        for name, value in said.items()
    }
