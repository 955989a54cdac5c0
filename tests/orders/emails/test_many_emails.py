"""Among many emails those that are due are found by an index that has nothing but what waits."""

import pytest
from django.db import connection
from django.utils import timezone

from orders.emails import claiming
from orders.models import Email
from tests.factories import Buyer
from tests.plans import plan

pytestmark = pytest.mark.django_db
MANY = 3_000
COPIES = """
INSERT INTO orders_mail SELECT (jsonb_populate_record(NULL::orders_mail, to_jsonb(m) || jsonb_build_object(
    'id', m.id + n, 'order_id', gen_random_uuid(), 'message_id', gen_random_uuid()::text,
    'next_attempt_at', m.next_attempt_at - n * interval '1 ms'))).*
FROM (SELECT * FROM orders_mail ORDER BY id DESC LIMIT 1) m, generate_series(1, %s) n
"""


def test_the_next_email_and_whether_there_are_more_are_found_by_what_waits():
    Buyer().order_in("pending")
    Email.objects.update(next_attempt_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(COPIES, [MANY])
        cursor.execute("ANALYZE orders_mail")
    now = timezone.now()

    found = plan(claiming.CLAIM_NEXT.format(columns="orders_mail.id"), {"now": now, "until": now})

    assert found.count("orders_mail_due") == 2, found
    assert "Seq Scan on orders_mail" not in found, found
