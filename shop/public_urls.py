"""Addresses of the pages that anybody may find: each has one in every language of the shop (config/urls.py)."""

from django.urls import path

from shop.views import catalog

urlpatterns = [
    path("", catalog.home, name="home"),
    path("products/", catalog.products, name="products"),
    path("products/<slug:slug>/", catalog.product, name="product"),
]
NAMES = {pattern.name for pattern in urlpatterns}
