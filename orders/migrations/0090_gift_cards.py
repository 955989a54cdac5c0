"""Gift cards and store credit. What is promised of orders is looked at by the next migration."""

import django.db.models.deletion
import django.utils.timezone
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_links_serial'),
        ('catalog', '0028_gift_cards'),
        ('orders', '0089_linked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CardUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='amount')),
                ('state', models.CharField(choices=[('held', 'held'), ('captured', 'paid'), ('released', 'given back')], default='held', max_length=10, verbose_name='state')),
                ('held_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='held')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
            ],
            options={
                'verbose_name': 'use of a gift card',
                'verbose_name_plural': 'uses of gift cards',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='GiftCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, default='', editable=False, max_length=16)),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('balance', orders.models.fields.Money(db_default=0, decimal_places=2, default=0, editable=False, max_digits=18, verbose_name='balance')),
                ('expires_on', models.DateField(null=True, verbose_name='expires')),
                ('voided_at', models.DateTimeField(null=True, verbose_name='void since')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='issued')),
            ],
            options={
                'verbose_name': 'gift card',
                'verbose_name_plural': 'gift cards',
                'ordering': ['-id'],
                'permissions': [('give_credit', 'Can give store credit and gift cards'), ('void_giftcard', 'Can void gift cards')],
            },
        ),
        migrations.CreateModel(
            name='GiftCardEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('issued', 'issued'), ('given', 'given by staff'), ('taken', 'taken for an order'), ('released', 'given back: the order was not paid with it'), ('returned', 'refunded'), ('voided', 'voided')], max_length=10, verbose_name='kind')),
                ('amount', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='amount')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
            ],
            options={
                'verbose_name': 'entry of a gift card',
                'verbose_name_plural': 'entries of gift cards',
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='order',
            name='card_amount',
            field=orders.models.fields.Money(db_default=0, decimal_places=2, default=0, editable=False, max_digits=18, verbose_name='on gift cards'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='cards_by_their_uses', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.card_amount IS DISTINCT FROM NEW.card_amount AND pg_trigger_depth() < 1)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0a859d2f9aa08ce1fdab96600cd35e93fdc5fc5a', operation='UPDATE', pgid='pgtrigger_cards_by_their_uses_ae372', table='orders_order', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('card_amount__range', (0, models.F('total_amount')))), name='orders_order_card_amount'),
        ),
        migrations.AddField(
            model_name='carduse',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='card_uses', to='orders.order', verbose_name='order'),
        ),
        migrations.AddField(
            model_name='carduse',
            name='payment',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='card_use', to='orders.payment'),
        ),
        migrations.AddField(
            model_name='giftcard',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='gift_cards', to='orders.orderline', verbose_name='sold with'),
        ),
        migrations.AddField(
            model_name='giftcard',
            name='owner',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='store_credits', to=settings.AUTH_USER_MODEL, verbose_name='customer'),
        ),
        migrations.AddField(
            model_name='carduse',
            name='card',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='orders.giftcard', verbose_name='gift card'),
        ),
        migrations.AddField(
            model_name='giftcardentry',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='giftcardentry',
            name='card',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='orders.giftcard', verbose_name='gift card'),
        ),
        migrations.AddField(
            model_name='giftcardentry',
            name='order',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='card_entries', to='orders.order', verbose_name='order'),
        ),
        migrations.AddField(
            model_name='giftcardentry',
            name='refund',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='card_entry', to='orders.refund'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.CheckConstraint(condition=models.Q(('balance__gte', 0)), name='orders_giftcard_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('code',), name='orders_giftcard_code_once'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.UniqueConstraint(condition=models.Q(('owner__isnull', False)), fields=('owner', 'currency'), name='orders_giftcard_credit_once'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code', ''), ('expires_on__isnull', True), ('line__isnull', True), ('owner__isnull', False)), models.Q(('code__regex', '^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{16}$'), ('owner__isnull', True)), _connector='OR'), name='orders_giftcard_code_or_owner'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giftcard',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='1441040117654ea591e1865451064c13bc5a3448', operation='DELETE', pgid='pgtrigger_never_deleted_6d01d', table='orders_giftcard', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giftcard',
            trigger=pgtrigger.compiler.Trigger(name='as_issued', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."line_id" IS DISTINCT FROM (NEW."line_id") OR OLD."expires_on" IS DISTINCT FROM (NEW."expires_on") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='98ca6a043ad3f8000d2a7c86046c46f8db4d53d0', operation='UPDATE', pgid='pgtrigger_as_issued_43b13', table='orders_giftcard', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giftcard',
            trigger=pgtrigger.compiler.Trigger(name='begins_empty', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.balance <> 0)', func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='8d417dfba23ee4c297d769838b27555b8f7adba5', operation='INSERT', pgid='pgtrigger_begins_empty_42afe', table='orders_giftcard', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giftcard',
            trigger=pgtrigger.compiler.Trigger(name='counted_by_entries', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.balance IS DISTINCT FROM NEW.balance AND pg_trigger_depth() < 1)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='42922b75da81c151ff8b735e45608954602c562b', operation='UPDATE', pgid='pgtrigger_counted_by_entries_7bb3b', table='orders_giftcard', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='carduse',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['held', 'captured'])), fields=('order', 'card'), name='orders_carduse_once'),
        ),
        migrations.AddConstraint(
            model_name='carduse',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='orders_carduse_amount'),
        ),
        migrations.AddConstraint(
            model_name='carduse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('payment', None), ('state', 'held')), models.Q(('ended_at__isnull', False), ('payment__isnull', False), ('state', 'captured')), models.Q(('ended_at__isnull', False), ('payment', None), ('state', 'released')), _connector='OR'), name='orders_carduse_state'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carduse',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4e1a9075130ffd950cd7af9badbe089d1cec65ff', operation='DELETE', pgid='pgtrigger_never_deleted_c35e4', table='orders_carduse', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carduse',
            trigger=pgtrigger.compiler.Trigger(name='as_held', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."card_id" IS DISTINCT FROM (NEW."card_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."held_at" IS DISTINCT FROM (NEW."held_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7f42a92900e30d3bb446133e818fec33d0753d4a', operation='UPDATE', pgid='pgtrigger_as_held_e2eb0', table='orders_carduse', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carduse',
            trigger=pgtrigger.compiler.Trigger(name='ends_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" IN (\'captured\', \'released\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='273e66fd1abdd88c5f2b6837cd5c81d44cdadc59', operation='UPDATE', pgid='pgtrigger_ends_once_e52a8', table='orders_carduse', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carduse',
            trigger=pgtrigger.compiler.Trigger(name='counted_at_order', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF TG_OP = 'INSERT' AND NEW.state <> 'released' THEN\n                        UPDATE orders_order SET card_amount = card_amount + NEW.amount WHERE id = NEW.order_id;\n                    ELSIF TG_OP = 'UPDATE' AND OLD.state = 'held' AND NEW.state = 'released' THEN\n                        UPDATE orders_order SET card_amount = card_amount - NEW.amount WHERE id = NEW.order_id;\n                    END IF;\n                    RETURN NULL;\n                ", hash='b8dfe8acff98e7f2fb103a7bce4f2fa411139c86', operation='INSERT OR UPDATE OF "state"', pgid='pgtrigger_counted_at_order_cd226', table='orders_carduse', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='giftcardentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind__in', ['issued', 'given', 'released', 'returned'])), models.Q(('amount__lt', 0), ('kind__in', ['taken', 'voided'])), _connector='OR'), name='orders_giftcardentry_amount'),
        ),
        migrations.AddConstraint(
            model_name='giftcardentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['taken', 'released', 'returned']), ('order__isnull', False)), ('kind', 'given'), models.Q(('kind__in', ['issued', 'voided']), ('order__isnull', True)), _connector='OR'), name='orders_giftcardentry_order'),
        ),
        migrations.AddConstraint(
            model_name='giftcardentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'returned'), ('refund__isnull', False)), ('kind', 'given'), models.Q(('kind__in', ['issued', 'taken', 'released', 'voided']), ('refund__isnull', True)), _connector='OR'), name='orders_giftcardentry_refund'),
        ),
        migrations.AddConstraint(
            model_name='giftcardentry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'issued')), fields=('card',), name='orders_giftcardentry_issued_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giftcardentry',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='83b8de7502f5a16a88e1defcb924c959204463d2', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_c0593', table='orders_giftcardentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giftcardentry',
            trigger=pgtrigger.compiler.Trigger(name='counted_at_card', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n                    UPDATE orders_giftcard SET balance = balance + NEW.amount WHERE id = NEW.card_id;\n                    RETURN NULL;\n                ', hash='bfb7e1593f524a5f36d80b99ebf322885d63eaa8', operation='INSERT', pgid='pgtrigger_counted_at_card_72572', table='orders_giftcardentry', when='AFTER')),
        ),
    ]
