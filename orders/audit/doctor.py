"""What each finding of the audit means, and the step that mends it where that is safe; the rest says whom to ask.

A step is safe if the shop would do the same by itself had the row not been damaged: what is due is looked at again under
its lock, and nothing that was written is written anew. Money, stock, numbers and papers are never mended by a program.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import GONE
from catalog.models.wait import Wait
from catalog.shelf import waiting
from orders import chaining
from orders.actions import back_in_stock
from orders.events import feed
from orders.models import (
    IN_PROGRESS,
    Email,
    Order,
    Payment,
    ProviderEvent,
    Reconciliation,
    Refund,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.payments.reconciling import daily
from orders.status import OrderStatus

FAR, LONG_LEASE = timedelta(days=7), timedelta(days=1)
# So many findings of one kind are shown.
SHOWN = 5


def make_due() -> int:
    """Let everything that waits come due now which never would, or not before days are over."""
    now = timezone.now()
    stuck = Q(next_attempt_at=None, given_up_at=None) | Q(next_attempt_at__gt=now + FAR)
    stuck |= Q(leased_until__gt=now + LONG_LEASE)
    rested = WebhookEndpoint.objects.filter(rests_until__gt=now + LONG_LEASE).update(rests_until=None)
    due = {"next_attempt_at": now, "leased_until": None}
    return rested + sum(rows.filter(stuck).update(**due) for rows in _waiting())


def _waiting() -> list[QuerySet]:  # type: ignore[type-arg]  # of several models
    """The rows that have something to wait for."""
    return [
        Payment.objects.filter(status__in=IN_PROGRESS),
        Refund.objects.filter(state=Refund.State.ASKED),
        Email.objects.filter(order__isnull=False, sent_at=None).exclude(
            order__customer__email__endswith=GONE
        ),
        WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING),
        ProviderEvent.objects.filter(acted_at=None, waits_for=""),
        Reconciliation.objects.filter(ran_at=None).exclude(failure=daily.NAMELESS),
    ]


def end_windows() -> int:
    """Give orders that could be paid for ever the payment window, from now on."""
    window = timedelta(seconds=settings.ORDER_PAYMENT_WINDOW)
    now = timezone.now()
    longest = timedelta(seconds=max(settings.ORDER_PAYMENT_WINDOW, *settings.PAYMENT_WINDOWS.values(), 0))
    endless = Q(pay_by=None) | Q(pay_by__gt=now + longest + FAR)
    return Order.objects.filter(endless, status=OrderStatus.PAY_REQUIRED).update(pay_by=now + window)


def link() -> int:
    """Give hashes to the rows that carry none."""
    return sum(chaining.link_all().values())


def tell_waiting() -> int:
    """Tell everybody who waits for a product that is back."""
    waited = Wait.objects.count()
    for product_id in waiting.back():
        back_in_stock.tell(product_id=product_id)
    return waited - Wait.objects.count()


def forget_waits() -> int:
    """Let whoever has left wait for nothing."""
    return Wait.objects.filter(Q(user__email__endswith=GONE) | Q(email__endswith=GONE)).delete()[0]


@dataclass(frozen=True)
class Remedy:
    """What findings of one kind mean; `step` mends them, and says how many rows it changed. Without one, `ask` somebody."""

    pattern: str
    explanation: str
    ask: str = ""
    step: Callable[[], int] | None = None

    @property
    def name(self) -> str:
        return self.step.__name__ if self.step else ""


FINANCE = "Ask finance; `manage.py reconcile` says what the provider has."
DATABASE = "Ask who can write to the database, and compare with the last backup and `audit --since`."
STOCK = "Ask who keeps the stock: count, and look at the product's movements."
# The first whose pattern is found in a finding is its remedy.
REMEDIES = (
    Remedy(
        r"carries no hash",
        "Rows that no trigger has linked. After an upgrade they are from a host of the version before; at any other time "
        "somebody put them in past the triggers: then ask before you mend.",
        step=link,
    ),
    Remedy(
        r"never comes due|before a week is over|in the hands of a worker|rests for days",
        "Something waits, and no worker will ever look at it: its time was changed. Made due, it is looked at as ever.",
        step=make_due,
    ),
    Remedy(
        r"waits for its payment without an end|may be paid for too long",
        "The order would hold its stock for ever. It gets the payment window, from now on.",
        step=end_windows,
    ),
    Remedy(
        r"has no place in the feed for over an hour",
        "It was not told to clients and webhooks. It gets the next place.",
        step=feed.give_positions,
    ),
    Remedy(
        r"of those who wait: .*it was not told",
        "Somebody waits for a product that is back, and the sweep has not told them. Told now, each waits no more.",
        step=tell_waiting,
    ),
    Remedy(
        r"of those who wait: its user has left",
        "Who has closed the account waits for nothing: the row should have gone with it.",
        step=forget_waits,
    ),
    Remedy(
        r"of those who wait: ",
        "A row of who waits for a product was put in or changed past the shop.",
        DATABASE,
    ),
    Remedy(
        r"is not what was written|are gone|does not hold the numbers|its address is not",
        "A row was changed, put in or taken away past the shop: what it says now is not what the shop wrote.",
        DATABASE,
    ),
    Remedy(
        r"no event of the provider|neither asked, nor told|was acted on, without an effect|told of .* captured|"
        r"the ledger has no row under",
        "The books and the provider's words differ.",
        FINANCE,
    ),
    Remedy(
        r"hangs at the provider|waits to be acted on since",
        "A provider has not answered for a day.",
        "Ask the provider, and look at the desk's refunds and events.",
    ),
    Remedy(
        r"picture of ",
        "A picture's file is lost, or lies on another machine: machines share one folder of pictures.",
        "Take the folder media from the newest backup (docs/operate.md), or upload the picture again.",
    ),
    Remedy(
        r"history of its price|change of its price|^category |^product .*(variant|option|group)|its values",
        "What customers choose among was changed past the desk, which keeps such a thing from happening.",
        DATABASE,
    ),
    Remedy(
        r"product |, product |number .* of product|holds \d+ numbers",
        "Stock, movements and numbers are not what orders took and gave back.",
        STOCK,
    ),
    Remedy(
        r"\bchange \d+: |, change \d+, product|: changes (took|gave)|: a change (took|is about)|not its change's|"
        r"leave .* with tax of",
        "A change of an order, its pieces, money, papers or stock don't explain each other; changes are history, and were "
        "changed past the shop.",
        FINANCE,
    ),
    Remedy(
        r"request \d+ for a ",
        "What a customer asked for, or what staff answered, was changed past the shop.",
        DATABASE,
    ),
    Remedy(
        r"discount|promotion|was on sale for",
        "What promotions took off an order, its lines and its shipping, and how often they were used, don't explain each "
        "other.",
        FINANCE,
    ),
    Remedy(
        r"\btax\b|taxes",
        "The tax that an order keeps is not what its rates and amounts come to, or its papers say another.",
        "Ask finance and the tax adviser: what is wrong is corrected by another paper.",
    ),
    Remedy(
        r"bank entr",
        "What came in on the bank account, and what the ledger has of it, don't explain each other.",
        "Ask finance; the bank's statement says what came in.",
    ),
    Remedy(
        r"gift card",
        "What is on a gift card, what orders took of it and what they gave back don't explain each other.",
        FINANCE,
    ),
    Remedy(
        r"mismatch \d+: |statement of |reconciliation of |^payout ",
        "What comparing with a provider has found is history, and was changed past the shop.",
        DATABASE,
    ),
    Remedy(
        r"holds |captured|refund|dispute|payment|ledger|returns |return the same",
        "An order's money, its payments, refunds and ledger don't explain each other.",
        FINANCE,
    ),
    Remedy(
        r"invoice|credit note|counter",
        "Papers and their numbers are what the tax office reads: none is changed, whatever it says.",
        "Ask finance and the tax adviser: what is wrong is corrected by another paper.",
    ),
    Remedy(
        r"feed|email|tells of what did not happen|, notice ",
        "Somebody was not told what happened, or was told what did not.",
        "Ask support to tell the customer.",
    ),
    Remedy(
        r"step |history|placed|yet to come|is no (movement|state|status)|is of no kind|the order is gone",
        "A row says what can't have happened so, or what hung on it is gone.",
        DATABASE,
    ),
    Remedy(
        r"pre-order",
        "What was pre-ordered, and the day from which on it is sent, don't explain each other.",
        "Ask who sends: the parcel may have left too early; else ask who can write to the database.",
    ),
    Remedy(
        r"lines|total |items |currency|negative|can not be sold|the order (for|in)|parcel|price table says|, ready|"
        r"promised|exchange|gave .* for order|staff gave|by staff|was given for|became order|supplement",
        "What was ordered, and what it costs, don't explain each other.",
        DATABASE,
    ),
)
UNKNOWN = Remedy("", "This is no damage that is known.", "Ask who develops the shop, with these lines.")


@dataclass
class Diagnosis:
    remedy: Remedy
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, line: str) -> None:
        self.count += 1
        if len(self.lines) < SHOWN:
            self.lines.append(line)


def diagnose(findings: Iterable[str]) -> list[Diagnosis]:
    """The findings by what they mean, those that a step mends first."""
    found: dict[Remedy, Diagnosis] = {}
    for line in findings:
        remedy = next((one for one in REMEDIES if re.search(one.pattern, line)), UNKNOWN)
        found.setdefault(remedy, Diagnosis(remedy)).add(line)
    return sorted(found.values(), key=lambda one: one.remedy.step is None)
