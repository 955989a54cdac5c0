"""What a customer or a client may be told: an expected failure, with a stable code and a sentence for people."""

from django.utils.functional import Promise


class OrderError(Exception):
    """Base of all refusals by the rules of an order. Nothing was changed when one is raised.

    `code` is stable and made for programs; `message` is a sentence in the reader's language; `members` are facts beside
    it (a sku, a quantity).
    """

    code = "refused"
    message: str | Promise = ""

    def __init__(self, message: str | Promise | None = None, **members: object):
        self.message = message or self.message
        self.members = members
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(OrderError):
    """Input that is wrong field by field: `errors` maps a path such as `items.0.sku` to its messages."""

    code = "validation_error"

    def __init__(self, errors: dict[str, list[str]]):
        super().__init__("; ".join(message for messages in errors.values() for message in messages))
        self.errors = errors
