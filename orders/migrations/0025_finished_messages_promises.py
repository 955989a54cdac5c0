"""Indexes and constraints of mails that are about no order, made while the shop goes on."""

from importlib import import_module

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

constraint = import_module("orders.migrations.0023_outbox_promises").constraint
KINDS = [kind for kind, _label in import_module("orders.migrations.0024_finished_messages").KINDS]
FINISHED = ("account", "webhook_off")
INDEXES = [
    models.Index(
        fields=["next_attempt_at"],
        name="orders_mail_account_due",
        condition=Q(kind="account", next_attempt_at__isnull=False),
    ),
    models.Index(fields=["user"], name="orders_mail_of_user", condition=Q(user__isnull=False)),
    models.Index(fields=["to"], name="orders_mail_to", condition=Q(order__isnull=True)),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0024_finished_messages")]
    operations = [
        *[AddIndexConcurrently("mail", index) for index in INDEXES],
        *constraint("mail", "orders_mail_kind", Q(kind__in=KINDS)),
        *constraint(
            "mail",
            "orders_mail_of_order_or_finished",
            Q(order__isnull=True, kind__in=FINISHED) | Q(order__isnull=False) & ~Q(kind__in=FINISHED),
        ),
    ]
