"""Each group of staff and each thing that staff do: allowed or refused, in the domain, over the API and in the admin.

What is refused is refused by the domain call, so that a hidden button is never the only guard.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core import exceptions
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bulk import exports, imports
from bulk.models import ImportJob
from catalog import inventory, variants
from catalog.models import Category, Number, Product
from catalog.rights import CatalogRights
from orders.actions import asking_again, notes, parcels, refund_requests, steps, tracking
from orders.actions.changes import change_requests, returns, waiting
from orders.actions.changes.details import Details, change_details
from orders.actions.changes.exchange_preview import Swap
from orders.actions.changes.exchanges import make_exchange
from orders.actions.drafts import editing, placing, prices
from orders.actions.drafts.wishes import Wish, WishedLine
from orders.actions.money import giving
from orders.actions.money.payment import start_payment
from orders.documents import packing
from orders.emails import queue, reports
from orders.groups import GROUPS, make_groups
from orders.lifecycle.parcels import Parcel
from orders.live.codes import NOT_FOUND
from orders.live.consumers import OrderStatusConsumer
from orders.models import (
    BankEntry,
    ChangeRequest,
    Courier,
    Email,
    EmailReport,
    MoneyMismatch,
    Order,
    OrderDraft,
    PriceTable,
    ProviderEvent,
    Reconciliation,
    Refund,
    RefundRequest,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.payments import by_hand, keeping, provider_events, refunds
from orders.payments.bank import matching
from orders.payments.providers.base import Notification, NotificationKind
from orders.payments.providers.movements import Movement, MovementKind
from orders.payments.reconciling import comparing, mismatches
from orders.rights import OrderRights
from orders.status import OrderStatus, Step
from orders.webhooks import endpoints
from staff.models import StaffAction
from staff.rights import PermissionDenied, Rights
from tests.answers import api_of, refused
from tests.bulk.tables import checked
from tests.confirmed import sign_in
from tests.factories import (
    Buyer,
    change,
    make_gift_card,
    make_group,
    make_numbered,
    make_pickup,
    make_price_table,
    make_product,
    make_staff,
    make_user,
    shirts,
    staff_of,
)
from tests.journeys.client import new_session
from tests.orders.differing import far_away, redirect_dearly

pytestmark = pytest.mark.django_db

S = OrderStatus
# None: staff in no group, who can do no more than sign in.
WHO = [None, "support", "fulfilment", "finance", "catalog", "owner"]


@dataclass
class Action:
    """One thing that staff do: who may, and how it is done through each door to `make`'s object."""

    who: str
    make: Callable[[Buyer], Any]
    call: Callable[[Any, Any], object]
    right: Rights
    # The path of the admin that it is posted to, and what is posted.
    admin: Callable[[Any], tuple[str, dict]] | None = None
    api: str = ""

    def allows(self, group: str | None) -> bool:
        return group in (*self.who.split(), "owner")


def in_status(status: OrderStatus):
    return lambda buyer: buyer.order_in(status)


def preordered(buyer: Buyer) -> Order:
    day = timezone.localdate() + timedelta(days=9)
    return buyer.order_in(S.PAID, (make_product(stock=2, available_from=day), 2))


def to_be_fetched(buyer: Buyer) -> Order:
    buyer.table = make_pickup()
    return buyer.order_in(S.PAID)


def refused_refund(buyer: Buyer) -> Refund:
    order = buyer.order_in(S.REFUND)
    return refunds.note_refused(refund_id=Refund.objects.get(payment__order=order).pk, why="card closed")


def part_by_hand(buyer: Buyer) -> Refund:
    """A part of the money that came by transfer, to be given back."""
    order = buyer.order_in(S.PAY_REQUIRED)
    by_hand.note_received(
        order_id=order.pk, actor=make_staff(), variant="transfer", amount=order.total_amount, reference="E1"
    )
    change(order, "refund", amount=2)
    return Refund.objects.get(payment__order=order)


def returned_email(buyer: Buyer) -> Email:
    """One of which a mail service has told that it came back."""
    email = buyer.order_in(S.PENDING).emails.get()
    EmailReport.objects.create(email=email, kind=EmailReport.Kind.BOUNCED, at=timezone.now())
    return email


def requested_refund(buyer: Buyer) -> RefundRequest:
    order = buyer.order_in(S.PAID, (make_product(stock=1, refunds="on_request"), 1))
    refund_requests.refund_own(order_id=order.pk, actor=buyer.user)
    return order.refund_requests.get()


