"""The base of every expected failure: what it is called, and what people and programs are told of it, in one class.

The lowest room of the house, because every other one refuses something.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

# Every code with the class that it belongs to, as far as their modules are loaded.
KINDS: dict[str, "type[Refusal]"] = {}
# What a class that gives itself one of them must give itself all of.
TOGETHER = {"code", "status", "title", "advice"}


class Refusal(Exception):
    """An expected failure, raised by the function beside which its class stands. Nothing was changed.

    For programs: `code`, which is stable; `status`, of HTTP; `title`, the same for every refusal of the kind; `advice`,
    what a client does about it; `members`, facts such as a SKU, of which `example` shows some in the docs; `headers`
    of the answer. For people: `message`, which is the title where that says it all. Words are in the reader's language.

    A class with a code of its own has its own status, title and advice too, or it can't be defined. One without is a
    special case of its parent, in other words. A family has no code, nor has what is said at the desk or on a page alone.
    """

    code: str = ""
    status: int = 500
    title: Words = ""
    advice: Words = ""
    message: Words = ""
    example: Mapping[str, object] = {}
    headers: Mapping[str, str] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        given = TOGETHER & vars(cls).keys()
        if not given:
            return
        if missing := TOGETHER - given:
            raise TypeError(f"{cls.__qualname__} gives no {', '.join(sorted(missing))}")
        if taken := KINDS.get(cls.code):
            raise TypeError(f"{cls.__qualname__} has the code of {taken.__qualname__}: {cls.code}")
        KINDS[cls.code] = cls

    def __init__(self, message: Words | None = None, **members: object):
        self.message = message or self.message or self.title
        self.members = members
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(Refusal):
    """There is none, or none that the one who asks may see. Rooms that look for something say what."""

    code = "not_found"
    status = 404
    title = _("Not found")
    advice = _("There is nothing at this address, or nothing that you may see. Paths end in a slash.")
