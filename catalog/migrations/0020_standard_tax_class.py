"""The class of everything that names none."""

from django.db import migrations


def make(apps, editor):
    apps.get_model("catalog", "TaxClass").objects.get_or_create(
        is_standard=True, defaults={"name": "Standard", "name_vi": "Tiêu chuẩn"}
    )


class Migration(migrations.Migration):
    dependencies = [('catalog', '0019_tax_classes')]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
