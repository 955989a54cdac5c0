"""Jobs have the columns of every row that waits to be done (outbox/models.py)."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

SHOWN = timedelta(days=7)


def columns(name: str) -> list:
    return [
        migrations.AddField(name, "leased_until", models.DateTimeField(null=True, verbose_name="in hand until")),
        migrations.AddField(name, "given_up_at", models.DateTimeField(null=True, verbose_name="given up")),
        migrations.AlterField(
            name, "attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")
        ),
        migrations.AlterField(
            name,
            "next_attempt_at",
            models.DateTimeField(default=timezone.now, null=True, verbose_name="next attempt"),
        ),
    ]


def promises(name: str) -> list:
    given_up = Q(given_up_at__isnull=False)
    rests = Q(given_up_at__isnull=True) | Q(next_attempt_at__isnull=True)
    return [
        migrations.AddIndex(
            name, models.Index(fields=["given_up_at"], name=f"bulk_{name}_given_up", condition=given_up)
        ),
        migrations.AddConstraint(name, models.CheckConstraint(condition=rests, name=f"bulk_{name}_rests")),
    ]


def given_up(apps, schema_editor):
    """What failed so often lately is shown to staff."""
    for name in ("ImportJob", "ExportJob"):
        failed = apps.get_model("bulk", name).objects.filter(state="failed", failure="broken")
        failed.filter(finished_at__gt=timezone.now() - SHOWN).update(given_up_at=F("finished_at"))


class Migration(migrations.Migration):
    dependencies = [("bulk", "0001_initial")]
    operations = [
        *columns("importjob"),
        *columns("exportjob"),
        *promises("importjob"),
        *promises("exportjob"),
        migrations.RunPython(given_up, migrations.RunPython.noop, elidable=True),
    ]
