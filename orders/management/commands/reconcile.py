"""`manage.py reconcile`: compare the ledger with the providers' own lists, and print the days' statements."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from catalog.money import decimals
from orders.management.days import add_days, days_of
from orders.payments.providers.base import NoLists, ProviderError
from orders.payments.providers.line import patiently
from orders.payments.providers.registry import provider_named
from orders.payments.reconciling import comparing, daily, lists, payouts
from orders.payments.reconciling.statements import COLUMNS
from orders.reports.dates import began


class Command(BaseCommand):
    help = "Compares the ledger with what each provider lists; prints what does not match, and then exits with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        add_days(parser)
        parser.add_argument("--provider", choices=sorted(settings.PAYMENT_VARIANTS), help="This one alone.")
        parser.add_argument(
            "--explain", action="store_true", help="Also print which order explains each amount."
        )
        parser.add_argument(
            "--mend", action="store_true", help="Act on what an event should have told, as on that event."
        )

        parser.add_argument(
            "--report",
            metavar="FILE",
            help="Read this report of the provider's (PayPal's Settlement or Transaction Detail Report, CSV) instead of "
            "asking; what does not match is then on the desk.",
        )

    def handle(self, **options: Any) -> None:
        if options["report"]:
            self._read(options["provider"] or "paypal", options["report"])
        else:
            self._compare(options)

    def _read(self, variant: str, name: str) -> None:
        try:
            with Path(name).open(encoding="utf-8-sig", newline="") as lines:
                row = daily.read_file(variant=variant, lines=lines)
        except (OSError, UnicodeDecodeError, ProviderError) as error:
            raise CommandError(f"{variant}: {error}") from error
        for one in row.found.select_related("order"):
            amount = f"{one.amount:.{decimals(one.currency)}f} {one.currency}"
            what = f"{one.kind} {amount} {one.reference}: {one.get_wrong_display()}"
            self.stdout.write(f"{variant}: order {one.order}: {what}")
        self.stdout.write(
            f"{variant}: {row.explained} amounts are explained, {row.mismatches} do not match, "
            f"{row.foreign} are of other applications."
        )
        if row.mismatches:
            raise CommandError(f"{row.mismatches} amounts do not match.")

    def _compare(self, options: dict[str, Any]) -> None:
        first, last = days_of(options)
        since, until = began(first), began(last + timedelta(days=1))
        chosen = [options["provider"]] if options["provider"] else sorted(settings.PAYMENT_VARIANTS)
        wrong = complaints = 0
        for variant in chosen:
            try:
                with patiently():
                    result = lists.reconcile(variant=variant, since=since, until=until)
            except NoLists:
                self.stdout.write(f"{variant}: has no list that can be read, so nothing was compared.")
            except ProviderError as error:
                raise CommandError(f"{variant}: {error}") from error
            else:
                wrong += self._say(variant, result, options)
            complaints += self._look_at_webhook(variant)
        if complaints:
            raise CommandError(f"{complaints} things are wrong with webhooks; {wrong} amounts do not match.")
        if wrong:
            raise CommandError(f"{wrong} amounts do not match.")

    def _look_at_webhook(self, variant: str) -> int:
        """Print what is wrong with the webhook at the provider; how many things."""
        url = f"{settings.PUBLIC_URL}{reverse('payment-webhook', args=[variant])}"
        try:
            with patiently():
                found = provider_named(variant).complaints_about_webhook(url)
        except NoLists as error:
            if str(error):
                self.stdout.write(f"{variant}: {error}")
            return 0
        except ProviderError as error:
            raise CommandError(f"{variant}: {error}") from error
        for line in found:
            self.stdout.write(f"{variant}: {line}")
        return len(found)

    def _say(self, variant: str, result: comparing.Reconciled, options: dict[str, Any]) -> int:
        """Print what came out for one provider; how many mismatches are left."""
        left = 0
        for line in result.explained if options["explain"] else []:
            self.stdout.write(f"{variant}: {line}")
        for mismatch in result.mismatches:
            if options["mend"] and mismatch.told:
                remark = comparing.mend(variant=variant, told=mismatch.told)
                self.stdout.write(f"{variant}: {mismatch}; acted on it. {remark}".rstrip())
            else:
                self.stdout.write(f"{variant}: {mismatch}")
                left += 1
        for day in result.statements:
            amounts = ", ".join(f"{part.replace('_', ' ')} {getattr(day, part)}" for part in COLUMNS)
            self.stdout.write(f"{variant}: {day.day} {day.currency}: {amounts}")
        for payout in result.payouts:
            self.stdout.write(f"{variant}: {'; '.join(payouts.said(payout))}.")
            left += payouts.is_uneven(payout)
        self.stdout.write(
            f"{variant}: {len(result.explained)} amounts are explained, {len(result.mismatches)} do not match, "
            f"{len(result.foreign)} are of other applications."
        )
        return left
