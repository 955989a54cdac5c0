"""That the books were proved is noted, with how much was found, for the desk and for metrics; it hinders no audit."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from orders.audit import runs
from orders.models import AuditRun, Order
from orders.reports.attention import last_audit_found
from orders.status import OrderStatus
from tests.config.web.test_metrics import read  # noqa: F401 a fixture
from tests.orders.audited import drop_guards

pytestmark = pytest.mark.django_db


def test_an_audit_that_adds_up_is_noted(in_the_tests_transaction, read):  # noqa: F811
    assert ("orderly_audit_findings",) not in read()
    call_command("audit", stdout=StringIO())
    run = AuditRun.objects.get()
    assert (run.findings, last_audit_found().exists()) == (0, False)
    numbers = read()
    assert numbers["orderly_audit_findings",] == 0
    assert numbers["orderly_audit_ended_seconds",] == pytest.approx(run.ended_at.timestamp())


def test_what_does_not_add_up_is_counted_and_a_matter_until_an_audit_finds_nothing(
    in_the_tests_transaction,
    buyer,
    client,
    staff,
    read,  # noqa: F811
):
    order = buyer.order_in(OrderStatus.PAID)
    drop_guards()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET total_amount = total_amount + 1 WHERE id = %s", [order.pk])
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("audit", stdout=said)
    found = len(said.getvalue().splitlines())
    assert AuditRun.objects.get().findings == found > 0
    assert read()["orderly_audit_findings",] == found
    client.force_login(staff)
    card = next(
        one for one in client.get("/admin/").context["cards"] if "do not add up" in str(one.matter.title)
    )
    assert card.count == 1
    assert client.get(card.link).context["cl"].result_count == 1

    assert runs.note(findings=0, seconds=1) == ""
    assert not last_audit_found().exists()
    assert client.get(card.link).context["cl"].result_count == 0
    assert Order.objects.count() == 1


def test_the_digests_alone_are_no_audit(in_the_tests_transaction):
    call_command("audit", "--heads", stdout=StringIO())
    assert not AuditRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_where_nothing_can_be_written_the_audit_is_made_all_the_same_and_says_so():
    out, err = StringIO(), StringIO()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        call_command("audit", stdout=out, stderr=err)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
    assert "Everything adds up" in out.getvalue()
    assert "It is not noted" in err.getvalue()
    assert not AuditRun.objects.exists()
