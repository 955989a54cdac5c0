"""AsyncAPI of what the shop tells by itself: the messages of its WebSockets."""

from django.conf import settings
from django.utils.translation import gettext as _

from orders.consumers import NOT_FOUND, NOT_SIGNED_IN
from orders.status import OrderStatus

EXAMPLE = {
    "type": "status",
    "order": "0199c0de-0000-7000-8000-000000000000",
    "status": "pay_required",
    "label": "Payment required",
    "sequence": 2,
    "at": "2026-01-31T08:00:00.123456Z",
}


def status_message() -> dict:
    """JSON Schema of one status change."""
    properties = {
        "type": {"const": "status", "description": _("What kind of message it is.")},
        "order": {"type": "string", "format": "uuid", "description": _("The order's id.")},
        "status": {"enum": OrderStatus.values, "description": _("Where the order is now.")},
        "label": {"type": "string", "description": _("The same in the listener's language.")},
        "sequence": {
            "type": "integer",
            "minimum": 1,
            "description": _("The number of the change in the order's own history, without gaps."),
        },
        "at": {"type": "string", "format": "date-time", "description": _("When it changed, in UTC.")},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def close_codes() -> dict[int, str]:
    """Why the server closes a socket."""
    return {
        NOT_SIGNED_IN: _("Nobody is signed in: send a session token, or the cookie from a page of the shop."),
        NOT_FOUND: _("There is no such order, or it is somebody else's."),
    }


def order_channel() -> dict:
    return {
        "address": "/ws/orders/{order_id}/",
        "title": _("One order"),
        "description": _(
            "The present status first, then every change, each once and in order. After a lost connection, connect "
            "again: the first message is the present status. What a client sends is passed over."
        ),
        "parameters": {"order_id": {"description": _("The order's id.")}},
        "messages": {"status": {"$ref": "#/components/messages/status"}},
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {
                        "X-Session-Token": {"type": "string"},
                        "Accept-Language": {"type": "string", "description": _("Language of `label`.")},
                    },
                },
            }
        },
        "x-close-codes": {str(code): why for code, why in close_codes().items()},
    }


def document() -> dict:
    """The AsyncAPI 3.0 document, in the reader's language. Every channel and message of the shop is listed here."""
    scheme, host = settings.PUBLIC_URL.split("://", 1)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": _("%(shop)s: events") % {"shop": settings.SHOP_NAME},
            "version": settings.API_VERSION,
            "description": _("What the shop tells by itself, so that nobody has to ask again and again."),
        },
        "defaultContentType": "application/json",
        "servers": {
            "shop": {"host": host, "protocol": "wss" if scheme == "https" else "ws", "security": [token()]}
        },
        "channels": {"order": order_channel()},
        "operations": {
            "sendStatus": {
                "action": "send",
                "channel": {"$ref": "#/channels/order"},
                "summary": _("The shop tells a change of status."),
                "messages": [{"$ref": "#/channels/order/messages/status"}],
            }
        },
        "components": {
            "messages": {
                "status": {
                    "name": "status",
                    "title": _("Change of status"),
                    "payload": {"$ref": "#/components/schemas/status"},
                    "examples": [{"payload": EXAMPLE}],
                }
            },
            "schemas": {"status": status_message()},
        },
    }


def token() -> dict:
    return {
        "type": "httpApiKey",
        "name": "X-Session-Token",
        "in": "header",
        "description": _("The session token of /api/auth/."),
    }