def untold_capture(buyer: Buyer) -> MoneyMismatch:
    """What the provider has of an order that waits to be paid, and the ledger has not."""
    order = buyer.order_in(S.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=buyer.user).payment
    movement = Movement(
        MovementKind.CAPTURED,
        f"charge {payment.token}",
        timezone.now(),
        payment.total,
        payment.currency,
        payment.total,
        Decimal(0),
        payment.currency,
        token=payment.token,
    )
    run = Reconciliation.objects.create(variant=payment.variant, day=timezone.localdate(), source="file")
    found = comparing.look_up(payment.variant, movement)
    assert isinstance(found, comparing.Mismatch)
    with transaction.atomic():
        mismatches.keep(run, [found], since=movement.at, until=timezone.now())
    return run.found.get()


def event(buyer: Buyer) -> ProviderEvent:
    kept = keeping.keep(variant="demo", notification=Notification("evt", NotificationKind.OTHER))
    return provider_events.act(event_id=kept.pk)


def delivery(buyer: Buyer) -> WebhookDelivery:
    endpoint = WebhookEndpoint.objects.create(owner=buyer.user, url="https://hook.example/", language="en")
    return WebhookDelivery.objects.create(endpoint=endpoint, type="webhook.test")


def table(kind: str, text: str, make: Callable[[], object] = list) -> Callable[[Buyer], ImportJob]:
    """A table that an owner sent, and a worker has checked."""

    def sent(buyer: Buyer) -> ImportJob:
        make()
        said = text.format(service=buyer.table.service, zone=buyer.table.bands.get().zone)
        job = checked(kind, said, actor=make_staff())
        assert job.may_start
        return job

    return sent


def changed(kind: str, pieces: int = 0, **wish) -> Callable[[Any, Any], object]:
    """A change of the order's first line, or of its money."""

    def call(order, actor):
        wanted = {order.lines.first().sku: pieces} if pieces else None
        return change(order, kind, wanted, actor=actor, **wish)

    return call


def exchanged(order, actor):
    swap = Swap(sku="SHIRT-M", to="SHIRT-L", quantity=1, note="?")
    return make_exchange(order_id=order.pk, actor=actor, change_id=uuid4(), based_on=0, swap=swap)


@pytest.fixture(autouse=True)
def _way_back(settings):
    settings.SHOP_RETURN_ADDRESS = "5 Phố Huế"


def renoted(order, actor):
    wish = Details(note="Ring twice")
    return change_details(order_id=order.pk, actor=actor, change_id=uuid4(), based_on=0, wish=wish)


def waits(buyer: Buyer) -> Order:
    """Until its customer has paid what sending it elsewhere costs more, by a way of its own."""
    buyer.table = make_price_table()
    order = buyer.order_in(S.PAID)
    redirect_dearly(order, buyer.user, far_away(pk=buyer.table.pk))
    return order


def requested_change(buyer: Buyer) -> ChangeRequest:
    order = buyer.order_in(S.DONE)
    pieces = {order.lines.get().pk: 1}
    kind = ChangeRequest.Kind.RETURN
    return change_requests.ask(order_id=order.pk, actor=buyer.user, kind=kind, quantities=pieces)


def taken_order(product: Product, *, email: str = "", **given) -> Wish:
    return Wish(email=email, language="en", lines=[WishedLine(product.sku, 2, **given)])


def draft_of(buyer: Buyer) -> OrderDraft:
    wish = taken_order(make_product(stock=9, needs_parcel=False, weight_g=0), email=buyer.user.email)
    return editing.save_draft(actor=make_staff(), wish=wish)


def wanted_of(draft: OrderDraft) -> tuple[Any, int]:
    """A preview of it that nobody has placed yet, and a way to send it."""
    preview = prices.work_out(draft_id=draft.pk, actor=draft.made_by).preview
    return preview.id, preview.shipping_options[0].price_table_id


def place(draft: OrderDraft, actor: User):
    preview_id, way = wanted_of(draft)
    return placing.place_draft(draft_id=draft.pk, preview_id=preview_id, price_table_id=way, actor=actor)


def taken(step: Step) -> Callable[[Any, Any], object]:
    return lambda order, actor: steps.take_step(order_id=order.pk, step=step, actor=actor)


def chosen(model: str, action: str, **more: str):
    """A bulk action of the admin."""

    def posted(thing) -> tuple[str, dict]:
        url = reverse(f"admin:{model}_changelist")
        return url, {"action": action, "_selected_action": [str(thing.pk)], **more}

    return posted


def posted_to(name: str, **body):
    """An address below a thing's page in the admin; words that are tuples are arguments of the address."""
    args = body.pop("args", ())
    return lambda thing: (reverse(f"admin:{name}", args=[thing.pk, *args]), body)


