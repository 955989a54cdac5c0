"""Products may be gift cards."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0027_order_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='is_gift_card',
            field=models.BooleanField(db_default=False, default=False, help_text="Each piece is a code worth its price, shown once the order is paid. Sold without tax and without discounts; it can't be switched later.", verbose_name='is a gift card'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='gift_card_is_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."is_gift_card" IS DISTINCT FROM (NEW."is_gift_card"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='38112f95d2fd010c900cc9398ec0a28faaf4d516', operation='UPDATE', pgid='pgtrigger_gift_card_is_for_good_97fa8', table='catalog_product', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('is_gift_card', False), models.Q(('inventory', 'counted'), ('needs_parcel', False), ('price__gt', 0), ('sale_price__isnull', True), ('tax_class__isnull', True)), _connector='OR'), name='catalog_product_gift_card', violation_error_message='A gift card is counted stock without a parcel, has a price above zero, no sale price and no tax class.'),
        ),
    ]
