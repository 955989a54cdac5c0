"""PayPal's HTTP API: a token that is fetched when needed, and answers as data, as a definite no, or as no clear answer."""

import threading
import time
from typing import Any

import requests

from orders.payments.providers.base import ProviderUnreachable
from orders.payments.providers.line import Line

# Seconds before its end at which a token is not used any more.
MARGIN = 60
# No definite answer: another process, or this one a moment ago, asks the same.
UNCLEAR_STATUS = (401, 403, 408, 409, 425, 429)
UNCLEAR = ("PREVIOUS_REQUEST_IN_PROGRESS", "ORDER_COMPLETION_IN_PROGRESS")


class Refused(Exception):
    """PayPal's definite no: `issue` is its code, the message its words."""

    def __init__(self, issue: str, message: str) -> None:
        self.issue = issue
        super().__init__(message or issue)


class PayPalApi:
    """Calls of one PayPal account. Each waits for `timeout` seconds at most, and is not repeated here."""

    def __init__(self, *, client_id: str, secret: str, base: str, timeout: float) -> None:
        self._keys = (client_id, secret)
        self._base = base.rstrip("/")
        self._line = Line("paypal", address=self._base, timeout=timeout)
        self._token, self._until, self._failed_at = "", 0.0, 0.0
        self._fetching = threading.Lock()

    def get(self, path: str) -> dict[str, Any]:
        """What is at a path. Raises Refused, ProviderUnreachable."""
        return self._call("GET", path, None, {})

    def post(self, path: str, body: str, *, key: str = "") -> dict[str, Any]:
        """Ask for something, once for each `key`. Raises Refused, ProviderUnreachable."""
        # Without a preference the answer has an id and a status, and no amounts.
        headers = {"Prefer": "return=representation"} | ({"PayPal-Request-Id": key} if key else {})
        return self._call("POST", path, body, headers)

    def _call(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> dict[str, Any]:
        return self._line.call(
            lambda: self._answered(method, path, body, headers), lost=(ProviderUnreachable,)
        )

    def _answered(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> dict[str, Any]:
        answer = self._send(method, path, body, headers | {"Authorization": f"Bearer {self._fresh_token()}"})
        if answer.status_code == 401:
            # PayPal may take a token back before its time.
            self._until = 0.0
            answer = self._send(
                method, path, body, headers | {"Authorization": f"Bearer {self._fresh_token()}"}
            )
        return _read(answer)

    def _fresh_token(self) -> str:
        """The token, fetched by one caller for all: who waits for it while that one fails has failed too."""
        began = time.monotonic()
        if not self._fetching.acquire(timeout=self._line.seconds):
            raise ProviderUnreachable("no token: another caller waits for one")
        try:
            if self._failed_at > began:
                raise ProviderUnreachable("no token: another caller had no answer")
            if time.monotonic() >= self._until:
                self._fetch_token()
            return self._token
        finally:
            self._fetching.release()

    def _fetch_token(self) -> None:
        began = time.monotonic()
        try:
            told = _read(
                self._send("POST", "/v1/oauth2/token", "grant_type=client_credentials", auth=self._keys)
            )
            self._token, self._until = told["access_token"], began + told["expires_in"] - MARGIN
        except ProviderUnreachable:
            self._failed_at = time.monotonic()
            raise
        except (Refused, KeyError, TypeError) as error:
            raise ProviderUnreachable(f"no token: {error}") from error

    def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, str] | None = None, **more: Any
    ) -> requests.Response:
        is_form = "auth" in more
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        try:
            return requests.request(
                method,
                f"{self._base}{path}",
                data=None if body is None else body.encode(),
                headers={"Content-Type": kind, "Accept": "application/json"} | (headers or {}),
                timeout=self._line.timeout,
                allow_redirects=False,
                **more,
            )
        except requests.RequestException as error:
            raise ProviderUnreachable(str(error)) from error


def _read(answer: requests.Response) -> dict[str, Any]:
    status = answer.status_code
    try:
        told = answer.json()
    except ValueError as error:
        raise ProviderUnreachable(f"HTTP {status} without JSON") from error
    if 200 <= status < 300 and isinstance(told, dict):
        return told
    if not isinstance(told, dict):
        raise ProviderUnreachable(f"HTTP {status}")
    first = (told.get("details") or [{}])[0]
    issue = str(first.get("issue") or told.get("name") or told.get("error") or status)
    if status in UNCLEAR_STATUS or not 400 <= status < 500 or issue in UNCLEAR:
        raise ProviderUnreachable(f"HTTP {status} {issue}")
    raise Refused(issue, str(first.get("description") or told.get("message") or ""))
