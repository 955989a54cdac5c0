"""The manifests for Kubernetes, as far as they can be tried without a cluster: words, settings, and what refers to what."""

import re
from typing import Any

import pytest
import yaml

from config.runtime import commands
from config.runtime.environment import PROJECT
from config.web.health import LIVE, READY
from tests.test_docs import read_from_environment

ITEMS = yaml.safe_load((PROJECT / "deploy" / "kubernetes.yaml").read_text())["items"]
IMAGE = (PROJECT / "deploy" / "Containerfile").read_text()


def pods() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """The specs of all pods, with the labels that they carry."""
    found = {}
    for item in ITEMS:
        spec = item["spec"]["jobTemplate"]["spec"] if item["kind"] == "CronJob" else item.get("spec", {})
        if "template" in spec:
            template = spec["template"]
            found[item["metadata"]["name"]] = template["spec"], template.get("metadata", {}).get("labels", {})
    return found


def containers() -> list[dict[str, Any]]:
    return [
        one
        for spec, _labels in pods().values()
        for one in [*spec.get("initContainers", []), *spec["containers"]]
    ]


def named(kind: str) -> dict[str, Any]:
    return {item["metadata"]["name"]: item for item in ITEMS if item["kind"] == kind}


def test_every_process_is_a_command_of_ours_that_writes_nothing_but_its_folders_and_is_not_root():
    assert pods().keys() == {"orderly-web", "orderly-worker", "orderly-backup", "orderly-audit"}
    for container in containers():
        assert container["args"][0] in commands.COMMANDS
        may = container["securityContext"]
        assert (may["readOnlyRootFilesystem"], may["allowPrivilegeEscalation"]) == (True, False)
        assert may["capabilities"] == {"drop": ["ALL"]}
    account = re.search(r"^USER (\d+)", IMAGE, re.MULTILINE)
    assert account
    assert {spec["securityContext"]["runAsUser"] for spec, _labels in pods().values()} == {int(account[1])}


def test_what_is_mounted_is_there_and_what_the_image_writes_is_mounted():
    claims = named("PersistentVolumeClaim")
    for spec, _labels in pods().values():
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for volume in volumes.values():
            assert "emptyDir" in volume or volume["persistentVolumeClaim"]["claimName"] in claims
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            assert {"/data", "/tmp"} <= mounted.keys()  # noqa: S108 of the container
            assert set(mounted.values()) <= volumes.keys()


def test_settings_are_known_and_the_secret_ones_come_from_a_secret():
    known, plain = read_from_environment(), named("ConfigMap")["orderly"]["data"]
    assert plain.keys() <= set(known)
    assert not {"SECRET_KEY", "DATABASE_URL"} & plain.keys()
    for container in containers():
        assert container["envFrom"] == [
            {"configMapRef": {"name": "orderly"}},
            {"secretRef": {"name": "orderly-keys"}},
        ]


@pytest.mark.parametrize("kind", ["Deployment", "Service", "PodDisruptionBudget"])
def test_what_selects_pods_finds_those_of_the_shop(kind):
    for item in named(kind).values():
        selector = item["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        assert [name for name, (_spec, labels) in pods().items() if wanted.items() <= labels.items()]


def test_a_web_server_is_asked_what_it_answers_and_the_way_in_leads_to_it():
    spec, _labels = pods()["orderly-web"]
    (web,) = spec["containers"]
    (port,) = web["ports"]
    assert port["containerPort"] == int(re.search(r"PORT=(\d+)", IMAGE)[1])
    asked = {kind: web[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert {kind: at["path"] for kind, at in asked.items()} == {
        "startup": LIVE,
        "liveness": LIVE,
        "readiness": READY,
    }
    assert {at["port"] for at in asked.values()} == {port["name"]}
    service = named("Service")["orderly"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    (rule,) = named("Ingress")["orderly"]["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == service["metadata"]["name"]
    assert f"https://{rule['host']}" == named("ConfigMap")["orderly"]["data"]["PUBLIC_URL"]
