"""Products in variants, categories below categories, and things in several categories."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0020_standard_tax_class'),
    ]

    operations = [
        migrations.CreateModel(
            name='OptionValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('option', models.PositiveSmallIntegerField(choices=[(1, 'first option'), (2, 'second option'), (3, 'third option')], default=1, verbose_name='option')),
                ('name', models.CharField(max_length=28, verbose_name='value')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('name_vi', models.CharField(blank=True, db_default='', default='', max_length=28, verbose_name='value (Tiếng Việt)')),
            ],
            options={
                'verbose_name': 'value of an option',
                'verbose_name_plural': 'values of options',
                'ordering': ['option', 'position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProductGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=120, unique=True)),
                ('name', models.CharField(max_length=110, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('option_1', models.CharField(help_text='Such as size or colour.', max_length=40, verbose_name='first option')),
                ('option_2', models.CharField(blank=True, default='', max_length=40, verbose_name='second option')),
                ('option_3', models.CharField(blank=True, default='', max_length=40, verbose_name='third option')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('name_vi', models.CharField(blank=True, db_default='', default='', max_length=110, verbose_name='name (Tiếng Việt)')),
                ('description_vi', models.TextField(blank=True, db_default='', default='', verbose_name='description (Tiếng Việt)')),
                ('option_1_vi', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='first option (Tiếng Việt)')),
                ('option_2_vi', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='second option (Tiếng Việt)')),
                ('option_3_vi', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='third option (Tiếng Việt)')),
            ],
            options={
                'verbose_name': 'product with variants',
                'verbose_name_plural': 'products with variants',
                'ordering': ['name', 'id'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='search_words',
        ),
        migrations.AddField(
            model_name='category',
            name='parent',
            field=models.ForeignKey(blank=True, help_text='Empty: on the first level. A category shows what is in those below it, too.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='catalog.category', verbose_name='below'),
        ),
        migrations.AddField(
            model_name='product',
            name='also_in',
            field=models.ManyToManyField(blank=True, related_name='+', to='catalog.category', verbose_name='further categories'),
        ),
        migrations.AlterField(
            model_name='productimage',
            name='product',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='images', to='catalog.product', verbose_name='product'),
        ),
        migrations.AddField(
            model_name='product',
            name='value_1',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.optionvalue'),
        ),
        migrations.AddField(
            model_name='product',
            name='value_2',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.optionvalue'),
        ),
        migrations.AddField(
            model_name='product',
            name='value_3',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.optionvalue'),
        ),
        migrations.AddField(
            model_name='productgroup',
            name='also_in',
            field=models.ManyToManyField(blank=True, related_name='+', to='catalog.category', verbose_name='further categories'),
        ),
        migrations.AddField(
            model_name='productgroup',
            name='category',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='catalog.category', verbose_name='category'),
        ),
        migrations.AddField(
            model_name='optionvalue',
            name='group',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='values', to='catalog.productgroup'),
        ),
        migrations.AddField(
            model_name='product',
            name='group',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='variants', to='catalog.productgroup', verbose_name='product with variants'),
        ),
        migrations.AddField(
            model_name='productimage',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='images', to='catalog.productgroup', verbose_name='product with variants'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('group__isnull', False)), fields=['group', 'price', 'id'], name='catalog_product_cheapest'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('value_1__isnull', False)), fields=['value_1'], name='catalog_product_value_1'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('value_2__isnull', False)), fields=['value_2'], name='catalog_product_value_2'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('value_3__isnull', False)), fields=['value_3'], name='catalog_product_value_3'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', True), ('value_1__isnull', True), ('value_2__isnull', True), ('value_3__isnull', True)), models.Q(('group__isnull', False), ('value_1__isnull', False), models.Q(('value_2__isnull', False), ('value_3__isnull', True), _connector='OR')), _connector='OR'), name='catalog_product_values_in_turn'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(models.F('group'), models.F('value_1'), django.db.models.functions.comparison.Coalesce('value_2', 0), django.db.models.functions.comparison.Coalesce('value_3', 0), condition=models.Q(('group__isnull', False)), name='catalog_product_combination_once', violation_error_message='There is a variant with these values already.'),
        ),
        migrations.AddConstraint(
            model_name='productimage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', True), ('product__isnull', False)), models.Q(('group__isnull', False), ('product__isnull', True)), _connector='OR'), name='catalog_productimage_of_one'),
        ),
        migrations.AddConstraint(
            model_name='productgroup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('option_1', ''), _negated=True), models.Q(('option_3', ''), models.Q(('option_2', ''), _negated=True), _connector='OR')), name='catalog_productgroup_options_in_turn', violation_error_message='Fill in the options from the first one on.'),
        ),
        migrations.AddIndex(
            model_name='optionvalue',
            index=models.Index(django.db.models.functions.text.Lower('name'), name='catalog_optionvalue_name'),
        ),
        migrations.AddConstraint(
            model_name='optionvalue',
            constraint=models.UniqueConstraint(models.F('group'), models.F('option'), django.db.models.functions.text.Lower('name'), name='catalog_optionvalue_once', violation_error_message='This option has this value already.'),
        ),
        migrations.AddConstraint(
            model_name='optionvalue',
            constraint=models.CheckConstraint(condition=models.Q(('option__in', [1, 2, 3])), name='catalog_optionvalue_option'),
        ),
        migrations.AddConstraint(
            model_name='optionvalue',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='catalog_optionvalue_named'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='category',
            trigger=pgtrigger.compiler.Trigger(name='has_its_place', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.parent_id IS NOT NULL)', declare='DECLARE above integer; below integer;', func="\n        PERFORM pg_advisory_xact_lock(hashtext('catalog_category_tree'));\n        WITH RECURSIVE up AS (\n            SELECT NEW.parent_id AS id, 1 AS depth\n            UNION ALL\n            SELECT c.parent_id, depth + 1 FROM up JOIN catalog_category c ON c.id = up.id\n            WHERE c.parent_id IS NOT NULL AND up.id <> NEW.id AND depth <= 4\n        ) SELECT CASE WHEN bool_or(id = NEW.id) THEN NULL ELSE max(depth) END INTO above FROM up;\n        IF above IS NULL THEN\n            RAISE EXCEPTION 'a category can not be below itself' USING ERRCODE = 'check_violation';\n        END IF;\n        WITH RECURSIVE down AS (\n            SELECT NEW.id AS id, 1 AS depth\n            UNION ALL\n            SELECT c.id, depth + 1 FROM down JOIN catalog_category c ON c.parent_id = down.id\n            WHERE depth <= 4\n        ) SELECT max(depth) INTO below FROM down;\n        IF above + below > 4 THEN\n            RAISE EXCEPTION 'categories have 4 levels at most' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    ", hash='59160e2bf1eb2a38bfcf5fdd5bbd626d35b917fd', operation='INSERT OR UPDATE OF "parent_id"', pgid='pgtrigger_has_its_place_7675b', table='catalog_category', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='search_words', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO catalog_productsearch (product_id, words, by_name)\n        SELECT NEW.id, catalog_words(NEW.name, NEW.sku, category.name, NEW.description) || catalog_words(NEW.name_vi, '', category.name_vi, NEW.description_vi), jsonb_build_object('en', translate(lower(NEW.name), 'abcdefghijklmnopqrstuvwxyzßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZSAAAAAAACEEEEIIIIDNOOOOOOUUUUYTYAAACCCCDDEEEEEGGGGHHIIIIIJKLLLLNNNOOOORRRSSSSTTUUUUUUWYZZZOUAAAAAAAAAAAAEEEEEEEEIIOOOOOOOOOOOOUUUUUUUYYYY'), 'vi', translate(lower(coalesce(nullif(NEW.name_vi, ''), NEW.name)), 'aăâbcdđeêfghijklmnoôơpqrstuưvwxyzßàáãäåæçèéëìíîïðñòóõöøùúûüýþÿāąćĉċčďēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`aYAAAAAAEHHHMMMMFRSSSSS[[[[`Z`AAEEEEFHHHHHKKKKLLMMMMMNOPPPPRRRSSSSXXXYYYYZZ[[[[[[^`aaaAACCCCCBBBBBHHHIIIIIMMSSTTTTTUUUUU[[\\\\\\\\\\````'))\n        FROM (SELECT * FROM catalog_category WHERE id = NEW.category_id FOR SHARE) category\n        ON CONFLICT (product_id) DO UPDATE SET words = excluded.words, by_name = excluded.by_name;\n        RETURN NULL;\n    ", hash='95a498af3a15d24e87f9163802e959e1d911c97c', operation='INSERT OR UPDATE OF "name", "sku", "description", "category_id", "name_vi", "description_vi", "group_id", "value_1_id", "value_2_id", "value_3_id"', pgid='pgtrigger_search_words_15b0e', table='catalog_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='named_after_group', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.group_id IS NOT NULL)', func="\n        IF TG_OP = 'INSERT' OR (NEW.group_id, NEW.value_1_id, NEW.value_2_id, NEW.value_3_id) IS DISTINCT FROM (OLD.group_id, OLD.value_1_id, OLD.value_2_id, OLD.value_3_id) THEN\n            PERFORM FROM catalog_productgroup WHERE id = NEW.group_id FOR SHARE;\n            PERFORM FROM catalog_optionvalue\n            WHERE id IN (NEW.value_1_id, NEW.value_2_id, NEW.value_3_id) ORDER BY id FOR SHARE;\n        END IF;\n        SELECT concat_ws(', ', g.name, v1.name, v2.name, v3.name), g.description, concat_ws(', ', coalesce(nullif(g.name_vi, ''), g.name), coalesce(nullif(v1.name_vi, ''), v1.name), coalesce(nullif(v2.name_vi, ''), v2.name), coalesce(nullif(v3.name_vi, ''), v3.name)), g.description_vi, g.category_id INTO NEW.name, NEW.description, NEW.name_vi, NEW.description_vi, NEW.category_id\n        FROM catalog_productgroup g\n        LEFT JOIN catalog_optionvalue v1 ON v1.id = NEW.value_1_id\n        LEFT JOIN catalog_optionvalue v2 ON v2.id = NEW.value_2_id\n        LEFT JOIN catalog_optionvalue v3 ON v3.id = NEW.value_3_id\n        WHERE g.id = NEW.group_id;\n        RETURN NEW;\n    ", hash='1f393058cc109b170d545d8eb4d46ebda8a5a082', operation='INSERT OR UPDATE OF "group_id", "value_1_id", "value_2_id", "value_3_id", "name", "description", "name_vi", "description_vi", "category_id"', pgid='pgtrigger_named_after_group_941f5', table='catalog_product', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='fits_group', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.group_id IS NOT NULL)', constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT FROM catalog_product p JOIN catalog_productgroup g ON g.id = p.group_id\n            WHERE p.id = NEW.id AND (\n    (g.option_1 = '') = (p.value_1_id IS NOT NULL)\n    OR (g.option_2 = '') = (p.value_2_id IS NOT NULL)\n    OR (g.option_3 = '') = (p.value_3_id IS NOT NULL)\n    OR num_nonnulls(p.value_1_id, p.value_2_id, p.value_3_id) <> (\n        SELECT count(*) FROM catalog_optionvalue v\n        WHERE v.group_id = g.id\n            AND v.id = CASE v.option WHEN 1 THEN p.value_1_id WHEN 2 THEN p.value_2_id ELSE p.value_3_id END)\n)\n        ) THEN\n            RAISE EXCEPTION 'a variant has one value for each option of its group' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='28a5681906f1747071a94155cf81d4721f332834', operation='INSERT OR UPDATE OF "group_id", "value_1_id", "value_2_id", "value_3_id"', pgid='pgtrigger_fits_group_168c5', table='catalog_product', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='slug_once', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            PERFORM pg_advisory_xact_lock_shared(hashtext('catalog_slugs'));\n            IF EXISTS (SELECT FROM catalog_productgroup WHERE slug = NEW.slug) THEN\n                RAISE EXCEPTION 'another page has the slug %', NEW.slug USING ERRCODE = 'unique_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='7da754ae5c0180fe1a17fcb6050bf825967410f3', operation='INSERT OR UPDATE OF "slug"', pgid='pgtrigger_slug_once_48c7e', table='catalog_product', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='productgroup',
            trigger=pgtrigger.compiler.Trigger(name='variants_follow', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n        PERFORM FROM catalog_product WHERE group_id = NEW.id ORDER BY id FOR NO KEY UPDATE;\n        UPDATE catalog_product SET group_id = group_id WHERE group_id = NEW.id;\n        RETURN NULL;\n    ', hash='c685c2a5c68ffc2851daf6aaf5cef7eda7498e35', operation='UPDATE OF "name", "description", "name_vi", "description_vi", "category_id"', pgid='pgtrigger_variants_follow_cdb31', table='catalog_productgroup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='productgroup',
            trigger=pgtrigger.compiler.Trigger(name='fits_variants', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT FROM catalog_product p JOIN catalog_productgroup g ON g.id = p.group_id\n            WHERE p.group_id = NEW.id AND (\n    (g.option_1 = '') = (p.value_1_id IS NOT NULL)\n    OR (g.option_2 = '') = (p.value_2_id IS NOT NULL)\n    OR (g.option_3 = '') = (p.value_3_id IS NOT NULL)\n    OR num_nonnulls(p.value_1_id, p.value_2_id, p.value_3_id) <> (\n        SELECT count(*) FROM catalog_optionvalue v\n        WHERE v.group_id = g.id\n            AND v.id = CASE v.option WHEN 1 THEN p.value_1_id WHEN 2 THEN p.value_2_id ELSE p.value_3_id END)\n)\n        ) THEN\n            RAISE EXCEPTION 'a variant has one value for each option of its group' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='4b2251a0b895d6155cbc360e3c28068ec26261a1', operation='UPDATE OF "option_1", "option_2", "option_3"', pgid='pgtrigger_fits_variants_f7c4c', table='catalog_productgroup', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='productgroup',
            trigger=pgtrigger.compiler.Trigger(name='slug_once', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            PERFORM pg_advisory_xact_lock(hashtext('catalog_slugs'));\n            IF EXISTS (SELECT FROM catalog_product WHERE slug = NEW.slug) THEN\n                RAISE EXCEPTION 'another page has the slug %', NEW.slug USING ERRCODE = 'unique_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='129e84ec88abfee3de300c63187d379d62734b0b', operation='INSERT OR UPDATE OF "slug"', pgid='pgtrigger_slug_once_5bce8', table='catalog_productgroup', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optionvalue',
            trigger=pgtrigger.compiler.Trigger(name='stays_in_its_option', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."group_id" IS DISTINCT FROM (NEW."group_id") OR OLD."option" IS DISTINCT FROM (NEW."option"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='dfcd8ea173db1beb37c6a12bfaefa4decda8ddbe', operation='UPDATE', pgid='pgtrigger_stays_in_its_option_85a32', table='catalog_optionvalue', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optionvalue',
            trigger=pgtrigger.compiler.Trigger(name='variants_follow', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n        PERFORM FROM catalog_product\n        WHERE group_id = NEW.group_id AND NEW.id IN (value_1_id, value_2_id, value_3_id) ORDER BY id FOR NO KEY UPDATE;\n        UPDATE catalog_product SET group_id = group_id\n        WHERE group_id = NEW.group_id AND NEW.id IN (value_1_id, value_2_id, value_3_id);\n        RETURN NULL;\n    ', hash='d8c68211dbcdfabc33954e17ae8329028d1e87b4', operation='UPDATE OF "name", "name_vi"', pgid='pgtrigger_variants_follow_428a7', table='catalog_optionvalue', when='AFTER')),
        ),
    ]
