"""The API: its doors, limits and schema."""

from config.sections.base import PROJECT, env

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.authentication.SessionToken",
        "config.api.authentication.Key",
        "config.api.authentication.SessionCookie",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "config.staff.StaffMfa"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsing.Json"],
    "DEFAULT_PAGINATION_CLASS": "config.api.paging.Cursor",
    "EXCEPTION_HANDLER": "config.api.problems.problem",
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.ApiSchema",
    # `?format=` is no parameter of ours: what comes is JSON.
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

# Requests a minute; 0 is no limit. A user's own holds for all their keys together.
API_USER_LIMIT = env.int("API_USER_LIMIT", 600)
API_KEY_LIMIT = env.int("API_KEY_LIMIT", 600)
API_ADDRESS_LIMIT = env.int("API_ADDRESS_LIMIT", 120)
# Codes of promotions that may be wrong in an hour, before no more are looked at; 0 is no limit.
CODE_TRIES_OF_CUSTOMER = env.int("CODE_TRIES_OF_CUSTOMER", 20)
CODE_TRIES_OF_NETWORK = env.int("CODE_TRIES_OF_NETWORK", 100)
# How long a process may work on a request with an Idempotency-Key before another may, and how long its answer is kept
# (seconds).
IDEMPOTENCY_LEASE = env.int("IDEMPOTENCY_LEASE", 60)
IDEMPOTENCY_KEPT = env.int("IDEMPOTENCY_KEPT", 24 * 3600)

API_VERSION = "1.0.0"
SPECTACULAR_SETTINGS = {
    "TITLE": "Orderly",
    "VERSION": API_VERSION,
    "DESCRIPTION": (PROJECT / "docs" / "api.md").read_text(encoding="utf-8"),
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.status.OrderStatus",
        "EventType": "orders.events.payloads.TYPES",
        "WebhookState": "orders.models.messages.webhook.WebhookEndpoint.State",
        "DeliveryState": "orders.models.messages.webhook.WebhookDelivery.State",
        "ChangeKind": "orders.models.changes.change.OrderChange.Kind",
        "PromotionKind": "orders.models.pricing.promotion.PromotionKind",
        "StaffChangeKind": "orders.api.changes.changes.KINDS",
        "RequestState": "orders.models.changes.change_request.ChangeRequest.State",
        "ChangeRequestKind": "orders.models.changes.change_request.ChangeRequest.Kind",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.finish",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "/favicon.ico",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayRequestDuration": True},
    "REDOC_DIST": "SIDECAR",
}
