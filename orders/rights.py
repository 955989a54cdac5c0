"""What staff may do to orders and to what hangs on them. Customers need no right for an order of their own."""

from django.utils.translation import gettext_lazy as _

from orders.status import Step
from staff.rights import Rights


class OrderRights(Rights):
    VIEW = "orders.view_order", _("See all orders")
    NOTE = "orders.add_ordernote", _("Add notes to orders")
    TAKE_ORDERS = "orders.take_order", _("Take orders for customers")
    OVERRIDE_PRICES = "orders.override_price", _("Override prices")
    COMPLETE = "orders.complete_order", _("Mark orders as done")
    SEND = "orders.send_parcel", _("Send parcels")
    SEND_EARLY = "orders.send_early", _("Send pre-orders before their day")
    TRACK = "orders.track_order", _("Correct tracking codes")
    PACK = "orders.pack_order", _("Print packing papers")
    REDIRECT = "orders.redirect_order", _("Change addresses and notes of orders")
    CANCEL = "orders.cancel_order", _("Cancel orders")
    ASK_REFUND = "orders.refund_order", _("Cancel and refund orders")
    TAKE_MONEY = "orders.take_payment", _("Note money that came by transfer or in cash")
    REFUND_PART = "orders.refund_part", _("Give back parts of the money")
    CANCEL_PIECES = "orders.cancel_pieces", _("Cancel pieces of paid orders")
    TAKE_RETURN = "orders.take_return", _("Take back pieces of done orders")
    GIVE_CREDIT = "orders.give_credit", _("Give store credit and gift cards")
    VOID_CARDS = "orders.void_giftcard", _("Void gift cards")
    READ_STATEMENTS = "orders.read_statements", _("Read bank statements and match them")
    RETRY_REFUND = "orders.retry_refund", _("Retry refused refunds")
    SETTLE_REFUND = "orders.settle_refund", _("Settle refunds by hand")
    CLOSE_MISMATCH = "orders.close_moneymismatch", _("Mend and close mismatches with providers")
    ACT_AGAIN = "orders.act_on_providerevent", _("Act on provider events again")
    SEND_AGAIN = "orders.send_mail_again", _("Send emails again")
    SETTLE_REPORTS = "orders.settle_email", _("Settle emails that came back")
    REPORT = "orders.view_report", _("See reports of sales")
    EXPORT = "orders.export_order", _("Export orders")
    VIEW_BANDS = "orders.view_priceband", _("See price tables")
    ADD_BANDS = "orders.add_priceband", _("Add fees to price tables")
    CHANGE_BANDS = "orders.change_priceband", _("Change fees of price tables")
    VIEW_TAX_RATES = "orders.view_taxrate", _("See rates of tax")
    ADD_TAX_RATES = "orders.add_taxrate", _("Add rates of tax")
    CHANGE_TAX_RATES = "orders.change_taxrate", _("Change rates of tax")
    SEND_WEBHOOK_AGAIN = "orders.send_webhook_again", _("Send webhooks again")


# The right that staff need for a step.
STEP_RIGHTS: dict[Step, OrderRights] = {
    Step.COMPLETE: OrderRights.COMPLETE,
    Step.CANCEL: OrderRights.CANCEL,
    Step.ASK_REFUND: OrderRights.ASK_REFUND,
}
