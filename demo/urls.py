"""Addresses of the demo's mailbox."""

from django.urls import path

from demo import views

urlpatterns = [
    path("mails/", views.emails, name="emails"),
    path("mails/<str:name>/", views.email, name="email"),
    path("mails/<str:name>/html/", views.email_html, name="email-html"),
]
