"""A stand-in for PayPal: the calls of its Orders v2, Payments v2 and webhook APIs that the shop makes, over a real socket.

with PayPalStandIn() as paypal:
    ... PayPal(paypal.client_id, paypal.secret, paypal.webhook_id, paypal.url) ...
    event = paypal.approve(order_id)        # the customer approves; the event is what PayPal would send
    paypal.deliver(event, "http://…")       # sends it, signed
    paypal.go_wrong("lost")                 # the next call is carried out, and its answer is lost
    assert len(paypal.refunds) == 1         # the refunds that were really made
"""

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from tests.stand_ins.server import Answer, Call, Kept, StandIn, Thing, copied, new_id

RETURNED = ("COMPLETED", "PENDING")
AMOUNTS = ("transaction_amount", "fee_amount")


class Refusal(Exception):
    """An answer that is an error of PayPal's shape."""

    def __init__(self, issue: str, description: str = "", *, status: int = 422, name: str = "") -> None:
        self.status = status
        self.body = {
            "name": name or {404: "RESOURCE_NOT_FOUND"}.get(status, "UNPROCESSABLE_ENTITY"),
            "message": "The requested action could not be performed.",
            "details": [{"issue": issue, "description": description or issue.replace("_", " ").lower()}],
        }


@dataclass
class Controls:
    """What becomes of the next captures and refunds."""

    capture_status: str = "COMPLETED"
    refuse_captures: str = ""
    refund_status: str = "COMPLETED"
    refuse_refunds: str = ""


