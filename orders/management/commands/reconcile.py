"""`manage.py reconcile`: compare the ledger with the providers' own lists, and print the days' statements."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from orders.payments import reconciling
from orders.payments.providers.base import NoLists, ProviderError
from orders.payments.providers.line import patiently

PARTS = ("opening", "captured", "refunded", "disputes", "fees", "other", "paid_out", "closing")


class Command(BaseCommand):
    help = "Compares the ledger with what each provider lists; prints what does not match, and then exits with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        yesterday = timezone.now().astimezone(UTC).date() - timedelta(days=1)
        parser.add_argument(
            "--since", type=date.fromisoformat, default=yesterday, help="The first day, in UTC."
        )
        parser.add_argument(
            "--until", type=date.fromisoformat, help="The last day; the first one by default."
        )
        parser.add_argument("--provider", choices=sorted(settings.PAYMENT_VARIANTS), help="This one alone.")
        parser.add_argument(
            "--explain", action="store_true", help="Also print which order explains each amount."
        )
        parser.add_argument(
            "--mend", action="store_true", help="Act on what an event should have told, as on that event."
        )

    def handle(self, **options: Any) -> None:
        first, last = options["since"], options["until"] or options["since"]
        if last < first:
            raise CommandError("The last day is before the first one.")
        since = datetime.combine(first, datetime.min.time(), UTC)
        until = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
        chosen = [options["provider"]] if options["provider"] else sorted(settings.PAYMENT_VARIANTS)
        wrong = 0
        for variant in chosen:
            try:
                with patiently():
                    result = reconciling.reconcile(variant=variant, since=since, until=until)
            except NoLists:
                self.stdout.write(f"{variant}: has no list that can be read, so nothing was compared.")
            except ProviderError as error:
                raise CommandError(f"{variant}: {error}") from error
            else:
                wrong += self._say(variant, result, options)
        if wrong:
            raise CommandError(f"{wrong} amounts do not match.")

    def _say(self, variant: str, result: reconciling.Reconciled, options: dict[str, Any]) -> int:
        """Print what came out for one provider; how many mismatches are left."""
        left = 0
        for line in result.explained if options["explain"] else []:
            self.stdout.write(f"{variant}: {line}")
        for mismatch in result.mismatches:
            if options["mend"] and reconciling.is_mendable(mismatch):
                remark = reconciling.mend(variant=variant, mismatch=mismatch)
                self.stdout.write(f"{variant}: {mismatch}; acted on it. {remark}".rstrip())
            else:
                self.stdout.write(f"{variant}: {mismatch}")
                left += 1
        for day in result.statements:
            amounts = ", ".join(f"{part.replace('_', ' ')} {getattr(day, part)}" for part in PARTS)
            self.stdout.write(f"{variant}: {day.day} {day.currency}: {amounts}")
        self.stdout.write(
            f"{variant}: {len(result.explained)} amounts are explained, {len(result.mismatches)} do not match, "
            f"{len(result.foreign)} are of other applications."
        )
        return left
