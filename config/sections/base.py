"""What the other settings go by: the environment, the shop's name and its address."""

from django.core.exceptions import ImproperlyConfigured

from config.given import Given, public_address
from config.runtime import environment

try:
    environment.read_files()
except environment.Refused as refusal:
    raise ImproperlyConfigured(str(refusal)) from refusal
environment.join_running_shop()
env = Given()  # type: ignore[no-untyped-call]  # django-environ has no types

PROJECT = environment.PROJECT
DATA_DIR = environment.data_dir()

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set: give it a long random value, or start the demo with `make run`."
    )
# What these signed holds too: the key to come, by which other processes may sign already, and those of before.
SECRET_KEY_FALLBACKS = [
    *filter(None, [env.str("SECRET_KEY_NEXT", "")]),
    *env.list("SECRET_KEY_FALLBACKS", default=[]),
]
PORT = env.int("PORT", 8000)
# The address customers reach the shop at; links in emails and to the pay page start with it.
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
public = public_address(PUBLIC_URL)
is_https = public.scheme == "https"
if DEMO and is_https:
    raise ImproperlyConfigured(
        "The demo shop, whose passwords everybody knows, does not stand behind https: set DEMO=0, or another PUBLIC_URL."
    )
_host = f"[{public.hostname}]" if ":" in str(public.hostname) else str(public.hostname)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_host, "127.0.0.1", "localhost", "[::1]"])
CSRF_FAILURE_VIEW = "config.web.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

# Made one line: it stands in headers of emails too.
SHOP_NAME = " ".join(env.str("SHOP_NAME", "Orderly").split())
