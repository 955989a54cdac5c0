"""The pages for people name what is there: paths, commands, addresses, tests, settings, floors and rooms."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from config.api import problems
from faults.injection import plan
from orders.live.routing import websocket_urlpatterns

PROJECT = Path(__file__).parents[1]
TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
PAGES = [*(PROJECT / name for name in TOP), *sorted(PROJECT.glob("docs/**/*.md"))]
SUFFIXES = ("py", "md", "toml", "in", "txt", "yaml", "css", "js")
# Made when the shop runs; not ours to set; prefixes of addresses, and one that is yet to come.
AT_RUN_TIME = {".data/", ".venv/bin/python", "benchmarks/results/", "faults/results/"}
SYSTEMS_OWN = {"PATH", "XDG_RUNTIME_DIR"}
NO_PAGES = {"/api/", "/api/auth/", "/api/v2/", "/ws/"}
NO_TEST = "no test yet"


def text_of(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def code_in(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text_of(page))


def links_in(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", text_of(page))


def named(pattern: str) -> Iterator[tuple[str, str]]:
    """Each page with the code in it that is of this form as a whole."""
    for page in PAGES:
        yield from ((page.name, code) for code in code_in(page) if re.fullmatch(pattern, code))


def rows_of(page: str) -> list[list[str]]:
    """The cells of a page's tables, without their headings."""
    lines = [line for line in (PROJECT / page).read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    ruled = [number for number, row in enumerate(cells) if set(row[0]) <= set("- ")]
    return [row for number, row in enumerate(cells) if number not in ruled and number + 1 not in ruled]


# --- paths, commands, addresses --------------------------------------------------------------------------------------


def test_every_path_that_a_page_names_is_there():
    paths = set(named(r"\.?[\w-]+(/[\w.<>-]+)+/?(::\w+)?"))
    gone = {(page, path) for page, path in paths if path not in AT_RUN_TIME and not is_there(path)}

    assert len(paths) > 100
    assert gone == set()


def is_there(path: str) -> bool:
    return any(PROJECT.glob(re.sub(r"<\w+>", "*", path.partition("::")[0]).rstrip("/")))


def test_every_file_that_a_page_names_without_its_folder_is_there():
    files = {path.name for path in PROJECT.glob("*/**/*") if ".venv" not in path.parts}
    files |= {path.name for path in PROJECT.glob("*")}

    assert {
        (page, name) for page, name in named(rf"\w[\w-]*\.({'|'.join(SUFFIXES)})") if name not in files
    } == set()


def test_every_link_leads_to_a_file():
    broken = []
    for page in PAGES:
        for link in map("".join, links_in(page)):
            target = link.partition("#")[0]
            if not link.startswith(("https://", "/")) and not (page.parent / target).exists():
                broken.append((page.name, link))

    assert broken == []


def test_every_make_command_is_a_target():
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    commands = {code for _page, code in named(r"([A-Z]+=\S+ )?make [a-z-]+.*")}
    indented = re.findall(r"^    (make [a-z-]+)", (PROJECT / "README.md").read_text(), flags=re.MULTILINE)
    wanted = {re.search(r"make ([a-z-]+)", command)[1] for command in [*commands, *indented]}

    assert wanted > {"run", "test", "check"}
    assert wanted - targets == set()


def test_every_address_that_a_page_names_is_one():
    addresses = {code.split()[-1] for _page, code in named(r"((GET|POST) )?/[\w/.-]*/")}
    addresses |= {link for page in PAGES for link in map("".join, links_in(page)) if link.startswith("/")}

    assert len(addresses) > 8
    assert {address for address in addresses - NO_PAGES if not is_an_address(address)} == set()


def is_an_address(path: str) -> bool:
    if any(pattern.resolve(path.removeprefix("/")) for pattern in websocket_urlpatterns):
        return True
    try:
        return resolve(path).func is not problems.not_found
    except Resolver404:
        return False


# --- tests -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows_of("SECURITY.md"), ids=lambda row: row[0][:60])
def test_every_threat_names_its_test(row):
    _threat, what_stands_against_it, shown_by = row
    shown = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown_by)

    assert what_stands_against_it
    assert shown
    for file, function in shown:
        assert f"def {function}(" in (PROJECT / file).read_text(), f"{file} has no {function}"


@pytest.mark.parametrize("row", rows_of("docs/failures.md"), ids=lambda row: row[0][:60])
def test_every_failure_names_a_test_or_says_that_there_is_none(row):
    _failure, what_happens, shown_by = row
    shown = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown_by)

    assert what_happens
    assert shown or shown_by == NO_TEST
    for file, function in shown:
        assert f"def {function}(" in (PROJECT / file).read_text(), f"{file} has no {function}"


