"""History, ledger and papers are chained by hash, by triggers."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('orders', '0045_reasons_in_plain_words'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ledgerentry',
            index=models.Index(fields=['order', '-id'], name='orders_ledger_newest'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='orders.order', verbose_name='order'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='hash',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='hash',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='statuschange',
            name='hash',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='statuschange',
            name='held',
            field=models.BinaryField(max_length=32, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n                SELECT hash INTO previous FROM orders_invoice\n                WHERE kind = NEW.kind AND number < NEW.number\n                ORDER BY number DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(ROW(NEW.id, NEW.order_id, NEW.kind, NEW.number, extract(epoch FROM NEW.issued_at), NEW.language,\n        NEW.snapshot)::text, 'UTF8'));\n                RETURN NEW;\n            ", hash='7f1b7a029cd4293aef3faa3b9ab2b675ccee8ac2', operation='INSERT', pgid='pgtrigger_linked_4ea2c', table='orders_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n                SELECT hash INTO previous FROM orders_ledgerentry\n                WHERE order_id = NEW.order_id AND id < NEW.id\n                ORDER BY id DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(ROW(NEW.id, NEW.order_id, NEW.payment_id, NEW.kind, NEW.amount, NEW.reference, NEW.note,\n        NEW.capture_id, NEW.actor_id, extract(epoch FROM NEW.at))::text, 'UTF8'));\n                RETURN NEW;\n            ", hash='b4fee523583ac15b0d74ae4083dd1e581e04f00d', operation='INSERT', pgid='pgtrigger_linked_716f0', table='orders_ledgerentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statuschange',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n        IF NEW.sequence = 1 AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = NEW.order_id) THEN\n            RETURN NEW;\n        END IF;\n        IF NEW.from_status = 'pending' AND NEW.to_status = 'pay_required' THEN\n            NEW.held := (SELECT sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8'))\n        FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id\n        WHERE l.order_id = NEW.order_id);\n        END IF;\n    \n                SELECT hash INTO previous FROM orders_statuschange\n                WHERE order_id = NEW.order_id AND sequence < NEW.sequence\n                ORDER BY sequence DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(concat(ROW(NEW.id, NEW.order_id, NEW.sequence, NEW.from_status, NEW.to_status,\n        extract(epoch FROM NEW.at), NEW.actor_id, NEW.reason, NEW.note, encode(NEW.held, 'hex'))::text,\n        CASE WHEN NEW.sequence = 1 THEN concat(\n(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,\n    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = NEW.order_id),\n(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,\n    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = NEW.order_id)\n) END), 'UTF8'));\n                RETURN NEW;\n            ", hash='bd1ec0dd4ee23f0d9b0f93106769e4b9e48a5908', operation='INSERT', pgid='pgtrigger_linked_82e19', table='orders_statuschange', when='BEFORE')),
        ),
    ]
