"""The API of webhooks: register, look after, send again; nobody sees anybody else's."""

import pytest
from rest_framework.test import APIClient

from orders.models import WebhookEndpoint
from orders.webhooks import endpoints
from tests.answers import api_of, refused
from tests.factories import make_product, make_user
from tests.orders.hooks import events_sent
from tests.stand_ins.webhook_receiver import first, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(api, receiver) -> dict:
    answer = api.post("/api/webhooks/", {"url": receiver.url}, format="json")
    assert answer.status_code == 201
    return answer.json()


def address(made: dict, more: str = "") -> str:
    return f"/api/webhooks/{made['id']}/{more}"


def test_an_endpoint_is_registered_and_its_secret_shown_once(api, receiver, made):
    read = api.get(address(made)).json()

    assert made["secret"].startswith("whsec_")
    assert read == {name: value for name, value in made.items() if name != "secret"}
    assert (read["url"], read["types"], read["is_active"], read["state"]) == (receiver.url, [], True, "on")
    assert api.get("/api/webhooks/").json()["results"] == [read]


def test_whoever_registers_gets_events_and_reads_the_log(api, buyer, receiver, made):
    receiver.answer = first(1, status(500, "broken"))
    order = buyer.place((make_product(stock=1), 1))
    events_sent()
    (entry,) = api.get(address(made, "deliveries/")).json()["results"]

    assert receiver.received[0].verified(made["secret"])["data"]["order"] == str(order.pk)
    assert entry["id"] == receiver.received[0].headers["webhook-id"]
    assert (entry["state"], entry["attempts"], entry["failure"]) == ("waiting", 1, "status")
    assert (entry["http_status"], entry["answer"], entry["order"]) == (500, "", str(order.pk))

    assert api.post(address(made, f"deliveries/{entry['id']}/redelivery/")).status_code == 202
    WebhookEndpoint.objects.update(rests_until=None)
    events_sent()
    assert api.get(address(made, "deliveries/")).json()["results"][0]["state"] == "done"


def test_a_new_secret_signs_from_now_on(api, receiver, made):
    new = api.post(address(made, "secret/")).json()["secret"]
    assert api.post(address(made, "test-event/")).status_code == 202
    events_sent()

    assert new != made["secret"]
    assert receiver.received[0].verified(new)["type"] == "webhook.test"


def test_an_endpoint_is_changed_switched_off_and_on_and_removed(api, made):
    changed = api.patch(address(made), {"types": ["order.paid"], "is_active": False}, format="json").json()
    assert (changed["types"], changed["state"], changed["is_active"]) == (["order.paid"], "off", False)
    assert api.patch(address(made), {"is_active": True}, format="json").json()["state"] == "on"
    assert api.delete(address(made)).status_code == 204
    assert api.get(address(made)).status_code == 404
    assert api.get("/api/webhooks/").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data/"}, "url"),
        ({"url": "no address"}, "url"),
        ({}, "url"),
        ({"url": "https://127.0.0.2/", "types": ["order.nonsense"]}, "types.0"),
    ],
)
def test_what_can_be_no_endpoint_is_refused_by_field(api, body, field):
    answer = api.post("/api/webhooks/", body, format="json")

    assert answer.status_code == 400
    assert (answer.json()["code"], list(answer.json()["errors"])) == ("validation_error", [field])


def test_changing_the_address_checks_it_too(api, made):
    answer = api.patch(address(made), {"url": "https://10.0.0.1/"}, format="json")

    assert answer.status_code == 400
    assert api.get(address(made)).json()["url"] == made["url"]


def test_there_is_a_limit(api, receiver, settings):
    settings.WEBHOOKS_PER_USER = 1
    answers = [api.post("/api/webhooks/", {"url": receiver.url}, format="json") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["code"] == "too_many_webhooks"


def test_without_a_verified_email_no_webhook_is_registered(receiver):
    api = api_of(make_user(verified=False))
    said = [
        refused(
            api.post(
                "/api/webhooks/", {"url": receiver.url}, format="json", headers={"accept-language": language}
            ),
            403,
            "email_not_verified",
        )["detail"]
        for language in ("en", "vi")
    ]

    assert said == [
        "Please confirm your email address first.",
        "Trước tiên, vui lòng xác nhận địa chỉ email.",
    ]
    assert not WebhookEndpoint.objects.exists()


DOORS = [
    ("get", ""),
    ("patch", ""),
    ("delete", ""),
    ("post", "secret/"),
    ("post", "test-event/"),
    ("get", "deliveries/"),
    ("post", "deliveries/{delivery}/redelivery/"),
]


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_another_customer_and_nobody_find_nothing(made, method, path):
    delivery = endpoints.send_test(endpoint_id=made["id"], owner=WebhookEndpoint.objects.get().owner)
    at = address(made, path.format(delivery=delivery.message_id))
    nobody = getattr(APIClient(), method)(at)
    answer = getattr(api_of(make_user()), method)(at)

    assert nobody.status_code == 401
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert WebhookEndpoint.objects.get().secret == made["secret"]


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_the_same_statements_for_one_and_for_three(
    api, buyer, receiver, made, count, django_assert_max_num_queries
):
    for _more in range(count - 1):
        endpoints.register(owner=buyer.user, url=receiver.url)
    for _event in range(count):
        endpoints.send_test(endpoint_id=made["id"], owner=buyer.user)

    with django_assert_max_num_queries(1):
        assert len(api.get("/api/webhooks/").json()["results"]) == count
    with django_assert_max_num_queries(2):
        assert len(api.get(address(made, "deliveries/")).json()["results"]) == count


def test_what_a_receiver_answered_is_read_by_staff_alone(api, receiver, made, staff):
    receiver.answer = status(200, "the secret of an internal page")
    for_staff = api_of(staff)
    of_staff = for_staff.post("/api/webhooks/", {"url": receiver.url}, format="json").json()
    for client, endpoint in ((api, made), (for_staff, of_staff)):
        client.post(address(endpoint, "test-event/"))
    events_sent()
    logs = [
        client.get(address(endpoint, "deliveries/")).json()["results"][0]
        for client, endpoint in ((api, made), (for_staff, of_staff))
    ]

    assert [(one["http_status"], one["answer"]) for one in logs] == [
        (200, ""),
        (200, "the secret of an internal page"),
    ]
    assert logs[0]["duration_ms"] is not None


def test_test_events_have_a_limit(api, made):
    answers = [api.post(address(made, "test-event/")) for _test in range(endpoints.MAX_TESTS + 1)]

    assert [answer.status_code for answer in answers] == [202] * endpoints.MAX_TESTS + [429]
    assert (answers[-1].json()["code"], answers[-1]["Retry-After"]) == ("too_many_test_events", "60")
