"""Addresses of the order flow below /api/orders/. `previews/` and `drafts/` stand before the ids, which are no words."""

from django.urls import path

from orders.api import again, by_staff, gift_cards, papers, views
from orders.api.changes import changes, details, exchanges, requests, waiting
from orders.api.drafts import views as drafts

urlpatterns = [
    path("", views.OrdersView.as_view(), name="api-orders"),
    path("previews/", views.PreviewsView.as_view(), name="api-previews"),
    path("previews/<uuid:preview_id>/", views.PreviewView.as_view(), name="api-preview"),
    path("<uuid:order_id>/", views.OrderView.as_view(), name="api-order"),
    path("drafts/", drafts.DraftsView.as_view(), name="api-drafts"),
    path("drafts/<int:draft_id>/", drafts.DraftView.as_view(), name="api-draft"),
    path(
        "drafts/<int:draft_id>/previews/",
        drafts.DraftPreviewsView.as_view(),
        name="api-draft-previews",
    ),
    path(
        "drafts/<int:draft_id>/placement/",
        drafts.DraftPlacementView.as_view(),
        name="api-draft-placement",
    ),
    path(
        "<uuid:order_id>/history/",
        views.HistoryView.as_view(),
        name="api-order-history",
    ),
    path(
        "<uuid:order_id>/payment/",
        views.PaymentView.as_view(),
        name="api-order-payment",
    ),
    path(
        "<uuid:order_id>/cancellation/",
        views.CancellationView.as_view(),
        name="api-order-cancellation",
    ),
    path("<uuid:order_id>/refund/", views.RefundView.as_view(), name="api-order-refund"),
    path(
        "<uuid:order_id>/completion/",
        views.CompletionView.as_view(),
        name="api-order-completion",
    ),
    path(
        "<uuid:order_id>/change-previews/",
        changes.ChangePreviewsView.as_view(),
        name="api-order-change-previews",
    ),
    path(
        "<uuid:order_id>/change-requests/",
        requests.ChangeRequestsView.as_view(),
        name="api-order-change-requests",
    ),
    path(
        "<uuid:order_id>/details-previews/",
        details.DetailsPreviewsView.as_view(),
        name="api-order-details-previews",
    ),
    path("<uuid:order_id>/details/", details.DetailsView.as_view(), name="api-order-details"),
    path(
        "<uuid:order_id>/exchange-previews/",
        exchanges.ExchangePreviewsView.as_view(),
        name="api-order-exchange-previews",
    ),
    path("<uuid:order_id>/exchanges/", exchanges.ExchangesView.as_view(), name="api-order-exchanges"),
    path(
        "<uuid:order_id>/waiting-change/cancellation/",
        waiting.WaitingEndView.as_view(),
        name="api-order-waiting-end",
    ),
    path("<uuid:order_id>/gift-cards/", gift_cards.GiftCardsView.as_view(), name="api-order-gift-cards"),
    path(
        "<uuid:order_id>/gift-cards/<int:use_id>/",
        gift_cards.GiftCardView.as_view(),
        name="api-order-gift-card",
    ),
    path(
        "<uuid:order_id>/change-requests/acceptance/",
        by_staff.AcceptanceView.as_view(),
        name="api-order-acceptance",
    ),
    path(
        "<uuid:order_id>/change-requests/refusal/",
        by_staff.RefusalView.as_view(),
        name="api-order-refusal",
    ),
    path("<uuid:order_id>/parcels/", by_staff.ParcelsView.as_view(), name="api-order-parcels"),
    path("<uuid:order_id>/readiness/", by_staff.ReadyView.as_view(), name="api-order-ready"),
    path("<uuid:order_id>/receipts/", by_staff.ReceiptsView.as_view(), name="api-order-receipts"),
    path(
        "<uuid:order_id>/tracking-code/",
        by_staff.TrackingCodeView.as_view(),
        name="api-order-tracking-code",
    ),
    path("<uuid:order_id>/invoices/", papers.OrderPapersView.as_view(), name="api-order-invoices"),
    path("<uuid:order_id>/again/", again.AgainView.as_view(), name="api-order-again"),
    path("<uuid:order_id>/changes/", changes.ChangesView.as_view(), name="api-order-changes"),
]
