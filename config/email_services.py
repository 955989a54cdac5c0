"""Mail services that are spoken to over their own API (django-anymail), named by EMAIL_URL: `postmark://token@`.

What they tell later, of emails that came back, comes to /emails/webhook/, where EMAIL_WEBHOOK_SECRET says how it is known
to be theirs. Without such an EMAIL_URL nothing of this is loaded.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Service:
    """How one service is named to anymail."""

    # Its modules' name, and that of its webhooks' view there.
    module: str
    view: str
    # The settings that are user and password of the address, and the one that is its host.
    keys: tuple[str, ...] = ()
    host: str = ""
    # The setting that checks a signature; without one the service gives user:password with each word.
    signs: str = ""
    # Whether it can do either.
    is_asked: bool = False
    # By `?region=`: where its API is.
    regions: tuple[tuple[str, str], ...] = ()
    api: str = ""


SERVICES = {
    "brevo": Service("brevo", "Brevo", ("BREVO_API_KEY",), api="BREVO_API_URL"),
    "mailersend": Service(
        "mailersend",
        "MailerSend",
        ("MAILERSEND_API_TOKEN",),
        signs="MAILERSEND_SIGNING_SECRET",
        api="MAILERSEND_API_URL",
    ),
    "mailgun": Service(
        "mailgun",
        "Mailgun",
        ("MAILGUN_API_KEY",),
        host="MAILGUN_SENDER_DOMAIN",
        signs="MAILGUN_WEBHOOK_SIGNING_KEY",
        regions=(("eu", "https://api.eu.mailgun.net/v3"), ("us", "https://api.mailgun.net/v3")),
        api="MAILGUN_API_URL",
    ),
    "mailjet": Service(
        "mailjet", "Mailjet", ("MAILJET_API_KEY", "MAILJET_SECRET_KEY"), api="MAILJET_API_URL"
    ),
    "postmark": Service("postmark", "Postmark", ("POSTMARK_SERVER_TOKEN",), api="POSTMARK_API_URL"),
    "resend": Service("resend", "Resend", ("RESEND_API_KEY",), api="RESEND_API_URL"),
    "sendgrid": Service(
        "sendgrid",
        "SendGrid",
        ("SENDGRID_API_KEY",),
        signs="SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
        is_asked=True,
        api="SENDGRID_API_URL",
    ),
    "ses": Service("amazon_ses", "AmazonSES"),
    "sparkpost": Service(
        "sparkpost",
        "SparkPost",
        ("SPARKPOST_API_KEY",),
        regions=(
            ("eu", "https://api.eu.sparkpost.com/api/v1"),
            ("us", "https://api.sparkpost.com/api/v1"),
        ),
        api="SPARKPOST_API_URL",
    ),
}


def service_of(address: str) -> str:
    """The name of the service that an EMAIL_URL names; empty for a mail server."""
    scheme = address.partition("://")[0].lower()
    return scheme if scheme in SERVICES else ""


def settings_of(address: str, *, secret: str, api_base: str, seconds: int) -> dict[str, Any]:
    """Django's settings for a service. Raises ImproperlyConfigured for an address or a secret that lacks something."""
    name = service_of(address)
    service = SERVICES[name]
    anymail = {
        # What a service can't take along, such as our own name of an email, it does without.
        "IGNORE_UNSUPPORTED_FEATURES": True,
        "REQUESTS_TIMEOUT": seconds,
        **(_of_amazon(address, seconds) if name == "ses" else _of_address(name, service, address)),
        **({service.api: f"{api_base.rstrip('/')}/"} if api_base and service.api else {}),
        **(_of_secret(name, service, secret) if secret else {}),
    }
    return {
        "EMAIL_BACKEND": f"anymail.backends.{service.module}.EmailBackend",
        "ANYMAIL": anymail,
        "EMAIL_SERVICE": name,
        "EMAIL_REPORTS_VIEW": f"anymail.webhooks.{service.module}.{service.view}TrackingWebhookView"
        if secret
        else "",
    }


def _of_address(name: str, service: Service, address: str) -> dict[str, str]:
    parts = urlsplit(address)
    given = [unquote(word) for word in (parts.username, parts.password) if word]
    asked = dict(parse_qsl(parts.query))
    regions = dict(service.regions)
    region = asked.pop("region", "")
    is_whole = len(given) == len(service.keys) and not asked and not parts.path.strip("/")
    if not is_whole or bool(service.host) != bool(parts.hostname) or (region and region not in regions):
        raise ImproperlyConfigured(f"EMAIL_URL: {name} is named as {form_of(name)}")
    found = dict(zip(service.keys, given, strict=True))
    found |= {service.host: str(parts.hostname)} if service.host else {}
    return found | ({service.api: regions[region]} if region else {})


def _of_amazon(address: str, seconds: int) -> dict[str, Any]:
    """`ses://region`, with a key of its own before it, or that of the machine."""
    parts = urlsplit(address)
    if not parts.hostname or bool(parts.username) != bool(parts.password):
        raise ImproperlyConfigured(f"EMAIL_URL: ses is named as {form_of('ses')}")
    keys = {
        "aws_access_key_id": unquote(parts.username or ""),
        "aws_secret_access_key": unquote(parts.password or ""),
    }
    from botocore.config import Config  # noqa: PLC0415 only who has this service needs it

    return {
        "AMAZON_SES_CLIENT_PARAMS": {
            "region_name": parts.hostname,
            "config": Config(connect_timeout=seconds, read_timeout=seconds, retries={"max_attempts": 1}),
            **(keys if parts.username else {}),
        }
    }


def _of_secret(name: str, service: Service, secret: str) -> dict[str, str]:
    is_pair = ":" in secret
    if service.signs and not (service.is_asked and is_pair):
        return {service.signs: secret}
    if not is_pair:
        raise ImproperlyConfigured(
            f"EMAIL_WEBHOOK_SECRET: {name} gives user:password with each word, as they stand in the webhook's address."
        )
    return {"WEBHOOK_SECRET": secret}


def form_of(name: str) -> str:
    """How its address is written."""
    if name == "ses":
        return "ses://region or ses://key:secret@region"
    service = SERVICES[name]
    host = "domain" if service.host else ""
    region = f" (?region={' or '.join(name for name, _url in service.regions)})" if service.regions else ""
    keys = ":".join(key.partition("_")[2].lower() for key in service.keys)
    return f"{name}://{keys}@{host}{region}"
