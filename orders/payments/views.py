"""The door for payment providers: check, keep, answer; what an event means is decided later."""

import logging

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from orders.payments import provider_events
from orders.payments.providers.base import BadSignature, ProviderUnreachable, UnknownProvider
from staff.middleware import address_of, house_of

log = logging.getLogger(__name__)
# Forged events of one address in a minute, after which no more are checked: PayPal itself has to be asked about each.
MAX_FORGED, FORGOTTEN_AFTER = 10, 60


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, variant: str) -> HttpResponse:
    """200 for all that is well signed, known to us or not; 400 for a bad signature, 404 for an unknown provider.

    503 if the signature can't be checked now, and 429 if it is not, after many bad ones: the provider sends it again.
    """
    forged = f"forged-events:{house_of(address_of(request))}"
    if cache.get(forged, 0) >= MAX_FORGED:
        return HttpResponse("too many bad signatures\n", status=429, content_type="text/plain")
    try:
        provider_events.receive(variant=variant, body=request.body, headers=request.headers)
    except UnknownProvider:
        return HttpResponse("no such provider\n", status=404, content_type="text/plain")
    except BadSignature:
        _count(forged)
        return HttpResponse("bad signature\n", status=400, content_type="text/plain")
    except ProviderUnreachable:
        return HttpResponse("not now\n", status=503, content_type="text/plain")
    return HttpResponse("kept\n", content_type="text/plain")


def _count(name: str) -> None:
    cache.add(name, 0, timeout=FORGOTTEN_AFTER)
    try:
        cache.incr(name)
    except (ValueError, RedisError) as error:
        log.warning("bad signatures are not counted: %s", error)
