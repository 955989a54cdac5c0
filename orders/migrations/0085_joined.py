"""Changes and parcels of one order look at each other: what is sent is not canceled, what is canceled not sent."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    safe_because = "of the field only the choices change, which the database does not know"

    dependencies = [
        ('orders', '0084_groups_bank'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='changeline',
            name='within_the_line',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='feedentry',
            name='numbered_once',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='shipmentline',
            name='counted_at_line',
        ),
        migrations.RemoveConstraint(
            model_name='email',
            name='orders_mail_kind',
        ),
        migrations.RemoveConstraint(
            model_name='feedentry',
            name='orders_feed_tells_one_thing',
        ),
        migrations.AlterField(
            model_name='email',
            name='kind',
            field=models.CharField(choices=[('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('changed', 'Order changed'), ('change_refunded', 'Part refunded'), ('request_received', 'Request received'), ('request_declined', 'Request declined'), ('refund_declined', 'Refund declined'), ('pay_by_hand', 'How to pay'), ('shipped', 'Parcel sent'), ('account', 'Account'), ('webhook_off', 'Webhook switched off'), ('back_to_confirm', 'Back in stock, to be confirmed'), ('back_in_stock', 'Back in stock')], max_length=20, verbose_name='about'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='changeline',
            trigger=pgtrigger.compiler.Trigger(name='within_the_line', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE bought orders_orderline%ROWTYPE; changed uuid; made text; pieces bigint; given numeric; taxed numeric;', func="\n                    SELECT order_id INTO changed FROM orders_orderchange WHERE id = NEW.change_id;\n                    PERFORM FROM orders_order WHERE id = changed FOR NO KEY UPDATE;\n                    SELECT * INTO bought FROM orders_orderline WHERE id = NEW.line_id;\n                    SELECT coalesce(sum(l.quantity), 0), coalesce(sum(l.amount), 0), coalesce(sum(l.tax), 0)\n                    INTO pieces, given, taxed FROM orders_changeline l\n                    WHERE l.line_id = NEW.line_id\n                        AND NOT EXISTS (SELECT FROM orders_orderchange u WHERE u.undoes_id = l.change_id);\n                    SELECT kind INTO made FROM orders_orderchange WHERE id = NEW.change_id;\n                    IF bought.order_id IS DISTINCT FROM changed\n                        OR pieces + NEW.quantity > bought.quantity - (CASE made WHEN 'cancel' THEN bought.sent ELSE 0 END)\n                        OR given + NEW.amount > bought.line_total\n                        OR taxed + coalesce(NEW.tax, 0) > coalesce(bought.tax_amount, 0) THEN\n                        RAISE EXCEPTION 'line %: a change takes more than there is left', NEW.line_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='24c94deb3fe846a94c4bd3361709fb0ee6e48d8e', operation='INSERT', pgid='pgtrigger_within_the_line_3ccf6', table='orders_changeline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feedentry',
            trigger=pgtrigger.compiler.Trigger(name='numbered_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.position IS NOT NULL OR ROW(OLD.order_id, OLD.customer_id, OLD.change_id, OLD.money_id, OLD.edit_id, OLD.shipment_id) IS DISTINCT FROM ROW(NEW.order_id, NEW.customer_id, NEW.change_id, NEW.money_id, NEW.edit_id, NEW.shipment_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0e08ca61458bace01ebcd73e5a1af88bde91acf3', operation='UPDATE', pgid='pgtrigger_numbered_once_1f57d', table='orders_feedentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shipmentline',
            trigger=pgtrigger.compiler.Trigger(name='counted_at_line', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE shipped uuid; canceled bigint;', func="\n                    -- Its lock comes before the sum, so that it is of all that is committed.\n                    SELECT order_id INTO shipped FROM orders_shipment WHERE id = NEW.shipment_id;\n                    PERFORM FROM orders_order WHERE id = shipped FOR NO KEY UPDATE;\n                    SELECT coalesce(sum(c.quantity), 0) INTO canceled\n                    FROM orders_changeline c JOIN orders_orderchange o ON o.id = c.change_id\n                    WHERE c.line_id = NEW.line_id AND o.kind = 'cancel';\n                    UPDATE orders_orderline l SET sent = l.sent + NEW.quantity\n                    WHERE l.id = NEW.line_id AND l.order_id = shipped AND l.sent + NEW.quantity <= l.quantity - canceled;\n                    IF NOT FOUND THEN\n                        RAISE EXCEPTION 'the line is of another order, or fewer pieces of it are left to send'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ", hash='bc51dfccf1bc615499f16370ee48778c1a9287cb', operation='INSERT', pgid='pgtrigger_counted_at_line_0e201', table='orders_shipmentline', when='AFTER')),
        ),
        AddConstraintNotValid(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['placed', 'pay_required', 'paid', 'done', 'not_confirmed', 'canceled', 'refund', 'refunded', 'late_money_returned', 'tracking', 'refund_failed', 'refunded_later', 'changed', 'change_refunded', 'request_received', 'request_declined', 'refund_declined', 'pay_by_hand', 'shipped', 'account', 'webhook_off', 'back_to_confirm', 'back_in_stock'])), name='orders_mail_kind'),
        ),
        AddConstraintNotValid(
            model_name='feedentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change__isnull', False), ('edit', None), ('money', None), ('shipment', None)), models.Q(('change', None), ('edit', None), ('money__isnull', False), ('shipment', None)), models.Q(('change', None), ('edit__isnull', False), ('money', None), ('shipment', None)), models.Q(('change', None), ('edit', None), ('money', None), ('shipment__isnull', False)), _connector='OR'), name='orders_feed_tells_one_thing'),
        ),
        ValidateConstraint("email", "orders_mail_kind"),
        ValidateConstraint("feedentry", "orders_feed_tells_one_thing"),
    ]
