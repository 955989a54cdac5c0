"""A mail may be about no order, and carry its own message."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

KINDS = [
    ("placed", "Order placed"),
    ("pay_required", "Payment required"),
    ("paid", "Paid"),
    ("done", "Done"),
    ("not_confirmed", "Not confirmed"),
    ("canceled", "Canceled"),
    ("refund", "Refund asked for"),
    ("refunded", "Refunded"),
    ("late_money_returned", "Late money returned"),
    ("account", "Account"),
    ("webhook_off", "Webhook switched off"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0023_outbox_promises"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField(
            "mail",
            "order",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AlterField(
            "mail", "sequence", models.PositiveBigIntegerField(default=0, verbose_name="sequence")
        ),
        migrations.AlterField(
            "mail", "kind", models.CharField(choices=KINDS, max_length=20, verbose_name="about")
        ),
        # It comes again with the new kinds, after those that are there were checked (0025).
        migrations.RemoveConstraint("mail", "orders_mail_kind"),
        migrations.AddField(
            "mail",
            "user",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            "mail", "subject", models.CharField(blank=True, max_length=500, verbose_name="subject")
        ),
        migrations.AddField("mail", "text", models.TextField(blank=True)),
        migrations.AddField("mail", "html", models.TextField(blank=True)),
        migrations.AddField("mail", "expires_at", models.DateTimeField(null=True, verbose_name="expires")),
        pgtrigger.migrations.RemoveTrigger(model_name="mail", name="never_deleted"),
        pgtrigger.migrations.AddTrigger(
            model_name="mail",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."order_id" IS NOT NULL OR OLD."next_attempt_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="6acc2f9f744be850aa1bf0bcdf754161d2d99fea",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_ecc77",
                    table="orders_mail",
                    when="BEFORE",
                ),
            ),
        ),
    ]
