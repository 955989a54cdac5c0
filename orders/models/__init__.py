"""An order and everything that hangs on it, with the promises that the database itself keeps."""

from orders.models.audit_run import AuditRun
from orders.models.changes.change import ChangeLine, GivenUpNumber, OrderChange
from orders.models.changes.change_request import ChangeRequest, RequestedLine
from orders.models.changes.details import DetailsChange
from orders.models.changes.exchange import Exchange
from orders.models.changes.waiting import WaitingChange
from orders.models.codes import have_codes, note_codes_shown
from orders.models.database_functions import NextOrderNumber
from orders.models.discount import DiscountShare, OrderDiscount, discounts_of
from orders.models.draft import DraftLine, OrderDraft, drafts_about, open_drafts
from orders.models.fields import Money
from orders.models.history import StatusChange
from orders.models.invoice import Invoice, InvoiceCounter, InvoiceGap, InvoiceKind, Report
from orders.models.line import Allocation, OrderLine, lines_of, lines_with_numbers
from orders.models.messages.email import FINISHED, Email, EmailKind
from orders.models.messages.email_report import EmailReport, HandedOver
from orders.models.messages.feed import FeedEntry
from orders.models.messages.notice import Notice
from orders.models.messages.webhook import Failure, WebhookDelivery, WebhookEndpoint
from orders.models.money.bank import BankEntry
from orders.models.money.dispute import Dispute
from orders.models.money.gift_card import CardUse, GiftCard, GiftCardEntry
from orders.models.money.outage import ProviderOutage
from orders.models.money.payment import (
    BACK_BY_HAND,
    BY_HAND,
    CASH_AT_PICKUP,
    CASH_ON_DELIVERY,
    EXCHANGE,
    GIFT_CARD,
    IN_PROGRESS,
    TRANSFER,
    LedgerEntry,
    Payment,
    PaymentStatus,
)
from orders.models.money.payout import Payout, PayoutLine
from orders.models.money.provider_event import FOREIGN, ProviderEvent
from orders.models.money.reconciliation import MoneyMismatch, ProviderStatement, Reconciliation
from orders.models.money.refund import Refund
from orders.models.money.refund_request import RefundRequest
from orders.models.note import OrderNote
from orders.models.order import Order, OrderQuerySet
from orders.models.price_override import PriceOverride
from orders.models.pricing.promotion import Promotion, PromotionKind
from orders.models.pricing.shipping import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.models.pricing.tax import TaxRate, TaxReason
from orders.models.shipment import ReadyNotice, Shipment, ShipmentLine

__all__ = [
    "BACK_BY_HAND",
    "BY_HAND",
    "CASH_AT_PICKUP",
    "CASH_ON_DELIVERY",
    "EXCHANGE",
    "FINISHED",
    "FOREIGN",
    "GIFT_CARD",
    "IN_PROGRESS",
    "TRANSFER",
    "Allocation",
    "AuditRun",
    "BankEntry",
    "CardUse",
    "ChangeLine",
    "ChangeRequest",
    "Courier",
    "DetailsChange",
    "DiscountShare",
    "Dispute",
    "DraftLine",
    "Email",
    "EmailKind",
    "EmailReport",
    "Exchange",
    "Failure",
    "FeedEntry",
    "GiftCard",
    "GiftCardEntry",
    "GivenUpNumber",
    "HandedOver",
    "Invoice",
    "InvoiceCounter",
    "InvoiceGap",
    "InvoiceKind",
    "LedgerEntry",
    "Money",
    "MoneyMismatch",
    "NextOrderNumber",
    "Notice",
    "Order",
    "OrderChange",
    "OrderDiscount",
    "OrderDraft",
    "OrderLine",
    "OrderNote",
    "OrderQuerySet",
    "Payment",
    "PaymentStatus",
    "Payout",
    "PayoutLine",
    "PriceBand",
    "PriceOverride",
    "PriceTable",
    "Promotion",
    "PromotionKind",
    "ProviderEvent",
    "ProviderOutage",
    "ProviderStatement",
    "ReadyNotice",
    "Reconciliation",
    "Refund",
    "RefundRequest",
    "Report",
    "RequestedLine",
    "Shipment",
    "ShipmentLine",
    "StatusChange",
    "TaxRate",
    "TaxReason",
    "WaitingChange",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Zone",
    "ZonePlace",
    "discounts_of",
    "drafts_about",
    "have_codes",
    "lines_of",
    "lines_with_numbers",
    "note_codes_shown",
    "open_drafts",
]
