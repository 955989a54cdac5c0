"""Every setting, each from the environment, with defaults that suit a shop on one machine."""

from email.utils import formataddr, parseaddr
from ipaddress import ip_network
from pathlib import Path

from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured

from config import addresses, money, payments
from config.given import Given, public_address
from config.runtime import environment
from desk import navigation

try:
    environment.read_files()
except environment.Refused as refusal:
    raise ImproperlyConfigured(str(refusal)) from refusal
environment.join_running_shop()
env = Given()  # type: ignore[no-untyped-call]  # django-environ has no types

PROJECT = environment.PROJECT
DATA_DIR = environment.data_dir()

# --- the shop as it stands ---------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set: give it a long random value, or start the demo with `make run`."
    )
# Keys that were the shop's before: what was signed with them still holds, until they are taken out.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PORT = env.int("PORT", 8000)
# The address customers reach the shop at; links in emails and to the pay page start with it.
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
_public = public_address(PUBLIC_URL)
_https = _public.scheme == "https"
if DEMO and _https:
    raise ImproperlyConfigured(
        "The demo shop, whose passwords everybody knows, does not stand behind https: set DEMO=0, or another PUBLIC_URL."
    )
_host = f"[{_public.hostname}]" if ":" in str(_public.hostname) else str(_public.hostname)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_host, "127.0.0.1", "localhost", "[::1]"])
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

# Made one line: it stands in headers of emails too.
SHOP_NAME = " ".join(env.str("SHOP_NAME", "Orderly").split())
# What invoices say besides the name. Lines of the address are parted by newlines, or by \n where a file allows none.
SHOP_ADDRESS = env.str("SHOP_ADDRESS", "", multiline=True)
SHOP_TAX_ID = env.str("SHOP_TAX_ID", "")
# What stands before the numbers of invoices, credit notes and their reversals, and the number that each series begins with.
INVOICE_PREFIXES = {
    "invoice": env.str("INVOICE_PREFIX", ""),
    "credit_note": env.str("CREDIT_NOTE_PREFIX", ""),
    "credit_note_reversal": env.str("REVERSAL_PREFIX", ""),
}
INVOICE_FIRST_NUMBERS = {
    "invoice": env.int("INVOICE_FIRST_NUMBER", 1),
    "credit_note": env.int("CREDIT_NOTE_FIRST_NUMBER", 1),
    "credit_note_reversal": env.int("REVERSAL_FIRST_NUMBER", 1),
}
CURRENCY = money.currency(env.str("CURRENCY", "USD"))
# Percent. Prices include the tax; it is worked out of them on invoices.
TAX_RATE = money.tax_rate(env.str("TAX_RATE", "0"))
# What the tax is called where customers read it, such as GST; empty: VAT, in the reader's language.
TAX_NAME = env.str("TAX_NAME", "").strip()
# Whether prices on product pages and in the cart say that tax is in them.
SHOW_TAX = env.bool("SHOW_TAX", True)
# Whether invoices come with an XML for programs beside the PDF (EN 16931). It asks for SHOP_COUNTRY and SHOP_TAX_ID.
E_INVOICE = env.bool("E_INVOICE", False)
# Whether prices, and fees of price tables, are entered with the tax in them.
PRICES_INCLUDE_TAX = env.bool("PRICES_INCLUDE_TAX", True)
# Of a shop in the EU: whether consumers in other member states pay the tax of their place (OSS), or the shop's own, as
# below the threshold of Article 59c of Directive 2006/112/EC.
TAX_AT_DESTINATION = env.bool("TAX_AT_DESTINATION", True)
# What says whether the VAT id of a business is in use: vies, the service of the EU; empty: how it is written is enough.
VAT_CHECK = money.vat_check(env.str("VAT_CHECK", ""))
VIES_API_BASE = env.str("VIES_API_BASE", "https://ec.europa.eu/taxation_customs/vies/rest-api").rstrip("/")
# Seconds that a customer waits for it.
VAT_CHECK_SECONDS = env.float("VAT_CHECK_SECONDS", 4.0)
# Where the shop is: its tax is shown until a customer's place is known, and a customer's first address begins with its
# country. Two letters (ISO 3166-1), and a region or none.
SHOP_COUNTRY = money.country(env.str("SHOP_COUNTRY", "VN" if DEMO else ""))
SHOP_REGION = env.str("SHOP_REGION", "").strip()
# A product on sale with this many pieces or free numbers left, or fewer, is shown to staff as running out.
LOW_STOCK = env.int("LOW_STOCK", 5)
LOW_NUMBERS = env.int("LOW_NUMBERS", 5)

