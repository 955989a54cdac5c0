"""The rules of deploy/prometheus, by Prometheus' own tool: each fires on what it is for, and has a page to read then."""

import re
import shutil
import subprocess

import pytest
import yaml

from config.runtime.environment import PROJECT
from tests.config.runtime.tools import program

RULES = PROJECT / "deploy" / "prometheus" / "alerts.yml"
ALERTS = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
CASES = PROJECT / "tests" / "config" / "runtime" / "alerts.yml"


@pytest.mark.live  # CI has the tool by then
def test_each_rule_fires_on_what_it_is_for_and_not_on_a_shop_that_is_well(tmp_path):
    shutil.copy(RULES, tmp_path)
    cases = shutil.copy(CASES, tmp_path / "cases.yml")
    said = subprocess.run(
        [program("promtool"), "test", "rules", cases],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_no_rule_is_without_a_case_that_fires():
    fired = [
        case["alertname"]
        for test in yaml.safe_load(CASES.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    ]
    assert set(fired) == set(ALERTS)


def test_whoever_is_woken_finds_what_to_do():
    headings = re.findall(r"^## (\w+)$", (PROJECT / "docs" / "runbooks.md").read_text(), re.MULTILINE)
    assert headings == ALERTS
    for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]:
        assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{rule['alert'].lower()}"


@pytest.mark.live  # CI has the tool by then
def test_prometheus_takes_what_it_is_to_ask(tmp_path):
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copy(RULES.with_name(name), tmp_path)
    said = subprocess.run(
        [program("promtool"), "check", "config", "--syntax-only", str(tmp_path / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_each_process_that_prometheus_asks_has_that_port():
    """By the units: a web server's own with a 1 before it, a worker's number behind 1900."""
    jobs = {
        job["job_name"]: job
        for job in yaml.safe_load(RULES.with_name("prometheus.yml").read_text())["scrape_configs"]
    }
    asked = [target for each in jobs["orderly-processes"]["static_configs"] for target in each["targets"]]
    units = PROJECT / "deploy" / "systemd"
    assert "METRICS_PORT=1%i" in (units / "orderly-web@.service").read_text()
    assert "METRICS_PORT=1900%i" in (units / "orderly-worker@.service").read_text()
    assert {target.partition(":")[2] for target in asked} == {"18001", "18002", "19001"}
