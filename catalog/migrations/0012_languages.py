"""Names, descriptions and what pictures show in every language of the shop; products are found and sorted by them."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# What is there has no other language yet.
FILL = r"""
UPDATE catalog_productsearch found SET by_name = jsonb_build_object(
    'en', translate(lower(product.name), 'abcdefghijklmnopqrstuvwxyzßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZSAAAAAAACEEEEIIIIDNOOOOOOUUUUYTYAAACCCCDDEEEEEGGGGHHIIIIIJKLLLLNNNOOOORRRSSSSTTUUUUUUWYZZZOUAAAAAAAAAAAAEEEEEEEEIIOOOOOOOOOOOOUUUUUUUYYYY'),
    'vi', translate(lower(product.name), 'aăâbcdđeêfghijklmnoôơpqrstuưvwxyzßàáãäåæçèéëìíîïðñòóõöøùúûüýþÿāąćĉċčďēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`aYAAAAAAEHHHMMMMFRSSSSS[[[[`Z`AAEEEEFHHHHHKKKKLLMMMMMNOPPPPRRRSSSSXXXYYYYZZ[[[[[[^`aaaAACCCCCBBBBBHHHIIIIIMMSSTTTTTUUUUU[[\\\\\````')
)
FROM catalog_product product WHERE product.id = found.product_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0011_prices_in'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='category',
            name='search_words',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='search_words',
        ),
        migrations.AddField(
            model_name='category',
            name='name_vi',
            field=models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='name (Tiếng Việt)'),
        ),
        migrations.AddField(
            model_name='product',
            name='description_vi',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='description (Tiếng Việt)'),
        ),
        migrations.AddField(
            model_name='product',
            name='name_vi',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='name (Tiếng Việt)'),
        ),
        migrations.AddField(
            model_name='productimage',
            name='alt_vi',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='what it shows (Tiếng Việt)'),
        ),
        migrations.AddField(
            model_name='productsearch',
            name='by_name',
            field=models.JSONField(db_default={}, default=dict),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='category',
            trigger=pgtrigger.compiler.Trigger(name='search_words', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        UPDATE catalog_productsearch found\n        SET words = catalog_words(product.name, product.sku, NEW.name, product.description) || catalog_words(product.name_vi, '', NEW.name_vi, product.description_vi)\n        FROM catalog_product product\n        WHERE product.category_id = NEW.id AND found.product_id = product.id;\n        RETURN NULL;\n    ", hash='cba30eb2c57caad22e3b0a13ed7b8181531813fd', operation='UPDATE OF "name", "name_vi"', pgid='pgtrigger_search_words_1d4d5', table='catalog_category', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='search_words', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO catalog_productsearch (product_id, words, by_name)\n        SELECT NEW.id, catalog_words(NEW.name, NEW.sku, category.name, NEW.description) || catalog_words(NEW.name_vi, '', category.name_vi, NEW.description_vi), jsonb_build_object('en', translate(lower(NEW.name), 'abcdefghijklmnopqrstuvwxyzßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZSAAAAAAACEEEEIIIIDNOOOOOOUUUUYTYAAACCCCDDEEEEEGGGGHHIIIIIJKLLLLNNNOOOORRRSSSSTTUUUUUUWYZZZOUAAAAAAAAAAAAEEEEEEEEIIOOOOOOOOOOOOUUUUUUUYYYY'), 'vi', translate(lower(coalesce(nullif(NEW.name_vi, ''), NEW.name)), 'aăâbcdđeêfghijklmnoôơpqrstuưvwxyzßàáãäåæçèéëìíîïðñòóõöøùúûüýþÿāąćĉċčďēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`aYAAAAAAEHHHMMMMFRSSSSS[[[[`Z`AAEEEEFHHHHHKKKKLLMMMMMNOPPPPRRRSSSSXXXYYYYZZ[[[[[[^`aaaAACCCCCBBBBBHHHIIIIIMMSSTTTTTUUUUU[[\\\\\\\\\\````'))\n        FROM (SELECT * FROM catalog_category WHERE id = NEW.category_id FOR SHARE) category\n        ON CONFLICT (product_id) DO UPDATE SET words = excluded.words, by_name = excluded.by_name;\n        RETURN NULL;\n    ", hash='b644fb0ebcb3225109b23595b7a4e974893b0c39', operation='INSERT OR UPDATE OF "name", "sku", "description", "category_id", "name_vi", "description_vi"', pgid='pgtrigger_search_words_15b0e', table='catalog_product', when='AFTER')),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
