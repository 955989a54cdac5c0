"""Categories below categories: what is below one, and what stands above one."""

from collections.abc import Iterable

from catalog.models import Category


class Tree:
    """All categories as they stand below each other; categories are few, and read in one statement."""

    def __init__(self, categories: Iterable[Category]):
        self.by_id = {one.pk: one for one in categories}
        self.children: dict[int | None, list[Category]] = {}
        for one in self.by_id.values():
            self.children.setdefault(one.parent_id, []).append(one)

    def roots(self) -> list[Category]:
        return self.children.get(None, [])

    def ids_of(self, slug: str) -> list[int]:
        """The category of that slug and all that are below it; none where there is no such category."""
        return next((self.ids_within(one.pk) for one in self.by_id.values() if one.slug == slug), [])

    def below(self, category: Category) -> list[Category]:
        """The categories right below one, in the order in which they were given."""
        return self.children.get(category.pk, [])

    def ids_within(self, category_id: int) -> list[int]:
        """It and all that are below it."""
        found = [category_id]
        for one in found:
            found += [child.pk for child in self.children.get(one, []) if child.pk not in found]
        return found

    def way_to(self, category_id: int) -> list[Category]:
        """From the first level down to it."""
        way: list[Category] = []
        at = self.by_id.get(category_id)
        while at is not None and at not in way:
            way.insert(0, at)
            at = self.by_id.get(at.parent_id) if at.parent_id else None
        return way

    def depth_within(self, category_id: int) -> int:
        """How many levels there are from it down, itself counted."""
        return max(
            (1 + self.depth_within(child.pk) for child in self.children.get(category_id, [])), default=1
        )
