"""`manage.py measure_desk`: how many statements each page of the staff's desk takes, and how long the slowest of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.test import Client, override_settings

from accounts.rights import OWNER
from desk.walk import Page, walk


@dataclass
class Visit:
    """One look at a page: its answer, its statements, and in milliseconds the slowest of them and the whole answer."""

    page: Page
    status: int = 0
    statements: int = 0
    slowest: float = 0.0
    took: float = 0.0
    sql: str = ""

    def note(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 as Django calls it
        """Django's wrapper of a statement."""
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = 1000 * (time.perf_counter() - began)
            self.statements += 1
            if took > self.slowest:
                self.slowest, self.sql = took, sql


class Command(BaseCommand):
    help = (
        "Look at every page of the staff's desk as an owner, and say which take the most statements and which hold the "
        "slowest one. Changes nothing. Fill a shop first: manage.py fill."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--worst", type=int, default=10, help="how many pages to name")
        parser.add_argument("--sql", action="store_true", help="with the slowest statement of each")

    def handle(self, *args: Any, worst: int, sql: bool, **options: Any) -> None:
        visits: list[Visit] = []
        with an_owner() as client:

            def look(page: Page) -> Any:
                visit = Visit(page)
                visits.append(visit)
                began = time.perf_counter()
                with connection.execute_wrapper(visit.note):
                    response = client.get(page.address)
                visit.took, visit.status = 1000 * (time.perf_counter() - began), response.status_code
                return response

            walk(look)
        self.tell(visits, worst=worst, sql=sql)

    def tell(self, visits: list[Visit], *, worst: int, sql: bool) -> None:
        self.stdout.write(f"{len(visits)} pages, {sum(visit.statements for visit in visits)} statements.")
        columns: tuple[tuple[str, Callable[[Visit], float]], ...] = (
            ("The slowest statements", lambda visit: visit.slowest),
            ("The most statements", lambda visit: visit.statements),
            ("Refused or failed", lambda visit: visit.status if visit.status >= 400 else 0),
        )
        for title, key in columns:
            self.stdout.write(f"\n{title} (statements, slowest ms, page ms, status):")
            for visit in sorted(visits, key=key, reverse=True)[:worst]:
                if key(visit):
                    self.stdout.write(_line(visit) + (f"\n    {visit.sql}" if sql else ""))


def _line(visit: Visit) -> str:
    return (
        f"{visit.statements:4} {visit.slowest:8.1f} {visit.took:8.0f} {visit.status:4}  "
        f"{visit.page.name}  {visit.page.address}"
    )


@contextmanager
def an_owner() -> Iterator[Client]:
    """A client signed in as a user with every right, in a transaction that is rolled back."""
    with transaction.atomic(), override_settings(ALLOWED_HOSTS=["testserver"], STAFF_MFA_REQUIRED=False):
        user = get_user_model().objects.create_user("measuring@example.invalid", is_staff=True)
        user.groups.add(Group.objects.get(name=OWNER))
        user.user_permissions.set(Permission.objects.all())
        client = Client(raise_request_exception=False)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        yield client
        transaction.set_rollback(True)
