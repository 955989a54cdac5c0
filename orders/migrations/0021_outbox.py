"""One set of columns for every row that waits to be done (outbox/models.py)."""

from django.db import migrations, models
from django.utils import timezone


def columns(name: str) -> list:
    return [
        migrations.AddField(name, "leased_until", models.DateTimeField(null=True, verbose_name="in hand until")),
        migrations.AddField(name, "given_up_at", models.DateTimeField(null=True, verbose_name="given up")),
    ]


def renamed(name: str) -> list:
    return [
        migrations.RenameField(name, "tries", "attempts"),
        migrations.RenameField(name, "next_try_at", "next_attempt_at"),
        migrations.AlterField(
            name, "attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")
        ),
        migrations.AlterField(
            name,
            "next_attempt_at",
            models.DateTimeField(default=timezone.now, null=True, verbose_name="next attempt"),
        ),
        migrations.AddField(name, "failure", models.TextField(blank=True, verbose_name="last failure")),
        *columns(name),
    ]


class Migration(migrations.Migration):
    dependencies = [("orders", "0020_own_payments")]
    operations = [
        # Those that take their place, and the constraint, come after the rows (0023).
        migrations.RemoveIndex("refund", "orders_refund_due"),
        migrations.RemoveIndex("providerevent", "orders_event_due"),
        migrations.RemoveIndex("mail", "orders_mail_unsent"),
        migrations.RemoveIndex("webhookdelivery", "orders_delivery_due"),
        migrations.RemoveConstraint("webhookdelivery", "orders_delivery_state"),
        *renamed("refund"),
        *renamed("providerevent"),
        *columns("mail"),
        migrations.AlterField(
            "mail", "attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")
        ),
        *columns("webhookdelivery"),
    ]
