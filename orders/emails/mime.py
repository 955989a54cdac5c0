"""An email as it is handed over."""

from typing import Any
from uuid import uuid4

from django.core.mail import EmailMultiAlternatives


class Message(EmailMultiAlternatives):
    """Django's. What parts it is no line of it by chance: Python's own search for such a line costs more than its parts."""

    # What a mail service takes along beside it.
    metadata: dict[str, str]

    def message(self, **options: Any) -> Any:
        made = super().message(**options)
        for part in made.walk():
            if part.is_multipart():
                part.set_boundary(f"={uuid4().hex}=")
        return made
