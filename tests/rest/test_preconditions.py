"""If-Match: a change is made only to what the client has read, also when two are made at the same moment."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import Address
from orders.models import WebhookEndpoint
from tests.answers import api_of, refused
from tests.orders.actions.drafts import Desk
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["address", "webhook", "draft"])
def thing(request, api, buyer, receiver) -> tuple[str, dict, dict]:
    """Where something that can be changed is, and two changes of it."""
    if request.param == "address":
        return f"/api/addresses/{buyer.address.pk}/", {"line2": "Tầng 2"}, {"line2": "Tầng 3"}
    if request.param == "draft":
        buyer.user.is_staff = True
        buyer.user.save(update_fields=["is_staff"])
        buyer.user.groups.add(Group.objects.get(name="Owner"))
        return f"/api/orders/drafts/{Desk().save().pk}/", {"note": "Ring"}, {"codes": ["TEN"]}
    made = api.post("/api/webhooks/", {"url": receiver.url}, format="json").json()
    return f"/api/webhooks/{made['id']}/", {"types": ["order.paid"]}, {"is_active": False}


def patch(api, path: str, change: dict, tag: str):
    return api.patch(path, change, format="json", headers={"if-match": tag})


def test_a_change_of_what_was_read_is_made_and_tells_the_next_tag(api, thing):
    path, first, second = thing
    tag = api.get(path)["ETag"]
    changed = patch(api, path, first, tag)

    assert (changed.status_code, changed["ETag"]) == (200, api.get(path)["ETag"])
    assert tag != changed["ETag"]
    assert not tag.startswith("W/")
    assert patch(api, path, second, changed["ETag"]).status_code == 200


def test_a_stale_change_or_removal_is_refused_and_changes_nothing(api, thing):
    path, first, second = thing
    tag = api.get(path)["ETag"]
    api.patch(path, first, format="json")
    now = api.get(path).json()

    refused(patch(api, path, second, tag), 412, "precondition_failed")
    refused(api.delete(path, headers={"if-match": tag}), 412, "precondition_failed")
    assert api.get(path).json() == now
    assert api.delete(path, headers={"if-match": api.get(path)["ETag"]}).status_code == 204


@pytest.mark.parametrize("tag", ["W/{tag}", '"another"', "{tag}x", "nonsense", "", 'W/"*"'])
def test_weak_and_other_tags_never_match(api, thing, tag):
    path, first, _second = thing
    given = tag.format(tag=api.get(path)["ETag"])

    refused(patch(api, path, first, given), 412, "precondition_failed")


def test_one_of_several_tags_is_enough_and_the_star_is_true_of_what_is_there(api, thing):
    path, first, second = thing
    assert patch(api, path, first, f'"another", {api.get(path)["ETag"]}').status_code == 200
    assert patch(api, path, second, "*").status_code == 200
    assert api.delete(path, headers={"if-match": "*"}).status_code == 204
    assert patch(api, path, first, "*").status_code == 404


def test_the_tag_is_the_same_in_each_language_and_answers_if_none_match(api, thing):
    path, _first, _second = thing
    tags = {api.get(path, headers={"accept-language": language})["ETag"] for language in ("en", "vi")}

    assert len(tags) == 1
    (tag,) = tags
    for known in (tag, f"W/{tag}", "*"):
        assert api.get(path, headers={"if-none-match": known}).status_code == 304


def test_without_the_header_the_last_change_wins(api, thing):
    path, first, second = thing

    assert [api.patch(path, change, format="json").status_code for change in (first, second)] == [200, 200]


def test_what_is_wrong_is_said_before_what_is_stale(api, thing):
    path, _first, _second = thing

    refused(patch(api, path, {"nonsense": 1}, '"stale"'), 400, "validation_error")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_made(buyer, api, thing):
    path, first, second = thing
    tag = api.get(path)["ETag"]

    def change(body: dict) -> int:
        return patch(api_of(buyer.user), path, body, tag).status_code

    statuses = at_once([lambda: change(first), lambda: change(second)])

    assert sorted(statuses) == [200, 412]
    assert Address.objects.count() == 1
    assert WebhookEndpoint.objects.count() <= 1
