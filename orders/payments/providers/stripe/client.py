"""Calls to Stripe: by its own package, with our bounds of time."""

from collections.abc import Mapping
from typing import Any

import stripe

from orders.payments.providers.line import Line


class Calls(stripe.RequestsClient):
    """Stripe's own client of `requests`, behind the line: its timeout is another where a customer waits."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    @property
    def _timeout(self) -> tuple[float, float]:
        return self._line.timeout

    @_timeout.setter
    def _timeout(self, timeout: object) -> None:
        """Stripe's own constructor sets one."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **more: Any
    ) -> Any:
        ask = super().request
        return self._line.call(
            lambda: ask(method, url, headers, post_data, **more), lost=(stripe.APIConnectionError,)
        )
