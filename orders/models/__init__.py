"""An order and everything that hangs on it, with the promises that the database itself keeps."""

from orders.models.codes import have_codes, note_codes_shown
from orders.models.dispute import Dispute
from orders.models.email import FINISHED, Email, EmailKind
from orders.models.feed import FeedEntry
from orders.models.fields import Money
from orders.models.history import StatusChange
from orders.models.invoice import Invoice, InvoiceCounter, InvoiceGap, InvoiceKind
from orders.models.line import Allocation, OrderLine
from orders.models.note import OrderNote
from orders.models.order import NextOrderNumber, Order, OrderQuerySet
from orders.models.outage import ProviderOutage
from orders.models.payment import IN_PROGRESS, LedgerEntry, Payment, PaymentStatus, Refund
from orders.models.provider_event import FOREIGN, ProviderEvent
from orders.models.reconciliation import MoneyMismatch, ProviderStatement, Reconciliation
from orders.models.refund_request import RefundRequest
from orders.models.shipping import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.models.tax import TaxRate, TaxReason
from orders.models.webhook import Failure, WebhookDelivery, WebhookEndpoint

__all__ = [
    "FINISHED",
    "FOREIGN",
    "IN_PROGRESS",
    "Allocation",
    "Courier",
    "Dispute",
    "Email",
    "EmailKind",
    "Failure",
    "FeedEntry",
    "Invoice",
    "InvoiceCounter",
    "InvoiceGap",
    "InvoiceKind",
    "LedgerEntry",
    "Money",
    "MoneyMismatch",
    "NextOrderNumber",
    "Order",
    "OrderLine",
    "OrderNote",
    "OrderQuerySet",
    "Payment",
    "PaymentStatus",
    "PriceBand",
    "PriceTable",
    "ProviderEvent",
    "ProviderOutage",
    "ProviderStatement",
    "Reconciliation",
    "Refund",
    "RefundRequest",
    "StatusChange",
    "TaxRate",
    "TaxReason",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Zone",
    "ZonePlace",
    "have_codes",
    "note_codes_shown",
]
