"""A payment in progress is a row that waits: the provider is asked about it when its order's time to pay is over."""

from django.db import migrations, models
from django.db.models.functions import Now
from django.utils import timezone

IN_PROGRESS = "UPDATE orders_payment SET next_attempt_at = now() WHERE status IN ('waiting', 'input', 'preauth')"


class Migration(migrations.Migration):
    dependencies = [("orders", "0030_webhook_failures")]
    operations = [
        migrations.AddField(
            "payment",
            "attempts",
            models.PositiveIntegerField(db_default=0, default=0, verbose_name="attempts"),
        ),
        migrations.AddField(
            "payment", "failure", models.TextField(blank=True, db_default="", verbose_name="last failure")
        ),
        migrations.AddField(
            "payment", "given_up_at", models.DateTimeField(null=True, verbose_name="given up")
        ),
        migrations.AddField(
            "payment", "leased_until", models.DateTimeField(null=True, verbose_name="in hand until")
        ),
        # Empty at first: those that have ended wait for nothing.
        migrations.AddField(
            "payment", "next_attempt_at", models.DateTimeField(null=True, verbose_name="next attempt")
        ),
        migrations.RunSQL(IN_PROGRESS, migrations.RunSQL.noop, elidable=True),
        migrations.AlterField(
            "payment",
            "next_attempt_at",
            models.DateTimeField(
                db_default=Now(), default=timezone.now, null=True, verbose_name="next attempt"
            ),
        ),
    ]
