"""To whom orders are billed, and why some have no tax; their histories say it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_country_rules'),
        ('orders', '0067_groups_rates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='statuschange',
            name='linked',
        ),
        migrations.AddField(
            model_name='order',
            name='billing_snapshot',
            field=models.JSONField(editable=False, null=True, verbose_name='billing'),
        ),
        migrations.AddField(
            model_name='order',
            name='tax_reason',
            field=models.CharField(blank=True, choices=[('intra_eu', 'Intra-Community supply, exempt from VAT: Article 138 of Directive 2006/112/EC'), ('reverse_charge', 'Reverse charge: Article 196 of Directive 2006/112/EC'), ('export', 'Export, exempt from VAT: Article 146 of Directive 2006/112/EC')], db_default='', default='', editable=False, max_length=20),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='billing_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.tax_reason <> NEW.tax_reason OR (OLD.billing_snapshot IS NULL) <> (NEW.billing_snapshot IS NULL) OR ROW(OLD.billing_snapshot ->> 'vat_id', OLD.billing_snapshot ->> 'vat_check', OLD.billing_snapshot ->> 'vat_checked_at', OLD.billing_snapshot ->> 'country') IS DISTINCT FROM ROW(NEW.billing_snapshot ->> 'vat_id', NEW.billing_snapshot ->> 'vat_check', NEW.billing_snapshot ->> 'vat_checked_at', NEW.billing_snapshot ->> 'country'))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='f951013196d90c370128c4225276ca59d2eb2ed5', operation='UPDATE', pgid='pgtrigger_billing_as_placed_4f937', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statuschange',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n        IF NEW.sequence = 1 AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = NEW.order_id) THEN\n            RETURN NEW;\n        END IF;\n        IF NEW.from_status = 'pending' AND NEW.to_status = 'pay_required' THEN\n            NEW.held := (SELECT sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8'))\n        FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id\n        WHERE l.order_id = NEW.order_id);\n        END IF;\n    \n                SELECT hash INTO previous FROM orders_statuschange\n                WHERE order_id = NEW.order_id AND sequence < NEW.sequence\n                ORDER BY sequence DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(concat(ROW(NEW.id, NEW.order_id, NEW.sequence, NEW.from_status, NEW.to_status,\n        extract(epoch FROM NEW.at), NEW.actor_id, NEW.reason, NEW.note, encode(NEW.held, 'hex'))::text,\n        CASE WHEN NEW.sequence = 1 THEN concat(\n(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,\n    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = NEW.order_id),\n(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,\n    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = NEW.order_id),\n(SELECT ROW(o.shipping_tax_rate, o.shipping_tax, o.tax_total)::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND num_nonnulls(o.shipping_tax_rate, o.shipping_tax, o.tax_total) > 0),\n(SELECT string_agg(ROW(l.id, l.tax_rate, l.tax_amount)::text, '' ORDER BY l.position) FROM orders_orderline l\n    WHERE l.order_id = NEW.order_id AND num_nonnulls(l.tax_rate, l.tax_amount) > 0),\n(SELECT ROW(o.discount_total, o.shipping_discount)::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND o.discount_total > 0),\n(SELECT string_agg(ROW(l.id, l.list_price, l.discount)::text, '' ORDER BY l.position) FROM orders_orderline l\n    WHERE l.order_id = NEW.order_id AND (l.list_price IS NOT NULL OR l.discount > 0)),\n(SELECT string_agg(ROW(d.id, d.position, d.promotion_id, d.code, d.name, d.kind, d.amount, d.shipping_amount)::text, ''\n    ORDER BY d.position) FROM orders_orderdiscount d WHERE d.order_id = NEW.order_id),\n(SELECT string_agg(ROW(s.id, s.discount_id, s.line_id, s.amount)::text, '' ORDER BY s.id) FROM orders_discountshare s\n    JOIN orders_orderdiscount d ON d.id = s.discount_id WHERE d.order_id = NEW.order_id),\n(SELECT ROW(o.tax_reason, o.billing_snapshot ->> 'vat_id', o.billing_snapshot ->> 'vat_check',\n    o.billing_snapshot ->> 'vat_checked_at', o.billing_snapshot ->> 'country')::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND (o.tax_reason <> '' OR o.billing_snapshot IS NOT NULL))\n) END), 'UTF8'));\n                RETURN NEW;\n            ", hash='fe8499fa586ca3edcab040ac750c0c993deec3de', operation='INSERT', pgid='pgtrigger_linked_82e19', table='orders_statuschange', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('tax_reason', ''), models.Q(('tax_reason__in', ['intra_eu', 'reverse_charge', 'export']), ('tax_total', 0), ('tax_total__isnull', False)), _connector='OR'), name='orders_order_tax_reason'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('tax_reason__in', ['', 'export']), models.Q(('billing_snapshot__has_key', 'vat_check'), ('billing_snapshot__isnull', False), ('billing_snapshot__vat_check__in', ['in_use', 'well_formed'])), _connector='OR'), name='orders_order_exempt_with_vat_id'),
        ),
    ]
