"""A worker is killed in the middle of sending a mail: another sends it when the lease is over, under the same Message-ID."""

from pathlib import Path

import httpx
import pytest

from orders.models import Mail, MailKind
from tests import pauses
from tests.factories import PASSWORD, make_product, unique
from tests.faults.workers import dying_at, restart_worker
from tests.journeys.client import place
from tests.waiting import wait_until

pytestmark = pytest.mark.flow


@pytest.fixture
def dying_worker(shop):
    """Calling it has the shop's worker die at that point of the next mail; afterwards the shop has a well one again."""
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


def times_sent(shop, mail: Mail) -> int:
    files = Path(shop.environment["DATA_DIR"], "mails").glob("*.log")
    return sum(file.read_text().count(mail.message_id) for file in files)


def sent_by_another(shop, mail: Mail) -> None:
    restart(shop)
    assert Mail.objects.get(pk=mail.pk).leased_until, "it is in the hands of the worker that died"
    pauses.pass_for(Mail.objects.filter(pk=mail.pk))
    wait_until(lambda: Mail.objects.get(pk=mail.pk).sent_at, "another worker has sent it")


@pytest.mark.parametrize(
    ("point", "times"), [("mail taken", 1), pytest.param("mail sent", 2, marks=pytest.mark.long)]
)
def test_a_worker_killed_while_it_sends_loses_no_mail(shop, client, buyer, dying_worker, point, times):
    dying_worker(point)
    order_id = place(client, buyer, make_product(stock=2))
    wait_until(lambda: not shop.children["worker"].alive, f"the worker died at {point!r}")
    mail = Mail.objects.filter(order=order_id, leased_until__isnull=False).get()

    sent_by_another(shop, mail)

    assert times_sent(shop, mail) == times
    assert Mail.objects.get(pk=mail.pk).attempts == 2


def test_a_worker_killed_while_it_sends_a_link_loses_none(shop, dying_worker):
    email = f"{unique('visitor')}@example.com"
    dying_worker("mail taken")
    body = {"email": email, "password": PASSWORD}
    assert httpx.post(f"{shop.url}/api/auth/app/v1/auth/signup", json=body).status_code == 401
    wait_until(lambda: not shop.children["worker"].alive, "the worker died")
    mail = Mail.objects.get(kind=MailKind.ACCOUNT, to=email)

    sent_by_another(shop, mail)

    assert times_sent(shop, mail) == 1
    assert Mail.objects.get(pk=mail.pk).text == ""
