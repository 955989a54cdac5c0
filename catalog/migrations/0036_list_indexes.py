"""A page of a list of products is read from an index that has them in its order: of rows that have what they are sorted by."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from catalog.search.by_name import fill


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('catalog', '0035_list_order'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['by_name', 'id'], name='catalog_list_by_name'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['by_name_vi', 'id'], name='catalog_list_by_name_vi'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['created_at', 'id'], name='catalog_list_created_at'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['price', 'id'], name='catalog_list_price'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['category', 'by_name', 'id'], name='catalog_within_by_name'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['category', 'by_name_vi', 'id'], name='catalog_within_by_name_vi'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['category', 'created_at', 'id'], name='catalog_within_created_at'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['category', 'price', 'id'], name='catalog_within_price'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True), ('sale_price__isnull', False)), fields=['sale_price', 'id'], name='catalog_list_sale_price'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('is_active', True), ('sale_price__isnull', False)), fields=['category', 'sale_price', 'id'], name='catalog_within_sale_price'),
        ),
    ]
