"""What payment providers tell: kept first, then acted on, once however often it comes."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from payments.core import provider_factory

from orders import payments, refunds
from orders.announcements import enqueue
from orders.models import Payment, ProviderEvent, Refund
from orders.providers import News, NewsKind, ProviderRefund
from orders.rights import OrderRights
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
# Seconds between two tries at most.
LONGEST_PAUSE = 3600
# How long the demo provider takes when it is asked to answer late.
DEMO_LATE = 20


class UnknownProvider(Exception):
    """No provider of this name is configured."""


def receive(*, variant: str, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
    """Keep the event in a webhook's raw body, and see to it that it is acted on.

    Raises UnknownProvider, BadSignature. One that came before is not kept twice.
    """
    if variant not in settings.PAYMENT_VARIANTS:
        raise UnknownProvider(variant)
    news = provider_factory(variant).read_news(body, headers)
    return keep(variant=variant, news=news, body=body.decode(errors="replace"))


@transaction.atomic
def keep(*, variant: str, news: News, body: str = "", after: int = 0) -> ProviderEvent:
    """Keep an event, to be acted on after so many seconds."""
    event, is_new = ProviderEvent.objects.get_or_create(
        variant=variant,
        event_id=news.event_id,
        defaults={
            "news": {name: str(value) for name, value in asdict(news).items() if value is not None},
            "body": body,
            "next_try_at": timezone.now() + timedelta(seconds=after),
        },
    )
    if is_new and not after:
        enqueue("orders.act_on_event", str(event.pk))
    return event


def act(*, event_id: int, again_by: "User | None" = None) -> ProviderEvent:
    """Act on a kept event, if it is time to; when staff ask for it, also on one that was acted on before.

    Everything it does tells what is new by itself, so acting twice, late, or beside another does no harm.
    Raises PermissionDenied.
    """
    event = _take(event_id, again_by)
    if event is None:
        return ProviderEvent.objects.get(pk=event_id)
    event.remark = _apply(_news(event))
    event.acted_at = timezone.now()
    event.save(update_fields=["remark", "acted_at"])
    return event


@transaction.atomic
def _take(event_id: int, again_by: "User | None") -> ProviderEvent | None:
    """The event, for one try: until its pause is over nobody else takes it."""
    event = ProviderEvent.objects.select_for_update(no_key=True).get(pk=event_id)
    if again_by:
        use_right(actor=again_by, right=OrderRights.ACT_AGAIN, about=event)
    elif event.acted_at or event.next_try_at > timezone.now():
        return None
    event.tries += 1
    pause = min(settings.PROVIDER_RETRY_AFTER * 2 ** min(event.tries, 10), LONGEST_PAUSE)
    event.next_try_at = timezone.now() + timedelta(seconds=pause)
    event.save(update_fields=["tries", "next_try_at"])
    return event


def _news(event: ProviderEvent) -> News:
    kept = dict(event.news)
    amount = kept.pop("amount", None)
    return News(**(kept | {"kind": NewsKind(kept["kind"])}), amount=amount and Decimal(amount))


def _apply(news: News) -> str:
    """Do what the news calls for; returns a remark for staff where there is one to make."""
    if news.kind == NewsKind.OTHER:
        return "nothing to do"
    payment = Payment.objects.filter(token=news.token).first() if news.token else None
    if payment is None:
        return "no payment of ours"
    if news.kind in (NewsKind.REFUNDED, NewsKind.REFUND_REFUSED):
        return _apply_to_refund(payment, news)
    if news.kind == NewsKind.CAPTURED:
        if news.amount is None:
            return "no amount"
        payments.capture(
            payment_id=payment.pk, amount=news.amount, currency=news.currency, reference=news.reference
        )
    elif news.reference and payment.transaction_id and news.reference != payment.transaction_id:
        return "of a session that was replaced"
    elif news.kind == NewsKind.DECLINED:
        payments.decline(payment_id=payment.pk)
    elif news.kind == NewsKind.EXPIRED:
        payments.expired(payment_id=payment.pk)
    return ""


def _apply_to_refund(payment: Payment, news: News) -> str:
    attempt = next((refund for refund in payment.refunds.all() if refund.key == news.key), None)
    if attempt is None:
        return "no refund of ours: it was made at the provider"
    if news.kind == NewsKind.REFUND_REFUSED:
        refunds.note_refused(refund_id=attempt.pk, why=news.note)
        return ""
    answer = ProviderRefund(news.reference, news.amount or attempt.amount, news.key)
    refunds.note_answer(refund_id=attempt.pk, answer=answer)
    return "" if Refund.objects.get(pk=attempt.pk).state == Refund.State.DONE else "it was refused before"


def due() -> list[int]:
    """Events that wait to be acted on, the longest waiting first."""
    waiting = ProviderEvent.objects.filter(acted_at__isnull=True, next_try_at__lte=timezone.now())
    return list(waiting.order_by("next_try_at").values_list("pk", flat=True)[:500])


def answer_demo(*, payment: Payment, outcome: str) -> None:
    """What the customer chose on the demo provider's pay page: its news, now, twice, or late."""
    kind = NewsKind.DECLINED if outcome == "decline" else NewsKind.CAPTURED
    late = DEMO_LATE if outcome == "late" else 0
    for number in range(2 if outcome == "twice" else 1):
        news = News(
            event_id=f"{payment.token}-{outcome}-{number}",
            kind=kind,
            token=payment.token,
            amount=payment.total,
            currency=payment.currency,
            reference=f"demo-{payment.token}",
        )
        event = keep(variant=payment.variant, news=news, after=late)
        if not late:
            act(event_id=event.pk)
