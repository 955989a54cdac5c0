"""What a change may say: members that it does not know are refused, for passed over they would be taken as done."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

# Of many unknown members so many are named, each by so many of its letters.
MAX_NAMED, MAX_LETTERS = 10, 64


class Change(Serializer[Any]):
    """An object in the body of a change. A member that it only shows, such as an id, is unknown to it."""

    def to_internal_value(self, data: Any) -> Any:
        """What was sent, as its fields read it. Raises ValidationError, with what the fields have to say besides."""
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = _unknown(data.keys() - known) if isinstance(data, Mapping) else {}
        try:
            read = super().to_internal_value(data)
        except ValidationError as error:
            if isinstance(error.detail, dict):
                unknown |= error.detail
            raise ValidationError(unknown or error.detail) from error
        if unknown:
            raise ValidationError(unknown)
        return read


def without_body(handler: Callable[..., Response]) -> Callable[..., Response]:
    """A view's method that takes nothing but its address: whatever the body has is unknown to it."""

    @wraps(handler)
    def answer(view: Any, request: Request, *args: object, **kwargs: object) -> Response:
        if sent := request.data:
            raise ValidationError(_unknown(sent if isinstance(sent, Mapping) else [""]))
        return handler(view, request, *args, **kwargs)

    return answer


def _unknown(names: Iterable[str]) -> dict[str, Any]:
    return {name[:MAX_LETTERS]: [_("There is no such member.")] for name in sorted(names)[:MAX_NAMED]}
