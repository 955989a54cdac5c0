"""Indexes and constraints of the rows that wait, made while the shop goes on."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

NAMES = {
    "refund": "orders_refund",
    "providerevent": "orders_event",
    "mail": "orders_mail",
    "webhookdelivery": "orders_delivery",
}
WITHIN = {"webhookdelivery": ["endpoint"]}


def indexes(model: str, prefix: str) -> list:
    due = models.Index(
        fields=[*WITHIN.get(model, []), "next_attempt_at"],
        name=f"{prefix}_due",
        condition=Q(next_attempt_at__isnull=False),
    )
    given_up = models.Index(
        fields=["given_up_at"], name=f"{prefix}_given_up", condition=Q(given_up_at__isnull=False)
    )
    return [AddIndexConcurrently(model, due), AddIndexConcurrently(model, given_up)]


def constraint(model: str, name: str, condition: Q) -> list:
    promise = models.CheckConstraint(condition=condition, name=name)
    return [AddConstraintNotValid(model, promise), ValidateConstraint(model, name)]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0022_outbox_rows")]
    operations = [
        *[one for model, prefix in NAMES.items() for one in indexes(model, prefix)],
        *[
            one
            for model, prefix in NAMES.items()
            for one in constraint(
                model, f"{prefix}_rests", Q(given_up_at__isnull=True) | Q(next_attempt_at__isnull=True)
            )
        ],
        *constraint(
            "refund",
            "orders_refund_asked_waits",
            Q(state="asked", next_attempt_at__isnull=False)
            | Q(state__in=["done", "refused"], next_attempt_at__isnull=True),
        ),
        *constraint(
            "providerevent",
            "orders_event_acted_or_waits",
            Q(acted_at__isnull=False) | Q(next_attempt_at__isnull=False),
        ),
        *constraint(
            "webhookdelivery",
            "orders_delivery_state",
            Q(state="waiting", next_attempt_at__isnull=False)
            | Q(state="waiting", given_up_at__isnull=False)
            | Q(state__in=("done", "withheld"), next_attempt_at__isnull=True, given_up_at__isnull=True),
        ),
    ]