def test_every_fault_of_the_rig_names_its_test():
    matrix = [row for row in rows_of("docs/faults.md") if len(row) == 6]
    shown_by = {kind: row[-1] for row in matrix for kind in re.findall(r"`([\w.]+)`", row[0])}
    for kind in plan.kinds():
        shown = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown_by[kind])
        assert shown, kind
        for file, function in shown:
            assert f"def {function}(" in (PROJECT / file).read_text(), f"{file} has no {function}"


# --- settings --------------------------------------------------------------------------------------------------------


def read_from_environment() -> dict[str, str | None]:
    """Each environment variable that the code of `config/` reads, with its default where that is a plain value."""
    found: dict[str, str | None] = {}
    for path in PROJECT.glob("config/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and reads_environment(node.func) and is_word(node.args):
                name = node.args[0].value
                found[name] = default_of(node) or found.get(name)
    return {name: default for name, default in found.items() if name not in SYSTEMS_OWN}


def reads_environment(function: ast.expr) -> bool:
    return bool(re.fullmatch(r"env\.\w+|os\.environ\.get", ast.unparse(function)))


def is_word(args: list[ast.expr]) -> bool:
    return bool(args) and isinstance(args[0], ast.Constant)


def default_of(call: ast.Call) -> str | None:
    """The default as the page writes it; None for one that is worked out, or empty."""
    given = [*call.args[1:], *(word.value for word in call.keywords if word.arg == "default")]
    if not given or re.search(r"[a-zA-Z_]", re.sub(r"'[^']*'|True|False", "", ast.unparse(given[0]))):
        return None
    value = eval(ast.unparse(given[0]))  # noqa: S307 a plain value of our own code
    return None if value in ("", []) else str(int(value) if isinstance(value, bool) else value)


def test_every_setting_is_documented_and_every_documented_setting_is_read():
    documented = [row[0].strip("`") for row in rows_of("docs/settings.md")]

    assert len(documented) == len(set(documented))
    assert set(documented) == set(read_from_environment())


def test_the_documented_defaults_are_those_of_the_code():
    documented = {row[0].strip("`"): row[1].split(";")[0].strip("` ") for row in rows_of("docs/settings.md")}
    defaults = {name: default for name, default in read_from_environment().items() if default is not None}

    assert len(defaults) > 30
    assert {name: documented[name] for name in defaults} == defaults


def test_the_readme_names_no_other_settings():
    capitals = {code for code in code_in(PROJECT / "README.md") if re.fullmatch(r"[A-Z][A-Z_]+(=\d)?", code)}

    assert {code.partition("=")[0] for code in capitals} <= set(read_from_environment())


# --- floors and rooms ------------------------------------------------------------------------------------------------


def test_the_documented_floors_are_those_that_are_checked():
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [layer for contract in contracts for layer in contract.get("layers", ())]

    assert [row[0].split(", ") for row in rows_of("docs/layers.md")] == [
        layer.split(" | ") for layer in layers
    ]


def test_every_room_of_orders_stands_in_the_map_with_its_modules():
    inside = re.search(
        r"^status\.py .*?^```", (PROJECT / "ARCHITECTURE.md").read_text(), flags=re.MULTILINE | re.DOTALL
    )
    assert inside
    known = rooms_in(inside[0])
    for room in (path.parent for path in PROJECT.glob("orders/**/__init__.py")):
        names = room.relative_to(PROJECT / "orders").parts
        if names and names[0] not in ("migrations", "management"):
            assert known.get((names[0], names[-1])) == modules_of(room), "/".join(names)


def rooms_in(tree: str) -> dict[tuple[str, str], set[str]]:
    """The modules that a map names, by the room on the first floor and the room itself."""
    found, first = {}, ""
    for indent, room, modules in re.findall(r"^( *)(\w+)/ +([\w ]*):", tree, flags=re.MULTILINE):
        first = first if indent else room
        found[first, room] = set(modules.split())
    return found


def modules_of(room: Path) -> set[str]:
    return {path.stem for path in room.glob("*.py")} - {"__init__"}


def test_every_app_stands_in_the_map():
    tree = (PROJECT / "ARCHITECTURE.md").read_text()
    apps = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests"}

    assert {app for app in apps if not re.search(rf"^{app}/", tree, flags=re.MULTILINE)} == set()
