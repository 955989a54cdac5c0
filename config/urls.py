"""Every address of the site."""

from functools import partial

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from accounts import api as accounts_api
from catalog import api as catalog_api
from config.api import docs, problems
from config.web.media import media
from config.web.metrics import metrics
from desk.first_page import now_view
from orders.api import papers
from orders.api.events import EventsView
from orders.emails.views import told as email_told
from orders.payments.views import webhook
from shop.views.code import code

handler404 = "config.web.errors.not_found"
handler500 = "config.web.errors.server_error"
handler403 = "config.web.errors.permission_denied"
handler400 = "config.web.errors.bad_request"
# allauth asks for this one, which Django does not know.
handler429 = "config.web.errors.too_many_requests"

# Staff sign in as everybody does: with limits, and with their second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents it
# And change their password as everybody does: the other sessions end, and they are told.
admin.site.password_change = lambda request, **_more: redirect("account_change_password")  # type: ignore[assignment, method-assign]  # the same

api_urlpatterns: list[URLPattern | URLResolver] = [
    # First, as addresses are tried in turn, and an order asks here four times.
    path("orders/", include("orders.api.urls")),
    # Telephones sign nobody in here, and allauth's doors of them would fail.
    *(
        path(f"auth/app/v1/{door}", problems.not_found)
        for door in ("account/phone", "auth/phone/verify", "auth/phone/verify/resend")
    ),
    # With our own process behind allauth's doors (accounts/codes/code_sign_in.py).
    path("auth/app/v1/auth/", include("accounts.codes.code_api")),
    path("auth/", include("allauth.headless.urls")),
    path("products/", catalog_api.ProductsView.as_view(), name="api-products"),
    path("products/<slug:slug>/", catalog_api.ProductView.as_view(), name="api-product"),
    path("categories/", catalog_api.CategoriesView.as_view(), name="api-categories"),
    path("addresses/", accounts_api.AddressesView.as_view(), name="api-addresses"),
    path("addresses/<int:pk>/", accounts_api.AddressView.as_view(), name="api-address"),
    path("invoices/", papers.PapersView.as_view(), name="api-invoices"),
    path("invoices/<int:paper_id>/pdf/", papers.PaperPdfView.as_view(), name="api-paper-pdf"),
    path("invoices/<int:paper_id>/einvoice/", papers.PaperEInvoiceView.as_view(), name="api-paper-einvoice"),
    path("events/", EventsView.as_view(), name="api-events"),
    path("webhooks/", include("orders.api.webhook_urls")),
    *docs.urlpatterns,
    re_path("", problems.not_found),
]

moved = partial(RedirectView.as_view, permanent=True, query_string=True)

urlpatterns = [
    path("api/", include(api_urlpatterns)),
    path("admin/now/", admin.site.admin_view(now_view), name="desk-now"),
    # Where staff found emails before; the links that they kept lead on.
    path("admin/orders/mail/", moved(pattern_name="admin:orders_email_changelist")),
    path("admin/orders/mail/<path:object_id>/change/", moved(pattern_name="admin:orders_email_change")),
    path("admin/", admin.site.urls),
    # Both of allauth's pages of a code are this one.
    path("accounts/login/code/", code),
    path(
        "accounts/login/code/confirm/",
        RedirectView.as_view(pattern_name="account_request_login_code", query_string=True),
    ),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    re_path(r"^media/(?P<path>.*)$", media),
    # Browsers ask for it on pages without a link to one, such as the admin's.
    path("favicon.ico", lambda request: redirect(static("shop/favicon.svg"))),
    path("metrics", metrics, name="metrics"),
    path("payments/webhooks/<slug:variant>/", webhook, name="payment-webhook"),
    path("emails/webhook/", email_told, name="email-webhook"),
    path("demo/", include("demo.urls")),
    # The shop's first language needs no name in an address.
    *i18n_patterns(path("", include("shop.public_urls")), prefix_default_language=False),
    path("", include("shop.urls")),
]
