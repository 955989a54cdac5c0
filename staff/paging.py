"""Rows on a page of their own thing, of which there may be thousands: shown some at a time."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from unfold.forms import PaginationInlineFormSet

if TYPE_CHECKING:
    from django.db.models import QuerySet

# With all that a row carries, a page has fewer fields than DATA_UPLOAD_MAX_NUMBER_FIELDS.
PER_PAGE = 100


class PagedFormSet(PaginationInlineFormSet):
    """Rows that come back are those that were sent out, though others were added before them since."""

    def __init__(self, *args: Any, per_page: int = PER_PAGE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.per_page = per_page
        asked: QuerySet[Any] = self.queryset  # type: ignore[assignment]  # of a model, so there is one
        rows = asked if asked.ordered else asked.order_by("pk")
        first = list(rows[: per_page + 1])  # few are not counted first
        self.paginator = Paginator(first if len(first) <= per_page else rows, per_page)
        self.page = self.get_page(self.paginator, self.get_page_num() if self.request else 1)
        self._queryset = list(rows.filter(pk__in=self._sent()) if self.is_bound else self.page.object_list)

    def _sent(self) -> list[int]:
        name = self.model._meta.pk.name  # type: ignore[union-attr]  # a formset of rows has their model
        ids = (self.data.get(f"{self.add_prefix(at)}-{name}", "") for at in range(self.initial_form_count()))
        return [int(pk) for pk in ids if pk.isascii() and pk.isdecimal() and len(pk) < 19]  # as bigint holds
