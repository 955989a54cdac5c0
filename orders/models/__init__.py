"""An order and everything that hangs on it, with the promises that the database itself keeps."""

from orders.models.bank import BankEntry
from orders.models.change import ChangeLine, GivenUpNumber, OrderChange
from orders.models.change_request import ChangeRequest, RequestedLine
from orders.models.codes import have_codes, note_codes_shown
from orders.models.discount import DiscountShare, OrderDiscount, discounts_of
from orders.models.dispute import Dispute
from orders.models.draft import DraftLine, OrderDraft, drafts_about, open_drafts
from orders.models.email import FINISHED, Email, EmailKind
from orders.models.feed import FeedEntry
from orders.models.fields import Money
from orders.models.history import StatusChange
from orders.models.invoice import Invoice, InvoiceCounter, InvoiceGap, InvoiceKind
from orders.models.line import Allocation, OrderLine
from orders.models.note import OrderNote
from orders.models.order import NextOrderNumber, Order, OrderQuerySet
from orders.models.outage import ProviderOutage
from orders.models.payment import (
    BY_HAND,
    CASH_AT_PICKUP,
    CASH_ON_DELIVERY,
    IN_PROGRESS,
    TRANSFER,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Refund,
)
from orders.models.price_override import PriceOverride
from orders.models.promotion import Promotion, PromotionKind
from orders.models.provider_event import FOREIGN, ProviderEvent
from orders.models.reconciliation import MoneyMismatch, ProviderStatement, Reconciliation
from orders.models.refund_request import RefundRequest
from orders.models.shipment import Shipment, ShipmentLine
from orders.models.shipping import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.models.tax import TaxRate, TaxReason
from orders.models.webhook import Failure, WebhookDelivery, WebhookEndpoint

__all__ = [
    "BY_HAND",
    "CASH_AT_PICKUP",
    "CASH_ON_DELIVERY",
    "FINISHED",
    "FOREIGN",
    "IN_PROGRESS",
    "TRANSFER",
    "Allocation",
    "BankEntry",
    "ChangeLine",
    "ChangeRequest",
    "Courier",
    "DiscountShare",
    "Dispute",
    "DraftLine",
    "Email",
    "EmailKind",
    "Failure",
    "FeedEntry",
    "GivenUpNumber",
    "Invoice",
    "InvoiceCounter",
    "InvoiceGap",
    "InvoiceKind",
    "LedgerEntry",
    "Money",
    "MoneyMismatch",
    "NextOrderNumber",
    "Order",
    "OrderChange",
    "OrderDiscount",
    "OrderDraft",
    "OrderLine",
    "OrderNote",
    "OrderQuerySet",
    "Payment",
    "PaymentStatus",
    "PriceBand",
    "PriceOverride",
    "PriceTable",
    "Promotion",
    "PromotionKind",
    "ProviderEvent",
    "ProviderOutage",
    "ProviderStatement",
    "Reconciliation",
    "Refund",
    "RefundRequest",
    "RequestedLine",
    "Shipment",
    "ShipmentLine",
    "StatusChange",
    "TaxRate",
    "TaxReason",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Zone",
    "ZonePlace",
    "discounts_of",
    "drafts_about",
    "have_codes",
    "note_codes_shown",
    "open_drafts",
]
