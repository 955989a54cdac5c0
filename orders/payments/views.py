"""The door for payment providers: check, keep, answer; what an event means is decided later."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.payments import provider_events
from orders.payments.providers.base import BadSignature, ProviderUnreachable, UnknownProvider
from rest.forged import Forgeries


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, variant: str) -> HttpResponse:
    """200 for all that is well signed, known to us or not; 400 for a bad signature, 404 for an unknown provider.

    503 if the signature can't be checked now, and 429 if it is not, after many bad ones: the provider sends it again.
    """
    forged = Forgeries("forged-events", request)
    if forged.are_too_many:
        return HttpResponse("too many bad signatures\n", status=429, content_type="text/plain")
    try:
        provider_events.receive(variant=variant, body=request.body, headers=request.headers)
    except UnknownProvider:
        return HttpResponse("no such provider\n", status=404, content_type="text/plain")
    except BadSignature:
        forged.count()
        return HttpResponse("bad signature\n", status=400, content_type="text/plain")
    except ProviderUnreachable:
        return HttpResponse("not now\n", status=503, content_type="text/plain")
    return HttpResponse("kept\n", content_type="text/plain")
