"""Migrating renders a model anew where its fields change, and not for each of its constraints, indexes and triggers.

Django makes the classes of a model and of all that are related to it anew for each operation; from an empty database to
the newest tables that is nearly all of the time that migrating takes, and half of it is for operations that no class looks
different after. Here these write what they changed into the class that is there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db.migrations import AddConstraint, AddIndex, RemoveConstraint, RemoveIndex
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Model
from pgtrigger.migrations import AddTrigger, RemoveTrigger

OPERATIONS = (AddConstraint, AddIndex, AddTrigger, RemoveConstraint, RemoveIndex, RemoveTrigger)
OPTIONS = ("constraints", "indexes", "triggers")

Forwards = Callable[[Any, str, ProjectState], None]


@contextmanager
def rendering_for_fields_alone() -> Iterator[None]:
    """For all migrations of this process that are run inside."""
    usual = {kind: kind.state_forwards for kind in OPERATIONS}
    for kind, forwards in usual.items():
        kind.state_forwards = _in_place(forwards)  # type: ignore[assignment, method-assign]  # until the end of this
    try:
        yield
    finally:
        for kind, forwards in usual.items():
            kind.state_forwards = forwards  # type: ignore[method-assign]


def _in_place(forwards: Forwards) -> Forwards:
    @wraps(forwards)
    def act(operation: Any, app_label: str, state: ProjectState) -> None:
        # A state without classes has none to make anew.
        apps = state.__dict__.pop("apps", None)
        forwards(operation, app_label, state)
        if apps is not None:
            state.__dict__["apps"] = apps
            name = operation.model_name_lower
            _note(apps.get_model(app_label, name), state.models[app_label, name])

    return act


def _note(model: type[Model], state: ModelState) -> None:
    for name in OPTIONS:
        if name in state.options:
            setattr(model._meta, name, list(state.options[name]))
    # What Django has worked out of the constraints.
    model._meta.__dict__.pop("total_unique_constraints", None)
