"""The parties around a shop take what they are sent, and say nothing while they are silent."""

import smtplib
import threading
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from faults.parties.mail import MailServer
from faults.parties.silent import SilentStripe
from faults.silence import ORDER, Measured, table


def test_the_mail_server_takes_letters_and_is_silent_when_told_to():
    with MailServer() as mail:
        host, port = mail.url.removeprefix("smtp://").split(":")
        with smtplib.SMTP(host, int(port), timeout=20) as client:
            client.sendmail("shop@example.com", ["one@example.com"], "Subject: hello\r\n\r\nhello\r\n")
        assert mail.taken == 1

        mail.talks.clear()
        with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected), match="timed out"):
            smtplib.SMTP(host, int(port), timeout=0.1)


def test_the_mail_server_knows_the_newest_code_that_somebody_was_sent():
    with MailServer() as mail:
        host, port = mail.url.removeprefix("smtp://").split(":")
        with smtplib.SMTP(host, int(port), timeout=20) as client:
            for code in ("1234-5678", "8765-4321"):
                text = f"Subject: your code\r\n\r\nIt is\r\n\r\n{code}\r\n\r\nand no 1111-2222 in a line\r\n"
                client.sendmail("shop@example.com", ["guest@example.com"], text)
            client.sendmail("shop@example.com", ["other@example.com"], "Subject: none\r\n\r\nhello\r\n")

    assert mail.codes == {"guest@example.com": "8765-4321"}


def test_a_silent_provider_answers_once_it_talks_again():
    with SilentStripe() as stripe:
        stripe.talks.clear()
        with pytest.raises(TimeoutError):
            urlopen(stripe.url, timeout=0.1)
        threading.Timer(0.05, stripe.talks.set).start()
        with pytest.raises(HTTPError, match="401"):
            urlopen(stripe.url, timeout=20)


def test_what_was_measured_stands_beside_calm():
    measured = {name: Measured() for name in dict.fromkeys(ORDER)}
    measured["calm"].seconds["page"] += [0.1] * 100
    measured["stripe"].seconds["page"] += [0.1] * 50 + [0.3]

    assert "| stripe | page | 51 | 100 | 300 | 100 | 100 | 3.0 | 0 |" in table(measured)
