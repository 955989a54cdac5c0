"""PayPal's reports as files: read as its list is, compared with the ledger, by the command and at the desk."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import count

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from orders.models import MoneyMismatch, Order, Reconciliation
from orders.payments.providers.base import BadReport, NoLists
from orders.payments.providers.paypal import report as paypal_report
from orders.payments.reconciling import daily, mismatches
from orders.status import OrderStatus
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.factories import staff_of
from tests.orders.payments.providers import paypal_steps

pytestmark = pytest.mark.django_db
WHEN = "%Y/%m/%d %H:%M:%S %z"
SETTLEMENT = (
    '"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type","Transaction Event Code",'
    '"Transaction Initiation Date","Transaction Completion Date","Transaction Debit or Credit","Gross Transaction Amount",'
    '"Gross Transaction Currency","Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field","Consumer ID",'
    '"Payment Tracking ID","Store ID","Bank Reference ID","Credit Transactional Fee","Credit Promotional Fee","Credit Term"'
)
# Columns of which only some matter, and one whose name is written with two spaces.
DETAIL = (
    '"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type","Transaction Event Code",'
    '"Transaction Initiation Date","Transaction Completion Date","Transaction  Debit or Credit","Gross Transaction Amount",'
    '"Gross Transaction Currency","Fee Debit or Credit","Fee Amount","Fee Currency","Transactional Status","Custom Field"'
)


def line(
    name: str, code: str, amount: Decimal, *, fee: int = 0, custom: str = "", charge: str = "", **more
) -> str:
    at = more.get("at", timezone.now()).strftime(WHEN)
    direction, currency = "DR" if amount < 0 else "CR", more.get("currency", "USD")
    status = f'"{more["status"]}",' if "status" in more else ""
    return (
        f'"SB","{name}","","{charge}","TXN","{code}",{at},{at},"{direction}",{abs(amount) * 100:.0f},"{currency}",'
        f'"DR",{fee or ""},"{currency if fee else ""}",{status}"{custom}","","","","",,,'
    )


def report(*lines: str, columns: str = SETTLEMENT, end: str = '"SF","USD",0,0,0,0\r\n"SC",3\r\n') -> str:
    begin, last = (
        (timezone.now() + timedelta(hours=hours)).astimezone(UTC).strftime(WHEN) for hours in (-20, 20)
    )
    head = f'"RH",{begin},"A","ACCOUNT",009,\r\n"FH",01\r\n"SH",{begin},{last},"ACCOUNT",""\r\n{columns}\r\n'
    return head + "".join(f"{one}\r\n" for one in lines) + end


@pytest.fixture
def charge(paypal, client, payment) -> str:
    """Paid at PayPal, and told."""
    paypal_steps.page_of(payment)
    payment.refresh_from_db()
    assert paypal_steps.tell(paypal, client, paypal.approve(payment.transaction_id)) == 200
    return paypal.captures[0]["id"]


def read(text: str, **how) -> Reconciliation:
    return daily.read_file(variant="paypal", lines=text.splitlines(), **how)


def test_a_settlement_report_is_read_with_its_fees_and_times():
    moved = paypal_report.read(
        report(
            line("T1", "T0006", Decimal("29.00"), fee=117, custom="token"),
            line("T2", "T1107", Decimal("-29.00"), custom="token-refund-1", charge="T1"),
            line("T3", "T0403", Decimal("-5.00")),
            line("T4", "T0006", Decimal(100), currency="JPY"),
        ).splitlines()
    ).movements
    assert [(one.kind, one.reference, one.amount, one.net, one.fee) for one in moved] == [
        ("captured", "T1", 29, Decimal("27.83"), Decimal("1.17")),
        ("refunded", "T2", 29, -29, 0),
        ("paid_out", "T3", 5, -5, 0),
        ("captured", "T4", 100, 100, 0),
    ]
    assert (moved[0].token, moved[1].key, moved[1].charge) == ("token", "token-refund-1", "T1")
    assert abs(moved[0].at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_transaction_detail_report_leaves_out_what_moved_nothing():
    read = paypal_report.read(
        report(
            line("T1", "T0006", Decimal(29), status="S"),
            line("T2", "T0006", Decimal(29), status="P"),
            line("T3", "T0006", Decimal(29), status="D"),
            columns=DETAIL,
        ).splitlines()
    )
    assert [one.reference for one in read.movements] == ["T1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sku,received\r\nCUP,7\r\n",
        report(line("T1", "T0006", Decimal(29)), end=""),
        report(line("T1", "T0006", Decimal(29)), columns='"CH","Transaction ID"'),
        report(line("T1", "T0006", Decimal(29)).replace(",2900,", ",x,")),
        report().replace("SH", "S\0"),
        *(
            report(line("T1", "T0006", Decimal(29)).replace(",2900,", f",{amount},"))
            for amount in ("NaN", "Infinity", "1e9", "2_900", "٢٩٠٠", "9" * 40)
        ),
        *(
            report(line("T1", "T0006", Decimal(29), at=datetime(year, 1, 1, tzinfo=UTC)))
            for year in (1, 9999)
        ),
    ],
    ids=count(),  # what they say has the time in it, and processes that share tests must know them by one name
)
def test_what_is_no_report_or_not_a_whole_one_is_refused(text):
    with pytest.raises(BadReport):
        paypal_report.read(text.splitlines())


def test_a_report_that_the_ledger_explains_leaves_nothing_open(charge, payment):
    row = read(report(line(charge, "T0006", payment.total, fee=100, custom=payment.token)))
    assert (row.explained, row.mismatches, row.source) == (1, 0, "file")
    assert not MoneyMismatch.objects.exists()


def test_what_the_report_has_and_the_ledger_has_not_is_mended(charge, order, payment, staff):
    read(
        report(
            line(charge, "T0006", payment.total, custom=payment.token),
            line("R1", "T1107", -payment.total, charge=charge),
        )
    )
    mismatches.mend(mismatch_id=MoneyMismatch.objects.get().pk, actor=staff)
    assert Order.objects.get(pk=order.pk).status == OrderStatus.CANCELED
    assert order.ledger.filter(kind="refunded", reference="R1").exists()


def test_what_the_report_lacks_is_a_mismatch_until_a_report_has_it(charge, payment):
    read(report())
    assert MoneyMismatch.objects.get().wrong == "unknown_there"
    read(report(line(charge, "T0006", payment.total, custom=payment.token)))
    assert MoneyMismatch.objects.get().state == "explained"


def test_a_report_without_it_does_not_explain_what_the_ledger_lacks(charge, payment):
    explained = line(charge, "T0006", payment.total, custom=payment.token)
    read(report(explained, line("R1", "T1107", -payment.total, charge=charge)))
    read(report(explained))
    assert MoneyMismatch.objects.get().state == "open"


def test_what_was_dated_at_the_edge_of_the_file_is_not_missed(charge, payment):
    begin = timezone.now() - timedelta(minutes=30)
    text = report()
    now = (timezone.now() - timedelta(hours=20)).astimezone(UTC).strftime(WHEN)
    assert read(text.replace(now, begin.astimezone(UTC).strftime(WHEN))).mismatches == 0


def test_the_command_reads_a_report(charge, order, payment, tmp_path):
    path = tmp_path / "STL-20261129.01.009.CSV"
    path.write_text("\ufeff" + report(line("R1", "T1107", -payment.total, charge=charge)), encoding="utf-8")
    with pytest.raises(CommandError, match="2 amounts do not match"):
        call_command("reconcile", f"--report={path}", stdout=(out := StringIO()))
    assert (
        f"order {order.number}: refunded {payment.total:.2f} USD R1: the ledger does not have it"
        in out.getvalue()
    )
    with pytest.raises(CommandError, match="No such file"):
        call_command("reconcile", "--report=/nowhere/at/all.csv")


def test_a_provider_without_reports_says_so():
    with pytest.raises(NoLists):
        daily.read_file(variant="demo", lines=[])


def test_staff_with_the_right_send_a_report_at_the_desk(charge, payment, client):
    url, finance = reverse("admin:orders_reconciliation_report"), staff_of("Finance")
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")

    def send(text: str):
        file = SimpleUploadedFile("report.csv", text.encode())
        return client.post(url, {"variant": "paypal", "file": file})

    assert "Report (CSV)" in client.get(url).text
    assert "this is no report of PayPal" in send("nonsense").text
    assert send(report()).status_code == 302
    assert MoneyMismatch.objects.count() == 1
    assert StaffAction.objects.get(action="orders.close_moneymismatch").actor == finance


def test_who_may_not_close_mismatches_sends_no_report(paypal, client):
    support = staff_of("Support")
    with pytest.raises(PermissionDenied):
        read(report(), actor=support)
    client.force_login(support, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:orders_reconciliation_report")).status_code == 403
