"""What browsers are told to allow, what a proxy is believed, and how sessions are kept."""

from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured

from config.addresses import networks
from config.sections.base import env, is_https, public

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = is_https
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
# The networks of proxies, where several stand in a row (config/web/proxies.py), and the header by which they say who asks.
TRUSTED_PROXIES = networks("TRUSTED_PROXIES", env.list("TRUSTED_PROXIES", default=[]))
TRUSTED_HEADER = env.str("TRUSTED_HEADER", "x-forwarded-for").lower()
if TRUSTED_HEADER not in ("x-forwarded-for", "forwarded"):
    raise ImproperlyConfigured("TRUSTED_HEADER is x-forwarded-for or forwarded.")
# Behind a proxy that sets X-Forwarded-*; without it these headers are not believed.
BEHIND_PROXY = env.bool("BEHIND_PROXY", bool(TRUSTED_PROXIES))
if TRUSTED_PROXIES and not BEHIND_PROXY:
    raise ImproperlyConfigured("TRUSTED_PROXIES names proxies, and BEHIND_PROXY=0 says that there is none.")
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
if is_https:
    # Without a proxy that says how its request came, every request looks like plain http: that would go round for ever.
    SECURE_SSL_REDIRECT = BEHIND_PROXY
    SECURE_SSL_HOST = public.netloc
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
