"""`manage.py doctor`: what the audit's findings mean, and the safe steps that mend them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders import audit
from orders.audit.doctor import Diagnosis, diagnose


class Command(BaseCommand):
    help = (
        "Explains what `audit` finds, and says what mends it or whom to ask. Changes nothing without --mend."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", metavar="STEP", help="Take this step, one that a first run has named.")

    def handle(self, **options: Any) -> None:
        with audit.snapshot():
            found = diagnose(audit.findings())
        if step := options["mend"]:
            self._mend(found, step)
            with audit.snapshot():
                found = diagnose(audit.findings())
        for diagnosis in found:
            self._say(diagnosis)
        if found:
            raise CommandError(f"{sum(one.count for one in found)} things do not add up.")
        self.stdout.write("Everything adds up.")

    def _mend(self, found: list[Diagnosis], step: str) -> None:
        for diagnosis in found:
            if diagnosis.remedy.step and diagnosis.remedy.name == step:
                self.stdout.write(f"{step}: {diagnosis.remedy.step()} rows changed.\n\n")
                return
        raise CommandError(f"Nothing was found that the step {step} mends.")

    def _say(self, diagnosis: Diagnosis) -> None:
        for line in diagnosis.lines:
            self.stdout.write(line)
        if (more := diagnosis.count - len(diagnosis.lines)) > 0:
            self.stdout.write(f"... and {more} more")
        remedy = diagnosis.remedy
        advice = f"To mend it: manage.py doctor --mend {remedy.name}" if remedy.step else remedy.ask
        self.stdout.write(f"  {remedy.explanation}\n  {advice}\n\n")