ACTIONS: dict[str, Action] = {
    "complete": Action(
        "fulfilment",
        in_status(S.PAID),
        taken(Step.COMPLETE),
        OrderRights.COMPLETE,
        posted_to("orders_order_step", args=["complete"], note=""),
        "completion",
    ),
    "complete many": Action(
        "fulfilment",
        in_status(S.PAID),
        taken(Step.COMPLETE),
        OrderRights.COMPLETE,
        chosen("orders_order", "complete", confirmed="yes"),
    ),
    "cancel": Action(
        "finance",
        in_status(S.PAY_REQUIRED),
        taken(Step.CANCEL),
        OrderRights.CANCEL,
        posted_to("orders_order_step", args=["cancel"], note="flood"),
        "cancellation",
    ),
    "cancel many": Action(
        "finance",
        in_status(S.PAY_REQUIRED),
        taken(Step.CANCEL),
        OrderRights.CANCEL,
        chosen("orders_order", "cancel", confirmed="yes", note="flood"),
    ),
    "refund": Action(
        "finance",
        in_status(S.PAID),
        taken(Step.ASK_REFUND),
        OrderRights.ASK_REFUND,
        posted_to("orders_order_step", args=["ask_refund"], note="flood"),
        "refund",
    ),
    "give back a part": Action(
        "finance",
        in_status(S.PAID),
        changed("refund", amount=1),
        OrderRights.REFUND_PART,
    ),
    "cancel pieces": Action(
        "finance",
        lambda buyer: buyer.order_in(S.PAID, (make_product(stock=3), 2)),
        changed("cancel", 1),
        OrderRights.CANCEL_PIECES,
    ),
    "change an address": Action(
        "fulfilment",
        in_status(S.PAID),
        renoted,
        OrderRights.REDIRECT,
    ),
    "exchange pieces": Action(
        "finance",
        lambda buyer: buyer.order_in(S.PAID, (shirts()[0], 2)),
        exchanged,
        OrderRights.CANCEL_PIECES,
    ),
    "ask for goods": Action(
        "finance",
        requested_change,
        lambda request, actor: returns.expect_goods(request_id=request.pk, actor=actor),
        OrderRights.TAKE_RETURN,
        posted_to("orders_changerequest_decide", expect="1"),
    ),
    "take pieces back": Action(
        "finance",
        lambda buyer: buyer.order_in(S.DONE, (make_product(stock=3), 2)),
        changed("return", 1),
        OrderRights.TAKE_RETURN,
    ),
    "decline a request for a change": Action(
        "finance",
        requested_change,
        lambda request, actor: change_requests.decline(request_id=request.pk, actor=actor, note="no"),
        OrderRights.TAKE_RETURN,
        posted_to("orders_changerequest_decide", decline="1", note="no"),
    ),
    "accept a refund request": Action(
        "finance",
        requested_refund,
        lambda request, actor: refund_requests.accept(request_id=request.pk, actor=actor),
        OrderRights.ASK_REFUND,
        posted_to("orders_refundrequest_decide", args=["accept"], note=""),
    ),
    "decline a refund request": Action(
        "finance",
        requested_refund,
        lambda request, actor: refund_requests.decline(request_id=request.pk, actor=actor, note="no"),
        OrderRights.ASK_REFUND,
        posted_to("orders_refundrequest_decide", args=["decline"], note="no"),
    ),
    "take an order": Action(
        "support finance",
        draft_of,
        lambda draft, actor: editing.save_draft(
            actor=actor, wish=taken_order(draft.lines.get().product), draft_id=draft.pk, serial=draft.serial
        ),
        OrderRights.TAKE_ORDERS,
        lambda draft: (
            reverse("admin:orders_orderdraft_change", args=[draft.pk]),
            {"language": "en", "sku": [draft.lines.get().product.sku], "quantity": ["2"], "price": [""]}
            | {"reason": [""], "serial": str(draft.serial), "save": "1"},
        ),
    ),
    "discard a draft": Action(
        "support finance",
        draft_of,
        lambda draft, actor: editing.discard_draft(draft_id=draft.pk, actor=actor),
        OrderRights.TAKE_ORDERS,
        lambda draft: (reverse("admin:orders_orderdraft_change", args=[draft.pk]), {"discard": "1"}),
    ),
    "override a price": Action(
        "finance",
        draft_of,
        lambda draft, actor: editing.save_draft(
            actor=actor,
            wish=taken_order(draft.lines.get().product, price=Decimal(1), reason="a friend"),
            draft_id=draft.pk,
            serial=draft.serial,
        ),
        OrderRights.OVERRIDE_PRICES,
        lambda draft: (
            reverse("admin:orders_orderdraft_change", args=[draft.pk]),
            {"language": "en", "sku": [draft.lines.get().product.sku], "quantity": ["2"], "price": ["1"]}
            | {"reason": ["a friend"], "serial": str(draft.serial), "save": "1"},
        ),
    ),
    "place an order for a customer": Action(
        "support finance",
        draft_of,
        place,
        OrderRights.TAKE_ORDERS,
        lambda draft: (
            reverse("admin:orders_orderdraft_place", args=[draft.pk]),
            dict(zip(("preview", "way"), map(str, wanted_of(draft)), strict=True)),
        ),
    ),
    "ask for the money again": Action(
        "support finance",
        in_status(S.PAY_REQUIRED),
        lambda order, actor: asking_again.ask_for_money_again(order_id=order.pk, actor=actor),
        OrderRights.TAKE_ORDERS,
        posted_to("orders_order_ask_again"),
    ),
    "retry a refund": Action(
        "finance",
        refused_refund,
        lambda refund, actor: refunds.retry(refund_id=refund.pk, actor=actor),
        OrderRights.RETRY_REFUND,
        chosen("orders_refund", "retry", confirmed="yes", note="open again"),
    ),
    "keep money after all": Action(
        "finance",
        part_by_hand,
        lambda refund, actor: refunds.take_back(refund_id=refund.pk, actor=actor, note="a mistake"),
        OrderRights.REFUND_PART,
        posted_to("orders_refund_decide", args=["take-back"], confirmed="yes", note="a mistake"),
    ),
    "settle a refund": Action(
        "finance",
        refused_refund,
        lambda refund, actor: refunds.settle_by_hand(refund_id=refund.pk, actor=actor, note="cash"),
        OrderRights.SETTLE_REFUND,
        chosen("orders_refund", "settle", confirmed="yes", note="cash"),
    ),
    "send a parcel": Action(
        "fulfilment",
        lambda buyer: buyer.order_in(S.PAID, (make_product(stock=2), 2)),
        lambda order, actor: parcels.send_parcel(
            order_id=order.pk, actor=actor, parcel=Parcel({order.lines.get().pk: 1})
        ),
        OrderRights.SEND,
        lambda order: (
            reverse("admin:orders_order_send", args=[order.pk]),
            {f"line-{order.lines.get().pk}": "1", "courier_id": str(order.courier_id)},
        ),
    ),
    "send a pre-order before its day": Action(
        "fulfilment",
        preordered,
        lambda order, actor: parcels.send_parcel(
            order_id=order.pk, actor=actor, parcel=Parcel({order.lines.get().pk: 1}, early="It is here")
        ),
        OrderRights.SEND,
        lambda order: (
            reverse("admin:orders_order_send", args=[order.pk]),
            {
                f"line-{order.lines.get().pk}": "1",
                "courier_id": str(order.courier_id),
                "early": "It is here",
            },
        ),
    ),
    "tell that an order is ready": Action(
        "fulfilment",
        to_be_fetched,
        lambda order, actor: parcels.tell_ready(order_id=order.pk, actor=actor),
        OrderRights.SEND,
        posted_to("orders_order_ready"),
    ),
    "end an order early": Action(
        "fulfilment",
        in_status(S.PAID),
        lambda order, actor: parcels.end_early(order_id=order.pk, actor=actor, note="broken"),
        OrderRights.COMPLETE,
        posted_to("orders_order_end", note="broken"),
    ),
    "set a bank entry aside": Action(
        "finance",
        lambda buyer: BankEntry.objects.create(
            entry_id=f"entry {buyer.user.pk}",
            booked_on=timezone.localdate(),
            amount=5,
            currency="USD",
            actor=buyer.user,
        ),
        lambda entry, actor: matching.set_aside(entry_id=entry.pk, actor=actor, note="rent"),
        OrderRights.READ_STATEMENTS,
        posted_to("orders_bankentry_decide", note="rent"),
    ),
    "give store credit": Action(
        "finance",
        lambda buyer: buyer.user,
        lambda user, actor: giving.give_credit(
            email=user.email, amount=Decimal(5), note="sorry", actor=actor
        ),
        OrderRights.GIVE_CREDIT,
        lambda user: (
            reverse("admin:orders_giftcard_give"),
            {"email": user.email, "amount": "5", "note": "sorry"},
        ),
    ),
    "void a gift card": Action(
        "finance",
        lambda buyer: make_gift_card("5"),
        lambda card, actor: giving.void_card(card_id=card.pk, note="lost", actor=actor),
        OrderRights.VOID_CARDS,
        posted_to("orders_giftcard_card", note="lost"),
    ),
    "note money by hand": Action(
        "finance",
        in_status(S.PAY_REQUIRED),
        lambda order, actor: by_hand.note_received(
            order_id=order.pk, actor=actor, variant="transfer", amount=order.total_amount
        ),
        OrderRights.TAKE_MONEY,
        lambda order: (
            reverse("admin:orders_order_received", args=[order.pk]),
            {"variant": "transfer", "amount": str(order.total_amount)},
        ),
    ),
    "mend a mismatch": Action(
        "finance",
        untold_capture,
        lambda row, actor: mismatches.mend(mismatch_id=row.pk, actor=actor),
        OrderRights.CLOSE_MISMATCH,
        posted_to("orders_moneymismatch_close", args=["mend"]),
    ),
    "close a mismatch": Action(
        "finance",
        untold_capture,
        lambda row, actor: mismatches.look_at(mismatch_id=row.pk, actor=actor, note="seen"),
        OrderRights.CLOSE_MISMATCH,
        posted_to("orders_moneymismatch_close", args=["look"], note="seen"),
    ),
    "act on an event again": Action(
        "finance",
        event,
        lambda kept, actor: provider_events.act(event_id=kept.pk, again_by=actor),
        OrderRights.ACT_AGAIN,
        chosen("orders_providerevent", "act_again", confirmed="yes"),
    ),
    "send an email again": Action(
        "finance",
        lambda buyer: buyer.order_in(S.PENDING).emails.get(),
        lambda email, actor: queue.send_again(email_ids=[email.pk], actor=actor),
        OrderRights.SEND_AGAIN,
        chosen("orders_email", "send_again", confirmed="yes"),
    ),
    "settle an email that came back": Action(
        "support finance",
        returned_email,
        lambda email, actor: reports.settle(email_ids=[email.pk], actor=actor),
        OrderRights.SETTLE_REPORTS,
        chosen("orders_email", "settle_reports"),
    ),
    "send a webhook again": Action(
        "finance",
        delivery,
        lambda sent, actor: endpoints.send_again(delivery_ids=[sent.pk], actor=actor),
        OrderRights.SEND_WEBHOOK_AGAIN,
        chosen("orders_webhookdelivery", "send_again", confirmed="yes"),
    ),
    "note": Action(
        "support fulfilment finance",
        in_status(S.PENDING),
        lambda order, actor: notes.add_note(order_id=order.pk, actor=actor, text="called back"),
        OrderRights.NOTE,
        posted_to("orders_order_notes", text="called back"),
    ),
    "correct a tracking code": Action(
        "fulfilment",
        in_status(S.DONE),
        lambda order, actor: tracking.correct_tracking_code(order_id=order.pk, actor=actor, code="VN1"),
        OrderRights.TRACK,
        posted_to("orders_order_tracking", tracking_code="VN1"),
    ),
    "print packing lists": Action(
        "fulfilment",
        in_status(S.PAID),
        lambda order, actor: packing.packing_lists(order_ids=[order.pk], actor=actor),
        OrderRights.PACK,
        chosen("orders_order", "packing_lists"),
    ),
    "print labels": Action(
        "fulfilment",
        in_status(S.PAID),
        lambda order, actor: packing.address_labels(order_ids=[order.pk], actor=actor),
        OrderRights.PACK,
        chosen("orders_order", "address_labels"),
    ),
    "receive": Action(
        "catalog",
        lambda buyer: make_product(),
        lambda product, actor: inventory.receive(product_id=product.pk, quantity=2, actor=actor),
        CatalogRights.STOCK,
        posted_to("catalog_product_stock", **{"kind": "received", "received-quantity": "2"}),
    ),
    "count": Action(
        "catalog",
        lambda buyer: make_product(stock=5),
        lambda product, actor: inventory.count(product_id=product.pk, quantity=3, actor=actor),
        CatalogRights.STOCK,
        posted_to(
            "catalog_product_stock",
            **{"kind": "counted", "counted-quantity": "3", "counted-reason": "broken"},
        ),
    ),
    "add numbers": Action(
        "catalog",
        lambda buyer: make_numbered(),
        lambda product, actor: inventory.add_numbers(product_id=product.pk, values=["7"], actor=actor),
        CatalogRights.ADD_NUMBERS,
    ),
    "import numbers": Action(
        "catalog",
        table("numbers", "sku,number\nROOM,7\n", lambda: make_numbered(sku="ROOM")),
        lambda job, actor: imports.start(job_id=job.pk, actor=actor),
        CatalogRights.ADD_NUMBERS,
        posted_to("bulk_importjob_start"),
    ),
    "import stock": Action(
        "catalog",
        table("stock", "sku,received\nCUP,7\n", lambda: make_product(sku="CUP")),
        lambda job, actor: imports.start(job_id=job.pk, actor=actor),
        CatalogRights.STOCK,
        posted_to("bulk_importjob_start"),
    ),
    "import products": Action(
        "catalog",
        table("products", "sku,name\nPOT,A pot\n", lambda: make_product(sku="POT")),
        lambda job, actor: imports.start(job_id=job.pk, actor=actor),
        CatalogRights.CHANGE_PRODUCTS,
        posted_to("bulk_importjob_start"),
    ),
    "make variants": Action(
        "catalog",
        lambda buyer: make_group(Size=["M", "L"]),
        lambda group, actor: variants.make_missing(group_id=group.pk, actor=actor),
        CatalogRights.ADD_PRODUCTS,
        posted_to("catalog_productgroup_make"),
    ),
    "add an option": Action(
        "catalog",
        lambda buyer: make_group(Size=["M", "L"]),
        lambda group, actor: variants.add_option(
            group_id=group.pk, option={"name": "Colour"}, value={"name": "blue"}, actor=actor
        ),
        CatalogRights.CHANGE_PRODUCTS,
        posted_to("catalog_productgroup_option", **{"further-option": "Colour", "further-value": "blue"}),
    ),
    "import fees": Action(
        "catalog",
        table("bands", "courier,service,zone,up_to_g,fee\nSwift Post,{service},{zone},5,1.50\n"),
        lambda job, actor: imports.start(job_id=job.pk, actor=actor),
        OrderRights.CHANGE_BANDS,
        posted_to("bulk_importjob_start"),
    ),
    "import rates of tax": Action(
        "finance",
        table("tax_rates", "tax_class,country,region,starts,ends,percent\nStandard,DE,,2026-01-01,,19\n"),
        lambda job, actor: imports.start(job_id=job.pk, actor=actor),
        OrderRights.CHANGE_TAX_RATES,
        posted_to("bulk_importjob_start"),
    ),
    "export products": Action(
        "support fulfilment finance catalog",
        lambda buyer: "products",
        lambda kind, actor: exports.ask(actor=actor, kind=kind),
        CatalogRights.VIEW_PRODUCTS,
        lambda kind: (reverse("admin:bulk_exportjob_add"), {"kind": kind}),
    ),
    "export numbers": Action(
        "catalog",
        lambda buyer: "numbers",
        lambda kind, actor: exports.ask(actor=actor, kind=kind),
        CatalogRights.EXPORT_NUMBERS,
        lambda kind: (reverse("admin:bulk_exportjob_add"), {"kind": kind}),
    ),
    "export orders": Action(
        "finance",
        lambda buyer: "orders",
        lambda kind, actor: exports.ask(actor=actor, kind=kind),
        OrderRights.EXPORT,
        lambda kind: (reverse("admin:bulk_exportjob_add"), {"kind": kind}),
    ),
    "retire a number": Action(
        "catalog",
        lambda buyer: make_numbered(numbers=1).numbers.get(),
        lambda number, actor: inventory.retire(number_id=number.pk, actor=actor, reason="worn"),
        CatalogRights.RETIRE_NUMBERS,
        chosen("catalog_number", "retire", confirmed="yes", reason="worn"),
    ),
    # The last one: its price table is for it alone.
    "end a change that waits": Action(
        "fulfilment",
        waits,
        lambda order, actor: waiting.end(order_id=order.pk, actor=actor),
        OrderRights.REDIRECT,
        posted_to("orders_order_end_waiting"),
    ),
}


