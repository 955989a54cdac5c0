"""A product may be sold before it is here: from which day on it is sent."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

PREORDER = models.CheckConstraint(
    condition=Q(available_from__isnull=True) | Q(inventory="counted", needs_parcel=True),
    name="catalog_product_preorder",
    violation_error_message="Only counted products that are sent as a parcel can be pre-ordered.",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0032_event_starts")]
    operations = [
        migrations.AddField(
            model_name='product',
            name='available_from',
            field=models.DateField(blank=True, help_text='For what is not here yet: receive the pieces that may be sold as stock. Empty: sent at once.', null=True, verbose_name='pre-order, sent from'),
        ),
        AddConstraintNotValid("product", PREORDER),
        ValidateConstraint("product", "catalog_product_preorder"),
    ]
