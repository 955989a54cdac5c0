"""The AsyncAPI document says what goes over the WebSocket."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from config.api import asyncapi
from orders.events import feed, payloads
from orders.live.news import message
from orders.models import StatusChange, WebhookDelivery
from orders.status import OrderStatus
from orders.webhooks import deliveries, endpoints
from tests.factories import make_numbered, return_money
from tests.orders.hooks import endpoint_at

pytestmark = pytest.mark.django_db


def errors(sent: dict) -> list[str]:
    document = asyncapi.document()
    kind = {"order": "event", "webhook": "test"}.get(sent["type"].split(".")[0], sent["type"])
    payload = document["components"]["messages"][kind]["payload"]
    validator = Draft202012Validator(
        {**payload, "components": document["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(sent)]


@pytest.mark.parametrize("status", OrderStatus)
def test_every_message_of_an_order_is_as_described(buyer, status):
    free = 0 if status == OrderStatus.NOT_CONFIRMED else 2
    order = buyer.order_in(status, (make_numbered(numbers=free), 2))

    for change in StatusChange.objects.filter(order=order):
        assert errors(message(change)) == []


@pytest.mark.parametrize("status", OrderStatus)
def test_every_event_of_the_feed_is_as_described(buyer, status):
    order = buyer.order_in(
        status, (make_numbered(numbers=0 if status == OrderStatus.NOT_CONFIRMED else 2), 2)
    )
    return_money(order)

    for entry in feed.read(user=buyer.user):
        assert errors(payloads.event(entry)) == []
    assert errors({"type": "ready", "cursor": feed.present()}) == []


def test_what_a_webhook_sends_is_as_described(buyer):
    endpoint = endpoint_at("https://93.184.216.34/orderly", buyer.user)
    endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
    buyer.order_in(OrderStatus.PAID)
    feed.give_positions()
    sent = [json.loads(deliveries.body_of(one)) for one in WebhookDelivery.objects.order_by("pk")]

    assert [event["type"] for event in sent] == [
        "webhook.test",
        "order.placed",
        "order.pay_required",
        "order.paid",
    ]
    assert [errors(event) for event in sent] == [[]] * 4


def test_what_is_not_described_is_found():
    assert errors(asyncapi.EVENT) == []
    assert errors(asyncapi.EVENT | {"type": "order.lost"})
    assert errors(asyncapi.EXAMPLE) == []
    assert errors(asyncapi.EXAMPLE | {"total": "1.00"})
    assert errors(asyncapi.EXAMPLE | {"status": "lost"})
    assert errors({name: value for name, value in asyncapi.EXAMPLE.items() if name != "sequence"})


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_page_shows_every_channel_and_every_field(client, language):
    shown = client.get("/api/docs/events/", headers={"Accept-Language": language}).content.decode()
    document = client.get("/api/docs/events/asyncapi.json", headers={"Accept-Language": language}).json()

    for channel in document["channels"].values():
        assert channel["address"] in shown
        assert all(code in shown for code in channel["x-close-codes"])
    for schema in document["components"]["schemas"].values():
        assert all(name in shown for name in schema["properties"])


def test_the_document_is_the_same_in_yaml_and_json(client):
    as_json = client.get("/api/docs/events/asyncapi.json").json()

    assert yaml.safe_load(client.get("/api/docs/events/asyncapi.yaml").content) == as_json
    assert as_json["asyncapi"] == "3.0.0"


def test_every_reference_of_the_document_leads_somewhere():
    document = asyncapi.document()

    for reference in references(document):
        found = document
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]


def references(node) -> list[str]:
    if isinstance(node, list):
        return [found for entry in node for found in references(entry)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if "$ref" in node else []
    return own + [found for value in node.values() for found in references(value)]
