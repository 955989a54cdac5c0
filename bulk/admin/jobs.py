"""What the pages of imports and of exports share."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bulk.kinds import Kind
from bulk.models import ExportJob, ImportJob, Job
from staff.admin import LoggedAdmin


class JobAdmin(LoggedAdmin):
    """A list, a page that asks for a new job, and a page on which one sees how far it is."""

    list_select_related = ("actor",)
    show_full_result_count = False
    actions = None
    name = ""

    def kinds(self, request: HttpRequest) -> list[Kind]:
        """The jobs that the person who looks may see."""
        raise NotImplementedError

    @admin.display(description=_("what"), ordering="kind")
    def what(self, job: Job) -> str:
        return job.kind_label

    @admin.display(description=_("state"), ordering="state")
    def badge(self, job: ImportJob | ExportJob) -> str:
        return format_html('<span class="badge badge-job-{}">{}</span>', job.state, job.get_state_display())

    # --- rights: those of the kinds, of which the domain asks again -----------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = [kind.code for kind in self.kinds(request)]
        jobs: QuerySet[Any] = super().get_queryset(request)
        return jobs.filter(kind__in=mine)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return bool(self.kinds(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.kinds(request))

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    # --- pages ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.state_view)
        return [path("<int:pk>/state/", guarded, name=f"bulk_{self.name}_state"), *super().get_urls()]

    @method_decorator(require_safe)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        job = self.job(request, int(object_id) if object_id.isdecimal() else 0)
        return self.page(
            request, "job", title=f"{job.kind_label}: {job.get_state_display()}", **self.about(request, job)
        )

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of a job's page that changes while it is worked on."""
        context = self.about(request, self.job(request, pk))
        return TemplateResponse(request, f"admin/bulk/{self.name}/state.html", context)

    def about(self, request: HttpRequest, job: Any) -> dict[str, Any]:
        return {"job": job, "original": job}

    def job(self, request: HttpRequest, pk: int) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self.get_queryset(request).select_related("actor").filter(pk=pk).first()
        if job is None:
            raise Http404
        return job

    def page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {"opts": self.opts}
        return TemplateResponse(request, f"admin/bulk/{self.name}/{name}.html", context)
