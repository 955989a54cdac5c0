"""Secrets of second factors as they lie in the database: sealed by a key that is made of SECRET_KEY.

So who reads the database, or a backup of it, makes no codes. What an older key has sealed is read as long as
SECRET_KEY_FALLBACKS names that key. Rows of before lie open: they are read as they are. Either is sealed anew when it is
used, and all of them by `manage.py seal_second_factors`, which `bin/orderly rotate secret-key end` runs.
"""

import base64
import logging
from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)
# What a sealed secret begins with; neither the letters of a key for apps nor those of a seed have such a sign.
SEALED = "fernet:"
SALT = "accounts.access.sealed"
# Where a row has its secrets: the key of an app, the seed of recovery codes, and codes that stand there by themselves.
NAMES, CODES = ("secret", "seed"), "migrated_codes"
CODE = "second_factor_unreadable"
MESSAGE = _(
    "Your second factor can't be read any more, so no code of it is right. Please write to us: we reset it, and you sign in "
    "with your password and set up another one."
)


class Unreadable(ImmediateHttpResponse, ValidationError):
    """It was sealed by a key that the shop does not have. A form says so; where there is none, it is the answer."""

    def __init__(self) -> None:
        ValidationError.__init__(self, MESSAGE, code=CODE)
        self.response = _answer()


def _answer() -> HttpResponse:
    request = context.request
    if request is not None and request.path.startswith("/api/"):
        said = {"status": 409, "errors": [{"message": str(MESSAGE), "code": CODE}]}
        return JsonResponse(said, status=409)
    return HttpResponse(f"{MESSAGE}\n", status=409, content_type="text/plain; charset=utf-8")


class Adapter(DefaultMFAAdapter):
    """allauth's, with secrets that are sealed."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)


def seal(text: str) -> str:
    """By today's key."""
    return f"{SEALED}{_of(settings.SECRET_KEY).encrypt(text.encode()).decode()}"


def unseal(text: str) -> str:
    """What was sealed, or lies open. Raises Unreadable."""
    if not text.startswith(SEALED):
        return text
    keys = MultiFernet([_of(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])
    try:
        return keys.decrypt(text.removeprefix(SEALED)).decode()
    except InvalidToken as error:
        log.error("a second factor was sealed by a SECRET_KEY that this shop does not have")  # noqa: TRY400 a line is enough
        raise Unreadable from error


def _of(key: str) -> Fernet:
    """A key of its own for this one purpose."""
    return Fernet(base64.urlsafe_b64encode(salted_hmac(SALT, "", secret=key, algorithm="sha256").digest()))


# --- sealing anew --------------------------------------------------------------------------------------------------


@receiver(authenticator_used)
def seal_what_is_used(*, authenticator: Authenticator, **_more: object) -> None:
    """Somebody has given a code of it, and it was right."""
    seal_anew(authenticator_id=authenticator.pk)


@transaction.atomic
def seal_anew(*, authenticator_id: int) -> bool:
    """Seal a row's secrets by today's key, if they are not; whether they were not. Raises Unreadable."""
    row = Authenticator.objects.select_for_update(no_key=True).filter(pk=authenticator_id).first()
    if row is None or is_sealed(row.data):
        return False
    row.data = _each(row.data, lambda text: seal(unseal(text)))
    row.save(update_fields=["data"])
    return True


def is_sealed(data: dict[str, Any]) -> bool:
    """Whether all secrets of a row are sealed by today's key."""
    secrets = [data[name] for name in NAMES if name in data] + data.get(CODES, [])
    return all(map(_is_todays, secrets))


def _is_todays(text: str) -> bool:
    try:
        _of(settings.SECRET_KEY).decrypt(text.removeprefix(SEALED).encode())
    except InvalidToken:
        return False
    return text.startswith(SEALED)


def _each(data: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """A row's data with each secret in it changed."""
    changed: dict[str, Any] = {name: change(data[name]) for name in NAMES if name in data}
    if CODES in data:
        changed[CODES] = [change(code) for code in data[CODES]]
    return data | changed


def unreadable() -> list[Authenticator]:
    """Those whose secrets no key of this shop opens."""
    found = []
    for row in Authenticator.objects.select_related("user").order_by("pk").iterator():
        try:
            _each(row.data, unseal)
        except Unreadable:
            found.append(row)
    return found
