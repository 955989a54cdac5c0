"""Bank statements: what is read of them, what pays an order, and what waits for staff. The same statement twice is once."""

from decimal import Decimal
from functools import partial
from io import BytesIO

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from orders import audit
from orders.documents.transfer import reference_of
from orders.models import BankEntry, LedgerEntry, Order, Refund
from orders.payments.bank import statements
from orders.payments.bank.matching import EntryDecided, match_by_hand, read_statement, set_aside
from orders.payments.bank.statements import BadStatement, read
from orders.payments.by_hand import note_received
from orders.status import OrderStatus
from staff.models import StaffAction
from staff.rights import PermissionDenied
from tests.factories import Buyer, cancel, make_staff, staff_of
from tests.parallel import at_once

S = OrderStatus
CAMT = b"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">12.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-28</Dt></BookgDt>
<AcctSvcrRef>B1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RltdPties><Dbtr><Pty><Nm>Mai Lan</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE1</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-28</Dt></BookgDt>
<AcctSvcrRef>B2</AcctSvcrRef><NtryDtls>
<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">10.00</Amt></TxAmt></AmtDtls><RmtInf><Ustrd>one</Ustrd></RmtInf></TxDtls>
<TxDtls><Amt Ccy="EUR">20.00</Amt><RmtInf><Ustrd>two</Ustrd><Ustrd>lines</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-28</Dt></BookgDt></Ntry>
<Ntry><Amt Ccy="EUR">6.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts><BookgDt><Dt>2026-11-28</Dt></BookgDt></Ntry>
<Ntry><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd><Sts>BOOK</Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>"""
BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Document>&b;</Document>"""
)
OUTSIDE = (
    b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>"""
)


# --- reading -------------------------------------------------------------------------------------------------------
def test_camt_is_read_transaction_by_transaction():
    told = [(one.entry_id, str(one.amount), one.text, one.payer) for one in read(CAMT)]
    account = "DE89370400440532013000"
    assert told == [
        (f"{account}/B1/0", "12.50", "RF18539007547034 NOTPROVIDED", "Mai Lan"),
        (f"{account}/B2/0", "10.00", "one", ""),
        (f"{account}/B2/1", "20.00", "two lines", ""),
    ]


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_table_is_read_line_by_line(separator):
    lines = [
        ("Date", "Amount", "Currency", "Text"),
        ("2026-11-28", "12.5", "eur", "a"),
        ("2026-11-28", "-3", "EUR", "b"),
    ]
    (one,) = read("\n".join(map(separator.join, lines)).encode())
    assert (one.amount, one.currency, one.text) == (Decimal("12.5"), "EUR", "a")


def test_cents_may_stand_behind_a_comma():
    (one,) = read(b"date;amount;currency\n2026-11-28;12,50;EUR\n")
    assert one.amount == Decimal("12.50")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("450.000", "VND"),
        ("450,000", "VND"),
        ("1.500", "EUR"),
        ("1,500", "EUR"),
        ("1 450.000", "USD"),
        ("450.50", "VND"),
        ("12.345", "KWD"),
        ("1_000", "EUR"),
        ("١٢", "EUR"),
        ("1e3", "EUR"),
        ("1.500,00", "EUR"),
    ],
)
def test_an_amount_in_a_table_that_may_be_another_is_refused(amount, currency):
    with pytest.raises(BadStatement, match=amount):
        read(f'date;amount;currency\n2026-11-28;"{amount}";{currency}\n'.encode())


@pytest.mark.parametrize(
    ("amount", "currency", "is_read"),
    [
        ("450000", "VND", "450000"),
        ("450000.00", "VND", "450000"),
        ("1 500,00", "EUR", "1500"),
        ("1\N{NO-BREAK SPACE}500,5", "EUR", "1500.5"),
        ("12.340", "KWD", "12.34"),
    ],
)
def test_an_amount_in_a_table_that_is_clear_is_read(amount, currency, is_read):
    (one,) = read(f"date;amount;currency\n2026-11-28;{amount};{currency}\n".encode())
    assert one.amount == Decimal(is_read)


def test_in_camt_a_point_is_a_decimal_point():
    (one, *_others) = read(CAMT.replace(b">12.50<", b">450.000<"))
    assert one.amount == 450


def test_entries_without_a_name_are_named_alike_each_time_and_unlike_each_other():
    table = b"date,amount,currency\n2026-11-28,5,EUR\n2026-11-28,5,EUR\n"
    first, again = ([one.entry_id for one in read(table)] for _ in range(2))
    assert first == again and len(set(first)) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"<html></html>",
        b"<Document>",
        BOMB,
        OUTSIDE,
        b"<Document><BkToCstmrStmt><Stmt><Ntry><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry></Stmt></BkToCstmrStmt></Document>",
        b"date,amount\n2026-11-28,5\n",
        b"date,amount,currency,Amount\n2026-11-28,5,EUR,7\n",
        b"date,amount,currency\nyesterday,5,EUR\n",
        b"date,amount,currency\n2026-11-28,five,EUR\n",
        b"date,amount,currency\n2026-11-28,NaN,EUR\n",
        b"date,amount,currency\n2026-11-28,1.234,EUR\n",
        b"date,amount,currency\n2026-11-28,1e30,EUR\n",
    ],
)
def test_what_is_no_statement_is_refused(content):
    if content == b"":
        assert read(content) == []
        return
    with pytest.raises(BadStatement):
        read(content)


def test_a_statement_has_limits(monkeypatch):
    with pytest.raises(BadStatement, match="larger"):
        read(b"x" * (statements.MAX_BYTES + 1))
    monkeypatch.setattr(statements, "MAX_ENTRIES", 1)
    with pytest.raises(BadStatement, match="At most"):
        read(b"date,amount,currency\n2026-11-28,5,EUR\n2026-11-28,6,EUR\n")


# --- matching ------------------------------------------------------------------------------------------------------
@pytest.fixture
def books(db):
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


def table(*lines: tuple[Order | str, Decimal | str], name: str = "E") -> bytes:
    """A statement with a line for each order (or text) and amount."""
    rows = ["date,amount,currency,text,payer,id"]
    for place, (about, amount) in enumerate(lines):
        text = f"thanks {reference_of(about.number)}" if isinstance(about, Order) else about
        currency = about.currency if isinstance(about, Order) else "USD"
        rows.append(f"2026-11-28,{amount},{currency},{text},Mai,{name}{place}")
    return "\n".join(rows).encode()


def told(content: bytes, **more) -> list[tuple[str, str]]:
    return [
        (one.state, one.why) for one in read_statement(actor=make_staff(), content=content, **more).entries
    ]


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


@pytest.fixture
def order(buyer) -> Order:
    return buyer.order_in(S.PAY_REQUIRED)


@pytest.mark.usefixtures("books")
class TestMatching:
    def test_an_amount_pays_the_order_whose_reference_it_gives(self, order):
        assert told(table((order, order.total_amount))) == [("matched", "")]
        assert status_of(order) == S.PAID
        entry = BankEntry.objects.get()
        assert entry.order == order and order.ledger.get().reference == f"bank {entry.pk}"

    def test_the_same_statement_twice_changes_nothing(self, order):
        content = table((order, order.total_amount), ("rent", "700"))
        told(content)
        again = read_statement(actor=make_staff(), content=content)
        assert (again.entries, again.known) == ([], 2)
        assert LedgerEntry.objects.count() == 1

    def test_a_check_leaves_nothing_behind(self, order):
        assert told(table((order, order.total_amount)), check=True) == [("matched", "")]
        assert status_of(order) == S.PAY_REQUIRED
        assert not BankEntry.objects.exists() and not StaffAction.objects.exists()

    def test_two_short_amounts_pay_together(self, order):
        half = order.total_amount / 2
        assert told(table((order, half))) == [("open", "short")]
        assert status_of(order) == S.PAY_REQUIRED
        assert told(table((order, half), name="F")) == [("matched", "")]
        assert status_of(order) == S.PAID
        assert set(BankEntry.objects.values_list("state", flat=True)) == {"matched"}

    def test_what_is_over_goes_back(self, order):
        assert told(table((order, order.total_amount + 3))) == [("matched", "")]
        assert (status_of(order), Refund.objects.get().amount) == (S.PAID, 3)

    def test_what_is_late_or_double_goes_back(self, buyer):
        late, double = buyer.order_in(S.PAY_REQUIRED), buyer.order_in(S.PAID)
        cancel(late)
        told(table((late, late.total_amount), (double, double.total_amount)))
        assert sorted(Refund.objects.values_list("cause", flat=True)) == ["double", "late"]

    def test_what_staff_have_noted_before_is_not_booked_again(self, order):
        note_received(order_id=order.pk, actor=make_staff(), variant="transfer", amount=order.total_amount)
        assert told(table((order, order.total_amount))) == [("open", "noted")]
        assert not Refund.objects.exists()
        set_aside(entry_id=BankEntry.objects.get().pk, actor=make_staff(), note="noted on Friday")

    @pytest.mark.parametrize("text", ["", "order 1", "RF00123"])
    def test_what_names_no_order_waits_for_staff(self, order, text):
        assert told(table((text, order.total_amount))) == [("open", "no_reference")]

    def test_what_names_several_orders_waits_for_staff(self, order):
        other = Buyer().order_in(S.PAY_REQUIRED)
        text = f"{reference_of(order.number)} and {reference_of(other.number)}"
        assert told(table((text, "30"))) == [("open", "several")]

    def test_another_currency_waits_for_staff(self, order):
        content = table((order, order.total_amount)).replace(b"USD", b"EUR")
        assert told(content) == [("open", "currency")]

    def test_staff_match_by_hand_once(self, order):
        told(table(("lamp", order.total_amount)))
        entry = BankEntry.objects.get()
        assert match_by_hand(entry_id=entry.pk, actor=make_staff(), number=order.number).state == "matched"
        assert status_of(order) == S.PAID
        with pytest.raises(EntryDecided):
            match_by_hand(entry_id=entry.pk, actor=make_staff(), number=order.number)
        with pytest.raises(EntryDecided):
            set_aside(entry_id=entry.pk, actor=make_staff(), note="no")

    @pytest.mark.parametrize("group", ["Support", "Fulfilment", "Catalog"])
    def test_staff_without_the_right_read_nothing(self, order, group):
        with pytest.raises(PermissionDenied):
            read_statement(actor=staff_of(group), content=table((order, order.total_amount)))

    @pytest.mark.parametrize("change", ["amount = 1", "text = ''", "state = 'open', decided_at = NULL"])
    def test_the_database_keeps_what_the_bank_says_and_what_was_decided(self, order, change):
        told(table((order, order.total_amount)))
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_bankentry SET {change}")  # noqa: S608 a table of our own

    def test_staff_read_a_statement_on_the_desk(self, client, order):
        client.force_login(staff_of("Finance"), backend="django.contrib.auth.backends.ModelBackend")
        url, listed = reverse("admin:orders_bankentry_read"), reverse("admin:orders_bankentry_changelist")
        other = Buyer().order_in(S.PAY_REQUIRED)
        content = table((order, order.total_amount), ("lamp", other.total_amount))
        assert url in client.get(listed).content.decode()

        checked = client.post(url, {"file": BytesIO(content), "check": "yes"})
        assert 'data-entry="matched"' in checked.content.decode() and not BankEntry.objects.exists()
        client.post(url, {"carried": checked.context["carried"]})
        assert status_of(order) == S.PAID

        entry = BankEntry.objects.get(state="open")
        page = reverse("admin:orders_bankentry_decide", args=[entry.pk])
        assert f'data-suggested="{other.number}"' in client.get(page).content.decode()
        client.post(page, {"number": str(other.number)})
        assert status_of(other) == S.PAID
        assert client.post(url, {"file": BytesIO(BOMB), "check": "yes"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_staff_read_the_same_statement_at_once(order):
    content, actors = table((order, order.total_amount)), [make_staff(), make_staff()]
    found = at_once([partial(read_statement, actor=actor, content=content) for actor in actors])
    assert sorted(one.known for one in found) == [0, 1]
    assert (status_of(order), LedgerEntry.objects.count()) == (S.PAID, 1)
