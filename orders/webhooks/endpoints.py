"""What owners do with the endpoints of their webhooks: register, change, switch off and on, test, send again."""

import base64
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access.notices import tell
from accounts.access.verification import require_verified
from orders.errors import InvalidInput, OrderError
from orders.events import fan_out, feed, payloads
from orders.events.hints import wake
from orders.events.task_names import Task
from orders.models import FeedEntry, WebhookDelivery, WebhookEndpoint
from orders.rights import OrderRights
from orders.webhooks import http, retention
from orders.webhooks.deliveries import TEST_TYPE
from outbox.queue import make_due
from refusals import NotFound
from staff.log import write
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

State = WebhookEndpoint.State
# Called with an endpoint as it is, locked; what it raises ends the call.
Expectation = Callable[[WebhookEndpoint], None]
OLD_SECRET_SIGNS_FOR = timedelta(days=1)
# Test events of one endpoint within this time; those that have not arrived count however old they are.
MAX_TESTS, TESTS_COUNT_FOR = 5, timedelta(minutes=1)


class EndpointNotFound(OrderError, NotFound):
    """There is no such endpoint, or it is another user's."""

    message = gettext_lazy("There is no such webhook.")


class TooManyEndpoints(OrderError):
    """The owner has as many endpoints as one may have."""

    code = "too_many_webhooks"
    status = 409
    title = gettext_lazy("Too many webhooks")
    message = gettext_lazy("You have as many webhooks as you may have. Please remove one first.")
    advice = gettext_lazy("Remove one of your webhooks before you add another.")


class TooManyTests(OrderError):
    """The endpoint was sent enough test events for now."""

    code = "too_many_test_events"
    status = 429
    title = gettext_lazy("Too many test events")
    message = gettext_lazy(
        "This webhook was sent many test events, or has not got them. Please wait a minute."
    )
    advice = gettext_lazy("Wait a minute, and see in the list of what was sent what came of the last ones.")
    headers = {"Retry-After": "60"}


def of(owner: "User") -> QuerySet[WebhookEndpoint]:
    """One's own endpoints."""
    return WebhookEndpoint.objects.filter(owner=owner).exclude(state=State.REMOVED)


def find(*, endpoint_id: UUID, owner: "User") -> WebhookEndpoint:
    """One of one's own endpoints. Raises EndpointNotFound."""
    found = of(owner).filter(pk=endpoint_id).first()
    if found is None:
        raise EndpointNotFound
    return found


def log_of(*, endpoint_id: UUID, owner: "User") -> QuerySet[WebhookDelivery]:
    """What was sent to an endpoint, or is to be, the newest first. Raises EndpointNotFound."""
    deliveries = find(endpoint_id=endpoint_id, owner=owner).deliveries
    return deliveries.select_related("order", "endpoint__owner").order_by("-pk")


# --- registering and changing --------------------------------------------------------------------------------------


def register(*, owner: "User", url: str, types: Sequence[str] = ()) -> WebhookEndpoint:
    """A new endpoint that gets every event from now on (of these types, or of all), with its secret. The owner is told.

    Raises EmailNotVerified, InvalidInput, TooManyEndpoints.
    """
    require_verified(owner)
    _check(owner, url, types)
    with transaction.atomic():
        _lock_owner(owner)
        if of(owner).count() >= settings.WEBHOOKS_PER_USER:
            raise TooManyEndpoints
        # From here to the commit no positions are given: nothing slips between the present one and the endpoint.
        feed.hold_still()
        endpoint = WebhookEndpoint.objects.create(
            owner=owner,
            url=url,
            types=sorted(set(types)),
            secret=new_secret(),
            language=translation.get_language() or settings.LANGUAGE_CODE,
            resume_after=feed.last_position(),
        )
        tell(owner, "webhook_registered", endpoint=endpoint)
        return endpoint


def change(
    *, endpoint_id: UUID, owner: "User", url: str | None = None, types: Sequence[str] | None = None
) -> WebhookEndpoint:
    """Other events from now on, or another address, also for what waits. Raises EndpointNotFound, InvalidInput."""
    return edit(endpoint_id=endpoint_id, owner=owner, url=url, types=types)


def edit(
    *,
    endpoint_id: UUID,
    owner: "User",
    url: str | None = None,
    types: Sequence[str] | None = None,
    is_active: bool | None = None,
    expect: Expectation | None = None,
) -> WebhookEndpoint:
    """What a PATCH asks for, all of it or nothing: other events or address, then on or off.

    Raises EndpointNotFound, InvalidInput, and what `expect` raises of the endpoint as it is.
    """
    find(endpoint_id=endpoint_id, owner=owner)
    _check(owner, url, types or ())
    with transaction.atomic():
        _lock_owner(owner)
        if is_active:
            feed.hold_still()
        endpoint = _expected(endpoint_id, owner, expect)
        if url is not None and url != endpoint.url:
            endpoint.url = url
            tell(owner, "webhook_registered", endpoint=endpoint)
        if types is not None:
            endpoint.types = sorted(set(types))
        endpoint.save(update_fields=["url", "types"])
        if is_active is None:
            return endpoint
        act = switch_on if is_active else switch_off
        return act(endpoint_id=endpoint_id, owner=owner)


def _expected(endpoint_id: UUID, owner: "User", expect: Expectation | None) -> WebhookEndpoint:
    """The endpoint, locked, if it is what the caller expects."""
    endpoint = _lock(endpoint_id, owner)
    if expect:
        expect(endpoint)
    return endpoint


