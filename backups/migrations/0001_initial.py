"""What is known of backups; owners may see it."""

from importlib import import_module

from django.db import migrations, models

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):

    initial = True

    dependencies = [("orders", "0055_invoice_gaps")]

    operations = [
        migrations.CreateModel(
            name='Backup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('made', 'Made'), ('drill', 'Restored for a try')], max_length=10, verbose_name='kind')),
                ('as_of', models.DateTimeField(verbose_name='as of')),
                ('place', models.CharField(max_length=500, verbose_name='place')),
                ('ended_at', models.DateTimeField(auto_now_add=True, verbose_name='ended')),
                ('seconds', models.FloatField(verbose_name='seconds')),
                ('bytes', models.BigIntegerField(default=0, verbose_name='bytes')),
                ('failure', models.TextField(blank=True, verbose_name='failure')),
            ],
            options={
                'verbose_name': 'backup',
                'verbose_name_plural': 'backups',
                'ordering': ['-ended_at'],
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('failure', '')), fields=['kind', '-as_of'], name='backups_newest')],
            },
        ),
        # Owners may see them.
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
