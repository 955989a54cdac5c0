"""An event about a charge or refund that is not known yet waits for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0032_payments_wait_promises")]
    operations = [
        migrations.AddField(
            "providerevent",
            "waits_for",
            models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
    ]
