"""What each error code of the API means: the title of its problem documents, and what a client does about it."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Meaning(NamedTuple):
    title: str | Promise
    advice: str | Promise


MEANINGS = {
    "validation_error": Meaning(
        _("Not valid"),
        _(
            "Something in the body or in the query is wrong; `errors` names each field. Sending the same again fails."
        ),
    ),
    "insufficient_stock": Meaning(
        _("Not enough stock"),
        _("`product` has only `left` of the `wanted` pieces. Make a new preview with fewer."),
    ),
    "not_authenticated": Meaning(
        _("Not signed in"),
        _("Sign in under /api/auth/ and send the session token with each request, or send an API key."),
    ),
    "permission_denied": Meaning(
        _("Not allowed"),
        _(
            "You are signed in, but may not do this. With the cookie of the pages, changes need the CSRF token too."
        ),
    ),
    "not_found": Meaning(
        _("Not found"),
        _("There is nothing at this address, or nothing that you may see. Paths end in a slash."),
    ),
    "preview_expired": Meaning(
        _("Preview expired"),
        _("Previews are kept for some minutes. Make a new one; prices may have changed."),
    ),
    "shipping_method_not_found": Meaning(
        _("No such shipping method"),
        _("`price_table_id` is not among the preview's shipping options, or is offered no longer."),
    ),
    "user_not_found": Meaning(
        _("No such user"),
        _("The account's email address is not verified yet, or the account is switched off."),
    ),
    "product_not_found": Meaning(
        _("No such product"), _("`product` was taken off sale after the preview. Make a new one without it.")
    ),
    "order_already_placed": Meaning(
        _("Already placed"),
        _("This preview is an order already, with another shipping method. Read that order."),
    ),
    "too_many_unpaid_orders": Meaning(
        _("Too many unpaid orders"),
        _("Pay or cancel one of the unpaid orders, then place the preview again."),
    ),
    "step_not_allowed": Meaning(
        _("Not possible in this status"),
        _("`order_status` is where the order is by now. Read the order again and go on from there."),
    ),
    "payment_under_way": Meaning(
        _("Payment under way"), _("The provider is just taking the money. Look again in a moment.")
    ),
    "refund_not_refused": Meaning(
        _("Refund not refused"),
        _("Only a refund that the provider has refused can be tried again or settled."),
    ),
    "staff_mfa_required": Meaning(
        _("Second factor needed"),
        _("Staff sign in with two-factor authentication: set it up on the account page, then sign in anew."),
    ),
    "email_not_verified": Meaning(
        _("Email not verified"),
        _("Open the link in the mail that the shop has sent; the account page sends it again."),
    ),
    "address_is_default": Meaning(
        _("The default address"), _("One address is the default. Make another one the default instead.")
    ),
    "orders_still_open": Meaning(
        _("Orders are still open"),
        _(
            "The account can be closed when the orders that `orders` names are at an end, and their money is back."
        ),
    ),
    "staff_cannot_leave": Meaning(
        _("Staff can't leave"),
        _("An owner of the shop takes the rights away first; then the account can be closed."),
    ),
    "mail_on_its_way": Meaning(
        _("A mail is on its way"),
        _(
            "The account can be closed as soon as the mail that is being sent has left: try again in a few minutes."
        ),
    ),
    "too_many_webhooks": Meaning(
        _("Too many webhooks"), _("Remove one of your webhooks before you add another.")
    ),
    "nothing_to_pack": Meaning(_("Nothing to pack"), _("Only paid and done orders have packing papers.")),
    "request_in_progress": Meaning(
        _("Being worked on"),
        _("The first request with this `Idempotency-Key` has no answer yet. Send it again in a moment."),
    ),
    "idempotency_key_reused": Meaning(
        _("Key used before"),
        _(
            "Another request had this `Idempotency-Key` in the last 24 hours. Make a new key for each new request."
        ),
    ),
    "insufficient_scope": Meaning(
        _("Scope too small"),
        _("The API key is good for less than that. Make one with the scope that `detail` names."),
    ),
    "method_not_allowed": Meaning(
        _("Method not allowed"), _("This address takes other methods; the `Allow` header names them.")
    ),
    "not_acceptable": Meaning(
        _("Not acceptable"), _("Answers are JSON: `Accept` has to allow application/json.")
    ),
    "request_timeout": Meaning(
        _("Too slow"), _("The body did not arrive in time. Nothing was changed; try again.")
    ),
    "request_too_large": Meaning(_("Too large"), _("A request's body may have one megabyte.")),
    "unsupported_media_type": Meaning(
        _("Unsupported media type"), _("Bodies are JSON, with `Content-Type: application/json`.")
    ),
    "throttled": Meaning(
        _("Too many requests"), _("Wait as long as `Retry-After` says, then go on more slowly.")
    ),
    "server_error": Meaning(
        _("Something went wrong"),
        _("The fault is ours. Tell us the `request_id`, by which we find what happened."),
    ),
    "service_unavailable": Meaning(
        _("Unavailable"),
        _("The shop can't answer just now. Nothing was changed; try again after `Retry-After`."),
    ),
}
