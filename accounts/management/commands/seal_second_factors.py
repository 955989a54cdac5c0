"""`manage.py seal_second_factors`: seal the secrets of all second factors by today's SECRET_KEY."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand

from accounts.access.sealed import Unreadable, seal_anew


class Command(BaseCommand):
    help = "Seals the secrets of all second factors by today's SECRET_KEY; `rotate secret-key end` runs it."

    def handle(self, **options: Any) -> None:
        sealed, lost = 0, []
        for pk, email in Authenticator.objects.order_by("pk").values_list("pk", "user__email"):
            try:
                sealed += seal_anew(authenticator_id=pk)
            except Unreadable:
                lost.append(email)
        self.stdout.write(f"{sealed} second factors were sealed by today's key.")
        if lost:
            self.stderr.write(
                f"Sealed by a key that is not there, so no code of theirs is right: {', '.join(sorted(set(lost)))}. "
                "Name that key in SECRET_KEY_FALLBACKS, or reset them at the desk."
            )
