"""What a new migration may do while the old code still serves: `make check` looks at each one since the last release.

A shop is upgraded one process after the other (docs/upgrade.md), so the old code runs on the new tables for a while, and no
lock may keep customers waiting. What breaks a rule on purpose says why, in `safe_because` of its Migration.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

from django.db import models

# The number of each app's last migration in the last release (CHANGELOG.md): what is older has been run.
RELEASED = {
    "accounts": 13,
    "bulk": 2,
    "catalog": 20,
    "orders": 59,
    "outbox": 2,
    "rest": 1,
    "shop": 1,
    "staff": 1,
    "backups": 1,
}
# Tables that grow with the shop: to build an index, or to look at each row, takes long there.
GROWING = {
    "accounts": {"user", "address", "apikey"},
    "catalog": {"number", "stockmovement"},
    "orders": {
        *(
            "order",
            "orderline",
            "allocation",
            "statuschange",
            "payment",
            "ledgerentry",
            "refund",
            "feedentry",
        ),
        *("email", "invoice", "webhookdelivery", "providerevent", "ordernote"),
    },
    "rest": {"keptanswer"},
    "shop": {"cartitem"},
    "staff": {"staffaction"},
}
GONE = {
    "RemoveField": "the old code still reads it: let a release stop using it first",
    "DeleteModel": "the old code still reads it: let a release stop using it first",
    "RenameField": "the old code knows the old name: add, copy, and remove a release later",
    "RenameModel": "the old code knows the old name",
    "AlterModelTable": "the old code knows the old name",
}


def findings(app: str, migration: Any) -> Iterator[str]:
    """What a migration does that a shop which goes on must not see."""
    if getattr(migration, "safe_because", ""):
        return
    made = {_model(step) for step in migration.operations if type(step).__name__ == "CreateModel"}
    for step in migration.operations:
        if _model(step) not in made:
            yield from (f"{app}.{migration.name}: {step.describe()}: {why}" for why in _wrong(app, step))


def _model(step: Any) -> str:
    named = getattr(step, "model_name", None) or getattr(step, "name", "")
    return str(named).lower()


def _wrong(app: str, step: Any) -> Iterator[str]:
    kind, grows = type(step).__name__, _model(step) in GROWING.get(app, ())
    if kind in GONE:
        yield GONE[kind]
    if kind == "AddField" and _needs_value(step.field):
        yield "the old code inserts rows without it: give it db_default, or null=True"
    if kind == "AlterField" and grows:
        yield "may look at each row under a lock: NOT NULL and types change in steps"
    if kind == "AddIndex" and grows:
        yield "locks out writers while it is built: AddIndexConcurrently, in a migration that is not atomic"
    if kind == "AddConstraint" and grows:
        yield "looks at each row under a lock: AddConstraintNotValid, and ValidateConstraint in the next migration"


def _needs_value(field: Any) -> bool:
    has_default = field.db_default is not models.NOT_PROVIDED
    return not (field.null or has_default or field.many_to_many or getattr(field, "generated", False))


def all_findings() -> list[str]:
    """Of every migration that is newer than the last release."""
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 settings are known once Django is set up

    disk = MigrationLoader(None).disk_migrations
    new = (key for key in sorted(disk) if key[0] in RELEASED and int(key[1][:4]) > RELEASED[key[0]])
    return [line for key in new for line in findings(key[0], disk[key])]


def main() -> int:
    import django  # noqa: PLC0415 see above

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    lines = all_findings()
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
