"""The schema says what the API does: complete, valid, with codes that exist; its pages run under the shop's own policy."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from django.conf import settings
from django.urls import URLPattern
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from config import urls
from config.api import problems
from config.api.examples.operations import ANSWERS
from orders.api.urls import urlpatterns as order_urls
from orders.api.webhook_urls import urlpatterns as webhook_urls
from orders.checkout.placement.placement import place_order
from tests import contract
from tests.answers import refused

MEDIA = "application/problem+json"


def codes(response: dict) -> set[str]:
    parts = contract.resolved(response).get("content", {}).get(MEDIA, {}).get("schema", {}).get("allOf", [])
    return {code for part in parts for code in part.get("properties", {}).get("code", {}).get("enum", [])}


def valid(instance: object, schema: dict) -> bool:
    components = contract.schema()["components"]
    return Draft202012Validator({**schema, "components": components}).is_valid(instance)


def test_the_committed_schema_is_the_one_that_the_code_makes():
    committed = (settings.PROJECT / "docs/openapi.yaml").read_text(encoding="utf-8")
    made = yaml.dump(plain(contract.schema()), Dumper=yaml.CSafeDumper)

    assert yaml.load(committed, Loader=yaml.CSafeLoader) == yaml.load(made, Loader=yaml.CSafeLoader)


def plain(node):
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [plain(value) for value in node]
    return node if isinstance(node, int | float | type(None)) else str(node)


def test_every_endpoint_is_described():
    views = [
        route
        for route in [*urls.api_urlpatterns, *order_urls, *webhook_urls]
        if isinstance(route, URLPattern)
    ]
    ours = [route for route in views if hasattr(getattr(route.callback, "cls", None), "answers")]

    described = {
        f"{method.upper()} {path}"
        for path, methods in contract.schema()["paths"].items()
        for method in methods
    }

    assert len(described) == sum(len(route.callback.cls.answers) for route in ours)


def test_the_tables_below_name_every_operation():
    assert contract.names() == [(path, method) for path, method, _operation in contract.operations()]


@pytest.mark.parametrize(("path", "method"), contract.names())
def test_every_documented_code_exists_and_has_the_status_that_it_is_documented_under(path, method):
    operation = contract.schema()["paths"][path][method]
    for status, response in operation["responses"].items():
        found = codes(response)
        assert bool(found) == (int(status) >= 400)
        assert {problems.kind_of(code).status for code in found} <= {int(status)}


# What is no JSON has no example.
FILES = {"application/pdf", "application/xml"}


@pytest.mark.parametrize(("path", "method"), contract.names())
def test_every_example_is_valid(path, method):
    operation = contract.schema()["paths"][path][method]
    bodies = [operation.get("requestBody", {}), *map(contract.resolved, operation["responses"].values())]
    shown = 0
    for content in (content for body in bodies for content in body.get("content", {}).values()):
        for example in content.get("examples", {}).values():
            assert valid(example["value"], content["schema"]), example["value"]
            shown += 1
    assert shown > 4
    is_file = FILES & operation["responses"].get("200", {}).get("content", {}).keys()
    assert operation["operationId"] in ANSWERS or method == "delete" or is_file


def test_the_refusals_of_placing_are_those_that_placing_promises():
    """What place_order says it raises, by name."""
    promised = set(re.findall(r"\b([A-Z][A-Za-z]+)\b", place_order.__doc__.split("Raises ")[1].split(";")[0]))
    snake = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in promised}

    documented = set.union(
        *map(codes, contract.schema()["paths"]["/api/orders/{order_id}/"]["post"]["responses"].values())
    )

    assert snake <= documented


@pytest.mark.django_db
def test_an_answer_that_is_not_documented_fails_the_test_that_got_it(monkeypatch):
    """tests/contract.py, on which every other test of the API relies."""
    responses = contract.schema()["paths"]["/api/orders/"]["get"]["responses"]
    monkeypatch.delitem(responses, "401")

    with pytest.raises(AssertionError, match="not documented"):
        APIClient().get("/api/orders/")


@pytest.mark.parametrize(
    ("accept", "kind"), [("", "application/json"), ("application/yaml", "application/yaml")]
)
def test_the_schema_is_served_as_json_and_as_yaml(client, accept, kind):
    answer = client.get("/api/schema/", headers={"Accept": accept} if accept else {})

    assert answer["Content-Type"].startswith(kind)
    assert yaml.load(answer.content, Loader=yaml.CSafeLoader)["info"]["version"] == settings.API_VERSION


def test_the_schema_names_how_to_sign_in_and_where_that_is_described(client):
    schema = contract.schema()

    assert set(schema["components"]["securitySchemes"]) == {"SessionToken", "ApiKey", "SessionCookie"}
    assert client.get(schema["externalDocs"]["url"]).json()["openapi"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/events/", "/api/problems/"])
def test_the_docs_need_no_other_policy_than_the_shops(client, path):
    page = client.get(path)

    assert page.status_code == 200
    assert page["Content-Security-Policy"] == client.get("/products/")["Content-Security-Policy"]
    html = page.content.decode()
    assert not re.search(r"<style|\sstyle=|<script>|https?://(?!testserver|www.w3.org)", html)


def test_an_error_has_no_page_without_a_code(client):
    refused(client.get("/api/problems/nothing/"), 404, "not_found")


FIRST_AT_ONE_MOMENT = """
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from django.test import Client
start = Barrier(8)
def ask(at):
    start.wait()
    return Client(raise_request_exception=False).get("/api/schema/", headers={"host": "localhost"}).status_code
with ThreadPoolExecutor(8) as pool:
    print(*pool.map(ask, range(8)))
"""


@pytest.mark.long
def test_the_first_who_ask_at_one_moment_all_get_the_schema():
    """In a process of its own: what the library loads, it loads once."""
    run = [sys.executable, "-c", FIRST_AT_ONE_MOMENT]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        run, check=False, cwd=settings.PROJECT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["200"] * 8, done.stderr


def test_the_schema_is_in_the_language_that_is_asked_for(client):
    english = client.get("/api/schema/").content
    vietnamese = client.get("/api/schema/", headers={"accept-language": "vi"}).content
    assert english != vietnamese
    assert client.get("/api/schema/?lang=vi").content == vietnamese
    for nonsense in ("lang=xx", "lang=%0a", "version=%0a", "version=2&lang="):
        assert client.get(f"/api/schema/?{nonsense}").content == english
