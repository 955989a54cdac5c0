"""Pieces of an order that goes on may come back, several times; what gives all of it up still comes back once."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

SIGN = models.CheckConstraint(
    condition=Q(kind="received", quantity__gt=0)
    | Q(kind="counted")
    | Q(kind="taken", quantity__lt=0)
    | Q(kind__in=["given_back", "canceled", "returned"], quantity__gt=0),
    name="catalog_movement_sign",
)
FOR_ORDER = models.UniqueConstraint(
    fields=["order_id", "product", "kind"],
    condition=Q(order_id__isnull=False, kind__in=["taken", "given_back"]),
    name="catalog_movement_once_for_order",
)
FOR_CHANGE = models.UniqueConstraint(
    fields=["order_id", "product", "reason"],
    condition=Q(kind__in=["canceled", "returned"]),
    name="catalog_movement_once_for_change",
)


def unique(constraint: models.UniqueConstraint, columns: str, where: str) -> migrations.SeparateDatabaseAndState:
    """A unique index that is built while the shop goes on."""
    name = constraint.name
    build = f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON catalog_stockmovement ({columns}) WHERE {where}"
    return migrations.SeparateDatabaseAndState(
        state_operations=[migrations.AddConstraint("stockmovement", constraint)],
        database_operations=[migrations.RunSQL(build, f"DROP INDEX CONCURRENTLY IF EXISTS {name}")],
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0025_prices_noted")]
    operations = [
        migrations.SeparateDatabaseAndState(
            # Only names are added to the choices: the column stays as it is.
            state_operations=[
                migrations.AlterField(
                    model_name='stockmovement',
                    name='kind',
                    field=models.CharField(choices=[('received', 'received'), ('counted', 'counted'), ('taken', 'taken'), ('given_back', 'given back'), ('canceled', 'canceled'), ('returned', 'returned')], max_length=10, verbose_name='kind'),
                )
            ]
        ),
        migrations.RemoveConstraint("stockmovement", "catalog_movement_sign"),
        AddConstraintNotValid("stockmovement", SIGN),
        ValidateConstraint("stockmovement", "catalog_movement_sign"),
        unique(FOR_ORDER, "order_id, product_id, kind", "order_id IS NOT NULL AND kind IN ('taken', 'given_back')"),
        unique(FOR_CHANGE, "order_id, product_id, reason", "kind IN ('canceled', 'returned')"),
        migrations.RemoveConstraint("stockmovement", "catalog_movement_once_per_order"),
    ]
