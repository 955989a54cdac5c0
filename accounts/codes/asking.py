"""How many emails strangers may ask for (codes, links to orders), and how often a code may be typed.

The rows of accounts/asks.py are what is counted, not a cache: a limit holds while Redis is away, and between all processes.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.asks import Ask, AskKind
from refusals import Refusal
from staff.middleware import house_of

# The longest time that a limit looks back, with some room.
RETENTION = timedelta(days=2)
# The first key of the advisory locks of addresses and networks. Any number, used nowhere else.
NAMES = 7_302_014
BATCH_SIZE = 1000


@dataclass(frozen=True)
class Limit:
    """So many emails within so long."""

    most: int
    within: timedelta


# One network may not use up what an address may ask for from another: else strangers would keep its owner out.
OF_ADDRESS_HERE = Limit(5, timedelta(minutes=15))
OF_ADDRESS = Limit(20, timedelta(days=1))
OF_NETWORK = Limit(30, timedelta(hours=1))


class TooManyAsked(Refusal):
    """So many were asked for that this one is not sent. It is the same whether or not the address has an account."""

    code = "too_many_asked"
    status = 429
    title = _("Too many emails asked for")
    message = _("Too many emails were asked for. Please try again later.")
    advice = _(
        "Wait a quarter of an hour. Look into the mailbox meanwhile: the latest email may have arrived."
    )


class TooManyOfNetwork(TooManyAsked):
    message = _("Too many requests came from your network. Please try again in an hour.")


@transaction.atomic
def ask(*, kind: AskKind, email: str, caller: str | None) -> Ask:
    """Note that an email is asked for, from the caller's address. Raises TooManyAsked, TooManyOfNetwork.

    Two at one moment are counted one after the other: the address is locked first, then the network.
    """
    address, network = _hash(email.strip().lower()), _hash(house_of(caller))
    if settings.ASKING_LIMITS:
        _lock(address)
        _lock(network)
        _check(kind, address, network)
    return Ask.objects.create(kind=kind, address=address, network=network)


def _check(kind: AskKind, address: str, network: str) -> None:
    of_network = Ask.objects.filter(kind=kind, network=network)
    of_address = Ask.objects.filter(kind=kind, address=address)
    if _is_used_up(of_network, OF_NETWORK):
        raise TooManyOfNetwork
    if _is_used_up(of_address.filter(network=network), OF_ADDRESS_HERE) or _is_used_up(
        of_address, OF_ADDRESS
    ):
        raise TooManyAsked


def _is_used_up(asked: QuerySet[Ask], limit: Limit) -> bool:
    return asked.filter(at__gt=timezone.now() - limit.within).count() >= limit.most


def use_up_try(*, ask_id: int, most: int, within: timedelta) -> bool:
    """Take one of a code's tries; False when there is none any more, it is too old, or it was used.

    One conditional UPDATE: many who guess at one moment have as many tries together as one who guesses alone.
    """
    fresh = Ask.objects.filter(pk=ask_id, used_at=None, tries__lt=most, at__gt=timezone.now() - within)
    return bool(fresh.update(tries=F("tries") + 1))


def has_tries(*, ask_id: int, most: int) -> bool:
    """Whether the code may be typed once more."""
    return Ask.objects.filter(pk=ask_id, used_at=None, tries__lt=most).exists()


def use(*, ask_id: int) -> bool:
    """The code is right: whether this is its first use, and so its only one."""
    return bool(Ask.objects.filter(pk=ask_id, used_at=None).update(used_at=timezone.now()))


def forget_old() -> None:
    """Delete what no limit looks back to."""
    old = Ask.objects.filter(at__lt=timezone.now() - RETENTION).order_by("at")
    Ask.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH_SIZE])).delete()


def _hash(text: str) -> str:
    return salted_hmac("accounts.asking", text, algorithm="sha256").hexdigest()


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [NAMES, name])
