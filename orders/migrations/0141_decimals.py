"""What an order costs has no decimals where its currency has none. 0142 looks at what there is."""

import django.db.models.functions.math
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0138_payment_by_token'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('currency__in', ('ADP', 'AFN', 'ALL', 'BIF', 'BYR', 'CLP', 'COP', 'DJF', 'ESP', 'GNF', 'HUF', 'IDR', 'IQD', 'IRR', 'ISK', 'ITL', 'JPY', 'KMF', 'KPW', 'KRW', 'LAK', 'LBP', 'LUF', 'MGA', 'MGF', 'MMK', 'MRO', 'PYG', 'RWF', 'SLL', 'SOS', 'STD', 'SYP', 'TMM', 'TRL', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'YER', 'ZMK', 'ZWD')), _negated=True), models.Q(('card_amount', django.db.models.functions.math.Floor(models.F('card_amount'))), ('discount_total', django.db.models.functions.math.Floor(models.F('discount_total'))), ('items_total', django.db.models.functions.math.Floor(models.F('items_total'))), ('shipping_discount', django.db.models.functions.math.Floor(models.F('shipping_discount'))), ('shipping_fee', django.db.models.functions.math.Floor(models.F('shipping_fee'))), ('shipping_tax', django.db.models.functions.math.Floor(models.F('shipping_tax'))), ('tax_total', django.db.models.functions.math.Floor(models.F('tax_total')))), _connector='OR'), name='orders_order_decimals'),
        ),
    ]