def logged(right: Rights) -> int:
    return StaffAction.objects.filter(action=right).count()


def one_of(group: str | None) -> User:
    return staff_of(*([group] if group else []))


@pytest.fixture(scope="class")
def things_and_staff(world):
    """What each action is done to, and one member of staff of each group."""
    with world():
        yield (
            {name: action.make(Buyer()) for name, action in ACTIONS.items()},
            {who: one_of(who) for who in WHO},
        )


def copied(things_and_staff, name: str, group: str | None) -> tuple[Any, User]:
    things, staff = things_and_staff
    return deepcopy((things[name], staff[group]))


class TestTable:
    @pytest.mark.parametrize("group", WHO)
    @pytest.mark.parametrize("name", ACTIONS)
    def test_a_call_of_the_domain_asks_for_the_right_and_leaves_a_row(self, things_and_staff, name, group):
        action = ACTIONS[name]
        thing, actor = copied(things_and_staff, name, group)
        before = StaffAction.objects.count()

        if action.allows(group):
            action.call(thing, actor)
            row = StaffAction.objects.first()
            assert StaffAction.objects.count() == before + 1
            assert (row.actor, row.action) == (actor, action.right)
            return
        # Staff who may not see orders are not told that there is one.
        with pytest.raises((PermissionDenied, steps.OrderNotFound)) as denied:
            action.call(thing, actor)
        assert denied.value.code in ("permission_denied", "not_found")
        assert group in (None, "catalog") or denied.value.code == "permission_denied"
        assert StaffAction.objects.count() == before

    @pytest.mark.parametrize("group", WHO)
    @pytest.mark.parametrize("name", [name for name, action in ACTIONS.items() if action.admin])
    def test_a_post_to_the_admin_does_it_or_is_refused(self, client, things_and_staff, name, group):
        action = ACTIONS[name]
        thing, actor = copied(things_and_staff, name, group)
        before = logged(action.right)
        client.force_login(actor)
        path, body = action.admin(thing)

        answer = client.post(path, body)

        assert logged(action.right) == before + action.allows(group)
        if action.allows(group):
            assert answer.status_code in (200, 302)
            assert StaffAction.objects.first().address == "127.0.0.1"
        elif not path.endswith(reverse("admin:orders_order_changelist")) and "_selected_action" not in body:
            assert answer.status_code in (403, 404) or group in (None, "catalog")

    @pytest.mark.parametrize("group", WHO)
    @pytest.mark.parametrize("name", [name for name, action in ACTIONS.items() if action.api])
    def test_a_post_to_the_api_does_it_or_is_refused(self, things_and_staff, name, group):
        action = ACTIONS[name]
        order, actor = copied(things_and_staff, name, group)

        answer = api_of(actor).post(f"/api/orders/{order.pk}/{action.api}/", {}, format="json")

        now = Order.objects.get(pk=order.pk).status
        if action.allows(group):
            assert answer.status_code == 200
            assert now != order.status
            return
        assert now == order.status
        if group in (None, "catalog"):
            refused(answer, 404, "not_found")
        else:
            assert refused(answer, 403, "permission_denied")["detail"] == "You don't have access to this."


