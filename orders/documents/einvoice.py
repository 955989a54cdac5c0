"""An invoice for programs: EN 16931 as UN/CEFACT CII, the XML of Factur-X and ZUGFeRD. It says what the paper says.

It is made from the paper's snapshot alone, so that it is the same each time. A paper from before tax was kept by rate, or
from when the shop had not said where it is, has none.
"""

from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from facturx.facturx import FACTURX_FILENAME, FACTURX_LEVEL2xmp, generate_xmp_object
from facturx.generate_xml import generate_cii_xml
from lxml import etree

from catalog.money import rounded
from orders.documents.supply import still_to_come
from orders.models import Invoice, InvoiceKind, TaxReason

LEVEL = "en16931"
# By this name programs find it in a PDF.
NAME_IN_PDF = FACTURX_FILENAME
# UNTDID 1001: commercial invoice and credit note. A reversal puts the invoice back in force.
TYPES = {InvoiceKind.INVOICE: "380", InvoiceKind.CREDIT_NOTE: "381", InvoiceKind.REVERSAL: "380"}
# UNTDID 5305 with the VATEX code of why: standard, zero-rated, and what is exempt for a reason.
STANDARD, ZERO = "S", "Z"
EXEMPT = {
    TaxReason.INTRA_EU: ("K", "VATEX-EU-IC"),
    TaxReason.REVERSE_CHARGE: ("AE", "VATEX-EU-AE"),
    TaxReason.EXPORT: ("G", "VATEX-EU-G"),
}
PIECES = "C62"
# So many decimals a price of one piece may have.
PRICE_DECIMALS = Decimal("0.0001")


class EInvoiceNotMade(Exception):
    """The paper says something that can't be said there, such as a sign that XML does not know."""


def xml(invoice: Invoice) -> bytes:
    """The bytes of the XML; `has_einvoice` (invoices.py) has to hold. Raises EInvoiceNotMade."""
    try:
        with translation.override(invoice.language):
            return generate_cii_xml(_said(invoice), level=LEVEL, check_xsd=False, check_schematron=None)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise EInvoiceNotMade(f"{invoice}: {error}") from error


def metadata(invoice: Invoice) -> str:
    """What a PDF with the XML in it says of itself (XMP): PDF/A-3B, and the schema of Factur-X.

    The package's own way to put the XML in writes the moment of doing so, and a paper is the same each time.
    """
    shop = invoice.snapshot["shop"]["name"]
    said = {
        "pdfa3_flavor": "B",
        "title": f"{invoice} – {shop}",
        "author": shop,
        "subject": "",
        "producer": "fpdf2",
        "creator_tool": "",
        "timestamp": invoice.issued_at.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "version": "1.0",
        "documenttype": "INVOICE",
        "xml_filename": NAME_IN_PDF,
        "xmp_level": FACTURX_LEVEL2xmp[LEVEL],
        "urn": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    }
    with translation.override(invoice.language):
        return etree.tostring(generate_xmp_object(said), encoding="unicode", pretty_print=True)


def _said(invoice: Invoice) -> dict[str, Any]:
    """By the norm's own numbers of terms (BT) and groups (BG). Amounts of a credit note are what it gives back."""
    says = invoice.snapshot
    paper = _Paper(invoice)
    # A norm's invoice has a line: where shipping alone is given back, that is it.
    lines = says["lines"] or [_sent(says)]
    net_lines = sum((paper.net(line) for line in lines), Decimal(0))
    net, tax, total = (paper.amount(says[name]) for name in ("net", "tax", "total"))
    return {
        "BT-1": invoice.code,
        "BT-2": says["date"],
        "BT-3": TYPES[InvoiceKind(invoice.kind)],
        "BT-5": says["currency"],
        "BT-13": str(says["order"]),
        "BT-72": says.get("supplied") or says.get("to_follow") or says["date"],
        **_preceding(invoice),
        **({"BG-1": [{"BT-22": said}]} if (said := still_to_come(says)) else {}),
        "BG-4": _seller(says["shop"]),
        "BG-7": _buyer(says["customer"]),
        "BG-13": _delivered(says["customer"]),
        "BG-21": paper.shipping(net - net_lines),
        "BG-23": [paper.tax(one) for one in [*says["taxes"], *_of_nothing(says["taxes"], lines)]],
        "BG-25": [paper.line(at, line) for at, line in enumerate(lines, 1)],
        "BT-106": paper.written(net_lines),
        "BT-108": paper.written(net - net_lines),
        "BT-109": paper.written(net),
        "BT-110": paper.written(tax),
        "BT-112": paper.written(total),
        # It is issued when the money is there, or back.
        "BT-113": paper.written(total),
        "BT-115": paper.written(Decimal(0)),
    }


