"""What staff look at and nobody changes by hand."""

from django.contrib.admin import ShowFacets
from unfold.views import ChangeList

from catalog.admin.counting import EstimatingPaginator
from staff.admin import LoggedAdmin


class CountedOnce(ChangeList):
    """Says once, below the list, how many rows there are: the number in unfold's heading would be the capped one."""

    def get_results(self, request) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class ReadOnlyAdmin(LoggedAdmin):
    """A list and a page to look at: nothing is added, changed or deleted."""

    show_full_result_count = False
    paginator = EstimatingPaginator
    list_max_show_all = 0
    show_facets = ShowFacets.NEVER  # each of them would be counted

    def get_changelist(self, request, **kwargs) -> type[CountedOnce]:
        return CountedOnce

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
