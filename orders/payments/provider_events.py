"""What payment providers tell: kept first, then acted on, once however often it comes."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from orders.events.hints import enqueue
from orders.events.task_names import Task
from orders.models import IN_PROGRESS, Payment, ProviderEvent
from orders.payments import early_events, effects, refunds
from orders.payments.keeping import keep, keep_once, read
from orders.payments.providers.base import Notification, NotificationKind, ProviderUnreachable
from orders.payments.providers.registry import provider_named, provider_of
from orders.rights import OrderRights
from orders.status import OrderStatus
from outbox.queue import attempt, claim, due_ids, make_due, note_done
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)


def receive(*, variant: str, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
    """Keep the event in a webhook's raw body, and see to it that it is acted on.

    Raises UnknownProvider, BadSignature, and ProviderUnreachable where the provider itself has to check its signature.
    One that came before is not kept twice.
    """
    provider = provider_named(variant)
    notification = provider.read_event(body, headers)
    kept = keep_once(
        variant,
        notification,
        body=body.decode(errors="replace"),
        api_version=provider.other_version(body),
        next_attempt_at=timezone.now(),
    )
    if kept.is_new:
        enqueue(Task.ACT_ON_EVENT, str(kept.event.pk))
    return kept.event


def keep_and_act(*, variant: str, notification: Notification) -> None:
    """Keep an event and act on it here: a new one is the caller's from the start, as if it had been claimed."""
    until = timezone.now() + refunds.policy().lease
    kept = keep_once(variant, notification, attempts=1, next_attempt_at=until, leased_until=until)
    if kept.is_new:
        _attempt(kept.event)
    else:
        act(event_id=kept.event.pk)


def act(*, event_id: int, again_by: "User | None" = None) -> ProviderEvent:
    """Act on a kept event, if it is time to; when staff ask for it, also on one that was acted on before.

    Everything it does tells what is new by itself, so acting twice, late, or beside another does no harm.
    Raises PermissionDenied.
    """
    if again_by is not None:
        _make_due(event_id, again_by)
    event = claim(ProviderEvent.objects.filter(pk=event_id), refunds.policy())
    if event is None:
        return ProviderEvent.objects.get(pk=event_id)
    _attempt(event)
    return event


def _attempt(event: ProviderEvent) -> None:
    """Act on a claimed event."""
    try:
        with attempt(event, refunds.policy()):
            _act(event)
    except ProviderUnreachable as error:
        log.warning("event %s: %s", event, error)  # its pause is noted, the sweep tries again


def _act(event: ProviderEvent) -> None:
    try:
        remark = _apply(read(event.notification), event.variant)
    except early_events.NotKnownYet as unknown:
        early_events.put_by(event, unknown.name, refunds.policy())
    else:
        note_done(event, remark=remark, acted_at=timezone.now())


def _apply(notification: Notification, variant: str) -> str:
    """Apply it, and take what was approved where the money does not come by itself."""
    remark = effects.apply(notification, variant)
    if remark or notification.kind != NotificationKind.AUTHORISED:
        return remark
    payment = Payment.objects.get(token=notification.token)
    if not _is_wanted(payment):
        return "the payment had ended: nothing is taken"
    ask(payment_id=payment.pk)
    return ""


@transaction.atomic
def _make_due(event_id: int, actor: "User") -> None:
    event = ProviderEvent.objects.get(pk=event_id)
    use_right(actor=actor, right=OrderRights.ACT_AGAIN, about=event)
    make_due(ProviderEvent.objects.filter(pk=event_id))


def due() -> list[int]:
    """Events that wait to be acted on, the longest waiting first."""
    return due_ids(ProviderEvent.objects.all())


def unread(*, order_id: UUID) -> QuerySet[ProviderEvent]:
    """Events about an order's payments that wait to be acted on, also those whose time has not come."""
    tokens = Payment.objects.filter(order=order_id).values_list("token", flat=True)
    waiting = ProviderEvent.objects.filter(next_attempt_at__isnull=False)
    return waiting.alias(about=KeyTextTransform("token", "notification")).filter(about__in=list(tokens))


def read_on(*, order_id: UUID) -> None:
    """Act on what is stored about an order and due: whoever is about to decide about it should know that first."""
    for event_id in unread(order_id=order_id).order_by("pk").values_list("pk", flat=True):
        act(event_id=event_id)


def ask(*, payment_id: int) -> NotificationKind | None:
    """Ask the provider what became of a payment, and act on its answer, which is as good as its event.

    What the customer approved is taken if the payment is in progress and the order waits for it, and not otherwise.
    AUTHORISED: the money is on its way. None: nothing has happened. Raises ProviderUnreachable.
    """
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    provider = provider_of(payment)
    answer = provider.take(payment) if _is_wanted(payment) else provider.look(payment)
    if answer is None:
        return None
    if answer.kind == NotificationKind.AUTHORISED:
        effects.apply(answer, payment.variant)
    else:
        keep_and_act(variant=payment.variant, notification=answer)
    return answer.kind


def _is_wanted(payment: Payment) -> bool:
    return payment.status in IN_PROGRESS and payment.order.status == OrderStatus.PAY_REQUIRED


def answered(*, payment: Payment, data: Mapping[str, Any]) -> bool:
    """Act on what the customer's form on our own pay page says; False if it says nothing that can be acted on."""
    told = provider_of(payment).read_form(payment, data)
    for notification, seconds in told:
        if seconds:
            keep(variant=payment.variant, notification=notification, after=seconds)
        else:
            keep_and_act(variant=payment.variant, notification=notification)
    return bool(told)


def came_back(*, order_id: UUID) -> Payment | None:
    """The customer is back from the provider's page: the provider is asked, and its event is not waited for.

    Returns the order's latest payment. A provider that does not answer now tells by its events.
    """
    payment = Payment.objects.filter(order=order_id).last()
    if payment is None or payment.status not in IN_PROGRESS:
        return payment
    try:
        ask(payment_id=payment.pk)
    except ProviderUnreachable as error:
        log.warning("payment %s: %s", payment.token, error)
    payment.refresh_from_db()
    return payment
