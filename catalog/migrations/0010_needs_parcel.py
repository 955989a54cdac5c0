"""What has numbers and neither a weight nor a size was sold as what needs no parcel: it is marked so."""

from django.db import migrations, models


def mark(apps, schema_editor):
    """A counted product without a weight stays a parcel: that its weight was never typed is likelier."""
    weightless = {"weight_g": 0, "length_cm": 0, "width_cm": 0, "height_cm": 0}
    apps.get_model("catalog", "Product").objects.filter(inventory="numbered", **weightless).update(needs_parcel=False)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_export_number")]
    operations = [
        migrations.AddField(
            "product",
            "needs_parcel",
            models.BooleanField(
                "is sent as a parcel",
                default=True,
                db_default=True,
                help_text="Off for what is delivered by email and on the order's page: keys, rooms, seats.",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop, elidable=True),
    ]
