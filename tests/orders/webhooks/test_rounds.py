"""Threads of a worker that send webhooks: none waits for a slow receiver while another has something due."""

import threading

import pytest

from config.worker import clock
from orders.events.task_names import Task
from orders.models import WebhookEndpoint
from orders.webhooks import deliveries, endpoints, senders
from outbox.clock import Round
from tests.factories import make_user
from tests.orders.hooks import endpoint_at, states
from tests.stand_ins.webhook_receiver import WebhookReceiver, hanging, status
from tests.waiting import SECONDS, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]
FAR_AWAY = 60.0


@pytest.fixture
def rounds(to_receivers, settings):
    """As many as a worker has, which begin when they are woken."""
    settings.WEBHOOK_TIMEOUT = 60
    worker = senders.Senders()
    threads = [
        Round("webhooks", worker.send_due, every=FAR_AWAY)
        for _nth in range(clock.THREADS[Task.SEND_WEBHOOKS])
    ]
    for thread in threads:
        thread.start()
    yield threads
    for thread in threads:
        thread.stop()
    for thread in threads:
        thread.join()


def owed_a_test(url: str):
    endpoint = endpoint_at(url, make_user())
    endpoints.send_test(endpoint_id=endpoint.pk, owner=endpoint.owner)
    return endpoint


def wake(rounds) -> None:
    for each in rounds:
        each.wake()


def test_an_event_leaves_at_once_while_a_slow_receiver_keeps_its_request(rounds, receiver, monkeypatch):
    monkeypatch.setattr(senders, "LOOK_AGAIN_AFTER", FAR_AWAY)
    with hanging() as answer, WebhookReceiver(answer=answer) as slow:
        owed_a_test(slow.url)
        wake(rounds)
        wait_until(lambda: slow.received, "the slow one keeps its request")
        well = owed_a_test(receiver.url)
        wake(rounds)
        wait_until(lambda: states(well) == ["done"], "the instant one has its event")


def test_an_event_leaves_while_a_round_that_is_over_waits_for_its_last_receiver(
    rounds, receiver, monkeypatch
):
    is_over = threading.Event()
    monkeypatch.setattr(senders, "ROUND_SECONDS", 0.1)
    monkeypatch.setattr(senders, "LOOK_AGAIN_AFTER", 0.05)
    monkeypatch.setattr(senders, "wake", lambda _task: is_over.set())
    with hanging() as answer, WebhookReceiver(answer=answer) as slow:
        owed_a_test(slow.url)
        wake(rounds)
        assert is_over.wait(SECONDS)
        wait_until(lambda: slow.received, "the slow one keeps its request")
        well = owed_a_test(receiver.url)
        wake(rounds)
        wait_until(lambda: states(well) == ["done"], "the instant one has its event")


def test_what_came_of_a_well_one_is_noted_before_what_came_of_those_that_failed(receiver, monkeypatch):
    """Many that hang end at one moment; until all of them were noted the well one would be sent nothing more."""
    noted = []
    monkeypatch.setattr(
        deliveries, "note", lambda request, _outcome: noted.append(request.delivery.endpoint_id)
    )
    worker = senders.Senders()
    with WebhookReceiver(answer=status(500)) as bad:
        failed = [owed_a_test(bad.url) for _nth in range(5)]
        WebhookEndpoint.objects.update(failures=1)
        well = owed_a_test(receiver.url)
        one = senders.Round(worker._budget, worker._pool)
        wait_until(lambda: one._begin() or one._inbox.qsize() == len(failed) + 1, "all have answered")
        one.finish()

    assert noted[0] == well.pk and len(noted) == len(failed) + 1
