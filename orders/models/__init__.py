"""An order and everything that hangs on it, with the promises that the database itself keeps."""

from orders.models.bank import BankEntry
from orders.models.change import ChangeLine, GivenUpNumber, OrderChange
from orders.models.change_request import ChangeRequest, RequestedLine
from orders.models.codes import have_codes, note_codes_shown
from orders.models.details import DetailsChange
from orders.models.discount import DiscountShare, OrderDiscount, discounts_of
from orders.models.dispute import Dispute
from orders.models.email import FINISHED, Email, EmailKind
from orders.models.exchange import Exchange
from orders.models.feed import FeedEntry
from orders.models.fields import Money
from orders.models.history import StatusChange
from orders.models.invoice import Invoice, InvoiceCounter, InvoiceGap, InvoiceKind
from orders.models.line import Allocation, OrderLine
from orders.models.note import OrderNote
from orders.models.order import NextOrderNumber, Order, OrderQuerySet
from orders.models.outage import ProviderOutage
from orders.models.payment import (
    BACK_BY_HAND,
    BY_HAND,
    CASH_AT_PICKUP,
    CASH_ON_DELIVERY,
    EXCHANGE,
    IN_PROGRESS,
    TRANSFER,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Refund,
)
from orders.models.promotion import Promotion, PromotionKind
from orders.models.provider_event import FOREIGN, ProviderEvent
from orders.models.reconciliation import MoneyMismatch, ProviderStatement, Reconciliation
from orders.models.refund_request import RefundRequest
from orders.models.shipment import Shipment, ShipmentLine
from orders.models.shipping import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.models.tax import TaxRate, TaxReason
from orders.models.webhook import Failure, WebhookDelivery, WebhookEndpoint

__all__ = [
    "BACK_BY_HAND",
    "BY_HAND",
    "CASH_AT_PICKUP",
    "CASH_ON_DELIVERY",
    "EXCHANGE",
    "FINISHED",
    "FOREIGN",
    "IN_PROGRESS",
    "TRANSFER",
    "Allocation",
    "BankEntry",
    "ChangeLine",
    "ChangeRequest",
    "Courier",
    "DetailsChange",
    "DiscountShare",
    "Dispute",
    "Email",
    "EmailKind",
    "Exchange",
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
    "OrderLine",
    "OrderNote",
    "OrderQuerySet",
    "Payment",
    "PaymentStatus",
    "PriceBand",
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
    "have_codes",
    "note_codes_shown",
]
