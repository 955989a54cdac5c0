"""What migrations add to a model beside its fields is in its class, without classes being made anew."""

from collections.abc import Callable
from contextlib import nullcontext

import pgtrigger
import pytest
from django.db import models
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
)
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from database.migrating import OPERATIONS, rendering_for_fields_alone

UNIQUE = models.UniqueConstraint(fields=["size"], name="box_size")
GUARD = pgtrigger.Protect(name="guard", operation=pgtrigger.Delete)
FIRST = [
    CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),
    CreateModel(
        "Box",
        [
            ("id", models.AutoField(primary_key=True)),
            ("size", models.IntegerField()),
            ("shelf", models.ForeignKey("catalog.Shelf", models.CASCADE)),
        ],
        options={"constraints": [models.CheckConstraint(condition=models.Q(size__gt=0), name="box_small")]},
    ),
]
BESIDE_FIELDS = [
    AddConstraint("Box", UNIQUE),
    AddIndex("Box", models.Index(fields=["size"], name="box_by_size")),
    AddIndex("Box", models.Index(fields=["shelf"], name="box_by_shelf")),
    RemoveIndex("Box", "box_by_size"),
    RemoveConstraint("Box", "box_small"),
    AddTrigger("box", GUARD),
]


def state_after(*operations) -> ProjectState:
    state = ProjectState()
    for operation in operations:
        operation.state_forwards("catalog", state)
        state.apps  # noqa: B018 rendered, as by the first operation that a database has
    return state


def beside_fields(state: ProjectState) -> list[object]:
    meta = state.apps.get_model("catalog", "Box")._meta
    triggers = list(getattr(meta, "triggers", []))
    return [meta.constraints, meta.indexes, triggers, meta.total_unique_constraints]


@pytest.mark.parametrize(
    "more", [[], [RemoveTrigger("box", "guard")], [RemoveConstraint("Box", "box_size")]], ids=str
)
def test_a_class_says_what_one_that_is_made_anew_says(more):
    operations = [*FIRST, *BESIDE_FIELDS, *more]
    usual = beside_fields(state_after(*operations))

    with rendering_for_fields_alone():
        assert beside_fields(state_after(*operations)) == usual != beside_fields(state_after(*FIRST))


def test_classes_stay_as_long_as_their_fields_do():
    def stay(operations: list, around: Callable = rendering_for_fields_alone) -> bool:
        with around():
            state = state_after(*FIRST)
            before = state.apps.get_model("catalog", "Box"), state.apps.get_model("catalog", "Shelf")
            for operation in operations:
                operation.state_forwards("catalog", state)
            return before == (
                state.apps.get_model("catalog", "Box"),
                state.apps.get_model("catalog", "Shelf"),
            )

    assert stay(BESIDE_FIELDS)
    assert not stay(BESIDE_FIELDS, nullcontext)
    assert not stay([AddField("Box", "colour", models.TextField(default=""))])
    assert not stay([AlterField("Box", "size", models.BigIntegerField())])


def test_a_class_that_is_made_anew_later_has_it_all():
    with rendering_for_fields_alone():
        state = state_after(*FIRST, *BESIDE_FIELDS, AddField("Box", "colour", models.TextField(default="")))
    assert beside_fields(state) == beside_fields(state_after(*FIRST, *BESIDE_FIELDS))
    assert state.apps.get_model("catalog", "Box")._meta.get_field("colour")


def test_afterwards_django_does_it_as_ever():
    before = [kind.state_forwards for kind in OPERATIONS]
    with rendering_for_fields_alone():
        assert [kind.state_forwards for kind in OPERATIONS] != before
    assert [kind.state_forwards for kind in OPERATIONS] == before
