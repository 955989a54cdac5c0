"""The list of backups and drills, to be read."""

from django.contrib import admin

from backups.models import Backup
from staff.admin import ReadOnlyAdmin


@admin.register(Backup)
class BackupAdmin(ReadOnlyAdmin):
    """When the shop was copied, and when a copy was restored for a try. It can only be read."""

    list_display = ("as_of", "kind", "place", "seconds", "bytes", "failure")
    list_display_links = None
    sortable_by = ()
    list_filter = ("kind",)
    actions = None
