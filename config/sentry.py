"""Errors to Sentry, or to what speaks its protocol, where SENTRY_DSN names one; without it nothing of it is loaded.

What goes there is what the log has as an error, with its traceback and the names of request, task and order. Nothing of a
person does: no values of variables, no bodies, headers, addresses or users, and of an error's words the first line.
"""

from typing import Any

KEPT = (
    "event_id",
    "timestamp",
    "level",
    "logger",
    "logentry",
    "exception",
    "platform",
    "release",
    "server_name",
    "sdk",
)


def begin(dsn: str) -> None:
    """From now on, in this process."""
    import sentry_sdk  # noqa: PLC0415 only who has an address needs it
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415 likewise

    sentry_sdk.init(
        dsn=dsn,
        # It would hook into everything that it knows; the log has all that is told.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None)],
        include_local_variables=False,
        max_breadcrumbs=0,
        before_send=without_persons,
    )


def without_persons(event: Any, hint: Any) -> Any:
    """The event as it goes out; None where another server was away, which the log tells in one line."""
    from config import logs, request_id  # noqa: PLC0415 they need settings

    # So marks rest.outages.ExpectedInOneLine what it has put into one line.
    if getattr(hint.get("log_record"), "is_outage", False):
        return None
    told = {name: event[name] for name in KEPT if name in event}
    # Unformatted: what is put into it may be an error's own words.
    told["logentry"] = {"message": event.get("logentry", {}).get("message", "")}
    told["tags"] = {"request_id": request_id.current(), **logs.known()}
    for one in told.get("exception", {}).get("values", ()):
        # Behind the first line PostgreSQL says the values that it is about.
        one["value"] = str(one.get("value", "")).partition("\n")[0]
    return told
