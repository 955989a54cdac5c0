"""A migration that would stop a shop which goes on, or the old code beside the new, is named."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from config.migration_rules import RELEASED, all_findings, findings

INDEX = models.Index(fields=["number"], name="i")
CHECK = models.CheckConstraint(condition=Q(number__gt=0), name="c")


def said(*steps, **more) -> list[str]:
    migration = type("Migration", (migrations.Migration,), {"operations": list(steps), **more})
    return list(findings("orders", migration("0999_new", "orders")))


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (migrations.AddIndex("Order", INDEX), "AddIndexConcurrently"),
        (migrations.AddConstraint("Order", CHECK), "AddConstraintNotValid"),
        (migrations.AddField("Courier", "new", models.TextField(default="")), "db_default"),
        (migrations.AlterField("Order", "number", models.BigIntegerField()), "in steps"),
        (migrations.RemoveField("Courier", "name"), "stop using it first"),
        (migrations.RenameField("Courier", "name", "title"), "the old name"),
        (migrations.DeleteModel("Courier"), "stop using it first"),
    ],
)
def test_what_the_old_code_or_a_large_table_does_not_bear_is_named(step, words):
    (line,) = said(step)
    assert line.startswith("orders.0999_new: ")
    assert words in line
    assert said(step, safe_because="nobody has run it") == []


@pytest.mark.parametrize(
    "step",
    [
        AddIndexConcurrently("Order", INDEX),
        migrations.AddField("Order", "new", models.TextField(db_default="")),
        migrations.AddField("Order", "new", models.TextField(null=True)),
        migrations.AddIndex("Courier", INDEX),
    ],
)
def test_what_does_no_harm_is_not(step):
    assert said(step) == []


def test_a_table_that_is_new_may_have_everything():
    made = migrations.CreateModel("Parcel", [("id", models.BigAutoField(primary_key=True))])
    assert said(made, migrations.AddField("Parcel", "new", models.TextField())) == []


def test_the_migrations_since_the_last_release_keep_the_rules():
    assert RELEASED
    assert all_findings() == []
