"""What may need a person, each with the list that shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from backups import models as backups
from catalog.shelf.running_low import low_numbers, low_stock
from orders.documents import way_back
from orders.models import open_drafts
from orders.reports import attention, cross_border
from orders.shipping import rate_checks


@dataclass(frozen=True)
class Matter:
    """Something that may wait for a person; shown to staff who may see what it is about."""

    title: Any
    icon: str
    model: str
    query: str
    found: Callable[[], QuerySet[Any]]
    # The page that shows it, where that is not the list.
    page: str = "changelist"

    @property
    def link(self) -> str:
        return f"{reverse(f'admin:{self.model}_{self.page}')}?{self.query}"

    @property
    def permission(self) -> str:
        app, model = self.model.split("_")
        return f"{app}.view_{model}"


MATTERS = (
    Matter(
        gettext_lazy("Disputes to answer"),
        "gavel",
        "orders_dispute",
        "state__exact=open",
        attention.open_disputes,
    ),
    Matter(
        gettext_lazy("Refunds that customers ask for"),
        "undo",
        "orders_refundrequest",
        "state__exact=open",
        attention.open_refund_requests,
    ),
    Matter(
        gettext_lazy("Changes requested"),
        "undo",
        "orders_changerequest",
        "state__exact=open",
        attention.open_change_requests,
    ),
    Matter(
        gettext_lazy("Returns on their way, and no address for them: set SHOP_RETURN_ADDRESS"),
        "wrong_location",
        "orders_changerequest",
        "needs=address",
        way_back.awaited_nowhere,
    ),
    Matter(
        gettext_lazy("Paid, to be done"),
        "package_2",
        "orders_order",
        "status__exact=paid",
        attention.waiting_to_be_done,
    ),
    Matter(
        gettext_lazy("Orders being taken"),
        "call",
        "orders_orderdraft",
        "state=open",
        open_drafts,
    ),
    Matter(
        gettext_lazy("Refunds refused"),
        "currency_exchange",
        "orders_refund",
        "needs=decision",
        attention.refused_refunds,
    ),
    Matter(
        gettext_lazy("Refunds that hang"),
        "hourglass_bottom",
        "orders_refund",
        "needs=patience",
        attention.waiting_refunds,
    ),
    Matter(
        gettext_lazy("Money to give back by hand"),
        "account_balance",
        "orders_refund",
        "needs=hand",
        attention.refunds_by_hand,
    ),
    Matter(
        gettext_lazy("Sent for cash that has not come"),
        "local_shipping",
        "orders_order",
        "status__exact=pay_required&packed_at__isnull=False&pay_by__lt={now}",
        attention.sent_unpaid,
    ),
    Matter(
        gettext_lazy("Bank entries that match nothing"),
        "account_balance",
        "orders_bankentry",
        "state__exact=open",
        attention.open_bank_entries,
    ),
    Matter(
        gettext_lazy("Pending for too long"),
        "hourglass_disabled",
        "orders_order",
        "status__exact=pending&status_since__lt={pending}",
        attention.pending_too_long,
    ),
    Matter(
        gettext_lazy("Money that does not match a provider"),
        "balance",
        "orders_moneymismatch",
        "state__exact=open",
        attention.open_mismatches,
    ),
    Matter(
        gettext_lazy("Reconciliations that hang"),
        "sync_problem",
        "orders_reconciliation",
        "needs=patience",
        attention.hanging_reconciliations,
    ),
    Matter(
        gettext_lazy("Payouts that hold something else than they say"),
        "savings",
        "orders_payout",
        "needs=look",
        attention.uneven_payouts,
    ),
    Matter(
        gettext_lazy("Payments on their way for a week"),
        "hourglass_bottom",
        "orders_payment",
        "status__exact=preauth",
        attention.slow_payments,
    ),
    Matter(
        gettext_lazy("Payments that no webhook told of"),
        "notifications_off",
        "orders_providerevent",
        "needs=webhook",
        attention.unheard_payments,
    ),
    Matter(
        gettext_lazy("Money in another currency"),
        "currency_exchange",
        "orders_providerevent",
        "needs=currency",
        attention.foreign_money,
    ),
    Matter(
        gettext_lazy("Webhooks in another version of the provider's API"),
        "published_with_changes",
        "orders_providerevent",
        "needs=version",
        attention.other_versions,
    ),
    Matter(
        gettext_lazy("Not confirmed today"),
        "production_quantity_limits",
        "orders_order",
        "status__exact=not_confirmed&status_since__gte={today}",
        attention.not_confirmed_today,
    ),
    Matter(
        gettext_lazy("Above the threshold of sales abroad: charge the tax of the place"),
        "public",
        "orders_invoice",
        "",
        cross_border.passed,
        page="taxes",
    ),
    Matter(gettext_lazy("Low stock"), "inventory_2", "catalog_product", "low=stock", low_stock),
    Matter(
        gettext_lazy("Numbers running out"),
        "confirmation_number",
        "catalog_product",
        "low=numbers",
        low_numbers,
    ),
    Matter(
        gettext_lazy("Zones nobody serves"),
        "wrong_location",
        "orders_zone",
        "served=nobody",
        rate_checks.unserved_zones,
    ),
    Matter(
        gettext_lazy("Emails given up"),
        "unsubscribe",
        "orders_email",
        "needs=given_up",
        attention.given_up_emails,
    ),
    Matter(
        gettext_lazy("Emails that came back: ask for another address"),
        "mark_email_unread",
        "orders_email",
        "needs=returned",
        attention.returned_emails,
    ),
    Matter(
        gettext_lazy("Provider events failed"),
        "webhook",
        "orders_providerevent",
        "needs=look",
        attention.failed_events,
    ),
    Matter(
        gettext_lazy("Payment providers that do not answer"),
        "power_off",
        "orders_provideroutage",
        "",
        attention.silent_providers,
    ),
    Matter(
        gettext_lazy("Webhooks switched off after failures"),
        "link_off",
        "orders_webhookendpoint",
        "state__exact=failed",
        attention.dead_endpoints,
    ),
    Matter(
        gettext_lazy("Webhooks given up"),
        "cancel_schedule_send",
        "orders_webhookdelivery",
        "needs=given_up",
        attention.given_up_deliveries,
    ),
    Matter(
        gettext_lazy("Imports given up"),
        "upload",
        "bulk_importjob",
        "needs=given_up",
        attention.given_up_imports,
    ),
    Matter(
        gettext_lazy("Exports given up"),
        "download",
        "bulk_exportjob",
        "needs=given_up",
        attention.given_up_exports,
    ),
    Matter(
        gettext_lazy("Books that do not add up"),
        "fact_check",
        "orders_auditrun",
        "needs=look",
        attention.last_audit_found,
    ),
    Matter(
        gettext_lazy("Backups that failed"),
        "backup",
        "backups_backup",
        "",
        backups.failed,
    ),
)