# --- looking, and the admin's own forms ------------------------------------------------------------------------------

LOOKERS = ("support", "fulfilment", "finance", "owner")
PAGES = {
    "orders/order/": LOOKERS,
    "orders/orderdraft/": ("support", "finance", "owner"),
    "orders/payment/": LOOKERS,
    "orders/ledgerentry/": LOOKERS,
    "orders/refund/": LOOKERS,
    "orders/email/": LOOKERS,
    "orders/providerevent/": ("finance", "owner"),
    "orders/webhookendpoint/": ("finance", "owner"),
    "orders/webhookdelivery/": ("finance", "owner"),
    "accounts/user/": LOOKERS,
    "catalog/product/": (*LOOKERS, "catalog"),
    "catalog/productgroup/": (*LOOKERS, "catalog"),
    "catalog/number/": (*LOOKERS, "catalog"),
    "catalog/stockmovement/": (*LOOKERS, "catalog"),
    "bulk/importjob/": ("finance", "catalog", "owner"),
    "bulk/importjob/add/": ("finance", "catalog", "owner"),
    "bulk/exportjob/": (*LOOKERS, "catalog"),
    "bulk/exportjob/add/": (*LOOKERS, "catalog"),
    "orders/courier/": (*LOOKERS, "catalog"),
    "orders/pricetable/": (*LOOKERS, "catalog"),
    "catalog/product/add/": ("catalog", "owner"),
    "catalog/category/add/": ("catalog", "owner"),
    "orders/courier/add/": ("catalog", "owner"),
    "orders/zone/add/": ("catalog", "owner"),
    "orders/pricetable/add/": ("catalog", "owner"),
    "accounts/user/add/": ("owner",),
    "auth/group/": ("owner",),
    "auth/group/add/": ("owner",),
    "staff/staffaction/": ("owner",),
    "": (None, *LOOKERS, "catalog"),
}


