"""One of a customer's addresses is the default: always one, whatever is done to them and however fast."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from accounts.addresses import delete_address, save_address
from accounts.models import Address
from tests.answers import api_of
from tests.factories import make_address, make_user
from tests.parallel import at_once

ADDRESSES = "/api/addresses/"


def defaults(user) -> list[int]:
    return list(user.addresses.filter(is_default=True).values_list("pk", flat=True))


@pytest.fixture
def user(db):
    return make_user()


def test_first_address_is_the_default_and_the_next_one_is_not(user):
    first, _second = make_address(user), make_address(user)
    assert defaults(user) == [first.pk]


def test_another_address_becomes_the_default(user):
    _first, second = make_address(user), make_address(user)
    save_address(second, make_default=True)
    assert defaults(user) == [second.pk]


def test_changing_an_address_read_before_keeps_the_default_of_now(user):
    first, second = make_address(user), make_address(user)
    stale = Address.objects.get(pk=first.pk)
    save_address(second, make_default=True)
    save_address(stale)
    assert defaults(user) == [second.pk]


def test_deleting_the_default_makes_the_newest_other_one_the_default(user):
    first, second, third = (make_address(user) for _ in range(3))
    delete_address(first)
    assert defaults(user) == [third.pk]
    delete_address(second)
    assert defaults(user) == [third.pk]
    delete_address(third)
    assert not user.addresses.exists()


def test_database_refuses_a_second_default(user):
    make_address(user)
    second = make_address(user)
    with pytest.raises(IntegrityError, match="accounts_address_one_default"), transaction.atomic():
        Address.objects.filter(pk=second.pk).update(is_default=True)
    assert make_address(make_user()).is_default


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_defaults_chosen_added_and_deleted_at_once_end_with_one(round_):
    user = make_user()
    addresses = [make_address(user) for _ in range(4)]
    changing = [partial(save_address, one, make_default=True) for one in addresses[1:]]
    at_once([*changing, partial(make_address, user), partial(delete_address, addresses[0])])
    assert len(defaults(user)) == 1
    assert user.addresses.count() == 4


def test_api_chooses_the_default_and_does_not_just_drop_it(user):
    api: APIClient = api_of(user)
    first, second = make_address(user), make_address(user)
    assert api.patch(f"{ADDRESSES}{second.pk}/", {"is_default": True}, format="json").json()["is_default"]
    assert defaults(user) == [second.pk]
    refused = api.patch(f"{ADDRESSES}{second.pk}/", {"is_default": False}, format="json")
    assert refused.status_code == 409 and refused.json()["code"] == "address_is_default"
    assert api.patch(f"{ADDRESSES}{first.pk}/", {"is_default": False}, format="json").status_code == 200
    assert api.delete(f"{ADDRESSES}{second.pk}/").status_code == 204
    assert defaults(user) == [first.pk]
