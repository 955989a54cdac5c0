"""Lines of the log."""

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured

from config import sentry
from config.sections.base import env

LOG_FORMAT = env.str("LOG_FORMAT", "text")
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured("LOG_FORMAT is text or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s [%(request_id)s %(address)s] %(name)s: %(message)s"},
        "json": {"()": "config.logs.Json"},
    },
    "filters": {
        "request_id": {"()": "config.request_id.RequestIdFilter"},
        "about": {"()": "config.logs.AboutFilter"},
        "expected": {"()": "rest.outages.ExpectedInOneLine"},
        "suspicious": {"()": "config.logs.SuspiciousFilter"},
    },
    "handlers": {
        "console": {
            "class": "config.logs.Handler",
            "formatter": "json" if LOG_FORMAT == "json" else "line",
            "filters": ["request_id", "about", "expected", "suspicious"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # The web server's own lines too, which it sets up before the shop is loaded.
        "uvicorn": {"handlers": ["console"], "propagate": False},
        # It has no lines for requests: that it has none is asked of the logger, whatever uvicorn was told.
        "uvicorn.access": {"propagate": False},
        # That a task came in; that it is done is told by another.
        "celery.worker.strategy": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},  # it tells of every call
        # It tells at length what it leaves out of an invoice's fonts.
        "fontTools": {"level": "WARNING"},
    },
}
# Where errors are told, besides the log.
if SENTRY_DSN := env.str("SENTRY_DSN", ""):
    sentry.begin(SENTRY_DSN)
# Where traces go, by the standard's own names; OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER are read by its library.
TRACES = bool(env.str("OTEL_EXPORTER_OTLP_ENDPOINT", ""))
if TRACES and find_spec("opentelemetry.sdk") is None:
    raise ImproperlyConfigured(
        "OTEL_EXPORTER_OTLP_ENDPOINT asks for packages that are not there: .venv/bin/pip install -r requirements-traces.txt"
    )
