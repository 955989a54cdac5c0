"""Every page of the storefront, in the states that look different; the running shop has what they show."""

from dataclasses import dataclass, field

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import signing
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.models import User
from catalog.models import Product
from orders.actions import back_in_stock
from orders.actions.money.payment import start_payment
from orders.checkout.previews import create_preview
from orders.links import make_link
from orders.models import Order
from orders.status import OrderStatus
from shop.cart_stores import StoredCart
from tests import second_factor
from tests.confirmed import confirm
from tests.factories import Buyer, make_address, make_product, make_user, pay, ship_a_piece
from tests.factories import confirm as confirm_order
from tests.orders.hooks import endpoint_at

STATUSES = [status for status in OrderStatus if status != OrderStatus.NOT_CONFIRMED]

# Addresses that only take something or answer with another thing than a page of their own.
NOT_PAGES = {
    # It is there once a code was sent; tests/browser/test_guests.py comes by its twin.
    *("account_confirm_reauthentication_code", "order-link-pay"),
    "cart-add", "cart-change", "cart-remove", "order-live", "order-steps", "order-pay-back", "order-invoice",
    "order-credit-note", "order-credit-note-reversal", "resend-verification", "address-default", "address-delete",
    "own-data-download", "set_language", "email-html", "email-webhook", "payment-webhook", "metrics",
    "mfa_download_recovery_codes",
    "account_confirm_login_code", "api-key-revoke", "webhook-step", "webhook-redelivery", "desk-now",
    "address-region", "order-again", "order-gift-cards", "order-gift-card-remove", "order-return-slip",
    "order-return-label", "sitemap", "robots", "back-in-stock",
}  # fmt: skip

# Anybody's pages, and those of somebody who signed in: a name for each state, the pattern's name, the address.
VISITOR = [
    ("home", "home", "/"),
    ("list", "products", "/products/"),
    ("list filtered", "products", "/products/?q=tea&in_stock=1&min_price=1"),
    ("list nothing found", "products", "/products/?q=zzzz"),
    ("product", "product", "/products/ca-phe-da-lat/"),
    ("product on sale", "product", "/products/gooseneck-kettle/"),
    ("product sold out", "product", "/products/{sold_out}/"),
    ("product with options", "product", "/products/cotton-t-shirt/"),
    ("variant sold out", "product", "/products/cotton-t-shirt/?variant=cotton-t-shirt-m-white"),
    ("list with options", "products", "/products/?category=home&option=Size:M&option=Colour:Navy"),
    ("list of a category below another", "products", "/products/?category=textiles"),
    ("cart empty", "cart", "/cart/"),
    ("sign in", "account_login", "/accounts/login/"),
    ("code asked for", "account_request_login_code", "/accounts/login/code/?next=/checkout/"),
    ("find order", "find-order", "/orders/find/"),
    ("order by link", "order-link", "/orders/link/{linked}/"),
    ("sign up", "account_signup", "/accounts/signup/"),
    ("password forgotten", "account_reset_password", "/accounts/password/reset/"),
    ("password email sent", "account_reset_password_done", "/accounts/password/reset/done/"),
    ("password link wrong", "account_reset_password_from_key", "/accounts/password/reset/key/1-x/"),
    ("password changed", "account_reset_password_from_key_done", "/accounts/password/reset/key/done/"),
    ("email link wrong", "account_confirm_email", "/accounts/confirm-email/x/"),
    ("verification email sent", "account_email_verification_sent", "/accounts/confirm-email/"),
    ("account inactive", "account_inactive", "/accounts/inactive/"),
    ("link to be told", "back-in-stock-confirm", "/back-in-stock/confirm/{to_be_told}/"),
    ("told of nothing", "back-in-stock-stop", "/back-in-stock/stop/{told}/"),
    ("emails", "emails", "/demo/mails/"),
    ("not found", "", "/nothing/"),
]
CUSTOMER = [
    ("account", "account", "/accounts/"),
    ("sign out", "account_logout", "/accounts/logout/"),
    ("profile", "profile", "/accounts/profile/"),
    ("email", "account_email", "/accounts/email/"),
    ("password", "account_change_password", "/accounts/password/change/"),
    ("asked again", "account_reauthenticate", "/accounts/reauthenticate/"),
    ("addresses", "addresses", "/accounts/addresses/"),
    ("new address", "address-new", "/accounts/addresses/new/"),
    ("address", "address-edit", "/accounts/addresses/{address}/"),
    ("devices", "sessions", "/accounts/sessions/"),
    ("own data", "own-data", "/accounts/data/"),
    ("API keys", "api-keys", "/accounts/keys/"),
    ("webhooks", "webhooks", "/accounts/webhooks/"),
    ("webhook", "webhook", "/accounts/webhooks/{webhook}/"),
    ("close", "account-close", "/accounts/close/"),
    ("safety", "mfa_index", "/accounts/2fa/"),
    ("second factor on", "mfa_activate_totp", "/accounts/2fa/totp/activate/"),
    ("cart", "cart", "/cart/"),
    ("checkout", "checkout", "/checkout/"),
    ("preview", "checkout-preview", "/checkout/"),
    ("orders", "orders", "/orders/"),
    ("invoices", "invoices", "/orders/invoices/"),
    ("pay", "order-pay", "/orders/{pay_required}/pay/"),
    ("pay by transfer", "order-pay", "/orders/{to_transfer}/pay/"),
    ("order to transfer", "order", "/orders/{to_transfer}/"),
    ("order in parcels", "order", "/orders/{in_parcels}/"),
    ("order billed to a company", "order", "/orders/{billed}/"),
    ("demo-email", "email", "/demo/mails/{email}/"),
    ("order to ask about", "order", "/orders/{to_ask}/"),
    ("what to return", "order-request", "/orders/{done}/request/"),
    ("address and note", "order-details", "/orders/{paid}/details/"),
    ("what to cancel", "order-request", "/orders/{paid}/request/"),
    *((f"order {status}", "order", f"/orders/{{{status}}}/") for status in STATUSES),
]
CAREFUL = [
    ("safety with codes", "mfa_index", "/accounts/2fa/"),
    ("asked for a code again", "mfa_reauthenticate", "/accounts/2fa/reauthenticate/"),
    ("second factor off", "mfa_deactivate_totp", "/accounts/2fa/totp/deactivate/"),
    ("codes", "mfa_view_recovery_codes", "/accounts/2fa/recovery-codes/"),
    ("new codes", "mfa_generate_recovery_codes", "/accounts/2fa/recovery-codes/generate/"),
]
# Who bought without an account, and somebody whose code is on its way.
GUEST = [
    ("account of a guest", "account", "/accounts/"),
    ("order of a guest", "order", "/orders/{of_guest}/"),
    ("first password", "account_set_password", "/accounts/password/set/"),
    (
        "asked for a code by email again",
        "account_request_reauthentication_code",
        "/accounts/reauthenticate/code/",
    ),
]
WAITING = [("code on its way", "account_request_login_code", "/accounts/login/code/?next=/checkout/")]
NEWCOMER = [("checkout without an address", "checkout", "/checkout/")]
# Between password and code: reached by signing in (test_accessibility.py).
BETWEEN = ("code", "mfa_authenticate", "/accounts/2fa/authenticate/")


