"""Who of many may do something is found in one statement, and is the same as for each alone."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from orders.rights import OrderRights
from staff.rights import may, who_may
from tests.factories import make_user

pytestmark = pytest.mark.django_db
RIGHT = OrderRights.VIEW


def test_it_is_what_each_may_alone():
    permission = Permission.objects.get(
        content_type__app_label="orders", codename=RIGHT.value.partition(".")[2]
    )
    group = Group.objects.create(name="Readers")
    group.permissions.add(permission)
    people = {
        "customer": make_user(),
        "customer with the right": make_user(),
        "staff": make_user(is_staff=True),
        "staff with the right": make_user(is_staff=True),
        "staff of a group": make_user(is_staff=True),
        "staff with both": make_user(is_staff=True),
        "owner": make_user(is_staff=True, is_superuser=True),
        "no staff any more": make_user(is_superuser=True),
    }
    for name in ("customer with the right", "staff with the right", "staff with both"):
        people[name].user_permissions.add(permission)
    for name in ("staff of a group", "staff with both"):
        people[name].groups.add(group)
    users = [User.objects.get(pk=one.pk) for one in people.values()]

    alone = {user.pk for user in users if may(user, RIGHT)}
    with CaptureQueriesContext(connection) as asked:
        together = who_may(users, RIGHT)

    assert {name for name, one in people.items() if one.pk in together} == {
        "staff with the right",
        "staff of a group",
        "staff with both",
        "owner",
    }
    assert together == alone and len(asked) == 1


def test_of_customers_nothing_is_asked(django_assert_num_queries):
    customers = [make_user(), make_user()]
    with django_assert_num_queries(0):
        assert who_may(customers, RIGHT) == set()
