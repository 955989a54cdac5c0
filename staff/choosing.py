"""Fields at the desk that choose among many things, which a search suggests."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError


class Chosen:
    """Base of both: what was sent and is no key of anything is not looked for, when the form is shown again.

    Django's would ask the database for it, and fail.
    """

    field: Any

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        keys = [one for one in value if self._is_key(one)]
        return super().optgroups(name, keys, attr)  # type: ignore[misc]  # of the widget beside it

    def _is_key(self, value: Any) -> bool:
        try:
            return self.field.remote_field.model._meta.pk.to_python(value) is not None
        except (ValidationError, ValueError):
            return False


class ChosenOne(Chosen, AutocompleteSelect):
    """One thing."""


class ChosenSome(Chosen, AutocompleteSelectMultiple):
    """Some things."""
