"""How an invoice looks on paper: A4, in the order's language, with letters of every writing."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.contact import places
from catalog.money import written
from orders.documents import parts
from orders.documents.drawing.pdf import INK, QUIET, Inside, Paper
from orders.documents.supply import still_to_come
from orders.models import Invoice, InvoiceKind, TaxReason

# Millimetres on A4, 210 wide.
MARGIN = 20
WIDTH = 170
LEFT_COLUMN = 95
RIGHT_COLUMN = WIDTH - LEFT_COLUMN
LINE = 5
# Product, quantity, unit price, total: room for 999 pieces of something that costs nine digits.
COLUMNS = (76, 20, 35, 39)
PADDING = 1.2


def draw(invoice: Invoice, inside: Inside | None = None) -> bytes:
    """The invoice as PDF, around its XML where it has one. The invoice's own row alone decides what the bytes are."""
    with translation.override(invoice.language):
        sheet = Sheet(invoice, inside)
        sheet.add_page()
        sheet.head()
        sheet.lines()
        sheet.sums()
        return bytes(sheet.output())


class Sheet(Paper):
    """One invoice, drawn from top to bottom."""

    def __init__(self, invoice: Invoice, inside: Inside | None = None):
        super().__init__("PDF/A-3B" if inside else None)
        self.invoice = invoice
        self.says: dict[str, Any] = invoice.snapshot
        self.locale = Locale.parse(translation.to_locale(invoice.language))
        self.set_creation_date(invoice.issued_at)
        self.set_title(f"{invoice} – {self.says['shop']['name']}")
        self.set_author(self.says["shop"]["name"])
        self.set_lang(invoice.language)
        self.speak_of(self.says["customer"])
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + LINE)
        if inside:
            self.embed(inside, at=invoice.issued_at)

    def foot_of(self, page: int) -> str:
        of = _("Page %(number)s of %(pages)s") % {"number": page, "pages": self.pages_count}
        return f"{self.invoice} · {of}"

    # --- the head ------------------------------------------------------------------------------

    def head(self) -> None:
        """The shop on the left, what this is on the right; below them the customer, and number, date and order."""
        top = self.get_y()
        shop = self.says["shop"]
        self.write_line(shop["name"], size=15, bold=True, width=LEFT_COLUMN)
        self.write_small(shop["address"], grey=QUIET)
        if shop["tax_id"]:
            self.write_small([_("Tax ID: %(number)s") % {"number": shop["tax_id"]}], grey=QUIET)
        left_end = self.get_y()
        self.set_xy(MARGIN + LEFT_COLUMN, top)
        title = str(InvoiceKind(self.invoice.kind).label)
        self.write_line(title, size=20, bold=True, align="R", width=RIGHT_COLUMN)
        self.set_y(max(left_end, self.get_y()) + 2 * LINE)
        self.parties()

    def parties(self) -> None:
        top = self.get_y()
        self.write_line(_("Customer"), size=8, grey=QUIET, width=LEFT_COLUMN)
        customer = self.says["customer"]
        names = [customer.get("company"), customer["full_name"] or customer["email"]]
        first, *others = dict.fromkeys(filter(None, names))
        self.write_line(first, bold=True, width=LEFT_COLUMN - LINE)
        self.write_small([*others, *self.address(customer)])
        if vat_id := customer.get("vat_id"):
            self.write_small([_("VAT ID: %(number)s") % {"number": vat_id}])
        left_end = self.get_y()
        self.set_y(top)
        for label, value in self.facts():
            self.set_x(MARGIN + LEFT_COLUMN)
            self.write_pair(label, value, label_width=33, value_width=RIGHT_COLUMN - 33)
        self.set_y(max(left_end, self.get_y()) + 2 * LINE)

    def address(self, customer: dict[str, str]) -> list[str]:
        """As the order page writes it."""
        country = self.locale.territories.get(customer["country"], customer["country"])
        return [*places.lines_of(customer), country, customer["email"]]

    def facts(self) -> list[tuple[str, str]]:
        number = {
            InvoiceKind.CREDIT_NOTE: _("Credit note no."),
            InvoiceKind.REVERSAL: _("Reversal no."),
        }.get(InvoiceKind(self.invoice.kind), _("Invoice no."))
        issued = format_date(date.fromisoformat(self.says["date"]), "long", locale=self.locale)
        facts = [(number, self.invoice.code), (_("Date"), issued), *self.supplied()]
        facts.append((_("Order"), str(self.says["order"])))
        if self.invoice.kind != InvoiceKind.INVOICE:
            facts.append((_("For invoice no."), self.says["invoice"]))
        if self.invoice.kind == InvoiceKind.REVERSAL:
            facts.append((_("Takes back credit note no."), self.says["credit_note"]))
        return facts

    def supplied(self) -> list[tuple[str, str]]:
        """When it was supplied; what is still to be sent says so below. Papers of before don't know it."""
        day = self.says.get("supplied")
        if not day:
            return []
        written_day = format_date(date.fromisoformat(day), "long", locale=self.locale)
        return [(_("Date of supply"), written_day)]

    # --- lines and sums ------------------------------------------------------------------------

    def lines(self) -> None:
        self.headings()
        for line in self.says["lines"]:
            # A part of a line's money has no pieces, and a part of its pieces may have no even price.
            quantity = format_decimal(line["quantity"], locale=self.locale) if line["quantity"] else ""
            unit_price = self.money(line["unit_price"]) if "unit_price" in line else ""
            self.row((self.named(line), quantity, unit_price, self.money(line["total"])))
        self.ln(LINE)

    def headings(self) -> None:
        titles = (_("Product"), _("Quantity"), _("Unit price"), _("Total"))
        self.use(size=8, bold=True, grey=QUIET)
        self.row(titles)
        self.use(size=9)

    def row(self, cells: tuple[str, str, str, str]) -> None:
        """Cells side by side with a line below them, kept together on one page, under headings."""
        lines = [self.lines_of(text, width=width) for width, text in zip(COLUMNS, cells, strict=True)]
        height = max(self.height_of(some, height=LINE) for some in lines)
        if self.will_page_break(height + 2 * PADDING):
            self.add_page()
            self.headings()
        top = self.get_y() + PADDING
        for at, align in enumerate("LRRR"):
            self.set_xy(MARGIN + sum(COLUMNS[:at]), top)
            self.write_lines(lines[at], width=COLUMNS[at], height=LINE, align=align)
        self.set_y(top + height + PADDING)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())

    def named(self, line: dict[str, str]) -> str:
        """The product, with its price without tax where there is tax, and with what promotions took off."""
        rate, besides = line.get("tax_rate") or parts.only_rate(self.says), []
        if "unit_net" in line and Decimal(rate):
            besides.append(_("%(price)s each without tax") % {"price": self.money(line["unit_net"])})
        if "discount" in line:
            besides.append(_("discount %(amount)s") % {"amount": self.money(line["discount"])})
        return f"{line['name']} ({'; '.join(besides)})" if besides else line["name"]

    def sums(self) -> None:
        """What it all comes to, kept together on one page."""
        says = self.says
        sums = [
            (_("Items"), says["items_total"]),
            (_("Shipping"), says["shipping_fee"]),
            (_("Total"), says["total"]),
            *self.taxes(),
        ]
        if self.will_page_break((len(sums) + 2) * (LINE + 2)):
            self.add_page()
        for at, (label, amount) in enumerate(sums):
            self.write_sum(label, self.money(amount), is_total=at == 2)
        if reason := says.get("tax_reason"):
            self.ln(LINE)
            self.write_line(str(TaxReason(reason).label), size=9)
        self.ln(LINE)
        if said := still_to_come(says):
            self.write_line(said, size=9)
        way = self.says["shipping_method"]
        method = _("Shipping method: %(method)s") % {"method": way} if way else _("Delivered online")
        self.write_line(method, size=9, grey=QUIET)
        for one in self.says.get("discounts", ()):
            self.write_line(self.taken_off(one), size=9, grey=QUIET)

        for said in self.paid_with():
            self.write_line(said, size=9, grey=QUIET)

    def paid_with(self) -> Iterator[str]:
        """What gift cards paid, each by the end of its code, and what was paid otherwise."""
        cards = self.says.get("cards", ())
        rest = Decimal(self.says["total"]) - sum(Decimal(one["amount"]) for one in cards)
        for one in cards:
            amount = self.money(one["amount"])
            if one["ending"]:
                yield _("Paid with gift card …-%(ending)s: %(amount)s") % {
                    "ending": one["ending"],
                    "amount": amount,
                }
            else:
                yield _("Paid with store credit: %(amount)s") % {"amount": amount}
        if cards and rest:
            yield _("Paid otherwise: %(amount)s") % {"amount": self.money(str(rest))}

    def taken_off(self, one: dict[str, str]) -> str:
        """What a promotion took off; the sums above are what is paid."""
        name = f"{one['name']} ({one['code']})" if one["code"] else one["name"]
        said = _("Discount included: %(name)s, %(amount)s") % {
            "name": name,
            "amount": self.money(one["amount"]),
        }
        if not Decimal(one["off_shipping"]):
            return said
        off = _("of that %(amount)s off the shipping") % {"amount": self.money(one["off_shipping"])}
        return f"{said}, {off}"

    def taxes(self) -> list[tuple[str, str]]:
        """The tax in the total, each rate by itself where there are several; nothing where there is none."""
        says = self.says
        without = [(_("Total without tax"), says["net"])] if "net" in says else []
        if len(says.get("taxes", ())) > 1:
            return without + [(self.at_rate(one), one["tax"]) for one in says["taxes"]]
        if rate := Decimal(parts.only_rate(says)):
            return [*without, (_("Tax included (%(rate)s%%)") % {"rate": self.percent(rate)}, says["tax"])]
        return []

    def at_rate(self, one: dict[str, str]) -> str:
        """What the tax of one rate is in, and what that is without it."""
        return _("Tax included (%(rate)s%%) in %(gross)s: %(net)s without it") % {
            "rate": self.percent(Decimal(one["rate"])),
            "gross": self.money(one["gross"]),
            "net": self.money(one["net"]),
        }

    def percent(self, rate: Decimal) -> str:
        return str(format_decimal(rate.normalize(), locale=self.locale))

    def write_sum(self, label: str, value: str, *, is_total: bool) -> None:
        if is_total:
            self.line(MARGIN + LEFT_COLUMN, self.get_y() + 1, MARGIN + WIDTH, self.get_y() + 1)
            self.ln(2)
        self.set_x(MARGIN + LEFT_COLUMN)
        size = 12 if is_total else 10
        self.write_pair(label, value, size=size, bold=is_total, label_width=RIGHT_COLUMN - 45, value_width=45)

    def money(self, amount: str) -> str:
        return written(Decimal(amount), self.says["currency"])

    # --- words on paper ------------------------------------------------------------------------

    def write_line(
        self,
        text: str,
        *,
        size: float = 10,
        bold: bool = False,
        grey: int = INK,
        align: str = "L",
        width: float = WIDTH,
    ) -> None:
        """Text from where we are, on as many lines as it needs; then to the left margin below it."""
        self.use(size=size, bold=bold, grey=grey)
        self.write_text(text, width=width, height=max(LINE, size * 0.5), align=align)

    def write_small(self, texts: Iterable[str], *, grey: int = INK) -> None:
        for text in filter(None, texts):
            self.write_line(text, size=9, grey=grey, width=LEFT_COLUMN - LINE)

    def write_pair(
        self,
        label: str,
        value: str,
        *,
        label_width: float,
        value_width: float,
        size: float = 10,
        bold: bool = False,
    ) -> None:
        """A name on the left and its value on the right, on lines of their own."""
        self.use(size=size, bold=bold, grey=INK if bold else QUIET)
        left, top = self.x, self.y
        self.write_text(label, width=label_width, height=LINE + 1)
        below = self.y
        self.use(size=size, bold=bold)
        self.set_xy(left + label_width, top)
        self.write_text(value, width=value_width, height=LINE + 1, align="R")
        self.set_y(max(below, self.y))
