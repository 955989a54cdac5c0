"""Addresses of the demo's mailbox."""

from django.urls import path

from demo import views

urlpatterns = [
    path("mails/", views.mails, name="mails"),
    path("mails/<str:name>/", views.mail, name="mail"),
    path("mails/<str:name>/html/", views.mail_html, name="mail-html"),
]
