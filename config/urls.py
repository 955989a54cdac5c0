"""Every address of the site."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("api/auth/", include("allauth.headless.urls")),
    path("", lambda request: HttpResponse("here it comes"), name="home"),
]
