"""Receivers of webhooks note what they take, and take nothing while they are not well."""

import json
import threading
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from faults.parties.receivers import How, Receivers

EVENT = {"type": "order.paid", "cursor": "c1", "data": {"order": "one"}}
TOLD = ("c1", "one", "order.paid")


@pytest.fixture
def receivers():
    with Receivers() as running:
        yield running


def post(receivers, receiver=7, timeout=10.0) -> int:
    request = Request(receivers.url(receiver), json.dumps(EVENT).encode(), method="POST")
    with urlopen(request, timeout=timeout) as answer:
        return answer.status


def test_what_comes_is_noted_by_receiver(receivers):
    assert (post(receivers), post(receivers, 8)) == (204, 204)
    assert receivers.taken == {7: [TOLD], 8: [TOLD]}


def test_what_is_refused_or_answered_half_is_not_taken(receivers):
    with receivers.being(How.REFUSE), pytest.raises(HTTPError, match="500"):
        post(receivers)
    with receivers.being(How.HALF):
        request = Request(receivers.url(7), json.dumps(EVENT).encode(), method="POST")
        with pytest.raises((HTTPException, OSError)), urlopen(request, timeout=10) as answer:
            answer.read()
    assert not receivers.taken


def test_who_waits_for_a_silent_one_gets_no_answer(receivers):
    with receivers.being(How.SILENT):
        threading.Timer(0.3, lambda: setattr(receivers, "how", How.TAKES)).start()
        with pytest.raises(TimeoutError):
            post(receivers, timeout=0.2)
    assert not receivers.taken
