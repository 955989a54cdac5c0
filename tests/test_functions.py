"""A function does one thing: none is longer than forty lines, which no linter that is used here counts."""

import ast
import tomllib

from django.conf import settings

MAX_LINES = 40
PYPROJECT = tomllib.loads((settings.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PYPROJECT["tool"]["mypy"]["packages"]


def test_no_function_is_longer_than_forty_lines():
    files = [path for name in PACKAGES for path in (settings.PROJECT / name).rglob("*.py")]
    assert len(files) > 200
    found = [
        f"{path.relative_to(settings.PROJECT)}:{node.lineno} {node.name}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_LINES
    ]
    assert not found