def _check(owner: "User", url: str | None, types: Sequence[str]) -> None:
    if unknown := [type_ for type_ in types if type_ not in payloads.TYPES]:
        raise InvalidInput({"types": [_("There are no events of the type “%s”.") % unknown[0]]})
    try:
        if url is not None:
            http.check(url, may_be_private=owner.is_staff)
    except http.TargetRefused as refused:
        raise InvalidInput({"url": [str(refused.failure.label)]}) from refused


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


@transaction.atomic
def rotate_secret(*, endpoint_id: UUID, owner: "User") -> WebhookEndpoint:
    """A new secret; for a day the old one signs too. Raises EndpointNotFound."""
    _lock_owner(owner)
    endpoint = _lock(endpoint_id, owner)
    endpoint.old_secret, endpoint.secret = endpoint.secret, new_secret()
    endpoint.old_secret_until = timezone.now() + OLD_SECRET_SIGNS_FOR
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    tell(owner, "webhook_secret_renewed", endpoint=endpoint)
    return endpoint


# --- off and on ----------------------------------------------------------------------------------------------------


def switch_off(*, endpoint_id: UUID, owner: "User") -> WebhookEndpoint:
    """Send nothing until it is switched on again; what happens meanwhile is sent then. Raises EndpointNotFound."""
    return _end(endpoint_id, owner, State.OFF)


@transaction.atomic
def remove(*, endpoint_id: UUID, owner: "User", expect: Expectation | None = None) -> None:
    """Send nothing any more, nor owe it. The log stays with the shop for its time. Raises EndpointNotFound.

    And what `expect` raises of the endpoint as it is.
    """
    feed.hold_still()
    _expected(endpoint_id, owner, expect)
    retention.withhold(_end(endpoint_id, owner, State.REMOVED))


@transaction.atomic
def _end(endpoint_id: UUID, owner: "User", state: State) -> WebhookEndpoint:
    endpoint = _lock(endpoint_id, owner)
    if endpoint.is_on:
        endpoint.resume_after = feed.last_position()
    if endpoint.is_on or state == State.REMOVED:
        endpoint.state, endpoint.state_at = state, timezone.now()
    endpoint.save(update_fields=["state", "state_at", "resume_after"])
    return endpoint


@transaction.atomic
def switch_on(*, endpoint_id: UUID, owner: "User") -> WebhookEndpoint:
    """Send again: what waited, and what happened meanwhile. Raises EndpointNotFound."""
    feed.hold_still()
    endpoint = _lock(endpoint_id, owner)
    if endpoint.is_on:
        return endpoint
    endpoint.state, endpoint.state_at = State.ON, timezone.now()
    endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
    endpoint.save()
    make_due(endpoint.deliveries.filter(state=WebhookDelivery.State.WAITING), failing_since=None)
    missed = FeedEntry.objects.filter(position__gt=endpoint.resume_after).select_related(
        "change", "money", "edit"
    )
    if not endpoint.owner.is_staff:
        missed = missed.filter(customer=owner)
    fan_out.owe(endpoint=endpoint, entries=missed.order_by("position").iterator(), type_of=payloads.type_of)
    wake(Task.SEND_WEBHOOKS)
    return endpoint


def _lock_owner(owner: "User") -> None:
    """Before an endpoint, where the owner is told: their email locks the owner too."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=owner.pk)


def _lock(endpoint_id: UUID, owner: "User") -> WebhookEndpoint:
    found = of(owner).select_for_update(no_key=True, of=("self",)).filter(pk=endpoint_id)
    endpoint = found.select_related("owner").first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


# --- sending by hand -----------------------------------------------------------------------------------------------


@transaction.atomic
def send_test(*, endpoint_id: UUID, owner: "User") -> WebhookDelivery:
    """Owe the endpoint an event that tells of nothing. Raises EndpointNotFound, TooManyTests."""
    endpoint = _lock(endpoint_id, owner)
    a_minute_ago = timezone.now() - TESTS_COUNT_FOR
    counted = Q(created_at__gt=a_minute_ago) | Q(state=WebhookDelivery.State.WAITING)
    if endpoint.deliveries.filter(counted, type=TEST_TYPE).count() >= MAX_TESTS:
        raise TooManyTests
    wake(Task.SEND_WEBHOOKS)
    return WebhookDelivery.objects.create(endpoint=endpoint, type=TEST_TYPE)


@transaction.atomic
def redeliver(*, endpoint_id: UUID, key: UUID, owner: "User") -> WebhookDelivery:
    """Send an event once more, under the same id, with all its attempts before it. Raises EndpointNotFound."""
    chosen = find(endpoint_id=endpoint_id, owner=owner).deliveries.filter(key=key)
    if not chosen.exists():
        raise EndpointNotFound
    _send_once_more(chosen)
    return chosen.get()


@transaction.atomic
def send_again(*, delivery_ids: Iterable[int], actor: "User") -> int:
    """The same by staff, for many; how many there were. Raises PermissionDenied."""
    require(actor=actor, right=OrderRights.SEND_WEBHOOK_AGAIN)
    chosen = WebhookDelivery.objects.filter(pk__in=delivery_ids).exclude(endpoint__state=State.REMOVED)
    sent = WebhookDelivery.objects.filter(pk__in=_send_once_more(chosen))
    write(actor=actor, action=OrderRights.SEND_WEBHOOK_AGAIN, about=sent)
    return len(sent)


def _send_once_more(deliveries: QuerySet[WebhookDelivery]) -> list[int]:
    """The ids of those that are sent; what a worker is sending at this moment is left to it."""
    ids = make_due(deliveries, state=WebhookDelivery.State.WAITING, failing_since=None, done_at=None)
    wake(Task.SEND_WEBHOOKS)
    return ids
