"""Buy one thing at a running demo shop, as a program does: sign in, preview, place, follow, pay.

    pip install httpx websockets
    python examples/buy.py                      # http://127.0.0.1:8000
    python examples/buy.py http://shop.example customer@example.com its-password

Besides the standard library it needs httpx for HTTP and websockets for the socket. Every event is printed as it comes.
The pay page is the demo's: at a real provider, the customer opens `payment_url` in a browser.
"""

import json
import re
import sys
import uuid

import httpx
from websockets.sync.client import ClientConnection, connect

SECONDS = 30
PERSON = {"full_name": "Linh Tran", "phone": "+84 263 382 1180"}
PLACE = {"line1": "12 Trần Hưng Đạo", "city": "Đà Lạt", "region": "Lâm Đồng", "country": "VN"}


def checked(answer: httpx.Response) -> dict:
    """The answer's body; an error says what went wrong in its `detail`."""
    if answer.is_error:
        sys.exit(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    return answer.json()


def post(shop: httpx.Client, path: str, body: dict | None = None) -> dict:
    """A change that can be sent twice: a lost answer is asked for again with the same key."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for _attempt in (1, 2):
        try:
            return checked(shop.post(path, json=body or {}, headers=key))
        except httpx.TransportError:
            print("no answer: once more")
    return checked(shop.post(path, json=body or {}, headers=key))


def sign_in(shop: httpx.Client, email: str, password: str) -> str:
    """The session token, which every later request carries."""
    body = {"email": email, "password": password}
    return checked(shop.post("/api/auth/app/v1/auth/login", json=body))["meta"]["session_token"]


def place(shop: httpx.Client) -> dict:
    """Order one piece of the first product that there is, by the first way to send it."""
    product = next(p for p in checked(shop.get("/api/products/"))["results"] if p["available"])
    addresses = checked(shop.get("/api/addresses/"))["results"]
    address = addresses[0] if addresses else post(shop, "/api/addresses/", PERSON | PLACE)
    items = [{"sku": product["sku"], "quantity": 1}]
    preview = post(shop, "/api/orders/previews/", {"items": items, "address_id": address["id"]})
    option = preview["shipping_options"][0]
    print(f"{product['name']}: {preview['items_total']} + {option['fee']} {preview['currency']}")
    return post(shop, f"/api/orders/{preview['id']}/", {"price_table_id": option["price_table_id"]})


def pay(shop: httpx.Client, order_id: str, token: str) -> None:
    """Press the button of the demo's pay page, which knows the session by its cookie."""
    url = post(shop, f"/api/orders/{order_id}/payment/")["payment_url"]
    with httpx.Client(cookies={"sessionid": token}, follow_redirects=True, timeout=SECONDS) as browser:
        page = browser.get(url).text
        csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if csrf is None:
            sys.exit(f"{url} is no pay page of the demo")
        browser.post(url, data={"outcome": "approve", "csrfmiddlewaretoken": csrf[1]}).raise_for_status()


def follow(socket: ClientConnection, order_id: str, until: str) -> None:
    """Print the order's events up to and with one."""
    for text in iter(lambda: socket.recv(timeout=SECONDS), None):
        event = json.loads(text)
        if event.get("data", {}).get("order") == order_id:
            print(event["timestamp"], event["type"], flush=True)
            if event["type"] == until:
                return


def main(url: str = "http://127.0.0.1:8000", email: str = "customer@example.com", *password: str) -> None:
    with httpx.Client(base_url=url, timeout=SECONDS) as shop:
        token = shop.headers["X-Session-Token"] = sign_in(shop, email, *password or ["orderly-demo"])
        # Listening begins before anything happens, so that nothing is missed.
        with connect(
            url.replace("http", "ws", 1) + "/ws/orders/", additional_headers={"X-Session-Token": token}
        ) as socket:
            order = place(shop)
            follow(socket, order["id"], "order.pay_required")
            pay(shop, order["id"], token)
            follow(socket, order["id"], "order.paid")
        paid = checked(shop.get(f"/api/orders/{order['id']}/"))
        print(f"Order {paid['number']} is {paid['status_label']}: {paid['total_amount']} {paid['currency']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
