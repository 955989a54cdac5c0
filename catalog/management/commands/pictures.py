"""`manage.py pictures`: make both sizes of pictures that were stored before there were two."""

from django.core.management.base import BaseCommand

from catalog.pictures import complete


class Command(BaseCommand):
    help = "Make the sizes that pictures lack. May be run again; no file is changed or deleted."

    def handle(self, *args, **options) -> None:
        made, failed = complete()
        if made or failed:
            self.stdout.write(f"Pictures: {made} made, {failed} could not be (the log says why).")
