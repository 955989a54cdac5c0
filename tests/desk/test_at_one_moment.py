"""Two members of staff who save the same at one moment: it is there once, and the others are told so."""

from functools import partial

import pytest
from django.test import Client

from catalog.models import Category
from staff.models import StaffAction
from tests.factories import make_staff
from tests.parallel import at_once


@pytest.mark.django_db(transaction=True)
def test_the_same_saved_by_four_at_one_moment_is_there_once_and_told_to_the_others():
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(make_staff())
    for round_ in range(5):
        form = {"name": "Tea", "slug": f"tea-{round_}", "position": 0}
        answers = at_once([partial(client.post, "/admin/catalog/category/add/", form) for client in clients])
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
        assert sum("already exists" in answer.text for answer in answers) == 3
        assert Category.objects.filter(slug=form["slug"]).count() == 1
    assert StaffAction.objects.filter(action="added").count() == 5
