"""A stand-in for Stripe: the calls that the shop makes, over a real socket, with switches for what can go wrong.

with StripeStandIn() as stripe:
    ... StripeCheckout(stripe.secret_key, stripe.webhook_secret, stripe.url) ...
    event = stripe.pay(session_id)          # the customer pays; the event is what Stripe would send
    stripe.deliver(event, "http://…")       # sends it, signed
    stripe.go_wrong("lost")                 # the next call is carried out, and its answer is lost
    assert len(stripe.refunds) == 1         # the refunds that were really made
"""

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tests.stand_ins.server import Answer, Call, Kept, StandIn, Thing, copied, new_id

API_VERSION = "2026-10-28.endive"


class Refusal(Exception):
    """An answer that is an error of Stripe's shape. One that is `kept` is repeated to the same idempotency key."""

    def __init__(self, message: str, *, status: int = 400, code: str = "", param: str = "", **how: Any):
        self.status = status
        self.kept = how.get("kept", False)
        kind = how.get("kind", "invalid_request_error")
        self.body = {
            "error": {"type": kind, "message": message, "code": code or None, "param": param or None}
        }


@dataclass
class Controls:
    """What the next refunds are."""

    refund_status: str = "succeeded"
    refuse_refunds: str = ""
    page_size: int = 100
    # Sessions in which the customer is paying at this moment can't be expired.
    is_being_paid: bool = False


def read_form(text: str) -> Thing:
    """Stripe's form encoding: `a[b][0]=c` is {"a": {"b": {"0": "c"}}}."""
    form: Thing = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *outer, last = re.findall(r"[^\[\]]+", name)
        inner = form
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return form


