"""What was said to a visitor and not read yet: the latest few, each once, however often a program asks for more."""

from typing import TYPE_CHECKING, Any

from django.contrib.messages.storage.fallback import FallbackStorage

if TYPE_CHECKING:
    from django.contrib.messages.storage.base import Message

# So many wait for the next page. A client that never opens one would carry ever more, and we read them each time.
MAX_WAITING = 20


class Said(FallbackStorage):
    """Django's: in a cookie, and in the session where that is full."""

    def _store(self, messages: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep them; the last of those that say the same stays where it was said."""
        waiting: dict[tuple[int | None, str, str | None], Message] = {}
        for message in messages:
            name = (message.level, str(message.message), message.extra_tags)
            waiting.pop(name, None)
            waiting[name] = message
        return super()._store([*waiting.values()][-MAX_WAITING:], response, *args, **kwargs)  # type: ignore[misc]  # not in its types
