"""Every setting, each from the environment, with defaults that suit a shop on one machine."""

from email.utils import formataddr, parseaddr
from ipaddress import ip_network
from pathlib import Path

from config import (
    addresses,
    celery,  # noqa: F401 tasks are sent by this app wherever there are settings; who starts processes has none
    email_services,
    money,
    payments,
)
from config.sections.access import *  # noqa: F403 a section is part of this file
from config.sections.api import *  # noqa: F403
from config.sections.base import *  # noqa: F403
from config.sections.base import DATA_DIR, DEBUG, DEMO, PROJECT, SHOP_NAME, env
from config.sections.data import *  # noqa: F403
from config.sections.logs import *  # noqa: F403
from config.sections.logs import TRACES
from config.sections.security import *  # noqa: F403
from desk import navigation

# --- the shop as it stands ---------------------------------------------------------------------------------------
# What invoices say besides the name. Lines of the address are parted by newlines, or by \n where a file allows none.
SHOP_ADDRESS = env.str("SHOP_ADDRESS", "", multiline=True)
# Where goods that come back go; the address above where it is empty.
SHOP_RETURN_ADDRESS = env.str("SHOP_RETURN_ADDRESS", "", multiline=True)
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
# Days that a gift card can be spent; 0: for ever. What the law asks for at least differs by country.
GIFT_CARD_DAYS = env.int("GIFT_CARD_DAYS", 0)
# Days that the link in an email about an order shows that order without a sign-in.
ORDER_LINK_DAYS = env.int("ORDER_LINK_DAYS", 60)
# Days that an order which staff are taking is kept since it was last saved (orders/models/draft.py).
ORDER_DRAFT_DAYS = env.int("ORDER_DRAFT_DAYS", 14)
# Days after it is done within which a customer may withdraw from an order without a reason; 0: the shop does not offer it.
WITHDRAWAL_DAYS = env.int("WITHDRAWAL_DAYS", 14)
# Working days until what is ordered is handed to a courier, or packed to be fetched; those of the price table follow.
HANDLING_DAYS = env.int("HANDLING_DAYS", 0)
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
METRICS_TOKEN = env.list("METRICS_TOKEN", default=[])
# Where this process tells what it does, on the same HOST; each has another. 0: it measures nothing.
METRICS_PORT = env.int("METRICS_PORT", 0)
METRICS_HOST = env.str("HOST", "127.0.0.1")
MEASURES = bool(METRICS_PORT and METRICS_TOKEN)
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
    "config.web.middleware.PublicAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.web.middleware.PolicyMiddleware",
    "config.web.middleware.ApiGzipMiddleware",
    "config.web.middleware.UnavailableMiddleware",
    "config.web.middleware.NotAllowedMiddleware",
    "config.web.middleware.UnstorableMiddleware",
    "config.web.layers.SessionMiddleware",
    "config.web.languages.LanguageMiddleware",
    "config.web.middleware.ApiBodyLimitMiddleware",
    "config.web.middleware.AuthBodyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.web.layers.AuthenticationMiddleware",
    "config.web.middleware.FormLimitMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.web.layers.LastSeenMiddleware",
    "config.web.layers.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.staff.StaffMfaMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
if MEASURES:
    MIDDLEWARE.insert(0, "config.measures.requests.MeasureMiddleware")
if TRACES:
    # Behind the one that names the request, and so the trace.
    MIDDLEWARE.insert(
        MIDDLEWARE.index("config.logs.OrderOfRequestMiddleware"), "config.tracing.TraceMiddleware"
    )

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
                "shop.context.context_processors.shop",
            ],
        },
    },
]

# --- the staff's desk --------------------------------------------------------------------------------------------
UNFOLD = navigation.unfold(SHOP_NAME)

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
# Of a mail service with an API of its own, and what tells that a word of it is its own.
EMAIL_SERVICE = EMAIL_REPORTS_VIEW = ""
if DEMO and not env.str("EMAIL_URL", ""):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mails")
elif email_services.service_of(env.str("EMAIL_URL", "")):
    vars().update(
        email_services.settings_of(
            env.str("EMAIL_URL"),
            secret=env.str("EMAIL_WEBHOOK_SECRET", ""),
            api_base=env.str("EMAIL_API_BASE", ""),
            seconds=EMAIL_TIMEOUT,
        )
    )
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
# Where pictures are kept in place of that folder: a bucket of S3's protocol, which every machine reaches.
STORAGE = addresses.bucket(given_storage) if (given_storage := env.str("STORAGE_URL", "")) else None
# Without a key of its own: that of the machine.
_bucket_keys = {
    "access_key": env.str("AWS_ACCESS_KEY_ID", "") or None,
    "secret_key": env.str("AWS_SECRET_ACCESS_KEY", "") or None,
}
STORAGES = {
    "default": {
        "BACKEND": "config.web.bucket.Bucket",
        "OPTIONS": {**STORAGE, **_bucket_keys, "file_overwrite": False},
    }
    if STORAGE
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
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
# A page of a price table sends up to nine for each of its rows. Everybody else's forms are smaller (config/web/).
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
