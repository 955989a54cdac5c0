"""`manage.py pictures`: make both sizes of pictures that were stored before there were two.

The old files stay where they are. A row whose file is lost or damaged stays as it is, and its page shows what it did before.
"""

import logging
from pathlib import PurePath
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from catalog.models import ProductImage
from catalog.pictures import NotAPicture

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Make the sizes that pictures lack. May be run again; no file is changed or deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = list(ProductImage.objects.filter(card="").values_list("pk", flat=True))
        made = sum(complete(pk) for pk in waiting)
        if waiting:
            self.stdout.write(
                f"Pictures: {made} made, {len(waiting) - made} could not be (the log says why)."
            )


@transaction.atomic
def complete(pk: int) -> bool:
    """Make one picture's sizes. Staff may exchange it meanwhile: its row is locked, and read again."""
    locked = ProductImage.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "product", "group"
    )
    row = locked.filter(pk=pk, card="").first()
    if row is None:
        return True
    try:
        with row.image.open() as file:
            row.image.save(PurePath(row.image.name or "").name, file)
    except (OSError, NotAPicture) as error:
        log.warning("%s has no second size: %s", row.image.name, error)
        return False
    return True
