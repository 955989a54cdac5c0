"""A customer's webhooks: register, look after, and read what was sent."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.requests import SignedIn
from orders.errors import InvalidInput
from orders.events import payloads
from orders.models import WebhookEndpoint
from orders.webhooks import endpoints
from orders.webhooks.endpoints import EndpointNotFound
from orders.webhooks.http import MAX_URL_LENGTH
from refusals import Refusal
from shop.responses import see_other

PER_PAGE = 20
# Where a new secret waits for the one page that shows it.
SECRET = "webhook_secret"  # noqa: S105 a name


class WebhookForm(forms.Form):
    """Where to send, and what."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=MAX_URL_LENGTH,
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://"}),
    )
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        required=False,
        choices=[(name, name) for name in payloads.TYPES],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("All of them, if you choose none."),
    )


@never_cache
@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth's
def webhooks(request: SignedIn) -> HttpResponse:
    """One's own webhooks, and a form for another, which takes the password: it goes on when the browser is closed."""
    form = WebhookForm(request.POST or None)
    if form.is_valid() and (made := _register(request, form)):
        request.session[SECRET] = made.secret
        return see_other("webhook", made.pk)
    return render(request, "shop/webhooks.html", {"form": form, "webhooks": endpoints.of(request.user)})


def _register(request: SignedIn, form: WebhookForm) -> WebhookEndpoint | None:
    try:
        return endpoints.register(owner=request.user, **form.cleaned_data)
    except InvalidInput as error:
        for field, said in error.errors.items():
            form.add_error(field, said)
    except Refusal as error:
        form.add_error(None, str(error))
    return None


@never_cache
@login_required
def webhook(request: SignedIn, endpoint_id: UUID) -> HttpResponse:
    """One webhook and its log; a secret that was just made is shown this once."""
    endpoint = _find(request, endpoint_id)
    log = endpoints.log_of(endpoint_id=endpoint_id, owner=request.user)
    context = {
        "webhook": endpoint,
        "secret": request.session.pop(SECRET, ""),
        "page": Paginator(log, PER_PAGE).get_page(request.GET.get("page")),
        "kept_days": settings.KEEP_WEBHOOK_DELIVERIES,
    }
    return render(request, "shop/webhook.html", context)


@require_POST
@login_required
@reauthentication_required(enabled=lambda request: request.POST.get("do") != "test")  # type: ignore[untyped-decorator]  # allauth's
def webhook_step(request: SignedIn, endpoint_id: UUID) -> HttpResponse:
    """Switch it on or off, make a secret, send a test event, or remove it."""
    _find(request, endpoint_id)
    step, owner = request.POST.get("do"), request.user
    if step == "remove":
        endpoints.remove(endpoint_id=endpoint_id, owner=owner)
        messages.success(request, _("The webhook was removed."))
        return see_other("webhooks")
    if step in ("on", "off"):
        endpoints.edit(endpoint_id=endpoint_id, owner=owner, is_active=step == "on")
    elif step == "secret":
        request.session[SECRET] = endpoints.rotate_secret(endpoint_id=endpoint_id, owner=owner).secret
    elif step == "test":
        _send_test(request, endpoint_id)
    return see_other("webhook", endpoint_id)


def _send_test(request: SignedIn, endpoint_id: UUID) -> None:
    try:
        endpoints.send_test(endpoint_id=endpoint_id, owner=request.user)
    except endpoints.TooManyTests as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("A test event is on its way: reload in a moment to see what came of it."))


@require_POST
@login_required
def webhook_redelivery(request: SignedIn, endpoint_id: UUID, message_id: UUID) -> HttpResponse:
    """Send an event once more."""
    try:
        endpoints.redeliver(endpoint_id=endpoint_id, key=message_id, owner=request.user)
    except EndpointNotFound as error:
        raise Http404 from error
    messages.success(request, _("The event is sent again: reload in a moment to see what came of it."))
    return see_other("webhook", endpoint_id)


def _find(request: SignedIn, endpoint_id: UUID) -> WebhookEndpoint:
    try:
        return endpoints.find(endpoint_id=endpoint_id, owner=request.user)
    except EndpointNotFound as error:
        raise Http404 from error
