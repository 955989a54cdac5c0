"""All that belongs to a refusal is in its class: one that lacks something, or takes another's code, can't be defined."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation

from accounts.access.keys import TooManyKeys
from accounts.codes.by_code import NotByCode
from accounts.owners import LastOwner
from bulk.problems import BulkError
from catalog.inventory import InventoryError
from catalog.variants import VariantError
from orders.actions.asking_again import NothingToSend
from orders.actions.back_in_stock import LinkOver
from orders.actions.money.giving import GivenBefore, NothingToVoid
from orders.actions.refund_requests import RequestDecided
from orders.checkout.placement.refusals import OtherAddress, OtherBilling
from orders.documents.way_back import NoReturnAddress
from orders.errors import OrderError
from orders.links import LinkOver as OrderLinkOver
from orders.payments.reconciling.daily import TooMuchForPage
from orders.payments.reconciling.mismatches import MismatchClosed, MismatchNeedsPerson
from orders.payments.refunds import ChargeDisputed, MoneyHasGone
from refusals import KINDS, TOGETHER, NotFound, Refusal
from shop.cart import CartFull, SoldOut

WHOLE = {"code": "too_late", "status": 409, "title": "Too late", "advice": "Come earlier."}


@pytest.fixture(autouse=True)
def _as_before():
    known = dict(KINDS)
    yield
    KINDS.clear()
    KINDS.update(known)


def defined(*parents: type[Refusal], **given: object) -> type[Refusal]:
    return type("TooLate", parents or (Refusal,), given)


@pytest.mark.parametrize("missing", sorted(TOGETHER))
def test_a_refusal_without_its_code_status_title_or_advice_cannot_be_defined(missing):
    with pytest.raises(TypeError, match=f"TooLate gives no {missing}"):
        defined(**{name: value for name, value in WHOLE.items() if name != missing})


def test_two_refusals_cannot_have_one_code():
    defined(**WHOLE)
    with pytest.raises(TypeError, match="too_late"):
        defined(**WHOLE)


def test_a_special_case_says_it_in_other_words_under_the_same_code():
    special = defined(OrderError, NotFound, message="There is no such kettle.")

    assert (special.code, special.status, KINDS["not_found"]) == ("not_found", 404, NotFound)
    assert str(special()) == "There is no such kettle."


def test_the_title_is_the_message_where_it_says_it_all():
    assert str(defined(**WHOLE)()) == "Too late"
    assert str(defined(message="Closed.", code="closed", status=409, title="x", advice="y")()) == "Closed."
    assert str(KINDS["too_late"]("Since noon.", since=12)) == "Since noon."


def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield from (child, *below(child))


def test_what_the_api_has_no_code_for_is_a_family_or_said_on_pages_alone():
    """A list to be thought about: whatever an endpoint may refuse needs a code."""
    without = {kind for kind in below(Refusal) if not kind.code and not kind.__module__.startswith("tests.")}
    families = {family: {family, *below(family)} for family in (OrderError, BulkError, InventoryError)}

    assert without & families[OrderError] == {
        ChargeDisputed,
        GivenBefore,
        MismatchClosed,
        MismatchNeedsPerson,
        MoneyHasGone,
        NoReturnAddress,
        NothingToSend,
        NothingToVoid,
        OrderError,
        OtherAddress,
        OrderLinkOver,
        OtherBilling,
        RequestDecided,
        TooMuchForPage,
    }
    assert without - set.union(*families.values()) == {
        CartFull,
        LastOwner,
        LinkOver,
        NotByCode,
        SoldOut,
        TooManyKeys,
        VariantError,
        *below(VariantError),
    }


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_refusal_has_words_in_each_language(language):
    with translation.override(language):
        words = {code: (str(kind.title), str(kind.advice), str(kind.message)) for code, kind in KINDS.items()}
    with translation.override("en"):
        english = {code: (str(kind.title), str(kind.advice)) for code, kind in KINDS.items()}

    for code, (title, advice, _message) in words.items():
        assert title and advice and (language == "en") == ((title, advice) == english[code])


PAGES_AND_ALL = """
import importlib, pkgutil
import django
django.setup()
from django.urls import get_resolver
from config.api.problems import kinds
get_resolver().url_patterns
served = set(kinds())
for app in APPS:
    for module in pkgutil.walk_packages(importlib.import_module(app).__path__, f"{app}."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
print(*sorted(set(kinds()) - served), "left out")
"""


@pytest.mark.live
def test_a_running_shop_knows_every_refusal_once_it_has_its_addresses():
    """In a process of its own, where nothing else was loaded; the API's pages list what is known."""
    apps = ("accounts", "bulk", "catalog", "orders", "rest", "shop", "staff")
    run = [sys.executable, "-c", PAGES_AND_ALL.replace("APPS", repr(apps))]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}

    done = subprocess.run(
        run, check=False, cwd=settings.PROJECT, env=environment, capture_output=True, text=True
    )

    assert done.stdout.strip() == "left out", done.stdout + done.stderr
