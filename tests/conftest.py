"""Fixtures that every test may use."""

import re
from collections.abc import Generator
from functools import cache
from itertools import count, product
from pathlib import Path

import hypothesis
import pytest
from _pytest.mark.expression import Expression
from django.template import Template
from django.test import TransactionTestCase
from django.test.signals import template_rendered
from django.utils import translation
from rest_framework.test import APIClient

from orders import tasks
from orders.webhooks import http
from outbox.apart import Apart
from tests import contract, lock_order, quick_statements
from tests.answers import api_of
from tests.databases import empty_tables
from tests.factories import Buyer, make_staff
from tests.shop.conftest import Visitor
from tests.stand_ins.webhook_receiver import NETWORKS, WebhookReceiver

# How fast examples are made says how busy the machine is, and nothing about the shop.
hypothesis.settings.register_profile(
    "shop", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shop")

_tests = count(1)


# Folders below tests/ whose tests have a marker: where pages are looked at, for the most part, the shop's own and those of
# the desk; where books are damaged and audited; and where sockets listen while others write.
FOLDERS = {
    "pages": re.compile(
        r"(shop|desk|staff|demo|orders/admin|catalog/admin)/|test_languages\.py|bulk/test_pages\.py"
    ),
    "audit": re.compile(r"orders/audit/"),
    "races": re.compile(r"orders/live/"),
}
# A test has these markers by words in its own file alone.
WORDS = {
    "flow": re.compile(r"\bflow\b"),
    "long": re.compile(r"\blong\b"),
    "races": re.compile(r"\b(at_once|connected|parallel)\b"),
}
# What takes minutes begins first, or the other processes of a run have ended while one is still at it.
DEAREST = re.compile(
    r"releases/|faults_rig/test_run\.py|orders/lifecycle/test_random_|config/api/test_schema_fuzz\.py"
)
HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What -m leaves out whatever else is marked is not even read: every process of a run would read all tests."""
    wanted = config.option.markexpr
    if not wanted or collection_path.suffix != ".py":
        return None
    always, never = _of_folder(collection_path), _never_marked(collection_path)
    return None if _may_be_wanted(wanted, always=always, never=never - always) else True


@cache
def _may_be_wanted(wanted: str, *, always: frozenset[str], never: frozenset[str]) -> bool:
    """Whether tests can be those that -m asks for, with some of the markers besides that they may have."""
    expression = Expression.compile(wanted)
    known = dict.fromkeys(never, False) | dict.fromkeys(always, True)
    others = sorted(set(re.findall(r"\w+", wanted)) - {"and", "or", "not"} - set(known))
    return any(
        expression.evaluate({**known, **dict(zip(others, marked, strict=True))}.__getitem__)
        for marked in product((True, False), repeat=len(others))
    )


def _never_marked(path: Path) -> frozenset[str]:
    """The markers that no test of a file has. What it does not say itself it may get from a conftest or a package."""
    if not path.name.startswith("test_"):
        return frozenset()
    said = path.read_text(encoding="utf-8")
    # Words give the others; these come by the folder alone.
    elsewhere = FOLDERS.keys() - WORDS.keys() - _of_folder(path)
    return frozenset(elsewhere | {marker for marker, words in WORDS.items() if not words.search(said)})


def _of_folder(path: Path) -> frozenset[str]:
    where = str(path.relative_to(HERE))
    return frozenset(marker for marker, folders in FOLDERS.items() if folders.match(where))


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What these look at costs more than a call, and a developer who waits for all of it runs the tests seldom."""
    for item in items:
        for marker in _of_folder(item.path):
            item.add_marker(marker)


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)  # after all have their markers
def pytest_dearest_first(items: list[pytest.Item]) -> None:
    """Processes take tests in this order (`--no-loadscope-reorder`): the dearest, those that stay together, and others."""
    items.sort(key=lambda item: (not _is_dear(item.path), item.get_closest_marker("xdist_group") is None))


def _is_dear(path: Path) -> bool:
    return DEAREST.match(str(path.relative_to(HERE))) is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, migrated_template) -> None:
    """Afterwards pytest-django makes the database of this process: a copy of the template, as the settings say.

    With --reuse-db one that is already there stays, and only its new migrations are run.
    """


@pytest.fixture(autouse=True, scope="session")
def _quickly_emptied():
    """After a test with transactions of its own."""
    djangos = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda _test: empty_tables()
    yield
    TransactionTestCase._fixture_teardown = djangos


@pytest.fixture(scope="session")
def _all_pictures(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _pictures_apart(settings, _all_pictures):
    """A name alone: a folder made for each test, among thousands of others, costs more than many a test."""
    settings.MEDIA_ROOT = _all_pictures / str(next(_tests))


@pytest.fixture(autouse=True, scope="session")
def _locks_are_watched():
    lock_order.watch()


@pytest.fixture(autouse=True, scope="session")
def _statements_are_quick():
    quick_statements.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    if item.get_closest_marker("alone"):
        return (yield)
    with lock_order.watching():
        return (yield)


@pytest.fixture(autouse=True, scope="session")
def _one_context_of_a_page(django_test_environment):
    """A test reads what the page's own template was given; Django's client would copy it for each that is included."""

    def render(template, context):
        if context.template is template:
            template_rendered.send(sender=template, template=template, context=context)
        return template.nodelist.render(context)

    instrumented, Template._render = Template._render, render
    yield
    Template._render = instrumented


@pytest.fixture(autouse=True)
def _nothing_apart(monkeypatch):
    """What the shop does in threads of its own happens at once, where the test can see it."""
    monkeypatch.setattr(Apart, "_start", Apart.work)


@pytest.fixture(autouse=True, scope="session")
def _forgotten_by_each_sweep():
    """A shop's sweeps forget once a minute."""
    tasks.FORGET_EVERY = 0


@pytest.fixture(autouse=True)
def _english():
    """A page shown in another language leaves it on for whatever its thread does next."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True, scope="session")
def _answers_as_documented():
    """What tests ask the API must be in its schema, with the very error codes."""
    ask = APIClient.request

    def request(self, **environment):
        response = ask(self, **environment)
        contract.check(environment["REQUEST_METHOD"], environment["PATH_INFO"], response)
        return response

    APIClient.request = request
    yield
    APIClient.request = ask


@pytest.fixture
def buyer(db) -> Buyer:
    return Buyer()


@pytest.fixture
def staff(db):
    return make_staff()


@pytest.fixture
def api(buyer) -> APIClient:
    """The API as the buyer sees it."""
    return api_of(buyer.user)


@pytest.fixture
def to_receivers(monkeypatch):
    """The stand-ins for receivers count as allowed to everybody; a shop allows addresses on this machine to staff alone."""
    monkeypatch.setattr(http, "_is_ours", lambda address, **_more: any(address in one for one in NETWORKS))


@pytest.fixture
def receiver(to_receivers):
    """A server that webhooks may reach though it is on this machine."""
    with WebhookReceiver() as running:
        yield running


@pytest.fixture
def vnd(settings):
    settings.CURRENCY = "VND"
    with translation.override("vi"):
        yield


@pytest.fixture
def visitor(db) -> Visitor:
    return Visitor()


@pytest.fixture
def customer(buyer: Buyer) -> Visitor:
    """The buyer's browser, signed in."""
    client = Visitor()
    client.force_login(buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    return client
