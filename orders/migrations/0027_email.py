"""A mail is called an email. Its table keeps its name; what staff may do with it keeps its holders."""

from importlib import import_module

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

make = import_module("orders.migrations.0009_groups").make

VERBS = ("add", "change", "delete", "view")


def rename_rights(apps, old, new):
    of_orders = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="orders")
    for verb in VERBS:
        of_orders.filter(codename=f"{verb}_{old}").update(codename=f"{verb}_{new}", name=f"Can {verb} {new}")


def forwards(apps, schema_editor):
    rename_rights(apps, "mail", "email")


def backwards(apps, schema_editor):
    rename_rights(apps, "email", "mail")


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0026_owner_notices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="mail", name="never_deleted"),
        migrations.AlterModelTable("mail", "orders_mail"),
        migrations.RenameModel("Mail", "Email"),
        migrations.AlterModelOptions(
            name="email",
            options={
                "ordering": ["-id"],
                "permissions": [("send_mail_again", "Can send emails again")],
                "verbose_name": "email",
                "verbose_name_plural": "emails",
            },
        ),
        migrations.AlterField(
            model_name="email",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="emails",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AlterField(
            model_name="email",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="emails",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="email",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."order_id" IS NOT NULL OR OLD."next_attempt_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b36ed49298ea6f41a7d4155f74e8b72f2b278bdf",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_824e4",
                    table="orders_mail",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunPython(forwards, backwards, elidable=False),
        # In a new shop the groups were made before there was the right to see emails.
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
