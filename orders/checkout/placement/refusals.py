"""Why a preview is not placed."""

from django.utils.translation import gettext_lazy as _

from orders.errors import OrderError
from orders.models import Order


class NoPaymentProvider(OrderError):
    """No payment provider is configured, so an order could not be paid and is not taken."""

    code = "no_payment_provider"
    status = 409
    title = _("No way to pay")
    message = _("This shop takes no orders at the moment: no way to pay is set up.")
    advice = _(
        "The shop's owner has to set up a payment provider. Until then no order is taken, and none can be paid."
    )


class OrderAlreadyPlaced(OrderError):
    code = "order_already_placed"
    status = 409
    title = _("Already placed")
    message = _("This preview was placed before, with another shipping method.")
    advice = _("This preview is an order already, with another shipping method. Read that order.")


class ShippingMethodNotFound(OrderError):
    code = "shipping_method_not_found"
    status = 404
    title = _("No such shipping method")
    message = _("The shipping method does not exist")
    advice = _("`price_table_id` is not among the preview's shipping options, or is offered no longer.")


class UserNotFound(OrderError):
    code = "user_not_found"
    status = 404
    title = _("No such user")
    message = _("The user does not exist")
    advice = _("The account's email address is not verified yet, or the account is switched off.")


class TooManyUnpaidOrders(OrderError):
    code = "too_many_unpaid_orders"
    status = 409
    title = _("Too many unpaid orders")
    message = _("You have too many unpaid orders: pay or cancel one of them first.")
    advice = _("Pay or cancel one of the unpaid orders, then place the preview again.")


class OrderedJustNow(OrderError):
    """The customer has ordered these very things a moment ago, from another preview: `order` and `number` say as what."""

    code = "ordered_just_now"
    status = 409
    title = _("Ordered a moment ago")
    message = _("You ordered exactly this a few minutes ago.")
    advice = _(
        "`number` is the order of the same things. The pages ask before they place another; the API places it."
    )

    def __init__(self, order: Order):
        super().__init__(order=str(order.pk), number=str(order.number))


class OtherAddress(OrderError):
    """The preview is for another address than the chosen one, where the fee would be another: make a new one."""


class OtherBilling(OrderError):
    """The preview was made with other billing details, with which the tax may be another: make a new one."""
