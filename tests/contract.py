"""Whatever test asks the API, its answer is held against the schema: status, error code, content type and body."""

import gzip
import json
import re
import threading
from functools import cache

from django.conf import settings
from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

PROBLEM_TYPE = "application/problem+json"


_making = threading.Lock()


def schema() -> dict:
    """The OpenAPI document that the code makes: once, since its generator is not made for requests at the same time."""
    with _making:
        return _schema()


@cache
def _schema() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations() -> list[tuple[str, str, dict]]:
    """Path, method and description of everything that the document describes."""
    return [
        (path, method, operation)
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
    ]


def names() -> list[tuple[str, str]]:
    """Path and method of every operation, as the committed schema has them, which a test holds against the code.

    For tables of cases: all processes of every run collect the tests, and making the schema takes seconds of each.
    """
    committed = (settings.PROJECT / "docs/openapi.yaml").read_text(encoding="utf-8")
    found, path = [], ""
    for line in re.findall(r"^(?:  /.*| {4}(?:get|post|put|patch|delete)):$", committed, re.MULTILINE):
        if line.startswith("  /"):
            path = line.strip(" :")
        else:
            found.append((path, line.strip(" :")))
    return found


def resolved(node: dict) -> dict:
    """The node itself, or the component that it refers to."""
    reference = node.get("$ref")
    if reference is None:
        return node
    found = schema()
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def operation_of(method: str, path: str) -> dict | None:
    """The operation that serves a request, or None for addresses that the schema says nothing of."""
    try:
        route = resolve(path.split("?", maxsplit=1)[0]).route
    except Resolver404:
        return None
    template = "/" + "".join(
        "{" + part.split(":")[-1].replace(">", "}", 1) if index else part
        for index, part in enumerate(route.split("<"))
    )
    template = template.replace("{pk}", "{id}")
    return schema()["paths"].get(template, {}).get(method.lower())


def check(method: str, path: str, response) -> None:
    """Fail when the schema does not foresee this answer."""
    operation = operation_of(method, path)
    if operation is None:
        return
    where = f"{method} {path} answered {response.status_code}"
    assert str(response.status_code) in operation["responses"], f"{where}, which is not documented"
    told = resolved(operation["responses"][str(response.status_code)])
    for name in ("X-Request-ID", "ETag") if response.status_code in (200, 304) and method == "GET" else ():
        assert response.has_header(name), f"{where} without {name}"
    if "content" not in told:
        assert not response.content, f"{where} with a body"
        return
    kind = response["Content-Type"].split(";")[0]
    assert kind in told["content"], f"{where} as {kind}"
    if not kind.endswith("json"):
        return
    validator = Draft202012Validator(
        {**told["content"][kind]["schema"], "components": schema()["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    body = gzip.decompress(response.content) if response.has_header("Content-Encoding") else response.content
    errors = [error.message for error in validator.iter_errors(json.loads(body))]
    assert not errors, f"{where}: {errors}"
