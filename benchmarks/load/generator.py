"""The load generator, a process of its own: reads a job from its input and writes what came of it, its own CPU included.

Nothing of Django is loaded here. One thread for each client, each with a connection that it keeps.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from benchmarks.load.browser import CSRF, pages
from benchmarks.load.tally import Tally, timed
from benchmarks.load.wire import Connection


# --- jobs: what one client does --------------------------------------------------------------------------------------
def preview(
    connection: Connection, tally: Tally, who: dict[str, Any], items: dict[str, int]
) -> dict[str, Any]:
    """Ask for a preview; what is needed to place it."""
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()]
    body = json.dumps({"items": wanted, "address_id": who["address"]}).encode()
    made = timed(tally, "preview", connection, "POST", "/api/orders/previews/", body).json()
    return {"id": made["id"], "price_table_id": made["shipping_options"][0]["price_table_id"]}


def place(connection: Connection, tally: Tally, made: dict[str, Any]) -> int:
    body = json.dumps({"price_table_id": made["price_table_id"]}).encode()
    status: int = timed(tally, "place", connection, "POST", f"/api/orders/{made['id']}/", body).status
    return status


def previews(job: dict[str, Any], tally: Tally, who: dict[str, Any]) -> None:
    connection = connect(job, who)
    for items in who["carts"]:
        made = preview(connection, tally, who, items)
        with tally.lock:
            tally.bodies.append({"who": who["name"], **made})


def placings(job: dict[str, Any], tally: Tally, who: dict[str, Any]) -> None:
    connection = connect(job, who)
    for made in who["previews"]:
        place(connection, tally, made)


def complete(job: dict[str, Any], tally: Tally, who: dict[str, Any]) -> None:
    """Whole orders, one after the other: preview, place, confirmed, paid; told by the WebSocket when it is so."""
    connection, listener = connect(job, who), connect(job, who)
    listener.upgrade("/ws/orders/")
    listener.message()
    cookies = {"Cookie": f"sessionid={who['session']}; csrftoken={CSRF}"}
    browser = Connection(who.get("port", job["port"]), cookies)
    for items in at_pace(who):
        begun = time.perf_counter()
        made = preview(connection, tally, who, items)
        if place(connection, tally, made) != 201:
            continue
        placed = time.perf_counter()
        wait(listener, made["id"], "order.pay_required")
        tally.note("confirmed", "told", time.perf_counter() - placed)
        path = f"/orders/{made['id']}/pay/"
        timed(tally, "start payment", connection, "POST", f"/api/orders/{made['id']}/payment/", b"{}")
        form = urlencode({"outcome": "approve", "csrfmiddlewaretoken": CSRF}).encode()
        timed(tally, "pay", browser, "POST", path, form, "application/x-www-form-urlencoded")
        wait(listener, made["id"], "order.paid")
        tally.note("order", "paid", time.perf_counter() - begun)


def at_pace(who: dict[str, Any]) -> Iterator[dict[str, int]]:
    """The client's carts, each no sooner than its pace after the one before."""
    began = time.monotonic()
    for nth, items in enumerate(who["carts"]):
        time.sleep(max(0.0, began + nth * who.get("pace", 0) - time.monotonic()))
        yield items


def reads(job: dict[str, Any], tally: Tally, who: dict[str, Any]) -> None:
    """The same address again and again, as a program or as a browser."""
    cookies = {"Cookie": f"sessionid={who['session']}; csrftoken={CSRF}"}
    connection = connect(job, who) if who["path"].startswith("/api/") else Connection(job["port"], cookies)
    for _nth in range(who["times"]):
        timed(tally, "read", connection, "GET", who["path"])


def wait(listener: Connection, order_id: str, type_: str) -> None:
    while True:
        told = listener.message()
        if told["type"] == type_ and told["data"]["order"] == order_id:
            return


def connect(job: dict[str, Any], who: dict[str, Any]) -> Connection:
    port = who.get("port", job["port"])
    return Connection(port, {"Authorization": f"Bearer {who['key']}", "Accept": "application/json"})


JOBS: dict[str, Callable[[dict[str, Any], Tally, dict[str, Any]], None]] = {
    "previews": previews,
    "placings": placings,
    "complete": complete,
    "reads": reads,
    "pages": pages,
}


def run(job: dict[str, Any]) -> dict[str, Any]:
    tally, act = Tally(), JOBS[job["kind"]]
    barrier = threading.Barrier(len(job["clients"]) + 1)

    def client(who: dict[str, Any]) -> None:
        barrier.wait()
        try:
            act(job, tally, who)
        except Exception as error:  # noqa: BLE001 whatever ends a client is reported, and fails the run
            tally.errors.append(repr(error))

    threads = [threading.Thread(target=client, args=(who,)) for who in job["clients"]]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    return {
        "seconds": time.perf_counter() - begun,
        "own_cpu": time.process_time() - cpu,
        "statuses": tally.statuses,
        "latencies": tally.seconds,
        "bodies": tally.bodies,
        "errors": tally.errors,
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
