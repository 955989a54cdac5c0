"""Products are taxed by class."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0018_sku_once_seen'),
    ]

    operations = [
        migrations.CreateModel(
            name='TaxClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('is_standard', models.BooleanField(default=False, help_text='Of every product that names no class. Its rate counts wherever another class has none.', verbose_name='standard')),
                ('for_shipping', models.BooleanField(default=False, help_text='Of shipping; without such a class, shipping is standard.', verbose_name='of shipping')),
                ('name_vi', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='name (Tiếng Việt)')),
            ],
            options={
                'verbose_name': 'tax class',
                'verbose_name_plural': 'tax classes',
                'ordering': ['-is_standard', 'name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_standard', True)), fields=('is_standard',), name='catalog_taxclass_one_standard'), models.UniqueConstraint(condition=models.Q(('for_shipping', True)), fields=('for_shipping',), name='catalog_taxclass_one_of_shipping')],
            },
        ),
        migrations.AddField(
            model_name='product',
            name='tax_class',
            field=models.ForeignKey(blank=True, help_text='Empty: the standard one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='products', to='catalog.taxclass', verbose_name='tax class'),
        ),
    ]