class _Paper:
    """The amounts of one paper, with the sign of what it is."""

    def __init__(self, invoice: Invoice) -> None:
        self.currency: str = invoice.snapshot["currency"]
        self.sign = -1 if invoice.kind == InvoiceKind.CREDIT_NOTE else 1
        self.reason: str = invoice.snapshot.get("tax_reason", "")
        self.shipping_rate: str = invoice.snapshot.get("shipping_tax_rate", "0")

    def amount(self, said: str) -> Decimal:
        return self.sign * Decimal(said)

    def written(self, amount: Decimal) -> str:
        return str(rounded(amount, self.currency) + 0)

    def net(self, line: dict[str, Any]) -> Decimal:
        return self.amount(line["total"]) - self.amount(line["tax"])

    def category(self, rate: str) -> str:
        if Decimal(rate):
            return STANDARD
        return EXEMPT[TaxReason(self.reason)][0] if self.reason else ZERO

    def line(self, at: int, line: dict[str, Any]) -> dict[str, Any]:
        """The price is what it was before promotions; what they took off is an allowance of the line."""
        # A part of a line's money has no pieces.
        quantity = line["quantity"] or 1
        net, less = self.net(line), self.discount(line)
        return {
            "BT-126": str(at),
            "BT-129": str(quantity),
            "BT-130": PIECES,
            "BT-131": self.written(net),
            **self.price(net + less, quantity),
            **self.allowance(net + less, less),
            "BT-151": self.category(line["tax_rate"]),
            "BT-152": line["tax_rate"],
            "BT-153": line["name"],
            **({"BT-155": line["sku"]} if line["sku"] else {}),
        }

    def discount(self, line: dict[str, Any]) -> Decimal:
        """What promotions took off a line, without the tax."""
        return rounded(
            self.amount(line.get("discount", "0")) / (1 + Decimal(line["tax_rate"]) / 100), self.currency
        )

    def allowance(self, before: Decimal, less: Decimal) -> dict[str, Any]:
        if not less:
            return {}
        # UNTDID 5189: discount.
        said = {"reason": _("Discount"), "reason_code": "95"}
        return {"BG-27": [said | {"base_amount": self.written(before), "amount": self.written(less)}]}

    def price(self, net: Decimal, quantity: int) -> dict[str, str]:
        """Of one piece without tax; of all together where one piece has none to the decimal."""
        each = (net / quantity).quantize(PRICE_DECIMALS)
        if each * quantity == net:
            return {"BT-146": f"{each.normalize():f}"}
        return {"BT-146": self.written(net), "BT-149": str(quantity)}

    def tax(self, one: dict[str, str]) -> dict[str, str]:
        said = {
            "BT-116": self.written(self.amount(one["net"])),
            "BT-117": self.written(self.amount(one["tax"])),
            "BT-118": self.category(one["rate"]),
            "BT-119": one["rate"],
        }
        if Decimal(one["rate"]) or not self.reason:
            return said
        reason = TaxReason(self.reason)
        return said | {"BT-120": str(reason.label), "BT-121": EXEMPT[reason][1]}

    def shipping(self, net: Decimal) -> list[dict[str, str]]:
        """What sending costs is a charge on all of it; nothing where it costs nothing."""
        if not net:
            return []
        rate = self.shipping_rate
        charge = {"amount": self.written(net), "reason": _("Shipping"), "reason_code": "FC"}
        return [charge | {"vat_category_code": self.category(rate), "vat_rate": rate}]


def _of_nothing(taxes: list[dict[str, str]], lines: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Rates of lines that cost nothing, of which the paper says nothing: the norm wants each line's among its sums."""
    said = {Decimal(one["rate"]) for one in taxes}
    left = {Decimal(line["tax_rate"]): line["tax_rate"] for line in lines}
    return [{"rate": left[rate], "net": "0", "tax": "0"} for rate in left if rate not in said]


def _sent(says: dict[str, Any]) -> dict[str, Any]:
    """What sending cost, as a line."""
    amounts = {name: says[name] for name in ("total", "tax")}
    rate = says.get("shipping_tax_rate", "0")
    return {"sku": "", "name": _("Shipping"), "quantity": 1, "tax_rate": rate} | amounts


def _preceding(invoice: Invoice) -> dict[str, Any]:
    """The paper that this one takes back."""
    code = invoice.snapshot.get("credit_note") or invoice.snapshot.get("invoice")
    return {"BG-3": [{"BT-25": code}]} if code else {}


def _seller(shop: dict[str, Any]) -> dict[str, str]:
    lines = dict(zip(("addr_l1", "addr_l2", "addr_l3"), shop["address"], strict=False))
    return {"name": shop["name"], "vat_identifier": shop["tax_id"], "country_code": shop["country"], **lines}


def _delivered(customer: dict[str, Any]) -> dict[str, str]:
    country = customer.get("delivered_to") or customer["country"]
    return {"name": customer["full_name"] or customer["email"], "country_code": country}


def _buyer(customer: dict[str, Any]) -> dict[str, str]:
    said = {
        "name": customer.get("company") or customer["full_name"] or customer["email"],
        "vat_identifier": customer.get("vat_id", ""),
        "country_code": customer["country"],
        "city": customer["city"],
        "postcode": customer["postal_code"],
        "addr_l1": customer["line1"],
        "addr_l2": customer["line2"],
        "country_subdivision": customer["region"],
    }
    return {name: value for name, value in said.items() if value}
