"""What migrations add, models and what models have, is in classes, without those that are there being made anew."""

from collections.abc import Callable
from contextlib import nullcontext
from itertools import chain

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
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState, StateApps
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from database.migrating import OPERATIONS, keeping_classes

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


# A field of its own, keys to what was there before and to what is newer, to itself, and many to many.
FIELDS = [
    AddField("Box", "colour", models.TextField(default="")),
    AddField("Shelf", "best", models.ForeignKey("catalog.Box", models.CASCADE, related_name="best_of")),
    CreateModel(
        "Room", [("id", models.AutoField(primary_key=True)), ("shelves", models.ManyToManyField("Shelf"))]
    ),
    CreateModel("TidyBox", [], options={"proxy": True}, bases=("catalog.Box",)),
    AddField("Shelf", "room", models.ForeignKey("catalog.Room", models.CASCADE, null=True)),
    AddField("Box", "lid_of", models.OneToOneField("self", models.CASCADE, related_name="lid")),
    AddField("Room", "others", models.ManyToManyField("self")),
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


def told(apps: StateApps) -> dict[str, list[object]]:
    """What classes say of their fields and of who points to them; each has to be the one that others have."""
    said = {}
    for model in apps.get_models(include_auto_created=True):
        fields = model._meta.get_fields(include_hidden=True)
        ours = [(field.name, field.column) for field in model._meta.local_fields]
        said[model._meta.label] = [
            ours,
            sorted((field.name, type(field).__name__) for field in fields),
            sorted(str(field.related_model._meta.label) for field in fields if field.is_relation),
            sorted(name for name in vars(model) if not name.startswith("_")),
        ]
    return said


def strangers(apps: StateApps) -> list[str]:
    """Fields that lead to a class which another has taken the place of."""
    return [
        str(field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields(include_hidden=True)
        if field.is_relation and field.related_model is not apps.get_model(field.related_model._meta.label)
    ]


def made_anew(state: ProjectState) -> StateApps:
    return StateApps(state.real_apps, state.models)


def test_new_models_and_fields_are_what_they_are_in_classes_made_anew():
    with keeping_classes():
        state = state_after(*FIRST, *FIELDS)
    assert told(state.apps) == told(made_anew(state))
    assert strangers(state.apps) == []


@pytest.mark.long
def test_after_all_migrations_classes_have_the_fields_of_those_made_anew():
    loader = MigrationLoader(None)
    state = ProjectState(real_apps=loader.unmigrated_apps)
    with keeping_classes():
        plans = [loader.graph.forwards_plan(leaf) for leaf in loader.graph.leaf_nodes()]
        for name in dict.fromkeys(chain.from_iterable(plans)):
            for operation in loader.graph.nodes[name].operations:
                operation.state_forwards(name[0], state)
                state.apps  # noqa: B018 rendered, as by the first operation that a database has
    after, anew = told(state.apps), told(made_anew(state))
    # Of what leads here Django's own way of altering a field leaves less behind, until classes are asked for by Python.
    assert {name: said[:2] for name, said in after.items()} == {name: said[:2] for name, said in anew.items()}


def test_a_copy_of_a_state_changes_no_class_of_the_state():
    with keeping_classes():
        state = state_after(*FIRST)
        copy = state.clone()
        for operation in FIELDS:
            operation.state_forwards("catalog", copy)
    assert told(copy.apps) == told(made_anew(copy))
    assert told(state.apps) == told(made_anew(state))


@pytest.mark.parametrize(
    "more", [[], [RemoveTrigger("box", "guard")], [RemoveConstraint("Box", "box_size")]], ids=str
)
def test_a_class_says_what_one_that_is_made_anew_says(more):
    operations = [*FIRST, *BESIDE_FIELDS, *more]
    usual = beside_fields(state_after(*operations))

    with keeping_classes():
        assert beside_fields(state_after(*operations)) == usual != beside_fields(state_after(*FIRST))


def test_classes_stay_as_long_as_what_they_have_does():
    def stay(operations: list, around: Callable = keeping_classes) -> bool:
        with around():
            state = state_after(*FIRST)
            before = state.apps.get_model("catalog", "Box"), state.apps.get_model("catalog", "Shelf")
            for operation in operations:
                operation.state_forwards("catalog", state)
            return before == (
                state.apps.get_model("catalog", "Box"),
                state.apps.get_model("catalog", "Shelf"),
            )

    for added in (BESIDE_FIELDS, FIELDS):
        assert stay(added)
        assert not stay(added, nullcontext)
    assert not stay([AlterField("Box", "size", models.BigIntegerField())])


def test_a_class_that_is_made_anew_later_has_it_all():
    with keeping_classes():
        state = state_after(*FIRST, *BESIDE_FIELDS, AddField("Box", "colour", models.TextField(default="")))
    assert beside_fields(state) == beside_fields(state_after(*FIRST, *BESIDE_FIELDS))
    assert state.apps.get_model("catalog", "Box")._meta.get_field("colour")


def test_afterwards_django_does_it_as_ever():
    before = [kind.state_forwards for kind in OPERATIONS]
    with keeping_classes():
        assert [kind.state_forwards for kind in OPERATIONS] != before
    assert [kind.state_forwards for kind in OPERATIONS] == before
