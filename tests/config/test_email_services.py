"""Mail services by EMAIL_URL: what is made of each address, and what an address or a secret lacks is said at the start."""

import ast

import pytest
from anymail.exceptions import AnymailWebhookValidationFailure
from django.test import RequestFactory
from django.utils.module_loading import import_string

from config.email_services import SERVICES, form_of, service_of, settings_of
from tests.starts import settings_of as started

ADDRESSES = {
    "brevo": ("brevo://key@", "user:password"),
    "mailersend": ("mailersend://token@", "signing"),
    "mailgun": ("mailgun://key@mg.shop.example?region=eu", "signing"),
    "mailjet": ("mailjet://key:secret@", "user:password"),
    "postmark": ("postmark://token@", "user:password"),
    "resend": ("resend://key@", "user:password"),
    "sendgrid": ("sendgrid://key@", "user:password"),
    "ses": ("ses://key:s%2Fword@eu-central-1", "user:password"),
    "sparkpost": ("sparkpost://key@", "user:password"),
}
QUIET = pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid")


def made(name: str, **more: str):
    address, secret = ADDRESSES[name]
    return settings_of(**{"address": address, "secret": secret, "api_base": "", "seconds": 7} | more)


def test_every_service_is_tried():
    assert set(ADDRESSES) == set(SERVICES)


@QUIET
@pytest.mark.parametrize("name", SERVICES)
def test_anymail_takes_what_is_made_of_the_address(name, settings):
    found = made(name)
    settings.ANYMAIL = found["ANYMAIL"]
    backend = import_string(found["EMAIL_BACKEND"])()
    assert found["EMAIL_SERVICE"] == name
    assert getattr(backend, "timeout", 7) == 7
    # And its webhook refuses what is not the service's.
    view = import_string(found["EMAIL_REPORTS_VIEW"])()
    of_amazon = {"HTTP_X_AMZ_SNS_MESSAGE_TYPE": "Notification"}
    request = RequestFactory().post(
        "/", b'{"Type": "Notification"}', content_type="application/json", **of_amazon
    )
    view.setup(request)
    with pytest.raises(AnymailWebhookValidationFailure):
        view.run_validators(request)


def test_the_parts_of_an_address_go_where_they_belong():
    mailgun = made("mailgun")["ANYMAIL"]
    assert mailgun["MAILGUN_SENDER_DOMAIN"] == "mg.shop.example"
    assert mailgun["MAILGUN_API_URL"] == "https://api.eu.mailgun.net/v3"
    amazon = made("ses")["ANYMAIL"]["AMAZON_SES_CLIENT_PARAMS"]
    assert (amazon["region_name"], amazon["aws_secret_access_key"]) == ("eu-central-1", "s/word")
    own = settings_of("ses://eu-central-1", secret="", api_base="", seconds=7)
    assert "aws_access_key_id" not in own["ANYMAIL"]["AMAZON_SES_CLIENT_PARAMS"]


def test_sendgrid_is_known_by_a_signature_or_by_a_pair():
    assert "WEBHOOK_SECRET" in made("sendgrid")["ANYMAIL"]
    by_key = made("sendgrid", secret="MFkw")["ANYMAIL"]
    assert by_key["SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY"] == "MFkw"


def test_without_a_secret_there_is_no_webhook():
    found = made("postmark", secret="")
    assert found["EMAIL_REPORTS_VIEW"] == ""
    assert "WEBHOOK_SECRET" not in found["ANYMAIL"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"EMAIL_URL": "postmark://token@"}, "postmark"),
        ({"EMAIL_URL": "postmark://"}, form_of("postmark")),
        ({"EMAIL_URL": "postmark://token@host"}, form_of("postmark")),
        ({"EMAIL_URL": "postmark://token@?tls=1"}, form_of("postmark")),
        ({"EMAIL_URL": "mailgun://key@"}, form_of("mailgun")),
        ({"EMAIL_URL": "mailgun://key@mg.example?region=mars"}, form_of("mailgun")),
        ({"EMAIL_URL": "mailjet://key@"}, form_of("mailjet")),
        ({"EMAIL_URL": "ses://key@region"}, form_of("ses")),
        ({"EMAIL_URL": "ses://"}, form_of("ses")),
        (
            {"EMAIL_URL": "brevo://key@", "EMAIL_WEBHOOK_SECRET": "alone"},
            "gives user:password with each word",
        ),
    ],
)
def test_at_the_start_is_said_what_is_lacking(given, said):
    assert said in started("EMAIL_SERVICE", **given, DEMO="0")


@pytest.mark.parametrize(
    "address", ["smtp://localhost:25", "smtp+tls://u:p@mail.example:587", "consolemail://"]
)
def test_mail_servers_are_none_of_these(address):
    assert service_of(address) == ""
    found = ast.literal_eval(started("EMAIL_SERVICE", "EMAIL_REPORTS_VIEW", EMAIL_URL=address, DEMO="0"))
    assert found == ["", ""]
