"""What the environment gives, read as it stands there."""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env


class Given(Env):
    """django-environ, in which `$` at the beginning of a value is a letter, and lists have no spaces around commas."""

    def get_value(self, var: str, cast: Any = None, *more: Any, **named: Any) -> Any:
        """Its base takes what begins with `$` for the name of another variable: a secret key would be read as not set."""
        value = self.ENVIRON.get(f"{self.prefix}{var}")
        if isinstance(value, str) and value.startswith("$"):
            return self.parse_value(value, cast or str)  # type: ignore[no-untyped-call]  # it has no types
        return super().get_value(var, cast, *more, **named)

    def list(self, var: str, cast: Any = None, default: Any = Env.NOTSET) -> Any:
        """The entries without spaces around them, and no empty ones."""
        found = super().list(var, cast=cast, default=default)
        stripped = [entry.strip() if isinstance(entry, str) else entry for entry in found]
        return [entry for entry in stripped if entry != ""]


def public_address(given: str) -> SplitResult:
    """The address that customers use: scheme and host, nothing behind. Raises ImproperlyConfigured."""
    try:
        parts = urlsplit(given)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        is_whole = False
    if not is_whole or parts.path or parts.query or parts.fragment or parts.username:
        raise ImproperlyConfigured(
            f"PUBLIC_URL={given} is no address of a shop: give scheme and host alone, as in https://shop.example"
        )
    return parts
