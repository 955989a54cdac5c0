"""Indexes and constraints of payments that wait, and of events that wait about one payment, made while the shop goes on."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

RESTS = models.CheckConstraint(
    condition=Q(given_up_at__isnull=True) | Q(next_attempt_at__isnull=True), name="orders_payment_rests"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0031_payments_wait")]
    operations = [
        AddIndexConcurrently(
            "payment",
            models.Index(
                fields=["next_attempt_at"],
                name="orders_payment_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
        ),
        AddIndexConcurrently(
            "payment",
            models.Index(
                fields=["given_up_at"], name="orders_payment_given_up", condition=Q(given_up_at__isnull=False)
            ),
        ),
        AddIndexConcurrently(
            "providerevent",
            models.Index(
                KeyTextTransform("token", "notification"),
                name="orders_event_unread",
                condition=Q(next_attempt_at__isnull=False),
            ),
        ),
        AddConstraintNotValid("payment", RESTS),
        ValidateConstraint("payment", "orders_payment_rests"),
    ]
