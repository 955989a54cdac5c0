"""Which tables there are: the rooms above name them, each with its columns, its rights and how its rows are found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.forms import Form
from django.utils.functional import Promise
from django.utils.translation import ngettext

from staff.rights import Actor, Rights, may

if TYPE_CHECKING:
    from bulk.resource import TableResource


def import_rows(count: int) -> str:
    """What the button of most imports says."""
    return ngettext("Import %(count)d row", "Import %(count)d rows", count) % {"count": count}


@dataclass(frozen=True)
class Kind:
    """One kind of table. `rows` gives what is exported, narrowed down by what `form` was told, in the order of its ids.

    Without `import_right` it only goes out.
    """

    code: str
    label: str | Promise
    resource: "type[TableResource]"
    rows: Callable[[dict[str, Any]], QuerySet[Any]]
    export_right: Rights
    import_right: Rights | None = None
    form: type[Form] = Form
    # What stands on the button that imports so many rows.
    button: Callable[[int], str] = import_rows
    # How many rows an export reads at once.
    at_once: int = 1000

    @property
    def columns(self) -> list[str]:
        """Those that a file may have, with a star at those that it must have."""
        return [f"{column.column_name}{'*' if column.needed else ''}" for column in self.resource.known()]


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Name kinds; called by the room that they belong to, when it is ready."""
    _kinds.update({kind.code: kind for kind in kinds})


def get(code: str) -> Kind:
    """The kind of that name; KeyError when there is none."""
    return _kinds[code]


def importable(actor: Actor) -> list[Kind]:
    """What the actor may bring in."""
    return [kind for kind in _kinds.values() if kind.import_right and may(actor, kind.import_right)]


def exportable(actor: Actor) -> list[Kind]:
    """What the actor may take out."""
    return [kind for kind in _kinds.values() if may(actor, kind.export_right)]
