"""Migrating makes the class of a model anew where a field of it changes or goes, and not for what is added to it.

Django makes the classes of a model and of all that are related to it anew for each operation; from an empty database to
the newest tables that is nearly all of the time that migrating takes. Here a new model is one class more, and a new field,
constraint, index or trigger is written into the class that is there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, RemoveConstraint, RemoveIndex
from django.db.migrations.state import ProjectState, StateApps
from pgtrigger.migrations import AddTrigger, RemoveTrigger

OPTIONS = ("constraints", "indexes", "triggers")

Forwards = Callable[[Any, str, ProjectState], None]


@contextmanager
def keeping_classes() -> Iterator[None]:
    """For all migrations of this process that are run inside."""
    usual = {kind: kind.state_forwards for kind in OPERATIONS}
    for kind, note in OPERATIONS.items():
        kind.state_forwards = _in_place(usual[kind], note)
    try:
        yield
    finally:
        for kind, forwards in usual.items():
            kind.state_forwards = forwards


def _in_place(forwards: Forwards, note: Forwards) -> Forwards:
    @wraps(forwards)
    def act(operation: Any, app_label: str, state: ProjectState) -> None:
        apps = state.__dict__.get("apps")
        if apps is None or not _has_its_own(apps):
            forwards(operation, app_label, state)
            return
        # A state without classes has none to make anew.
        del state.__dict__["apps"]
        forwards(operation, app_label, state)
        state.__dict__["apps"] = apps
        note(operation, app_label, state)
        apps.clear_cache()

    return act


def _has_its_own(apps: StateApps) -> bool:
    """Whether the classes are of no other state: a copy, such as the one before an operation, has the very same ones."""
    return all(model._meta.apps is apps for model in apps.get_models(include_auto_created=True))


def _note_model(operation: CreateModel, app_label: str, state: ProjectState) -> None:
    state.apps.render_multiple([state.models[app_label, operation.name_lower]])


def _note_field(operation: AddField, app_label: str, state: ProjectState) -> None:
    field = state.models[app_label, operation.model_name_lower].fields[operation.name]
    state.apps.get_model(app_label, operation.model_name_lower).add_to_class(operation.name, field.clone())


def _note_options(operation: Any, app_label: str, state: ProjectState) -> None:
    name = operation.model_name_lower
    meta, options = state.apps.get_model(app_label, name)._meta, state.models[app_label, name].options
    for option in OPTIONS:
        if option in options:
            setattr(meta, option, list(options[option]))
    # What Django has worked out of the constraints.
    meta.__dict__.pop("total_unique_constraints", None)


OPERATIONS: dict[Any, Forwards] = {CreateModel: _note_model, AddField: _note_field} | dict.fromkeys(
    (AddConstraint, AddIndex, AddTrigger, RemoveConstraint, RemoveIndex, RemoveTrigger), _note_options
)