# --- the order flow (seconds) ------------------------------------------------------------------------------------
ORDER_PREVIEW_TTL = env.int("ORDER_PREVIEW_TTL", 900)
ORDER_PAYMENT_WINDOW = env.int("ORDER_PAYMENT_WINDOW", 1800)
# Days that the link in an email about an order shows that order without a sign-in.
ORDER_LINK_DAYS = env.int("ORDER_LINK_DAYS", 60)
# Days that an order which staff are taking is kept since it was last saved (orders/models/draft.py).
ORDER_DRAFT_DAYS = env.int("ORDER_DRAFT_DAYS", 14)
# Days after it is done within which a customer may withdraw from an order without a reason; 0: the shop does not offer it.
WITHDRAWAL_DAYS = env.int("WITHDRAWAL_DAYS", 14)
MAX_UNPAID_ORDERS = env.int("MAX_UNPAID_ORDERS", 20)
PENDING_SWEEP_AFTER = env.int("PENDING_SWEEP_AFTER", 5)
# Seconds that "we have received it" waits for the email that says more; most orders are confirmed within one.
RECEIVED_EMAIL_AFTER = env.int("RECEIVED_EMAIL_AFTER", 5)
# The pause after a payment provider could not be asked, or its event not be acted on; doubled with each further attempt.
# One attempt may take three times as long.
PROVIDER_RETRY_AFTER = env.int("PROVIDER_RETRY_AFTER", 60)
SWEEP_EVERY = env.int("SWEEP_EVERY", 5)
# Without a sign of life from its worker for so many seconds, another worker takes the table over; the pause
# after a failure too, doubled with each further one.
BULK_RETRY_AFTER = env.int("BULK_RETRY_AFTER", 30)
# How often the sockets of a process are looked after without a hint, should one have been lost.
LIVE_RECHECK = env.int("LIVE_RECHECK", 20)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Open WebSockets of one user, and of one address, in each web process; 0 is no limit.
SOCKETS_PER_USER = env.int("SOCKETS_PER_USER", 100)
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", 1000)

# --- webhooks that we send ---------------------------------------------------------------------------------------
# Networks such as 10.1.0.0/16, separated by commas, that webhooks may reach though they are not public, and without TLS.
WEBHOOK_PRIVATE_TARGETS = [ip_network(name) for name in env.list("WEBHOOK_PRIVATE_TARGETS", default=[])]
# Seconds that a receiver may take, all in all, and the pause after a first failure; doubled with each further one.
WEBHOOK_TIMEOUT = env.int("WEBHOOK_TIMEOUT", 10)
WEBHOOK_RETRY_AFTER = env.int("WEBHOOK_RETRY_AFTER", 10)
WEBHOOKS_PER_USER = env.int("WEBHOOKS_PER_USER", 5)
# Days that the log of a webhook lists what has arrived.
KEEP_WEBHOOK_DELIVERIES = env.int("KEEP_WEBHOOK_DELIVERIES", 30)

# --- applications ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",  # before Django's admin, whose templates it replaces
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "pgtrigger",
    "django_fsm",
    "django_htmx",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "staff",
    "outbox",
    "rest",
    "bulk",
    "accounts",
    "catalog",
    "orders",
    "backups",
    "shop",
    "desk",
    "demo",
]

MIDDLEWARE = [
    "staff.middleware.AddressMiddleware",
    "config.request_id.RequestIdMiddleware",
    "config.logs.OrderOfRequestMiddleware",
    "config.middleware.PublicAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PolicyMiddleware",
    "config.middleware.ApiGzipMiddleware",
    "config.middleware.UnavailableMiddleware",
    "config.middleware.NotAllowedMiddleware",
    "config.middleware.UnstorableMiddleware",
    "config.middleware.SessionMiddleware",
    "config.languages.LanguageMiddleware",
    "config.middleware.ApiBodyLimitMiddleware",
    "config.middleware.AuthBodyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.FormLimitMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.LastSeenMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.staff.StaffMfaMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context_processors.shop",
            ],
        },
    },
]

# --- data --------------------------------------------------------------------------------------------------------
_database_form = "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/name"
if not env.str("DATABASE_URL", ""):
    raise ImproperlyConfigured(
        f"{_database_form}. It is not set, and no shop runs from {DATA_DIR}: see `make run`."
    )
DATABASES = {"default": env.db("DATABASE_URL")}
if "postgresql" not in DATABASES["default"].get("ENGINE", ""):
    raise ImproperlyConfigured(_database_form)