@pytest.mark.parametrize("group", WHO)
def test_each_group_opens_its_pages_of_the_admin_and_no_others(client, group):
    sign_in(client, one_of(group))
    opened = {path for path in PAGES if client.get(f"/admin/{path}").status_code == 200}
    assert opened == {path for path, who in PAGES.items() if group in who}


@pytest.mark.parametrize("group", WHO)
def test_prices_are_changed_by_those_who_keep_the_catalog(client, buyer, group):
    table, product = PriceTable.objects.get(), make_product()
    sign_in(client, one_of(group))
    for thing in (table, product, table.courier, product.category):
        page = reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])
        expected = 200 if group in ("catalog", "owner") else 403
        assert client.post(page, {}).status_code == expected, page
    assert Category.objects.exists() and Product.objects.exists() and Courier.objects.exists()


@pytest.mark.parametrize("group", WHO)
def test_orders_of_others_are_seen_with_the_right_alone(buyer, group):
    order = buyer.order_in(S.PENDING)
    actor = one_of(group)

    seen = Order.objects.visible_to(actor)

    assert list(seen) == ([order] if group in LOOKERS else [])
    expected = 200 if group in LOOKERS else 404
    assert api_of(actor).get(f"/api/orders/{order.pk}/").status_code == expected
    assert api_of(actor).get(f"/api/orders/{order.pk}/history/").status_code == expected


