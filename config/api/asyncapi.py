"""AsyncAPI of what the shop tells by itself: the messages of its WebSockets."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from config.api.examples.webhooks import EVENT
from orders.events import payloads
from orders.lifecycle.requests import REFUND
from orders.live.codes import (
    BAD_CURSOR,
    COME_BACK,
    CURSOR_AHEAD,
    NO_SECOND_FACTOR,
    NOT_FOUND,
    NOT_SIGNED_IN,
    TOO_MANY,
)
from orders.models import ChangeRequest, OrderChange
from orders.status import OrderStatus, Reason
from orders.webhooks.deliveries import TEST_TYPE

Json = dict[str, Any]

EXAMPLE = {
    "type": "status",
    "order": "0199c0de-0000-7000-8000-000000000000",
    "status": "pay_required",
    "label": "Payment required",
    "sequence": 2,
    "at": "2026-01-31T08:00:00.123456Z",
}


def status_message() -> Json:
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


def closed(properties: Json) -> Json:
    """An object of these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def event_message() -> Json:
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
    edit = order | {
        "change": {"type": "string", "format": "uuid", "description": _("The change's id.")},
        "sequence": {"type": "integer", "minimum": 1},
        "kind": {"enum": OrderChange.Kind.values},
        "actor": {"enum": ["customer", "staff", "system"]},
        "amount": amount,
        "currency": currency,
    }
    number = {"type": "integer", "minimum": 1, "description": _("The number of the parcel in its order.")}
    shipment = order | {"shipment": number}
    happened: tuple[Json, ...] = (change, money, edit, shipment, order, *notices(order))
    return closed(
        {
            "type": {"enum": list(payloads.TYPES), "description": _("What happened.")},
            "cursor": {"type": "string", "description": _("Where to go on from after this event.")},
            "timestamp": {"type": "string", "format": "date-time", "description": _("When, in UTC.")},
            "data": {"oneOf": [closed(data) for data in happened]},
        }
    )


def notices(order: Json) -> list[Json]:
    """What the events say that no other row tells: requests, what waits to be paid, tracking codes, the way of paying."""
    told = order | {"actor": {"enum": ["customer", "staff", "system"]}}
    kind = {"enum": [*ChangeRequest.Kind.values, REFUND], "description": _("What was asked for.")}
    asked = told | {"request": kind}
    pays = {"type": "string", "format": "uuid", "description": _("The order that pays the difference.")}
    waits = told | {
        "change": {"type": "string", "format": "uuid", "description": _("The id that the change gets.")},
        "kind": {"enum": OrderChange.Kind.values},
        "waiting_order": pays,
    }
    parcel = {"type": ["integer", "null"], "description": _("The number of the parcel in its order.")}
    answered = asked | {"state": {"enum": ["accepted", "declined"]}}
    return [told, asked, answered, waits, told | {"shipment": parcel}]


def ready_message() -> Json:
    """JSON Schema of the first message of the feed's socket."""
    cursor = {"type": "string", "description": _("The feed goes on after this.")}
    return closed({"type": {"const": "ready"}, "cursor": cursor})


def listed(*names: str) -> dict[str, Json]:
    """The messages of a channel."""
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def opened_with(*, headers: Json | None = None, **more: Json) -> Json:
    """What a WebSocket's first request may say."""
    signed = {"X-Session-Token": {"type": "string"}, "Authorization": {"type": "string"}}
    accepted = {"type": "object", "properties": signed | (headers or {})}
    return {"ws": {"method": "GET", "headers": accepted, **more}}


def feed_channel() -> Json:
    return {
        "address": "/ws/orders/",
        "title": _("All orders"),
        "description": _(
            "What happens to all orders that one may see, in order. `ready` comes first and tells the cursor; `?after=` "
            "goes on from a cursor, without it the feed begins with what happens next. GET /api/events/ reads the same. "
            "`ready` comes within 15 seconds, or the socket is closed: a client that heard nothing for 20 lets go of it and "
            "opens another with its cursor."
        ),
        "messages": listed("ready", "event"),
        "bindings": opened_with(query={"type": "object", "properties": {"after": {"type": "string"}}}),
        "x-close-codes": close_codes(BAD_CURSOR, CURSOR_AHEAD),
    }


def test_message() -> Json:
    """JSON Schema of the event that tells of nothing, sent when an owner asks for it."""
    return closed(
        {
            "type": {"const": TEST_TYPE},
            "timestamp": {"type": "string", "format": "date-time", "description": _("When, in UTC.")},
            "data": closed({}),
        }
    )