DATABASES["default"]["ENGINE"] = "database"  # PostgreSQL's, with a little of ours
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 300)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Where PostgreSQL itself is, when DATABASE_URL names a pool in transaction mode in front of it: `bin/orderly` takes this
# for what needs a connection of its own (migrate, backup, restore, audit).
DATABASE_DIRECT_URL = env.str("DATABASE_DIRECT_URL", "")
addresses.complete_database(
    DATABASES["default"], is_pooled=DATABASE_DIRECT_URL not in ("", env.str("DATABASE_URL"))
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

# One Redis-protocol server, three databases: the base address is given, the numbers are ours.
REDIS_URL = env.str("REDIS_URL", "")
_redis = addresses.Redis(REDIS_URL)
_cache = {"LOCATION": _redis.database(1), "KEY_PREFIX": env.str("CACHE_PREFIX", "orderly")}
# Seconds that an answer may take. Limits only help, so they are soon given up; a preview is worth some waiting.
CACHES = {
    "default": _cache
    | {"BACKEND": "config.cache.Helpful", "OPTIONS": {"name": "the cache", "seconds": 0.25}},
    "previews": _cache
    | {"BACKEND": "config.cache.Needed", "OPTIONS": {"name": "the cache of previews", "seconds": 1.0}},
}
# Where processes tell each other that something happened (orders/events/hints.py): Redis Pub/Sub, which knows no databases.
HINTS_URL = _redis.database(2)
_channels = env.str("CHANNEL_PREFIX", "orderly")
HINTS_CHANNEL = f"{_channels}.hints"
# Where workers are told to begin a round, which the browsers need not hear.
WAKEUPS_CHANNEL = f"{_channels}.wakeups"

_broker_url, _broker_options = _redis.broker(3)
if given_broker := env.str("CELERY_BROKER_URL", ""):
    _broker_url, _broker_options = given_broker, {}
CELERY_BROKER_URL = _broker_url
CELERY_TASK_IGNORE_RESULT = True
# A task is taken from the broker when it begins: should its worker die, the row is still there, and the sweep finds it.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# After a reconnect Celery would take fewer tasks for a while, and counts them up again from a thread that reads what the
# main thread is reading: with RabbitMQ half of the workers were deaf then.
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# No `socket_timeout`: an answer that does not come in time makes kombu forget that a task was done with, and after as many
# of those as it takes tasks at once, a worker takes no more. Whoever waits for the broker has nothing else to do.
_is_rabbitmq = CELERY_BROKER_URL.startswith("amqp")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if _is_rabbitmq
    else {
        "visibility_timeout": 600,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        **_broker_options,
    }
)
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", "orderly")
# RabbitMQ's kind of queue: `quorum` keeps it on several nodes. Such a queue refuses the prefetch of a whole channel, and
# Celery, which sees that, sets each consumer's instead.
CELERY_TASK_DEFAULT_QUEUE_TYPE = env.str("CELERY_QUEUE_TYPE", "classic")
if CELERY_TASK_DEFAULT_QUEUE_TYPE not in ("classic", "quorum"):
    raise ImproperlyConfigured("CELERY_QUEUE_TYPE is classic or quorum.")

