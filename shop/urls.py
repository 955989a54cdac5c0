"""Addresses of the pages."""

from django.urls import path

from orders.models import InvoiceKind
from shop.views import account, addresses, cart, catalog, checkout, keys, orders, own_data, payment, webhooks

urlpatterns = [
    path("", catalog.home, name="home"),
    path("products/", catalog.products, name="products"),
    path("products/<slug:slug>/", catalog.product, name="product"),
    path("cart/", cart.cart, name="cart"),
    path("cart/add/", cart.add, name="cart-add"),
    path("cart/change/", cart.change, name="cart-change"),
    path("cart/remove/", cart.remove, name="cart-remove"),
    path("checkout/", checkout.checkout, name="checkout"),
    path(
        "checkout/<uuid:preview_id>/",
        checkout.checkout,
        name="checkout-preview",
    ),
    path("orders/", orders.orders, name="orders"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/live/", orders.live, name="order-live"),
    path("orders/<uuid:order_id>/steps/", orders.steps, name="order-steps"),
    path("orders/<uuid:order_id>/again/", orders.again, name="order-again"),
    path("orders/<uuid:order_id>/pay/", payment.pay, name="order-pay"),
    path("orders/<uuid:order_id>/pay/back/", payment.back, name="order-pay-back"),
    path(
        "orders/<uuid:order_id>/invoice/",
        orders.invoice,
        {"kind": InvoiceKind.INVOICE},
        name="order-invoice",
    ),
    path(
        "orders/<uuid:order_id>/credit-note/",
        orders.invoice,
        {"kind": InvoiceKind.CREDIT_NOTE},
        name="order-credit-note",
    ),
    path(
        "orders/<uuid:order_id>/credit-note-reversal/",
        orders.invoice,
        {"kind": InvoiceKind.REVERSAL},
        name="order-credit-note-reversal",
    ),
    path("accounts/", account.account, name="account"),
    path("accounts/resend/", account.resend_verification, name="resend-verification"),
    path("accounts/profile/", account.profile, name="profile"),
    path("accounts/addresses/", addresses.addresses, name="addresses"),
    path("accounts/addresses/new/", addresses.address_new, name="address-new"),
    path("accounts/addresses/region/", addresses.address_region, name="address-region"),
    path("accounts/addresses/<int:address_id>/", addresses.address_edit, name="address-edit"),
    path("accounts/addresses/<int:address_id>/default/", addresses.address_default, name="address-default"),
    path("accounts/addresses/<int:address_id>/delete/", addresses.address_delete, name="address-delete"),
    path("accounts/sessions/", own_data.sessions, name="sessions"),
    path("accounts/data/", own_data.own_data, name="own-data"),
    path("accounts/data/download/", own_data.download, name="own-data-download"),
    path("accounts/close/", own_data.close, name="account-close"),
    path("accounts/webhooks/", webhooks.webhooks, name="webhooks"),
    path("accounts/webhooks/<uuid:endpoint_id>/", webhooks.webhook, name="webhook"),
    path("accounts/webhooks/<uuid:endpoint_id>/step/", webhooks.webhook_step, name="webhook-step"),
    path(
        "accounts/webhooks/<uuid:endpoint_id>/<uuid:message_id>/again/",
        webhooks.webhook_redelivery,
        name="webhook-redelivery",
    ),
    path("accounts/keys/", keys.api_keys, name="api-keys"),
    path("accounts/keys/<int:key_id>/revoke/", keys.revoke, name="api-key-revoke"),
    path("language/", account.set_language, name="set_language"),
]