class StripeStandIn(StandIn):
    secret_key = "sk_test_stand_in"
    webhook_secret = "whsec_stand_in"
    key_header = "Idempotency-Key"

    def settings(self) -> dict[str, str]:
        """What a shop needs to find it."""
        return {
            "STRIPE_SECRET_KEY": self.secret_key,
            "STRIPE_WEBHOOK_SECRET": self.webhook_secret,
            "STRIPE_API_BASE": self.url,
        }

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.sessions: dict[str, Thing] = {}
        self.refunds: list[Thing] = []
        # What moved on the account; a charge costs 2.9 %.
        self.transactions: list[Thing] = []
        self.payouts: list[Thing] = []
        # Keys may be kept from reading them.
        self.may_read_payouts = True
        # The states of payment intents by their ids.
        self.intents: dict[str, str] = {}
        self.disputes: dict[str, Thing] = {}
        # None: the key may not read them.
        self.endpoints: list[Thing] | None = None
        self.controls = Controls()

    # --- switches --------------------------------------------------------------------------------------------------

    def pay(self, session_id: str, *, status: str = "paid") -> Thing:
        """The customer pays; with the status `unpaid` the bank takes its time. Returns the event."""
        with self.lock:
            session = self.sessions[session_id]
            assert session["status"] == "open"
            session |= {"status": "complete", "payment_status": status, "payment_intent": new_id("pi")}
            self.intents[session["payment_intent"]] = "succeeded" if status == "paid" else "processing"
            if status == "paid":
                self._book_charge(session)
            return self.event("checkout.session.completed", session)

    def bank_answers(self, session_id: str, *, succeeded: bool) -> Thing:
        """The end of a payment that took its time."""
        with self.lock:
            session = self.sessions[session_id]
            session["payment_status"] = "paid" if succeeded else "unpaid"
            if succeeded:
                self._book_charge(session)
            self.intents[session["payment_intent"]] = "succeeded" if succeeded else "requires_payment_method"
            outcome = "succeeded" if succeeded else "failed"
            return self.event(f"checkout.session.async_payment_{outcome}", session)

    def expire(self, session_id: str) -> Thing:
        with self.lock:
            self.sessions[session_id]["status"] = "expired"
            return self.event("checkout.session.expired", self.sessions[session_id])

    def end_refund(self, refund_id: str, status: str, *, reason: str = "") -> Thing:
        """A refund succeeds, fails or is canceled later on."""
        with self.lock:
            refund = next(one for one in self.refunds if one["id"] == refund_id)
            was, refund["status"] = refund["status"], status
            if status == "failed" and was == "succeeded":
                self._book("refund_failure", refund["amount"], refund)
            if status == "succeeded" and was != "succeeded":
                self._book("refund", -refund["amount"], refund)
            if reason:
                refund["failure_reason"] = reason
            return self.event("refund.updated", refund)

    def refund_by_hand(self, intent: str, amount: int = 0) -> Thing:
        """Somebody returns a charge in Stripe's dashboard, all of it or an amount. Returns the event."""
        with self.lock:
            form = {"payment_intent": intent, "amount": amount or self._charge(intent)["amount_total"]}
            return self.event("refund.created", self._create_refund(form))

    def refunded_as_before(self, intent: str) -> Thing:
        """What endpoints of versions before 2024-10-28 get when a charge is refunded: the charge, without its refunds."""
        with self.lock:
            of_charge = [one["amount"] for one in self.refunds if one["payment_intent"] == intent]
            charge = {"id": f"ch_{intent}", "object": "charge", "payment_intent": intent, "metadata": {}}
            return self.event("charge.refunded", charge | {"amount_refunded": sum(of_charge)})

    def dispute(
        self, intent: str, status: str = "needs_response", *, kind: str = "created", **more: Any
    ) -> Thing:
        """The customer disputes a charge at the bank, or the dispute goes on. Returns the event."""
        with self.lock:
            charge = self._charge(intent)
            dispute = {
                "id": f"dp_{intent}",
                "object": "dispute",
                "amount": charge["amount_total"],
                "currency": charge["currency"],
                "payment_intent": intent,
                "status": status,
                "reason": "product_not_received",
                "balance_transactions": [{"amount": -charge["amount_total"], "fee": 1500}],
                "evidence_details": {"due_by": int(time.time()) + 7 * 86400},
                "metadata": {},
            }
            if kind == "created":
                self._book("adjustment", -charge["amount_total"], dispute, fee=1500)
            if status == "won":
                self._book("adjustment", charge["amount_total"], dispute)
            self.disputes[f"dp_{intent}"] = dispute | more
            return self.event(f"charge.dispute.{kind}", dispute | more)

    def pay_out(self, amount: int, currency: str) -> Thing:
        """The provider sends what it holds to the shop's bank."""
        with self.lock:
            payout = {"id": new_id("po"), "object": "payout", "amount": amount, "currency": currency}
            return self._book("payout", -amount, payout)

    def pay_out_all(self, currency: str = "usd", *, short: int = 0, status: str = "paid") -> Thing:
        """Stripe sends all that is in no payout yet by itself, and says what it holds; `short` of what that comes to."""
        with self.lock:
            said = {"automatic": True, "status": status, "created": int(time.time()), "currency": currency}
            payout: Thing = {"id": new_id("po"), "object": "payout", **said}
            for one in self.transactions:
                if one["currency"] == currency and not one.get("payout"):
                    one["payout"] = payout["id"]
            holds = [one for one in self.transactions if one.get("payout") == payout["id"]]
            payout["amount"] = sum(one["net"] for one in holds) - short
            self.payouts = [*self.payouts, payout]
            self._book("payout", -payout["amount"], payout)["payout"] = payout["id"]
            return payout

    def _book_charge(self, session: Thing) -> None:
        intent, amount = session["payment_intent"], session["amount_total"]
        charge = {
            "id": f"ch_{intent}",
            "object": "charge",
            "amount": amount,
            "currency": session["currency"],
            "payment_intent": intent,
            "metadata": session["metadata"],
        }
        self._book("charge", amount, charge, fee=round(amount * 0.029))

    def _book(self, kind: str, amount: int, source: Thing, *, fee: int = 0) -> Thing:
        self.transactions.append(
            {
                "id": new_id("txn"),
                "object": "balance_transaction",
                "type": kind,
                "amount": amount,
                "fee": fee,
                "net": amount - fee,
                "currency": source["currency"],
                "created": int(time.time()),
                "source": copied(source),
            }
        )
        return self.transactions[-1]

    # --- events ----------------------------------------------------------------------------------------------------

    def add_endpoint(self, url: str, **more: Any) -> Thing:
        """An endpoint of the account, of the newest version and with all events unless more is said."""
        said = {"url": url, "status": "enabled", "enabled_events": ["*"], "api_version": API_VERSION} | more
        endpoint = {"id": new_id("we"), "object": "webhook_endpoint", **said}
        self.endpoints = [*(self.endpoints or []), endpoint]
        return endpoint

    @staticmethod
    def event(kind: str, thing: Thing) -> Thing:
        return {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "type": kind,
            "created": int(time.time()),
            "livemode": False,
            "data": {"object": copied(thing)},
        }

    def signed(
        self, event: Thing | bytes, *, secret: str = "", at: float | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a delivery; bytes are the body itself."""
        body = event if isinstance(event, bytes) else json.dumps(event, indent=2, ensure_ascii=False).encode()
        stamp = int(time.time() if at is None else at)
        key = (secret or self.webhook_secret).encode()
        signature = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={stamp},v1={signature},v0=of-an-older-scheme",
        }

    # --- answers ---------------------------------------------------------------------------------------------------

    def turn_away(self, call: Call) -> Answer | None:
        if call.headers.get("Authorization") == f"Bearer {self.secret_key}":
            return None
        return Answer(401, Refusal("Invalid API Key provided.").body)

    def trouble(self, status: int) -> Thing:
        code = {409: "idempotency_key_in_use", 429: "rate_limit"}.get(status, "")
        return Refusal("Not now.", kind="api_error", code=code).body

    def answer(self, call: Call) -> Answer:
        """The answer, or the repeated one of a key that was used before."""
        call.form = read_form(call.query if call.method == "GET" else call.body.decode())
        if call.method != "POST" or not call.key:
            return Answer(*self._carry_out(call)[:2])
        print_of_call = (call.path, json.dumps(call.form, sort_keys=True))
        if known := self.kept.get(call.key):
            return self._repeated(known, print_of_call)
        status, body, is_kept = self._carry_out(call)
        if is_kept:
            self.kept[call.key] = Kept(print_of_call, status, body)
        return Answer(status, body)

    @staticmethod
    def _repeated(known: Kept, print_of_call: tuple[str, str]) -> Answer:
        if known.call == print_of_call:
            return Answer(known.status, known.body, {"Idempotent-Replayed": "true"})
        message = "Keys for idempotent requests can only be used with the same parameters."
        return Answer(400, Refusal(message, kind="idempotency_error").body)

    def _carry_out(self, call: Call) -> tuple[int, Thing, bool]:
        try:
            return 200, copied(self._route(call)), True
        except Refusal as refusal:
            return refusal.status, refusal.body, refusal.kept

    def _route(self, call: Call) -> Thing:
        match call.method, call.path.strip("/").split("/")[1:]:
            case "POST", ["checkout", "sessions"]:
                return self._create_session(call.form)
            case "GET", ["checkout", "sessions", session_id]:
                return self._read_session(session_id, call.form.get("expand", {}))
            case "POST", ["checkout", "sessions", session_id, "expire"]:
                return self._expire_session(session_id)
            case "POST", ["refunds"]:
                return self._create_refund(call.form)
            case "GET", ["refunds"]:
                return self._list_refunds(call.form)
            case "GET", ["refunds" | "disputes" as things, name]:
                return self._found_dispute(name) if things == "disputes" else self._found_refund(name)
            case "GET", ["balance_transactions" | "payouts" as things]:
                is_payouts = things == "payouts"
                return self._list_payouts(call.form) if is_payouts else self._list_transactions(call.form)
            case "GET", ["balance" | "webhook_endpoints" as things]:
                return self._balance() if things == "balance" else self._list_endpoints(call.form)
        raise Refusal(f"Unrecognized request URL ({call.method}: {call.path}).", status=404)

    def _create_session(self, form: Thing) -> Thing:
        for name in ("line_items", "mode", "success_url", "expires_at"):
            if name not in form:
                raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
        if not 1800 <= int(form["expires_at"]) - time.time() <= 86400:
            raise Refusal("The `expires_at` timestamp is out of bounds.", param="expires_at")
        item = form["line_items"]["0"]
        amount = int(item["price_data"]["unit_amount"]) * int(item["quantity"])
        # Stripe documents higher limits for currencies of small units; VND stands for them here.
        if amount > 99_999_999 and item["price_data"]["currency"] != "vnd":
            raise Refusal("Amount must be no more than 8 digits.", code="amount_too_large")
        session_id = new_id("cs_test")
        self.sessions[session_id] = session = {
            "id": session_id,
            "object": "checkout.session",
            "amount_total": amount,
            "currency": item["price_data"]["currency"],
            "client_reference_id": form.get("client_reference_id"),
            "metadata": form.get("metadata", {}),
            "mode": form["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "expires_at": int(form["expires_at"]),
            "success_url": form["success_url"],
            "cancel_url": form.get("cancel_url"),
            "url": f"{self.url}/c/pay/{session_id}",
        }
        return session

    def _found_session(self, session_id: str) -> Thing:
        if session_id not in self.sessions:
            message = f"No such checkout.session: '{session_id}'"
            raise Refusal(message, status=404, code="resource_missing", param="session")
        return self.sessions[session_id]

    def _read_session(self, session_id: str, expand: Thing) -> Thing:
        """A session, with its payment intent in place of the intent's id where that is asked for."""
        session = self._found_session(session_id)
        if "payment_intent" not in expand.values() or not session["payment_intent"]:
            return session
        intent = session["payment_intent"]
        return session | {"payment_intent": {"id": intent, "status": self.intents[intent]}}

    def _expire_session(self, session_id: str) -> Thing:
        session = self._found_session(session_id)
        if session["status"] != "open" or self.controls.is_being_paid:
            raise Refusal('Only Checkout Sessions with a status in ["open"] can be expired.', kept=True)
        session["status"] = "expired"
        return session

    def _charge(self, intent: str) -> Thing:
        for session in self.sessions.values():
            if session["payment_intent"] == intent:
                return session
        message = f"No such payment_intent: '{intent}'"
        raise Refusal(message, status=404, code="resource_missing", param="payment_intent")

    def _create_refund(self, form: Thing) -> Thing:
        charge = self._charge(form["payment_intent"])
        if reason := self.controls.refuse_refunds:
            raise Refusal(reason, kept=True)
        of_charge = [one for one in self.refunds if one["payment_intent"] == form["payment_intent"]]
        returned = sum(one["amount"] for one in of_charge if one["status"] not in ("failed", "canceled"))
        if int(form["amount"]) > charge["amount_total"] - returned:
            raise Refusal("Charge has already been refunded.", code="charge_already_refunded", kept=True)
        self.refunds.append(
            {
                "id": new_id("re"),
                "object": "refund",
                "amount": int(form["amount"]),
                "currency": charge["currency"],
                "metadata": form.get("metadata", {}),
                "payment_intent": form["payment_intent"],
                "status": self.controls.refund_status,
            }
        )
        if self.refunds[-1]["status"] == "succeeded":
            self._book("refund", -self.refunds[-1]["amount"], self.refunds[-1])
        return self.refunds[-1]

    def _found_refund(self, refund_id: str) -> Thing:
        for refund in self.refunds:
            if refund["id"] == refund_id:
                return refund
        raise Refusal(f"No such refund: '{refund_id}'", status=404, code="resource_missing", param="id")

    def _found_dispute(self, dispute_id: str) -> Thing:
        if dispute_id not in self.disputes:
            message = f"No such dispute: '{dispute_id}'"
            raise Refusal(message, status=404, code="resource_missing", param="dispute")
        return self.disputes[dispute_id]

    def _list_refunds(self, form: Thing) -> Thing:
        self._charge(form["payment_intent"])
        found = [one for one in reversed(self.refunds) if one["payment_intent"] == form["payment_intent"]]
        if after := form.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        size = min(int(form.get("limit", 10)), self.controls.page_size)
        return {"object": "list", "url": "/v1/refunds", "data": found[:size], "has_more": len(found) > size}

    def _list_transactions(self, form: Thing) -> Thing:
        """The newest first, page by page, each with its source if that is asked for."""
        if payout := form.get("payout"):
            found = [one for one in reversed(self.transactions) if one.get("payout") == payout]
        else:
            since, until = int(form["created"]["gte"]), int(form["created"]["lt"])
            found = [one for one in reversed(self.transactions) if since <= one["created"] < until]
        if after := form.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        size = min(int(form.get("limit", 10)), self.controls.page_size)
        page = found[:size]
        if "data.source" not in form.get("expand", {}).values():
            page = [one | {"source": one["source"]["id"]} for one in page]
        return {
            "object": "list",
            "url": "/v1/balance_transactions",
            "data": page,
            "has_more": len(found) > size,
        }

    def _list_payouts(self, form: Thing) -> Thing:
        if not self.may_read_payouts:
            raise Refusal("The provided key does not have the required permissions.", status=403)
        since, until = int(form["created"]["gte"]), int(form["created"]["lt"])
        found = [one for one in reversed(self.payouts) if since <= one["created"] < until]
        if after := form.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        size = min(int(form.get("limit", 10)), self.controls.page_size)
        return {"object": "list", "url": "/v1/payouts", "data": found[:size], "has_more": len(found) > size}

    def _list_endpoints(self, form: Thing) -> Thing:
        if self.endpoints is None:
            raise Refusal("The provided key does not have the required permissions.", status=403)
        found = self.endpoints
        if after := form.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        size = min(int(form.get("limit", 10)), self.controls.page_size)
        url = "/v1/webhook_endpoints"
        return {"object": "list", "url": url, "data": found[:size], "has_more": len(found) > size}

    def _balance(self) -> Thing:
        sums: dict[str, int] = {}
        for one in self.transactions:
            sums[one["currency"]] = sums.get(one["currency"], 0) + one["net"]
        held = [{"amount": amount, "currency": currency} for currency, amount in sums.items()]
        nothing = [{"amount": 0, "currency": currency} for currency in sums]
        return {"object": "balance", "available": nothing, "pending": held}