def pages_of_the_site() -> set[str]:
    """The names of all patterns outside the staff's desk and the API."""
    found: set[str] = set()
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) not in ("admin/", "api/"):
            found |= _names(pattern)
    return found - {None}


def _names(pattern) -> set[str]:
    if isinstance(pattern, URLResolver):
        return set().union(*map(_names, pattern.url_patterns))
    return {pattern.name}


def cookie_of(user: User) -> dict[str, str]:
    """A session in which the password was given again a moment ago."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    confirm(client, user, "password" if user.has_usable_password() else "code")
    return {"name": "sessionid", "value": client.session.session_key}


@dataclass
class People:
    """Who looks at the pages, and what the addresses are filled with."""

    customer: User
    careful: User
    newcomer: User
    guest: User
    places: dict[str, object] = field(default_factory=dict)


def populate() -> People:
    """A customer with an order in each status, one with a second factor, and one who has only a cart."""
    buyer = Buyer(full_name="Linh Tran")
    people = People(buyer.user, make_user(), make_user(), _guest().user)
    pieces = list(Product.objects.filter(inventory="counted", stock_quantity__gt=20)[:2])
    for status in STATUSES:
        order: Order = buyer.order_in(status, *((piece, 1) for piece in pieces))
        people.places[status.value] = order.pk
    people.places["address"] = buyer.address.pk
    people.places["of_guest"] = Order.objects.get(customer=people.guest).pk
    people.places["linked"] = make_link(Order.objects.get(customer=people.guest))
    order = buyer.order_in(OrderStatus.PAID, (pieces[0], 1))
    Order.objects.filter(pk=order.pk).update(codes_seen_at=order.placed_at)
    people.places["to_ask"] = order.pk
    order = buyer.order_in(OrderStatus.PAY_REQUIRED, (pieces[0], 1))
    start_payment(order_id=order.pk, actor=buyer.user, variant="transfer")
    people.places["to_transfer"] = order.pk
    order = buyer.order_in(OrderStatus.PAID, (pieces[0], 2))
    ship_a_piece(order)
    people.places["in_parcels"] = order.pk
    people.places["billed"] = _billed(buyer, pieces[0]).pk
    # A public address; nothing happens to these orders any more that would be sent there.
    people.places["webhook"] = endpoint_at("https://93.184.216.34/orderly", buyer.user).pk
    sold_out = make_product(slug=f"sold-out-{people.customer.pk}")
    people.places["sold_out"] = sold_out.slug
    said = [sold_out.pk, "somebody@example.com", "en"]
    people.places["to_be_told"] = signing.dumps(said, salt=back_in_stock.CONFIRM)
    people.places["told"] = signing.dumps("somebody@example.com", salt=back_in_stock.STOP)
    for user in (people.customer, people.newcomer):
        StoredCart(user).add(pieces[0], 2)
    second_factor.set_up(people.careful)
    RecoveryCodes.activate(people.careful)
    make_address(people.careful)
    return people


def _billed(buyer: Buyer, piece: Product) -> Order:
    """A paid order that is billed to a company at another address."""
    elsewhere = {
        "full_name": "Luc Martin",
        "line1": "Rue de Rivoli 1",
        "city": "Paris",
        "postal_code": "75001",
        "country": "FR",
    }
    preview = create_preview(
        customer=buyer.user,
        items=[(piece.sku, 1)],
        address_id=buyer.address.pk,
        billing={"company": "Boulangerie Martin", "vat_id": "FR40303265045", **elsewhere},
    )
    order = buyer.place_preview(preview)
    confirm_order(order)
    pay(order)
    return order


def _guest() -> Buyer:
    """Who bought without a password."""
    guest = Buyer()
    guest.user.set_unusable_password()
    guest.user.save()
    guest.order_in(OrderStatus.PAY_REQUIRED)
    return guest
