"""The parties that a run has around its shop: a mail server, and receivers of webhooks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from faults.parties.mail import MailServer
from faults.parties.receivers import Receivers


class Around(NamedTuple):
    mail: MailServer
    receivers: Receivers

    def settings(self) -> dict[str, str]:
        """Where the shop finds them; what fails there is tried again soon, so that it comes to rest within a run."""
        return {
            "EMAIL_URL": self.mail.url,
            "WEBHOOK_PRIVATE_TARGETS": f"{self.receivers.host}/32",
            "WEBHOOK_RETRY_AFTER": "1",
            "WEBHOOK_TIMEOUT": "5",
        }


@contextmanager
def around(host: str = "") -> Iterator[Around]:
    """On the loopback, or at the address of this machine that is named."""
    at = [host] if host else []
    with MailServer(*at) as mail, Receivers(*at) as receivers:
        yield Around(mail, receivers)
