"""A mail service with an API, as Postmark's: it takes emails, names them, and tells later what became of them."""

import base64
import json
from typing import Any

from tests.stand_ins.server import Answer, Call, StandIn, Thing, new_id

TOKEN = "server-token"
SECRET = "hook:a long secret"
AT = "2026-11-20T10:00:00Z"


class PostmarkStandIn(StandIn):
    """`sent` has what it took, with the name that it gave each."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Thing] = []
        self.refuses: set[str] = set()

    def turn_away(self, call: Call) -> Answer | None:
        if call.headers.get("X-Postmark-Server-Token") != TOKEN:
            return Answer(401, {"ErrorCode": 10, "Message": "Bad or missing server token."})
        return None

    def answer(self, call: Call) -> Answer:
        given: Thing = json.loads(call.body)
        to = given["To"]
        if to in self.refuses:
            return Answer(422, {"ErrorCode": 300, "Message": f"Error parsing '{to}'"})
        name = new_id("message")
        self.sent.append({**given, "MessageID": name})
        done = {"To": to, "SubmittedAt": AT, "MessageID": name, "ErrorCode": 0, "Message": "OK"}
        return Answer(200, done)

    def trouble(self, status: int) -> Thing:
        return {"ErrorCode": status, "Message": "not now"}


def signed(secret: str = SECRET) -> dict[str, str]:
    """The headers of what is the service's."""
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def bounce(sent: Thing, kind: str = "HardBounce", **more: Any) -> Thing:
    """That an email came back."""
    return {
        "RecordType": "Bounce",
        "Type": kind,
        "ID": 4323372036854775807,
        "MessageID": sent["MessageID"],
        "Metadata": sent.get("Metadata", {}),
        "Description": "The server was unable to deliver your message",
        "Details": "smtp;550 5.1.1 no such mailbox",
        "Email": sent["To"],
        "BouncedAt": AT,
        **more,
    }


def complaint(sent: Thing) -> Thing:
    """That somebody called it unwanted."""
    return {**bounce(sent, "SpamComplaint"), "RecordType": "SpamComplaint", "Details": "abuse report"}


def delivery(sent: Thing, at: str) -> Thing:
    """That it arrived."""
    return {
        "RecordType": "Delivery",
        "MessageID": sent["MessageID"],
        "Metadata": sent.get("Metadata", {}),
        "Recipient": sent["To"],
        "DeliveredAt": at,
    }
