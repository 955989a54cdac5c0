"""The refusals of this room: the base that its doors catch, and input that is wrong."""

from django.utils.translation import gettext_lazy as _

from refusals import Refusal


class OrderError(Refusal):
    """Base of all refusals by the rules of an order."""


class InvalidInput(OrderError):
    """Input that is wrong field by field: `errors` maps a path such as `items.0.sku` to its messages."""

    code = "validation_error"
    status = 400
    title = _("Not valid")
    advice = _(
        "Something in the body or in the query is wrong; `errors` names each field. Sending the same again fails."
    )
    example = {"errors": {"address_id": ["You have no such address."]}}

    def __init__(self, errors: dict[str, list[str]]):
        super().__init__("; ".join(message for messages in errors.values() for message in messages))
        self.errors = errors