def webhook_channel() -> Json:
    words = {"type": "string"}
    return {
        "address": "{url}",
        "title": _("Webhooks"),
        "description": _(
            "The same events, sent by POST to an address that you register under /api/webhooks/: at least once, those of "
            "one order in order, for three days until your answer is a 2xx. Signed as Standard Webhooks has it; "
            "`webhook-id` stays the same when an event is sent again. Tell repetitions apart by it and not by `cursor`: "
            "after a shop is restored from a backup, cursors come a second time, with other events."
        ),
        "parameters": {"url": {"description": _("The address that you registered.")}},
        "messages": listed("event", "test"),
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
        CURSOR_AHEAD: _(
            "The feed ends before the cursor: the shop was restored from a backup. Begin again, from the beginning with GET "
            "/api/events/, or without `after`."
        ),
        TOO_MANY: _("You have too many WebSockets open: close one first."),
        COME_BACK: _(
            "Something failed on our side. Connect again after a moment, and go on from where you were."
        ),
    }
    always = (COME_BACK, NOT_SIGNED_IN, NO_SECOND_FACTOR, TOO_MANY)
    return {str(code): why[code] for code in sorted((*always, *more))}


def order_channel() -> Json:
    return {
        "address": "/ws/orders/{order_id}/",
        "title": _("One order"),
        "description": _(
            "The present status first, then each change of it, once and in order. With a cursor in `?after=`, as an event "
            "has one, all that happened to the order since is told besides, as the feed has it: parcels, changes, money "
            "that went back, answers to requests. A cursor that is ahead of the feed counts as the present one. After a "
            "lost connection, connect again: the first message is the present status. What a client sends is passed over. "
            "The first message comes within 15 seconds, or the socket is closed: a client that heard nothing for 20 lets go "
            "of it and opens another."
        ),
        "parameters": {"order_id": {"description": _("The order's id.")}},
        "messages": listed("status", "event"),
        "bindings": opened_with(
            headers={"Accept-Language": {"type": "string", "description": _("Language of `label`.")}},
            query={"type": "object", "properties": {"after": {"type": "string"}}},
        ),
        "x-close-codes": close_codes(BAD_CURSOR, NOT_FOUND),
    }


def channels() -> dict[str, Json]:
    """Where the shop tells something, by name."""
    return {"order": order_channel(), "feed": feed_channel(), "webhook": webhook_channel()}


def operations() -> dict[str, Json]:
    """What the shop does there, by name."""
    return {
        "sendStatus": sending("order", _("The shop tells what happens to one order.")),
        "sendEvent": sending("feed", _("The shop tells what happened to an order.")),
        "postEvent": sending("webhook", _("The shop sends what happened to an order.")),
    }


def sending(channel: str, summary: str) -> Json:
    """The shop sends every message of a channel."""
    names = channels()[channel]["messages"]
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def messages() -> dict[str, Json]:
    """Every message by its name, with an example."""
    test = {"type": TEST_TYPE, "timestamp": EVENT["timestamp"], "data": {}}
    ready = {"type": "ready", "cursor": "AAAAAAAAAAE"}
    return {
        "status": message("status", _("Change of status"), EXAMPLE),
        "ready": message("ready", _("The feed begins"), ready),
        "test": message("test", _("A test"), test),
        "event": message("event", _("Something happened to an order"), EVENT),
    }


def message(name: str, title: str, example: Json) -> Json:
    return {
        "name": name,
        "title": title,
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [{"payload": example}],
    }


def schemas() -> dict[str, Json]:
    """The JSON Schema of every message, by its name."""
    return {
        "status": status_message(),
        "ready": ready_message(),
        "event": event_message(),
        "test": test_message(),
    }


def document() -> Json:
    """The AsyncAPI 3.0 document, in the reader's language. Every channel and message of the shop is listed here."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": _("%(shop)s: events") % {"shop": settings.SHOP_NAME},
            "version": settings.API_VERSION,
            "description": _("What the shop tells by itself, so that nobody has to ask again and again."),
        },
        "defaultContentType": "application/json",
        "servers": {"shop": server()},
        "channels": channels(),
        "operations": operations(),
        "components": {"messages": messages(), "schemas": schemas()},
    }


def server() -> Json:
    scheme, host = settings.PUBLIC_URL.split("://", 1)
    protocol = "wss" if scheme == "https" else "ws"
    return {"host": host, "protocol": protocol, "security": [token(), key()]}


def token() -> Json:
    return {
        "type": "httpApiKey",
        "name": "X-Session-Token",
        "in": "header",
        "description": _("The session token of /api/auth/."),
    }


def key() -> Json:
    return {"type": "http", "scheme": "bearer", "description": _("An API key; each may listen.")}