def test_staff_without_any_right_act_on_an_order_of_their_own_as_customers():
    member = Buyer(is_staff=True)
    order = member.order_in(S.PAY_REQUIRED)

    assert api_of(member.user).get(f"/api/orders/{order.pk}/").status_code == 200
    refused(api_of(member.user).post(f"/api/orders/{order.pk}/completion/"), 403, "permission_denied")
    assert api_of(member.user).post(f"/api/orders/{order.pk}/cancellation/").status_code == 200
    # They did it as a customer.
    assert not StaffAction.objects.exists()


def test_rights_without_being_staff_are_worth_nothing(buyer):
    former = staff_of("owner")
    make_staff()  # the shop keeps an owner
    former.is_staff = False
    former.save()
    order = buyer.order_in(S.PAID)

    assert not Order.objects.visible_to(former).exists()
    refused(api_of(former).post(f"/api/orders/{order.pk}/completion/"), 404, "not_found")
    with pytest.raises(PermissionDenied):
        inventory.receive(product_id=make_product().pk, quantity=1, actor=former)


def test_a_superuser_needs_no_group(buyer):
    root = make_user(is_staff=True, is_superuser=True)
    steps.take_step(order_id=buyer.order_in(S.PAID).pk, step=Step.COMPLETE, actor=root)
    assert StaffAction.objects.get().actor == root


