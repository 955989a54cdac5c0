"""A product's own row has what it is sorted by, by name: an index can have it together with what lists are filtered by."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('catalog', '0034_preorder'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='search_words',
        ),
        migrations.AddField(
            model_name='product',
            name='by_name',
            field=models.TextField(db_collation='C', db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='product',
            name='by_name_vi',
            field=models.TextField(db_collation='C', db_default='', default='', editable=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='search_words', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO catalog_productsearch (product_id, words)\n        SELECT NEW.id, catalog_words(NEW.name, NEW.sku, category.name, NEW.description) || catalog_words(NEW.name_vi, '', category.name_vi, NEW.description_vi)\n        FROM (SELECT * FROM catalog_category WHERE id = NEW.category_id FOR SHARE) category\n        ON CONFLICT (product_id) DO UPDATE SET words = excluded.words, by_name = excluded.by_name;\n        RETURN NULL;\n    ", hash='0e753c9b794a4d909b922cf6a0eaddb4146c6931', operation='INSERT OR UPDATE OF "name", "sku", "description", "category_id", "name_vi", "description_vi", "group_id", "value_1_id", "value_2_id", "value_3_id"', pgid='pgtrigger_search_words_15b0e', table='catalog_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='sorted_by_name', sql=pgtrigger.compiler.UpsertTriggerSql(func="NEW.by_name := translate(lower(NEW.name), 'abcdefghijklmnopqrstuvwxyzßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZSAAAAAAACEEEEIIIIDNOOOOOOUUUUYTYAAACCCCDDEEEEEGGGGHHIIIIIJKLLLLNNNOOOORRRSSSSTTUUUUUUWYZZZOUAAAAAAAAAAAAEEEEEEEEIIOOOOOOOOOOOOUUUUUUUYYYY'); NEW.by_name_vi := translate(lower(coalesce(nullif(NEW.name_vi, ''), NEW.name)), 'aăâbcdđeêfghijklmnoôơpqrstuưvwxyzßàáãäåæçèéëìíîïðñòóõöøùúûüýþÿāąćĉċčďēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`aYAAAAAAEHHHMMMMFRSSSSS[[[[`Z`AAEEEEFHHHHHKKKKLLMMMMMNOPPPPRRRSSSSXXXYYYYZZ[[[[[[^`aaaAACCCCCBBBBBHHHIIIIIMMSSTTTTTUUUUU[[\\\\\\\\\\````'); RETURN NEW;", hash='717e54bdd7fc0c99465fba5aa1ce31186206d24a', operation='INSERT OR UPDATE OF "name", "name_vi", "group_id", "value_1_id", "value_2_id", "value_3_id", "by_name", "by_name_vi"', pgid='pgtrigger_sorted_by_name_f7354', table='catalog_product', when='BEFORE')),
        ),
    ]
