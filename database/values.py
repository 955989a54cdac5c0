"""Values as columns take them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models

# What these fields store as it is, and so do those of their kind that change nothing of how they store.
AS_THEY_ARE: "dict[type[models.Field[Any, Any]], type]" = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.IntegerField: int,
    models.BigAutoField: int,
    models.DecimalField: Decimal,
    models.UUIDField: UUID,
}
# The type of each field, by the very object: its hash a field would work out anew each time.
_known: "dict[int, tuple[models.Field[Any, Any], type | None]]" = {}
STORING = ("get_db_prep_save", "get_db_prep_value", "get_prep_value", "to_python")


def as_stored(field: "models.Field[Any, Any]", value: Any) -> Any:
    """A value as its column takes it: mostly as it is, for which Django asks several methods of each field."""
    if value is None:
        return value
    known = _known.get(id(field)) or _know(field)
    plain = known[1]
    # What is no number is refused by its field.
    if type(value) is plain and not (isinstance(value, Decimal) and not value.is_finite()):
        return value
    return field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])


def _know(field: "models.Field[Any, Any]") -> "tuple[models.Field[Any, Any], type | None]":
    """Kept with the field, so that no other one is ever that object."""
    _known[id(field)] = field, _plain(field)
    return _known[id(field)]


def _plain(field: "models.Field[Any, Any]") -> type | None:
    """The type of values that a field stores as they are; None where it makes something of each."""
    stored = field.target_field if isinstance(field, models.ForeignKey) else field
    kinds = (kind for kind in AS_THEY_ARE if isinstance(stored, kind))
    alike = (
        kind for kind in kinds if all(getattr(type(stored), one) is getattr(kind, one) for one in STORING)
    )
    return next((AS_THEY_ARE[kind] for kind in alike), None)
