"""What staff look at and nobody changes by hand."""

from unfold.admin import ModelAdmin

from catalog.admin.counting import EstimatingPaginator


class ReadOnlyAdmin(ModelAdmin):
    """A list and a page to look at: nothing is added, changed or deleted."""

    show_full_result_count = False
    paginator = EstimatingPaginator
    list_max_show_all = 0

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
