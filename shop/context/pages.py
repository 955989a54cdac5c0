"""Pages of a list of products."""

from django.core.paginator import Paginator

from catalog.shelf import lists


class ProductPages(Paginator):  # type: ignore[type-arg]  # Django's takes none at run time
    """As many as people page through; where `has_more`, the list goes on after that."""

    def __init__(self, wish: lists.Wish, per_page: int) -> None:
        super().__init__(lists.one_each(wish), per_page)  # type: ignore[arg-type]  # what is counted is said below
        self.count, self.has_more = lists.counted(wish)
