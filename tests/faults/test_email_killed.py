"""A worker is killed while it sends an email: another sends it when the lease is over, under the same Message-ID."""

from pathlib import Path

import httpx
import pytest

from orders.models import Email, EmailKind
from tests import pauses
from tests.factories import PASSWORD, make_product, unique
from tests.faults.workers import dying_at, restart_worker
from tests.journeys.client import place
from tests.waiting import wait_until

pytestmark = pytest.mark.flow


@pytest.fixture
def dying_worker(shop):
    """Calling it has the shop's worker die at that point of the next email; afterwards the shop has a well one again."""
    worker = shop.children["worker"]

    def die_at(point: str) -> None:
        shop.stop_one("worker")
        restart_worker(shop, **dying_at(point))

    yield die_at
    if worker.environment != shop.environment:
        restart(shop)


def restart(shop) -> None:
    shop.stop_one("worker")
    restart_worker(shop)


def times_sent(shop, email: Email) -> int:
    files = Path(shop.environment["DATA_DIR"], "mails").glob("*.log")
    return sum(file.read_text().count(email.message_id) for file in files)


def sent_by_another(shop, email: Email) -> None:
    restart(shop)
    assert Email.objects.get(pk=email.pk).leased_until, "it is in the hands of the worker that died"
    pauses.pass_for(Email.objects.filter(pk=email.pk))
    wait_until(lambda: Email.objects.get(pk=email.pk).sent_at, "another worker has sent it")


@pytest.mark.parametrize(
    ("point", "times"), [("email taken", 1), pytest.param("email sent", 2, marks=pytest.mark.long)]
)
def test_a_worker_killed_while_it_sends_loses_no_email(shop, client, buyer, dying_worker, point, times):
    dying_worker(point)
    order_id = place(client, buyer, make_product(stock=2))
    wait_until(lambda: not shop.children["worker"].alive, f"the worker died at {point!r}")
    # The worker's other threads may have taken a second one: the one that had left is the one to look at.
    emails = Email.objects.filter(order=order_id, leased_until__isnull=False)
    email = max(emails, key=lambda email: times_sent(shop, email))
    assert times_sent(shop, email) == times - 1

    sent_by_another(shop, email)

    assert times_sent(shop, email) == times
    assert Email.objects.get(pk=email.pk).attempts == 2


def test_a_worker_killed_while_it_sends_a_link_loses_none(shop, dying_worker):
    address = f"{unique('visitor')}@example.com"
    dying_worker("email taken")
    body = {"email": address, "password": PASSWORD}
    assert httpx.post(f"{shop.url}/api/auth/app/v1/auth/signup", json=body).status_code == 401
    wait_until(lambda: not shop.children["worker"].alive, "the worker died")
    email = Email.objects.get(kind=EmailKind.ACCOUNT, to=address)

    sent_by_another(shop, email)

    assert times_sent(shop, email) == 1
    assert Email.objects.get(pk=email.pk).text == ""
