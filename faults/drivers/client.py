"""One customer's connections, and those of the staff who look after their orders: what is asked, until it is answered."""

import random
import time
from typing import TYPE_CHECKING, Any

from faults.checking.history import NO_ANSWER, Told
from faults.drivers.caller import Caller, Doors

if TYPE_CHECKING:
    from benchmarks.load.wire import Answer

# A browser has it from the page with the form; whoever makes the cookie knows it too.
CSRF = "b" * 32
# So often a request is sent that nobody answered, and the pause between two, unless the answer says a shorter one.
TRIES, PAUSE = 8, 1.0
# Nobody has answered this one yet; it is to be sent again, as a 5xx.
IN_PROGRESS = b"request_in_progress"


class Client:
    """Every request and its answer is written down in `told`."""

    def __init__(self, job: dict[str, Any], who: dict[str, Any]) -> None:
        self.job = job
        self.who = who
        self.chance = random.Random(f"{job['seed']} customer {who['client']}")
        self.told: list[Told] = []
        key = {"Authorization": f"Bearer {who['key']}", "Accept": "application/json"}
        cookies = {"Cookie": f"sessionid={who['session']}; csrftoken={CSRF}"}
        doors = self.doors = Doors(job["doors"], who["client"])
        self.api, self.twin = Caller(doors, key), Caller(doors, key)
        self.browser = Caller(doors, cookies)
        manage = key | {"Authorization": f"Bearer {job.get('staff', '')}"}
        self.staff_api, self.staff_twin = Caller(doors, manage), Caller(doors, manage)

    def read(self, order_id: str) -> str:
        """The order's status; "" if there is no such order, or no answer."""
        self.settle("read", order_id, self.api, "GET", f"/api/orders/{order_id}/")
        return self.told[-1].seen

    def settle(
        self,
        act: str,
        order_id: str,
        caller: Caller,
        *request: Any,
        key: str = "",
        **more: Any,
    ) -> "Answer | None":
        """Ask until there is an answer that is none of a fault's, so often at most; the last answer."""
        for _try in range(TRIES):
            asked = time.time()
            answer = caller.ask(*request, key=key)
            self._note(act, order_id, asked, answer, **more)
            if answer is not None and answer.status < 500 and IN_PROGRESS not in answer.body:
                return answer
            time.sleep(PAUSE)
        return None

    def _note(self, act: str, order_id: str, asked: float, answer: "Answer | None", **more: Any) -> None:
        shown = _shown(answer)
        # An exchange answers with the order of the new pieces.
        if order_id and shown.get("id") != order_id:
            shown = {}
        one = Told(
            client=self.who["client"],
            act=act,
            order=order_id or shown.get("id", ""),
            asked_at=asked,
            told_at=time.time(),
            status=answer.status if answer else NO_ANSWER,
            comes_back=bool(answer and b"\r\nretry-after:" in answer.head),
            seen=shown.get("status", ""),
            items={line["sku"]: line["quantity"] for line in shown.get("lines", ())},
            total=shown.get("items_total", ""),
            why=_why(answer),
            **more,
        )
        self.told.append(one)


def _shown(answer: "Answer | None") -> dict[str, Any]:
    """The order or preview that an answer shows; a problem document has a `status` too, which is none of an order."""
    if answer is None or answer.status not in (200, 201) or b"application/json" not in answer.head:
        return {}
    shown = answer.json()
    return shown if isinstance(shown, dict) and "lines" in shown else {}


def _why(answer: "Answer | None") -> str:
    """What a problem document says: its code, and the rest of it in short."""
    if answer is None or b"problem+json" not in answer.head:
        return ""
    problem = answer.json()
    return f"{problem.get('code', '')}: {problem.get('errors') or problem.get('detail', '')}"[:300]
