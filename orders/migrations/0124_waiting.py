"""Changes wait until their difference is paid, by an order of its own. 0125 looks at what there is."""

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# What was exchanged before was paid by the old pieces as a whole.
FILL = """
UPDATE orders_order o SET exchange_amount = o.total_amount FROM orders_exchange x WHERE x.order_id = o.id
"""


class Migration(migrations.Migration):
    safe_because = "of the reason's column only the choices change, which the database does not know"

    dependencies = [
        ('accounts', '0015_links_serial'),
        ('orders', '0123_groups_early'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WaitingChange',
            fields=[
                ('supplement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='waiting', serialize=False, to='orders.order', verbose_name='supplement')),
                ('change_id', models.UUIDField(editable=False, unique=True)),
                ('kind', models.CharField(choices=[('refund', 'Money returned'), ('cancel', 'Pieces canceled'), ('return', 'Pieces returned'), ('details', 'Address or note changed'), ('at_provider', 'Money returned at the payment provider'), ('undone', 'A return of money failed')], max_length=20, verbose_name='kind')),
                ('restocked', models.BooleanField(default=False, verbose_name='received back into stock')),
                ('based_on', models.PositiveIntegerField()),
                ('sent', models.PositiveIntegerField()),
                ('is_packed', models.BooleanField()),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('agreed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='agreed')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('is_owed', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'verbose_name': 'change that waits for its difference',
                'verbose_name_plural': 'changes that wait for their difference',
                'ordering': ['agreed_at'],
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='exchange_as_placed',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='statuschange',
            name='linked',
        ),
        migrations.AddField(
            model_name='order',
            name='exchange_amount',
            field=orders.models.fields.Money(db_default=0, decimal_places=2, default=0, editable=False, max_digits=18, verbose_name='paid by the exchange'),
        ),
        migrations.AddField(
            model_name='order',
            name='is_supplement',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='supplement'),
        ),
        migrations.AlterField(
            model_name='statuschange',
            name='reason',
            field=models.CharField(blank=True, choices=[('', ''), ('placed', 'The order was placed'), ('confirmed', 'Everything in the order is available'), ('no_free_numbers', 'Sold out'), ('payment_taken', 'The payment was received'), ('all_sent', 'Everything was sent'), ('change_made', 'The change was made'), ('moved_on', 'The order that it was for has changed meanwhile'), ('nothing_to_pay', 'There was nothing to pay'), ('customer_wish', 'Requested by the customer'), ('staff_decision', 'Decision of the shop'), ('payment_window_passed', 'Not paid in time'), ('money_returned', 'The money was returned'), ('nothing_to_return', 'There was no money to return'), ('returned_at_provider', 'The money was returned at the payment provider')], max_length=40),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='exchange_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."is_exchange" IS DISTINCT FROM (NEW."is_exchange") OR OLD."exchange_amount" IS DISTINCT FROM (NEW."exchange_amount") OR OLD."is_supplement" IS DISTINCT FROM (NEW."is_supplement"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7d31f654258d430dcbe64c79d038531f3ff29752', operation='UPDATE', pgid='pgtrigger_exchange_as_placed_01ba1', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statuschange',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n        IF NEW.sequence = 1 AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = NEW.order_id)\n            AND NOT EXISTS (SELECT FROM orders_order o WHERE o.id = NEW.order_id AND o.is_supplement AND NOT o.is_exchange)\n        THEN\n            RETURN NEW;\n        END IF;\n        IF NEW.from_status = 'pending' AND NEW.to_status = 'pay_required' THEN\n            NEW.held := (SELECT sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8'))\n        FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id\n        WHERE l.order_id = NEW.order_id);\n        END IF;\n    \n                SELECT hash INTO previous FROM orders_statuschange\n                WHERE order_id = NEW.order_id AND sequence < NEW.sequence\n                ORDER BY sequence DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(concat(ROW(NEW.id, NEW.order_id, NEW.sequence, NEW.from_status, NEW.to_status,\n        extract(epoch FROM NEW.at), NEW.actor_id, NEW.reason, NEW.note, encode(NEW.held, 'hex'))::text,\n        CASE WHEN NEW.sequence = 1 THEN concat(\n(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,\n    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = NEW.order_id),\n(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,\n    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = NEW.order_id),\n(SELECT ROW(o.shipping_tax_rate, o.shipping_tax, o.tax_total)::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND num_nonnulls(o.shipping_tax_rate, o.shipping_tax, o.tax_total) > 0),\n(SELECT string_agg(ROW(l.id, l.tax_rate, l.tax_amount)::text, '' ORDER BY l.position) FROM orders_orderline l\n    WHERE l.order_id = NEW.order_id AND num_nonnulls(l.tax_rate, l.tax_amount) > 0),\n(SELECT ROW(o.discount_total, o.shipping_discount)::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND o.discount_total > 0),\n(SELECT string_agg(ROW(l.id, l.list_price, l.discount)::text, '' ORDER BY l.position) FROM orders_orderline l\n    WHERE l.order_id = NEW.order_id AND (l.list_price IS NOT NULL OR l.discount > 0)),\n(SELECT string_agg(ROW(d.id, d.position, d.promotion_id, d.code, d.name, d.kind, d.amount, d.shipping_amount)::text, ''\n    ORDER BY d.position) FROM orders_orderdiscount d WHERE d.order_id = NEW.order_id),\n(SELECT string_agg(ROW(s.id, s.discount_id, s.line_id, s.amount)::text, '' ORDER BY s.id) FROM orders_discountshare s\n    JOIN orders_orderdiscount d ON d.id = s.discount_id WHERE d.order_id = NEW.order_id),\n(SELECT ROW(o.tax_reason, o.billing_snapshot ->> 'vat_id', o.billing_snapshot ->> 'vat_check',\n    o.billing_snapshot ->> 'vat_checked_at', o.billing_snapshot ->> 'country')::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND (o.tax_reason <> '' OR o.billing_snapshot IS NOT NULL))\n) END), 'UTF8'));\n                RETURN NEW;\n            ", hash='5e3ca0e4fb98f9a28e2b55faf1d5262b39ec2882', operation='INSERT', pgid='pgtrigger_linked_82e19', table='orders_statuschange', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('exchange_amount', 0), models.Q(('exchange_amount__range', (0, django.db.models.expressions.CombinedExpression(models.F('total_amount'), '-', models.F('card_amount')))), ('is_exchange', True)), _connector='OR'), name='orders_order_exchange_amount'),
        ),
        migrations.AddField(
            model_name='waitingchange',
            name='actor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='waitingchange',
            name='line',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='waitingchange',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting_changes', to='orders.order', verbose_name='order'),
        ),
        migrations.AddIndex(
            model_name='waitingchange',
            index=models.Index(condition=models.Q(('is_owed', True)), fields=['order'], name='orders_waiting_owed'),
        ),
        migrations.AddConstraint(
            model_name='waitingchange',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('order',), name='orders_waiting_one_open'),
        ),
        migrations.AddConstraint(
            model_name='waitingchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'details'), ('line', None), ('restocked', False)), models.Q(('kind__in', ['cancel', 'return']), ('line__isnull', False)), _connector='OR'), name='orders_waiting_kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waitingchange',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='af0961ac931ed1cc5561d14282d4f3bd2c7112b7', operation='DELETE', pgid='pgtrigger_never_deleted_d4fec', table='orders_waitingchange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waitingchange',
            trigger=pgtrigger.compiler.Trigger(name='as_agreed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."supplement_id" IS DISTINCT FROM (NEW."supplement_id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."change_id" IS DISTINCT FROM (NEW."change_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."line_id" IS DISTINCT FROM (NEW."line_id") OR OLD."restocked" IS DISTINCT FROM (NEW."restocked") OR OLD."based_on" IS DISTINCT FROM (NEW."based_on") OR OLD."sent" IS DISTINCT FROM (NEW."sent") OR OLD."is_packed" IS DISTINCT FROM (NEW."is_packed") OR OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."agreed_at" IS DISTINCT FROM (NEW."agreed_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d181aeddffe81f57011e4c97fd0ddefc8762400a', operation='UPDATE', pgid='pgtrigger_as_agreed_49d78', table='orders_waitingchange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waitingchange',
            trigger=pgtrigger.compiler.Trigger(name='ends_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") AND OLD."ended_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8bfed6bf9cf85192a8818349849a723351bc1d7d', operation='UPDATE', pgid='pgtrigger_ends_once_1da8f', table='orders_waitingchange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='waitingchange',
            trigger=pgtrigger.compiler.Trigger(name='of_one_customer', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT FROM orders_order o JOIN orders_order s ON s.id = NEW.supplement_id\n                            AND s.customer_id = o.customer_id AND s.id <> o.id AND s.is_supplement\n                            AND s.is_exchange = (NEW.kind <> 'details')\n                        LEFT JOIN orders_orderline l ON l.id = NEW.line_id\n                        WHERE o.id = NEW.order_id AND coalesce(l.order_id, o.id) = o.id\n                    ) THEN\n                        RAISE EXCEPTION 'order %: supplements no change of %', NEW.supplement_id, NEW.order_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='0230d86e16f631dc3b7a3137d94e44b4ce1543d9', operation='INSERT', pgid='pgtrigger_of_one_customer_7b72d', table='orders_waitingchange', when='BEFORE')),
        ),
    ]
