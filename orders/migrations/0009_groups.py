"""The groups of staff, from the table in orders/groups.py."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

from orders.groups import OWN_APPS, make_groups


def make(apps, schema_editor):
    # Django makes permissions when all migrations are done, which is too late for this one.
    for label in (*OWN_APPS, "auth"):
        if label not in apps.app_configs:  # an app that came later; a migration after it runs this again
            continue
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, using=schema_editor.connection.alias, verbosity=0)
        config.models_module = None
    make_groups(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rights"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("catalog", "0002_rights"),
        ("orders", "0008_notes_tracking_rights"),
        ("staff", "0001_initial"),
    ]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