class PayPalStandIn(StandIn):
    client_id = "client"
    secret = "secret"
    webhook_id = "WEBHOOK-1"
    key_header = "PayPal-Request-Id"

    def settings(self) -> dict[str, str]:
        """What a shop needs to find it."""
        return {
            "PAYPAL_CLIENT_ID": self.client_id,
            "PAYPAL_SECRET": self.secret,
            "PAYPAL_WEBHOOK_ID": self.webhook_id,
            "PAYPAL_API_BASE": self.url,
        }

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.orders: dict[str, Thing] = {}
        self.disputes: dict[str, Thing] = {}
        self.tokens: list[str] = []
        self.token_seconds = 32400
        # What the report of transactions leaves out, and what it has besides: ids, and transactions.
        self.unreported: set[str] = set()
        self.besides: list[Thing] = []
        # When each transaction was made.
        self.reported: dict[str, str] = {}
        self.page_size = 500
        self.controls = Controls()

    # --- what there is ---------------------------------------------------------------------------------------------

    @property
    def captures(self) -> list[Thing]:
        return [one for order in self.orders.values() for one in self._payments(order)["captures"]]

    @property
    def refunds(self) -> list[Thing]:
        return [one for order in self.orders.values() for one in self._payments(order)["refunds"]]

    @staticmethod
    def _payments(order: Thing) -> Thing:
        payments: Thing = order["purchase_units"][0].setdefault("payments", {"captures": [], "refunds": []})
        return payments

    # --- switches --------------------------------------------------------------------------------------------------

    def approve(self, order_id: str) -> Thing:
        """The customer approves on PayPal's page. Returns the event."""
        with self.lock:
            order = self.orders[order_id]
            assert order["status"] == "PAYER_ACTION_REQUIRED"
            order["status"] = "APPROVED"
            return self.event("CHECKOUT.ORDER.APPROVED", order)

    def captured(self, order_id: str) -> Thing:
        """The event of an order's capture, as it stands."""
        (capture,) = self._payments(self.orders[order_id])["captures"]
        return self.event(f"PAYMENT.CAPTURE.{capture['status']}", capture)

    def end_capture(self, order_id: str, status: str) -> Thing:
        """PayPal has looked at a pending capture. Returns the event."""
        with self.lock:
            self._payments(self.orders[order_id])["captures"][0]["status"] = status
            return self.captured(order_id)

    def refund_by_hand(self, capture_id: str, value: str = "") -> Thing:
        """Somebody returns a capture on PayPal's site, all of it or an amount. Returns the event."""
        with self.lock:
            amount = self._capture(capture_id)["amount"] | ({"value": value} if value else {})
            refund = self._make_refund(capture_id, amount, "COMPLETED")
            return self.event("PAYMENT.CAPTURE.REFUNDED", refund)

    def fail_refund(self, refund_id: str) -> Thing:
        """A refund comes back, though it had been made. Returns the event."""
        with self.lock:
            refund = self._refund(refund_id)
            refund["status"] = "FAILED"
            return self.event("PAYMENT.REFUND.FAILED", refund)

    def dispute(self, capture_id: str, kind: str = "CREATED", outcome: str = "") -> Thing:
        """The customer complains at PayPal, or PayPal has decided. Returns the event."""
        with self.lock:
            dispute = {
                "dispute_id": f"PP-D-{capture_id}",
                "disputed_transactions": [{"seller_transaction_id": capture_id}],
                "dispute_amount": self._capture(capture_id)["amount"],
                "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
                "status": "RESOLVED" if outcome else "WAITING_FOR_SELLER_RESPONSE",
                "seller_response_due_date": "2030-01-02T03:04:05.000Z",
            }
            resolved = {"dispute_outcome": {"outcome_code": outcome}} if outcome else {}
            self.disputes[f"PP-D-{capture_id}"] = dispute | resolved
            return self.event(f"CUSTOMER.DISPUTE.{kind}", dispute | resolved)

    def refunded(self, refund_id: str) -> Thing:
        """The event of a refund."""
        return self.event("PAYMENT.CAPTURE.REFUNDED", self._refund(refund_id))

    # --- events ----------------------------------------------------------------------------------------------------

    @staticmethod
    def event(kind: str, thing: Thing) -> Thing:
        return {"id": new_id("WH"), "event_type": kind, "event_version": "1.0", "resource": copied(thing)}

    def signed(self, event: Thing, *, webhook_id: str = "") -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a delivery. The body is not written as json.dumps would write it."""
        body = json.dumps(event, indent=1, ensure_ascii=False).replace('":', '" :').encode()
        headers = {
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-CERT-URL": f"{self.url}/certs/1",
            "PAYPAL-TRANSMISSION-ID": new_id("t"),
            "PAYPAL-TRANSMISSION-TIME": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        signature = self._signature(headers, webhook_id or self.webhook_id, body)
        return body, headers | {"PAYPAL-TRANSMISSION-SIG": signature, "Content-Type": "application/json"}

    def _signature(self, headers: dict[str, str], webhook_id: str, body: bytes) -> str:
        parts = (headers["PAYPAL-TRANSMISSION-ID"], headers["PAYPAL-TRANSMISSION-TIME"], webhook_id)
        return hmac.new(self.secret.encode(), "|".join(parts).encode() + body, hashlib.sha256).hexdigest()

    def _verify(self, call: Call) -> Thing:
        """Checks the event's letters as they came, so it has to come as it was sent."""
        raw = re.fullmatch(rb'\{.*?"webhook_event": (.*)\}', call.body, re.DOTALL)
        assert raw, "the event comes last"
        headers = {
            f"PAYPAL-{name.upper().replace('_', '-')}": text
            for name, text in call.form.items()
            if isinstance(text, str)
        }
        expected = self._signature(headers, self.webhook_id, raw[1])
        is_ours = call.form["webhook_id"] == self.webhook_id and call.form["transmission_sig"] == expected
        return {"verification_status": "SUCCESS" if is_ours else "FAILURE"}

    # --- answers ---------------------------------------------------------------------------------------------------

    def turn_away(self, call: Call) -> Answer | None:
        given = call.headers.get("Authorization", "")
        if call.path == "/v1/oauth2/token":
            keys = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
            if given != f"Basic {keys}":
                return Answer(401, {"error": "invalid_client"})
            self.tokens.append(new_id("A21"))
            return Answer(200, {"access_token": self.tokens[-1], "expires_in": self.token_seconds})
        if not self.tokens or given != f"Bearer {self.tokens[-1]}":
            return Answer(401, {"name": "AUTHENTICATION_FAILURE", "message": "Authentication failed."})
        return None

    def trouble(self, status: int) -> Thing:
        return Refusal({409: "RESOURCE_CONFLICT", 429: "RATE_LIMIT_REACHED"}.get(status, "ERROR")).body

    def answer(self, call: Call) -> Answer:
        """The answer; a key that was used before makes nothing anew."""
        call.form = json.loads(call.body or b"{}")
        known = self.kept.get(call.key) if call.key else None
        if known:
            assert known.call == (call.path, json.dumps(call.form)), "a key is for one question"
            return Answer(known.status, known.body)
        try:
            body = copied(self._route(call))
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body)
        if call.key:
            self.kept[call.key] = Kept((call.path, json.dumps(call.form)), 201, body)
        return Answer(201 if call.method == "POST" else 200, body)

    def _route(self, call: Call) -> Thing:
        if call.path.startswith("/v1/reporting/"):
            return self._reporting(call.path.rpartition("/")[2], dict(parse_qsl(call.query)))
        return self._carry_out(call)

    def _reporting(self, what: str, asked: dict[str, str]) -> Thing:
        if what == "transactions":
            return self._report(asked)
        as_of = datetime.fromisoformat(asked["as_of_time"])
        moved = [
            one for one in (each["transaction_info"] for each in self._transactions()) if _at(one) <= as_of
        ]
        held = sum(Decimal(one[part]["value"]) for one in moved for part in AMOUNTS)
        return {
            "balances": [{"currency": "USD", "total_balance": {"currency_code": "USD", "value": str(held)}}]
        }

    def _carry_out(self, call: Call) -> Thing:
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["v2", "checkout", "orders"]:
                return self._create_order(call.form)
            case "GET", ["v2", "checkout", "orders", order_id]:
                return self._order(order_id)
            case "POST", ["v2", "checkout", "orders", order_id, "capture"]:
                return self._capture_order(order_id)
            case "GET", ["v2", "payments", "captures", capture_id]:
                return self._capture(capture_id)
            case "POST", ["v2", "payments", "captures", capture_id, "refund"]:
                return self._create_refund(capture_id, call.form)
            case "GET", ["v2", "payments", "refunds", refund_id]:
                return self._refund(refund_id)
            case "GET", ["v1", "customer", "disputes", dispute_id] if dispute_id in self.disputes:
                return self.disputes[dispute_id]
            case "POST", ["v1", "notifications", "verify-webhook-signature"]:
                return self._verify(call)
        raise Refusal("INVALID_RESOURCE_ID", status=404)

    # --- reports ---------------------------------------------------------------------------------------------------

    def transaction(self, reference: str, code: str, value: Decimal, fee: str = "0.00", **more: str) -> Thing:
        """A line of the report; what it is about was made when it is first reported."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime())
        return {
            "transaction_info": {
                "transaction_id": reference,
                "transaction_event_code": code,
                "transaction_initiation_date": self.reported.setdefault(reference, now),
                "transaction_amount": {"currency_code": "USD", "value": str(value)},
                "fee_amount": {"currency_code": "USD", "value": fee},
                "transaction_status": "S",
                **more,
            }
        }

    def _transactions(self) -> list[Thing]:
        made = [
            self.transaction(
                one["id"], "T0006", Decimal(one["amount"]["value"]), "-1.00", custom_field=one["custom_id"]
            )
            for one in self.captures
            if one["status"] != "PENDING"
        ]
        for one in self.refunds:
            if one["status"] == "COMPLETED":
                more = {"custom_field": one.get("custom_id", "")}
                more["paypal_reference_id"] = one["links"][0]["href"].rpartition("/")[2]
                made.append(self.transaction(one["id"], "T1107", -Decimal(one["amount"]["value"]), **more))
        known = [one for one in made if one["transaction_info"]["transaction_id"] not in self.unreported]
        return known + self.besides

    def _report(self, asked: dict[str, str]) -> Thing:
        begin, end = (datetime.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
        if end - begin > timedelta(days=31):
            raise Refusal("INVALID_REQUEST", "Date range is greater than 31 days", status=400)
        times = [(_at(one["transaction_info"]), one) for one in self._transactions()]
        found = [one for at, one in times if begin <= at <= end]
        size = min(int(asked["page_size"]), self.page_size)
        first = (int(asked["page"]) - 1) * size
        return {"transaction_details": found[first : first + size], "total_pages": -(-len(found) // size)}

    def _link(self, rel: str, *path: str) -> Thing:
        return {"rel": rel, "href": "/".join((self.url, *path))}

    def _create_order(self, form: Thing) -> Thing:
        assert form["intent"] == "CAPTURE"
        experience = form["payment_source"]["paypal"]["experience_context"]
        assert experience["return_url"] and experience["cancel_url"]
        order_id = new_id("O")
        self.orders[order_id] = {
            "id": order_id,
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": [{"reference_id": "default", **unit} for unit in form["purchase_units"]],
            "links": [
                self._link("self", "v2", "checkout", "orders", order_id),
                self._link("payer-action", f"checkoutnow?token={order_id}"),
            ],
        }
        return self.orders[order_id]

    def _order(self, order_id: str) -> Thing:
        if order_id not in self.orders:
            raise Refusal("INVALID_RESOURCE_ID", status=404)
        return self.orders[order_id]

    def _capture_order(self, order_id: str) -> Thing:
        order = self._order(order_id)
        if order["status"] == "COMPLETED":
            raise Refusal("ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise Refusal("ORDER_NOT_APPROVED")
        if issue := self.controls.refuse_captures:
            raise Refusal(issue)
        order["status"] = "COMPLETED"
        unit = order["purchase_units"][0]
        capture_id = new_id("C")
        self._payments(order)["captures"].append(
            {
                "id": capture_id,
                "status": self.controls.capture_status,
                "amount": unit["amount"],
                "custom_id": unit["custom_id"],
                "links": [self._link("up", "v2", "checkout", "orders", order_id)],
            }
        )
        return order

    def _capture(self, capture_id: str) -> Thing:
        for capture in self.captures:
            if capture["id"] == capture_id:
                return capture
        raise Refusal("INVALID_RESOURCE_ID", status=404)

    def _create_refund(self, capture_id: str, form: Thing) -> Thing:
        capture = self._capture(capture_id)
        if reason := self.controls.refuse_refunds:
            raise Refusal("REFUND_NOT_ALLOWED", reason)
        amount: Thing = form.get("amount") or capture["amount"]
        return self._make_refund(capture_id, amount, self.controls.refund_status, **_named(form))

    def _make_refund(self, capture_id: str, amount: Thing, status: str, **more: Any) -> Thing:
        capture = self._capture(capture_id)
        mine = [one for one in self.refunds if one["links"][0]["href"].endswith(capture_id)]
        returned = sum(Decimal(one["amount"]["value"]) for one in mine if one["status"] in RETURNED)
        left = Decimal(capture["amount"]["value"]) - returned - Decimal(amount["value"])
        if left < 0:
            raise Refusal("REFUND_AMOUNT_EXCEEDED")
        up = self._link("up", "v2", "payments", "captures", capture_id)
        refund = {"id": new_id("R"), "status": status, "amount": amount, "links": [up], **more}
        order = next(one for one in self.orders.values() if capture in self._payments(one)["captures"])
        self._payments(order)["refunds"].append(refund)
        capture["status"] = "PARTIALLY_REFUNDED" if left else "REFUNDED"
        return refund

    def _refund(self, refund_id: str) -> Thing:
        for refund in self.refunds:
            if refund["id"] == refund_id:
                return refund
        raise Refusal("INVALID_RESOURCE_ID", status=404)


def _named(form: Thing) -> Thing:
    return {name: form[name] for name in ("custom_id", "invoice_id") if name in form}


def _at(info: Thing) -> datetime:
    return datetime.fromisoformat(info["transaction_initiation_date"])
