"""Addresses of the pages."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [
    path("", lambda request: HttpResponse("here it comes"), name="home"),
    path(
        "orders/<uuid:order_id>/",
        lambda request: HttpResponse("here it comes"),
        name="order",
    ),
    path(
        "products/<slug:slug>/",
        lambda request: HttpResponse("here it comes"),
        name="product",
    ),
]
