"""AsyncAPI of what the shop tells by itself: the messages of its WebSockets."""

from django.conf import settings
from django.utils.translation import gettext as _

from config.examples import EVENT
from orders import feed
from orders.consumers import BAD_CURSOR, NO_SECOND_FACTOR, NOT_FOUND, NOT_SIGNED_IN
from orders.deliveries import TEST_TYPE
from orders.status import OrderStatus, Reason

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
    return closed(properties)


def closed(properties: dict) -> dict:
    """An object of these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def event_message() -> dict:
    """JSON Schema of one event of the feed: the same over the API, the WebSocket and webhooks."""
    order = {
        "order": {"type": "string", "format": "uuid", "description": _("The order's id.")},
        "number": {"type": "string", "description": _("The order's number, for people.")},
    }
    amount = {"type": "string", "pattern": r"^\d+\.\d{2}$"}
    currency = {"type": "string", "pattern": "^[A-Z]{3}$"}
    change = order | {
        "sequence": {"type": "integer", "minimum": 1},
        "from_status": {"enum": [None, *OrderStatus.values]},
        "to_status": {"enum": OrderStatus.values},
        "reason": {"enum": Reason.values},
        "actor": {"enum": ["customer", "staff", "system"]},
        "total_amount": amount,
        "currency": currency,
    }
    money = order | {"amount": amount, "currency": currency}
    return closed(
        {
            "type": {"enum": list(feed.TYPES), "description": _("What happened.")},
            "cursor": {"type": "string", "description": _("Where to go on from after this event.")},
            "timestamp": {"type": "string", "format": "date-time", "description": _("When, in UTC.")},
            "data": {"oneOf": [closed(change), closed(money)]},
        }
    )


def ready_message() -> dict:
    """JSON Schema of the first message of the feed's socket."""
    cursor = {"type": "string", "description": _("The feed goes on after this.")}
    return closed({"type": {"const": "ready"}, "cursor": cursor})


def feed_channel() -> dict:
    return {
        "address": "/ws/orders/",
        "title": _("All orders"),
        "description": _(
            "What happens to all orders that one may see, in order. `ready` comes first and tells the cursor; `?after=` "
            "goes on from a cursor, without it the feed begins with what happens next. GET /api/events/ reads the same."
        ),
        "messages": {
            "ready": {"$ref": "#/components/messages/ready"},
            "event": {"$ref": "#/components/messages/event"},
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {"type": "object", "properties": {"after": {"type": "string"}}},
                "headers": {
                    "type": "object",
                    "properties": {
                        "X-Session-Token": {"type": "string"},
                        "Authorization": {"type": "string"},
                    },
                },
            }
        },
        "x-close-codes": close_codes(BAD_CURSOR),
    }


def test_message() -> dict:
    """JSON Schema of the event that tells of nothing, sent when an owner asks for it."""
    return closed(
        {
            "type": {"const": TEST_TYPE},
            "timestamp": {"type": "string", "format": "date-time", "description": _("When, in UTC.")},
            "data": closed({}),
        }
    )


def webhook_channel() -> dict:
    words = {"type": "string"}
    return {
        "address": "{url}",
        "title": _("Webhooks"),
        "description": _(
            "The same events, sent by POST to an address that you register under /api/webhooks/: at least once, those of "
            "one order in order, for three days until your answer is a 2xx. Signed as Standard Webhooks has it; "
            "`webhook-id` stays the same when an event is sent again."
        ),
        "parameters": {"url": {"description": _("The address that you registered.")}},
        "messages": {
            "event": {"$ref": "#/components/messages/event"},
            "test": {"$ref": "#/components/messages/test"},
        },
        "bindings": {"http": {}},
        "x-headers": {"webhook-id": words, "webhook-timestamp": words, "webhook-signature": words},
        "x-close-codes": {},
    }


def close_codes(*more: int) -> dict[str, str]:
    """Why the server closes a socket: at its beginning, or later, when what it was opened with is taken away."""
    why = {
        BAD_CURSOR: _("`after` is no cursor of the feed."),
        NOT_SIGNED_IN: _(
            "Nobody is signed in, or no longer: the session has ended, the key was revoked or has run out, or the account "
            "is switched off. Send a session token, an API key, or the cookie from a page of the shop."
        ),
        NO_SECOND_FACTOR: _("Staff need two-factor authentication: set it up, and sign in with its code."),
        NOT_FOUND: _("There is no such order, or it is somebody else's."),
    }
    return {str(code): why[code] for code in sorted((NOT_SIGNED_IN, NO_SECOND_FACTOR, *more))}


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
                        "Authorization": {"type": "string"},
                        "Accept-Language": {"type": "string", "description": _("Language of `label`.")},
                    },
                },
            }
        },
        "x-close-codes": close_codes(NOT_FOUND),
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
            "shop": {
                "host": host,
                "protocol": "wss" if scheme == "https" else "ws",
                "security": [token(), key()],
            }
        },
        "channels": {"order": order_channel(), "feed": feed_channel(), "webhook": webhook_channel()},
        "operations": {
            "sendStatus": {
                "action": "send",
                "channel": {"$ref": "#/channels/order"},
                "summary": _("The shop tells a change of status."),
                "messages": [{"$ref": "#/channels/order/messages/status"}],
            },
            "postEvent": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhook"},
                "summary": _("The shop sends what happened to an order."),
                "messages": [
                    {"$ref": "#/channels/webhook/messages/event"},
                    {"$ref": "#/channels/webhook/messages/test"},
                ],
            },
            "sendEvent": {
                "action": "send",
                "channel": {"$ref": "#/channels/feed"},
                "summary": _("The shop tells what happened to an order."),
                "messages": [
                    {"$ref": "#/channels/feed/messages/ready"},
                    {"$ref": "#/channels/feed/messages/event"},
                ],
            },
        },
        "components": {
            "messages": {
                "status": {
                    "name": "status",
                    "title": _("Change of status"),
                    "payload": {"$ref": "#/components/schemas/status"},
                    "examples": [{"payload": EXAMPLE}],
                },
                "ready": {
                    "name": "ready",
                    "title": _("The feed begins"),
                    "payload": {"$ref": "#/components/schemas/ready"},
                    "examples": [{"payload": {"type": "ready", "cursor": "AAAAAAAAAAE"}}],
                },
                "test": {
                    "name": "test",
                    "title": _("A test"),
                    "payload": {"$ref": "#/components/schemas/test"},
                    "examples": [
                        {"payload": {"type": TEST_TYPE, "timestamp": EVENT["timestamp"], "data": {}}},
                    ],
                },
                "event": {
                    "name": "event",
                    "title": _("Something happened to an order"),
                    "payload": {"$ref": "#/components/schemas/event"},
                    "examples": [{"payload": EVENT}],
                },
            },
            "schemas": {
                "status": status_message(),
                "ready": ready_message(),
                "event": event_message(),
                "test": test_message(),
            },
        },
    }


def token() -> dict:
    return {
        "type": "httpApiKey",
        "name": "X-Session-Token",
        "in": "header",
        "description": _("The session token of /api/auth/."),
    }


def key() -> dict:
    return {"type": "http", "scheme": "bearer", "description": _("An API key; each may listen.")}