@pytest.mark.parametrize("group", WHO)
def test_staff_do_not_pay_for_customers(buyer, group):
    order = buyer.order_in(S.PAY_REQUIRED)
    with pytest.raises((PermissionDenied, steps.OrderNotFound)):
        start_payment(order_id=order.pk, actor=one_of(group))
    assert not order.payments.exists()


@pytest.mark.parametrize("group", WHO)
def test_staff_accounts_are_managed_by_owners_alone(client, group):
    colleague, customer = staff_of("support"), make_user()
    sign_in(client, one_of(group))
    body = {
        "full_name": "New",
        "is_active": "on",
        "is_staff": "on",
        "groups": [Group.objects.get(name="Finance").pk],
    }
    body |= {"addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0}
    for user in (colleague, customer):
        client.post(f"/admin/accounts/user/{user.pk}/change/", body)
        user.refresh_from_db()
        assert (user.full_name == "New") == (group == "owner")
        assert user.groups.filter(name="Finance").exists() == (group == "owner")
    assert not colleague.is_superuser


def test_whoever_changes_customers_alone_cannot_touch_staff(client):
    clerk, colleague, customer = staff_of(), staff_of("owner"), make_user()
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    sign_in(client, clerk)
    body = {"full_name": "New", "is_active": "on", "is_staff": "on"}
    body |= {"addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0}

    assert client.post(f"/admin/accounts/user/{colleague.pk}/change/", body).status_code == 403
    assert client.post(f"/admin/accounts/user/{colleague.pk}/password/", {}).status_code == 403
    assert client.post(f"/admin/accounts/user/{customer.pk}/change/", body).status_code == 302
    customer.refresh_from_db()
    assert (customer.full_name, customer.is_staff) == ("New", False)


# --- the groups --------------------------------------------------------------------------------------------------------


def test_every_right_that_is_named_is_a_permission_and_in_some_group():
    there = {
        f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")
    }
    named = {code for rights in Rights.__subclasses__() for code in rights.values}
    granted = {str(right) for rights in GROUPS.values() for right in rights if right != "*"}
    assert named | granted <= there
    assert named - granted == {"accounts.manage_staff", "accounts.reset_second_factor"}  # the owner's alone


def test_groups_made_again_keep_what_owners_gave_besides():
    support = Group.objects.get(name="Support")
    extra = Permission.objects.get(codename="pack_order")
    support.permissions.add(extra)
    support.permissions.remove(Permission.objects.get(codename="view_refund"))

    make_groups(apps)

    held = set(support.permissions.values_list("codename", flat=True))
    assert {"pack_order", "view_refund"} <= held


def test_a_denial_is_djangos_own_so_each_door_answers_403():
    assert issubclass(PermissionDenied, exceptions.PermissionDenied)
    assert str(PermissionDenied()) == "You don't have access to this."
    assert Number._meta.permissions


@pytest.mark.django_db(transaction=True)
def test_an_open_socket_ends_when_the_right_to_see_orders_is_gone(buyer):
    clerk = staff_of("support")
    listener = OrderStatusConsumer()
    listener.order_id = buyer.order_in(S.PENDING).pk
    listener.scope = {"headers": [(b"x-session-token", new_session(clerk).encode())]}
    assert listener.judge() is None

    clerk.groups.clear()

    assert listener.judge() == NOT_FOUND
