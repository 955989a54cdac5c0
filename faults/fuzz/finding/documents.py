"""The operations of an OpenAPI document, each with a body that it takes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

METHODS = ("get", "post", "put", "patch", "delete")
# How deep a schema is followed: some refer to themselves.
DEPTH = 7


class Operation(NamedTuple):
    kind: str
    path: str
    method: str
    queries: tuple[str, ...] = ()
    # None: it takes no body.
    bodies: tuple[Any, ...] = ()


def operations(document: dict[str, Any], kind: str) -> list[Operation]:
    return list(_operations(document, kind))


def _operations(document: dict[str, Any], kind: str) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in METHODS:
                continue
            parameters = [resolved(document, one) for one in operation.get("parameters", ())]
            queries = tuple(one["name"] for one in parameters if one["in"] == "query")
            yield Operation(kind, path, method.upper(), queries, tuple(_bodies(document, operation)))


def _bodies(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[Any]:
    """The examples that the document gives, and what its schema says."""
    body = resolved(document, operation.get("requestBody", {}))
    for kind, media in body.get("content", {}).items():
        if "json" in kind:
            yield from (resolved(document, one).get("value") for one in media.get("examples", {}).values())
            yield made(document, media.get("schema", {}))


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def made(document: dict[str, Any], schema: dict[str, Any], depth: int = DEPTH) -> Any:
    """Something that fits a schema, or nearly."""
    schema = resolved(document, schema)
    for given in ("example", "default", "const"):
        if given in schema:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return _of_several(document, several, schema[several], depth)
    return _of_type(document, schema, depth)


def _of_several(document: dict[str, Any], how: str, parts: list[dict[str, Any]], depth: int) -> Any:
    if how != "allOf":
        return made(document, parts[0], depth)
    found = [made(document, part, depth) for part in parts]
    whole: dict[str, Any] = {}
    for one in found:
        if not isinstance(one, dict):
            return one
        whole |= one
    return whole


def _of_type(document: dict[str, Any], schema: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object" or "properties" in schema:
        members = schema.get("properties", {}) if depth else {}
        return {name: made(document, one, depth - 1) for name, one in members.items()}
    if kind == "array":
        return [made(document, schema.get("items", {}), depth - 1)] if depth else []
    words = {
        "uuid": "00000000-0000-0000-0000-000000000000",
        "email": "fuzz@example.invalid",
        "date": "2026-01-31",
    }
    plain = {"integer": 1, "number": 1, "boolean": True}
    return plain.get(str(kind), words.get(schema.get("format", ""), "fuzz"))
