"""Tables that come in and go out, at the staff's desk."""

from bulk.admin import exports, imports

__all__ = ["exports", "imports"]
