"""Addresses of the pages."""

from django.urls import path
from django.views.i18n import set_language

from orders.models import InvoiceKind
from shop.views import account, cart, catalog, checkout, keys, mails, orders, payment

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
        checkout.checkout_preview,
        name="checkout-preview",
    ),
    path("orders/", orders.orders, name="orders"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/live/", orders.live, name="order-live"),
    path("orders/<uuid:order_id>/steps/", orders.steps, name="order-steps"),
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
    path("accounts/", account.account, name="account"),
    path("accounts/resend/", account.resend_verification, name="resend-verification"),
    path("accounts/addresses/", account.addresses, name="addresses"),
    path("accounts/addresses/new/", account.address_new, name="address-new"),
    path(
        "accounts/addresses/<int:address_id>/",
        account.address_edit,
        name="address-edit",
    ),
    path(
        "accounts/addresses/<int:address_id>/delete/",
        account.address_delete,
        name="address-delete",
    ),
    path("accounts/keys/", keys.api_keys, name="api-keys"),
    path("accounts/keys/<int:key_id>/revoke/", keys.revoke, name="api-key-revoke"),
    path("language/", set_language, name="set_language"),
    path("demo/mails/", mails.mails, name="mails"),
    path("demo/mails/<str:name>/", mails.mail, name="mail"),
    path("demo/mails/<str:name>/html/", mails.mail_html, name="mail-html"),
]
