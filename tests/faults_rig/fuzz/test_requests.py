"""What is sent comes of the seed alone; and all of it stays on this machine."""

import json

import pytest

from faults.fuzz.composer import Composer
from faults.fuzz.finding import documents, routes
from faults.fuzz.finding.crawl import Found
from faults.fuzz.finding.people import WHO
from faults.fuzz.finding.things import Things
from faults.fuzz.sending import bodies, frames, odd, words
from faults.fuzz.sending.hooks import Hooks
from faults.fuzz.sending.requests import FRAMINGS, Request
from faults.fuzz.sending.wire import Answer
from tests import contract
from tests.stand_ins.paypal import PayPalStandIn
from tests.stand_ins.stripe import StripeStandIn

pytestmark = pytest.mark.django_db
NUMBERS = range(300)
PAGE = b"""<form method="post" action="/cart/add/"><input name="sku" value="A"><input type="file" name="picture">
<select name="size"><option value="S"><option value="M" selected></select><button name="go" value="1"></form>"""


class Somebody:
    def headers(self, chance, kind):
        return [("Cookie", f"sessionid=of-{chance.randrange(9)}")]


@pytest.fixture
def composer():
    found = Found()
    for who in WHO:
        for kind in ("pages", "desk", "auth"):
            found.forms[who, kind] = [f"/{kind}/form/"]
    found.queries = ["page=2", "q=lamp"]
    with StripeStandIn() as stripe, PayPalStandIn() as paypal:
        operations = documents.operations(contract.schema(), "api")
        operations += [operation._replace(kind="auth") for operation in operations[:3]]
        doors = routes.doors()
        hooks = Hooks(stripe, paypal, [words.ZEROS], "cursor")
        people = {who: Somebody() for who in WHO}
        yield lambda seed: Composer(seed, doors, operations, found, Things(doors), people, hooks)


def sent(composer: Composer, nth: int) -> list[tuple]:
    """All that one number sends, where each page has a form; what is signed now differs from what was signed before."""
    steps, answer, found = composer.steps(nth), None, []
    chance = composer.chance(-nth)
    while True:
        try:
            step = steps.send(answer)
        except StopIteration:
            return found
        request = step.request if isinstance(step, frames.Session) else step
        more = tuple(step.sent) if isinstance(step, frames.Session) else ()
        raw = request.raw(chance)
        assert raw
        found.append(
            (request.kind, request.door) if request.kind == "callbacks" else (request.kind, raw, more)
        )
        answer = Answer(200, b"HTTP/1.1 200 OK\r\nContent-Type: text/html", PAGE, 0.1)


def test_the_same_seed_sends_the_same_and_another_something_else(composer):
    runs = [composer(seed) for seed in (1, 1, 2)]
    first, again, other = ([sent(one, nth) for nth in NUMBERS] for one in runs)
    assert first == again
    assert sum(one == two for one, two in zip(first, other, strict=True)) < len(NUMBERS) / 10


def test_a_number_alone_sends_what_it_sends_among_all(composer):
    one = composer(1)
    among_all = [sent(one, nth) for nth in NUMBERS]
    assert sent(composer(1), 123) == among_all[123]


def test_every_kind_of_door_is_come_to_and_forms_are_sent(composer):
    one = composer(3)
    found = [step for nth in NUMBERS for step in sent(one, nth)]
    assert {step[0] for step in found} == {*routes.KINDS}
    assert any(b"/cart/add/" in step[1][:60] and b"boundary" in step[1] for step in found if len(step) == 3)


def test_nothing_is_sent_that_leads_elsewhere(composer):
    body = json.dumps({"url": "https://hooks.example.com/x", "other": "http%3A%2F%2Fexample.org/"}).encode()
    raw = Request("customer", "api", "", "POST", "/", [], body).raw(composer(1).chance(1))
    assert b"https://127.0.0.1/x" in raw and b"http%3A%2F%2F127.0.0.1/" in raw and b"example" not in raw


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_broken_frame_is_one(composer, framing):
    whole = Request("customer", "api", "", "POST", "/", [], b"0123456789").raw(composer(1).chance(1))
    broken = Request("customer", "api", "", "POST", "/", [], b"0123456789", framing).raw(
        composer(1).chance(1)
    )
    assert broken != whole


def test_what_is_bent_differs_mostly_and_is_json(composer):
    given, chance = {"items": [{"sku": "A", "quantity": 1}], "codes": []}, composer(1).chance(1)
    found = [odd.dumped(bodies.bent_json(chance, given)) for _nth in range(200)]
    assert sum(one != odd.dumped(given) for one in found) > 120
    assert given == {"items": [{"sku": "A", "quantity": 1}], "codes": []}
    for one in found:
        json.loads(one)
