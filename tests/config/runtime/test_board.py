"""The board for Grafana asks for what the shop and its processes tell: each panel shows something, and has its runbook."""

import json
import re
import subprocess

import pytest
import yaml
from django.utils import timezone
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from backups.models import Backup
from config.measures import numbers, requests, rounds
from config.runtime.environment import PROJECT
from config.web.metrics import registry
from orders.audit import runs
from orders.events.task_names import Task
from tests.config.runtime.test_alerts import ALERTS, RULES
from tests.config.runtime.tools import program

BOARD = json.loads((PROJECT / "deploy" / "grafana" / "orderly.json").read_text())
ASKED = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in BOARD["panels"]
    for target in panel["targets"]
}


@pytest.fixture
def told(db) -> list[tuple[str, dict[str, str], float]]:
    """All that a shop which makes backups and proves its books tells, and its processes."""
    assert runs.note(findings=0, seconds=1) == ""
    requests.note(view="order", status=200)
    requests.time(view="order", seconds=0.01)
    for task in (Task.SWEEP, Task.SEND_EMAILS):
        with rounds.round_of(task):
            pass
    numbers.round_failures.labels(Task.SWEEP).inc(0)
    for kind in Backup.Kind:
        Backup.objects.create(kind=kind, as_of=timezone.now(), place="/", seconds=1)
    text = (generate_latest(registry) + generate_latest(numbers.registry)).decode()
    families = text_string_to_metric_families(text)
    samples = [one for family in families for one in family.samples]
    return [(one.name, one.labels, one.value) for one in samples if one.name.startswith("orderly_")]


def rules_asked() -> dict[str, str]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def test_panels_and_rules_ask_for_what_there_is(told):
    names = {name for name, _labels, _value in told}
    labels = {(name, *label) for name, labels, _value in told for label in labels.items()}
    for who, expr in (ASKED | rules_asked()).items():
        asked = set(re.findall(r"\borderly_\w+", expr))
        assert asked and asked <= names, who
        for name, inside in re.findall(r"(orderly_\w+)\{([^}]*)\}", expr):
            for label, value in re.findall(r'(\w+)="([\w.]+)"', inside):
                assert (name, label, value) in labels, who


def test_all_that_the_shop_tells_is_on_the_board(told):
    assert {family_of(name) for name, _labels, _value in told} == {
        family_of(name) for name in re.findall(r"orderly_\w+", " ".join(ASKED.values()))
    }


def family_of(name: str) -> str:
    """Of a histogram one of its parts is enough."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


def _selector(name: str, labels: dict[str, str]) -> str:
    return name + "{" + ",".join(f'{label}="{each}"' for label, each in labels.items()) + "}"


@pytest.mark.live  # CI has the tool by then
def test_every_panel_shows_something_of_what_the_shop_tells(told, tmp_path):
    """By Prometheus itself: a rule for each panel that fires when there is something to see."""
    rules = [
        {"alert": f"panel{at}", "expr": f"count({expr}) > 0", "labels": {"of": who}}
        for at, (who, expr) in enumerate(ASKED.items())
    ]
    series = [{"series": _selector(name, labels), "values": f"{value}x10"} for name, labels, value in told]
    cases = [
        {"alertname": rule["alert"], "eval_time": "5m", "exp_alerts": [{"exp_labels": rule["labels"]}]}
        for rule in rules
    ]
    test = {"interval": "1m", "input_series": series, "alert_rule_test": cases}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    (tmp_path / "cases.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [test]}))
    command = [program("promtool"), "test", "rules", str(tmp_path / "cases.yml")]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_panels_stand_beside_each_other_and_lead_to_runbooks():
    panels = BOARD["panels"]
    taken = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken)) and max(x for x, _y in taken) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)
    led = re.findall(r"docs/runbooks\.md#(\w+)", " ".join(panel["description"] for panel in panels))
    assert set(led) == {alert.lower() for alert in ALERTS}
    assert set(
        re.findall(r"\w+(?=[|\"])", BOARD["annotations"]["list"][0]["expr"].partition("=~")[2])
    ) == set(ALERTS)
