"""The service that knows which VAT ids are in use: asked once a day, waited for a bounded time, and away without harm."""

import time

import pytest
from django.core.cache import cache

from orders.billing import vies
from orders.billing.checking import VatCheck, check
from tests.stand_ins.vies import ViesStandIn

IDS = ("DE136695976", "ATU13585627", "FR40303265045")
HERE = IDS[0]


@pytest.fixture
def service(settings):
    with ViesStandIn() as running:
        settings.VAT_CHECK, settings.VIES_API_BASE = "vies", running.url
        settings.VAT_CHECK_SECONDS = 0.5
        vies._breaker.cache_clear()
        cache.delete_many([f"vat:{vat_id}" for vat_id in IDS])
        yield running
        cache.delete_many([f"vat:{vat_id}" for vat_id in IDS])
    vies._breaker.cache_clear()


def test_without_a_service_it_is_enough_how_it_is_written():
    assert check(HERE).state == VatCheck.WELL_FORMED
    assert check(HERE).holds


def test_an_id_of_elsewhere_is_nobodys_business(service):
    assert check("0100233488").state == VatCheck.NOT_OF_THE_UNION
    assert service.calls == []


@pytest.mark.parametrize(("ids", "state"), [({HERE}, VatCheck.IN_USE), (set(), VatCheck.NOT_IN_USE)])
def test_the_services_answer_counts_and_is_remembered(service, ids, state):
    service.in_use = ids
    first = check(HERE)
    assert (first.state, first.holds) == (state, state == VatCheck.IN_USE)
    assert check(HERE) == first
    assert len(service.calls) == 1


@pytest.mark.parametrize("wrong", ["500", "dropped", "silent"])
def test_a_service_that_does_not_answer_is_not_waited_for(service, wrong):
    service.go_wrong(wrong)
    began = time.monotonic()
    found = check(HERE)
    assert (found.state, found.holds) == (VatCheck.UNANSWERED, False)
    assert time.monotonic() - began < 2


def test_a_member_state_that_is_away_is_no_answer(service):
    service.in_use, service.cannot = {HERE}, "MS_UNAVAILABLE"
    assert check(HERE).state == VatCheck.UNANSWERED


@pytest.mark.parametrize("says", [[], {}, {"valid": "yes"}, {"valid": None}])
def test_nonsense_is_no_answer(service, says, monkeypatch):
    monkeypatch.setattr(
        service, "answer", lambda call: type(service).answer(service, call)._replace(body=says)
    )
    assert check(HERE).state == VatCheck.UNANSWERED


def test_after_failures_in_a_row_nobody_asks(service, monkeypatch):
    monkeypatch.setattr(vies, "_ping", lambda: time.sleep(1))
    vies._breaker.cache_clear()
    service.go_wrong("500", "500")
    for vat_id in IDS:
        assert check(vat_id).state == VatCheck.UNANSWERED
    assert service.calls == []