# --- who may come in ---------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Nobody is signed in by signing up: the answer would tell whether the address has an account already.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# In the browser that signed up, the link signs in.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_ADAPTER = "shop.sign_in.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "shop.sign_up.SignUp"
ACCOUNT_FORMS = {
    "change_password": "shop.password_forms.ChangePassword",
    "set_password": "shop.password_forms.SetPassword",
    "reset_password_from_key": "shop.password_forms.ResetPassword",
}
# A customer has one address; a new one replaces it once it is verified.
ACCOUNT_CHANGE_EMAIL = True
# A session that was left open is not enough to take an account over: another address, password or second factor, keys,
# webhooks, own data and closing ask for the password or a code again. Either opens them for so many seconds.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# A code by email is for those alone who have neither (accounts/by_code.py).
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa", "code")
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Each such change is told to the address that the account had before it.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _https else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Sign-in limits; `off` is for load rigs and tests that sign in by the hundred from one address.
# A wrong password counts against the account as tried from one network, and against it as a whole (shop/sign_in_limits.py).
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = (
    False if env.str("SIGN_IN_LIMITS", "on") == "off" else {"login_failed": "10/m/ip,5/5m/key"}
)
# Codes and links that strangers may ask for by email (accounts/asking.py); off with the same switch.
ASKING_LIMITS = ACCOUNT_RATE_LIMITS is not False
# Who buys without an account types a code from an email in place of a password (accounts/code_sign_in.py). It is good for so
# many seconds and three tries.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = env.int("SIGN_IN_CODE_SECONDS", 600)
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SHOP_NAME
MFA_TOTP_TOLERANCE = 1  # codes of 30 s: clocks of telephones go wrong by some
# Whether staff need two-factor authentication for the staff's desk.
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", not DEMO)
HEADLESS_ENABLED = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_ADAPTER = "shop.sign_in.HeadlessAdapter"
# Its document alone; the page that shows it would load scripts from elsewhere.
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.sessions.SessionTokenStrategy"  # noqa: S105 a class path
# Usable API keys of one user.
MAX_API_KEYS = env.int("MAX_API_KEYS", 20)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
# What no page of the shop needs, and no script may ask for.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *(
            "accelerometer",
            "autoplay",
            "camera",
            "display-capture",
            "encrypted-media",
            "geolocation",
            "gyroscope",
        ),
        *("hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment"),
        *("picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
)
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "shop.said.Said"
# Behind one proxy that sets X-Forwarded-*; without it these headers are not believed.
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
if _https:
    # Without a proxy that says how its request came, every request looks like plain http: that would go round for ever.
    SECURE_SSL_REDIRECT = BEHIND_PROXY
    SECURE_SSL_HOST = _public.netloc
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False)
# Subdomains and preloading bind hosts that are not the shop's, for a year: the domain's owner switches them on.
# The folder of uploads (E001) is made when a server starts.
SILENCED_SYSTEM_CHECKS = ["files.E001", "security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": ["'none'"],
    }
}
# Parts of the site whose pages come from packages: what their policy has in addition.
CONTENT_SECURITY_POLICY_BY_PATH: dict[str, dict[str, list[str]]] = {
    "/admin/": {
        # Alpine makes functions of attributes, and writes a style attribute; no inline script or style sheet.
        "script-src": [SELF, "'unsafe-eval'"],
        "style-src-attr": ["'unsafe-inline'"],
    },
}

# --- the staff's desk --------------------------------------------------------------------------------------------
UNFOLD = navigation.unfold(SHOP_NAME)

# --- API ---------------------------------------------------------------------------------------------------------
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
        "EventType": "orders.events.feed.TYPES",
        "WebhookState": "orders.models.webhook.WebhookEndpoint.State",
        "DeliveryState": "orders.models.webhook.WebhookDelivery.State",
        "ChangeKind": "orders.models.change.OrderChange.Kind",
        "PromotionKind": "orders.models.promotion.PromotionKind",
        "StaffChangeKind": "orders.api.changes.KINDS",
        "RequestState": "orders.models.change_request.ChangeRequest.State",
        "ChangeRequestKind": "orders.models.change_request.ChangeRequest.Kind",
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

# --- payments ----------------------------------------------------------------------------------------------------
PAYMENT_VARIANTS = payments.variants(env, demo=DEMO, currency=CURRENCY)
# Which of them new payments are begun with; where several are on and none is named, the customer chooses.
PAYMENT_VARIANT = payments.variant_for_new_payments(env, PAYMENT_VARIANTS)
# Seconds to pay with those whose money comes by hand, and where it is transferred to.
PAYMENT_WINDOWS = payments.windows(env, PAYMENT_VARIANTS)
BANK_ACCOUNT = payments.bank_account(env, PAYMENT_VARIANTS, demo=DEMO, currency=CURRENCY, shop=SHOP_NAME)

# --- email --------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", formataddr((SHOP_NAME, "shop@example.com")))
# Where customers write to; shown on every page and in every email.
SHOP_EMAIL = env.str("SHOP_EMAIL", parseaddr(DEFAULT_FROM_EMAIL)[1])
# Seconds that each answer of the mail server may take.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 10)
if DEMO and not env.str("EMAIL_URL", ""):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mails")
else:
    vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))

# --- languages, time, files --------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt")]
# Our own words, and those of packages that have no Vietnamese for them; makemessages keeps to the first.
LOCALE_PATHS = [PROJECT / "locale", PROJECT / "locale" / "borrowed"]
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# Body of one request, bytes: of staff at the desk, who send pictures and tables, and of everybody else.
MAX_BODY = env.int("MAX_BODY", 12 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Not in the machine's own folder for such files, which is in memory on some.
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "uploads")
# A page of a price table sends up to nine for each of its rows. Everybody else's forms are smaller (config/middleware.py).
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

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
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if LOG_FORMAT == "json" else "line",
            "filters": ["request_id", "about", "expected"],
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
