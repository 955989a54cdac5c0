"""In which version of its API a provider wrote an event, and what finds those in another than ours."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0074_change_requests")]
    operations = [
        migrations.AddField(
            "providerevent",
            "api_version",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=50,
                verbose_name="in another version of its API",
            ),
        ),
        AddIndexConcurrently(
            "providerevent",
            models.Index(fields=["received_at"], name="orders_event_version", condition=~Q(api_version="")),
        ),
    ]
