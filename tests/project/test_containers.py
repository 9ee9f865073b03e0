"""The Compose file, the manifest and the Dockerfile agree with each other and with the program."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from batchbell.cli.root import COMMANDS
from batchbell.config import load

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.example.yaml").read_text())
MANIFEST = {
    part["kind"]: part
    for part in yaml.safe_load_all((ROOT / "docs/kubernetes.example.yaml").read_text())
}
POD = MANIFEST["Deployment"]["spec"]["template"]["spec"]
REPLICAS = {
    part["kind"]: part
    for part in yaml.safe_load_all((ROOT / "docs/kubernetes.replicas.example.yaml").read_text())
}
VALUES = {
    "api_key": "obviously-fake-key",
    "team_url": "json://127.0.0.1:9/",
    "database_url": "postgresql://batchbell:fake-password@db.example.org/batchbell",
}
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def loaded(folder: Path, secrets: dict[str, str], config: str = "") -> Any:
    """Load the configuration a container would have with these secrets: name to value."""
    for name, value in secrets.items():
        (folder / name).write_text(value)
        (folder / name).chmod(0o400)
    (folder / "config.toml").write_text(config)
    environ = {"STATE_DIRECTORY": str(folder), "PATH": os.environ["PATH"]}
    return load(
        folder / "config.toml", environ, check_channel=lambda _section: (), secrets_dir=folder
    ).settings


def user_of_the_image() -> int:
    (uid,) = re.findall(r"^USER (\d+):\d+$", DOCKERFILE, re.MULTILINE)
    return int(uid)


def test_the_secrets_of_the_compose_file_are_taken(tmp_path: Path) -> None:
    service = COMPOSE["services"]["batchbell"]
    secrets = {each["target"]: VALUES[each["source"]] for each in service["secrets"]}
    settings = loaded(tmp_path, secrets)
    assert settings.accounts["default"].api_key.get_secret_value() == VALUES["api_key"]
    assert settings.channels["team"].url.get_secret_value() == VALUES["team_url"]
    assert {each["source"] for each in service["secrets"]} == set(COMPOSE["secrets"])


def test_the_compose_file_locks_it_up_and_makes_it_a_sidecar() -> None:
    service = COMPOSE["services"]["batchbell"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["state:/data"]
    assert "state" in COMPOSE["volumes"]
    assert service["network_mode"].removeprefix("service:") in COMPOSE["services"]


def test_the_secrets_and_the_configuration_of_the_manifest_are_taken(tmp_path: Path) -> None:
    volumes = {volume["name"]: volume for volume in POD["volumes"]}
    items = volumes["secrets"]["secret"]["items"]
    config = MANIFEST["ConfigMap"]["data"]["config.toml"]
    settings = loaded(tmp_path, {each["path"]: VALUES[each["key"]] for each in items}, config)
    assert settings.channels["team"].url.get_secret_value() == VALUES["team_url"]
    assert tomllib.loads(config).keys() == {"accounts", "channels"}
    mounts = {mount["name"]: mount["mountPath"] for mount in POD["containers"][0]["volumeMounts"]}
    assert mounts.keys() == volumes.keys()
    assert mounts["secrets"] == "/run/secrets"


def test_secrets_are_read_through_the_links_that_kubernetes_makes(tmp_path: Path) -> None:
    data = tmp_path / "..2026_11_27"
    data.mkdir()
    (data / "batchbell_accounts__default__api_key").write_text(VALUES["api_key"])
    (tmp_path / "..data").symlink_to(data.name)
    (tmp_path / "batchbell_accounts__default__api_key").symlink_to(
        "..data/batchbell_accounts__default__api_key"
    )
    settings = loaded(tmp_path, {})
    assert settings.accounts["default"].api_key.get_secret_value() == VALUES["api_key"]


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_is_a_command_there_is(probe: str) -> None:
    program, command, *options = POD["containers"][0][probe]["exec"]["command"]
    assert (program, command) == ("batchbell", "healthcheck")
    assert command in COMMANDS
    # A pod that can't reach Together must not be restarted for that.
    assert options == (["--ready"] if probe == "readinessProbe" else [])


def test_the_manifest_runs_one_of_the_image_s_user_without_privileges() -> None:
    spec = MANIFEST["Deployment"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert POD["securityContext"]["runAsUser"] == user_of_the_image()
    assert POD["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_replicas_share_a_database_and_have_nothing_of_their_own(tmp_path: Path) -> None:
    pod = REPLICAS["Deployment"]["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    items = volumes["secrets"]["secret"]["items"]
    config = REPLICAS["ConfigMap"]["data"]["config.toml"]
    settings = loaded(tmp_path, {each["path"]: VALUES[each["key"]] for each in items}, config)
    assert settings.database_url.get_secret_value().startswith("postgresql")
    assert "emptyDir" in volumes["state"]
    assert "PersistentVolumeClaim" not in REPLICAS
    ports = [each["port"] for each in REPLICAS["NetworkPolicy"]["spec"]["egress"][0]["ports"]]
    assert 5432 in ports


def test_replicas_are_run_as_the_one_is_but_three_of_them_in_turn() -> None:
    spec = REPLICAS["Deployment"]["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"]["type"] == "RollingUpdate"
    assert REPLICAS["PodDisruptionBudget"]["spec"]["minAvailable"] == 2
    pod = spec["template"]["spec"]
    (container,), (alone,) = pod["containers"], POD["containers"]
    assert pod["securityContext"] == POD["securityContext"]
    same = ("image", "securityContext", "startupProbe", "readinessProbe", "volumeMounts")
    assert {key: container[key] for key in same} == {key: alone[key] for key in same}
    probe, patient = alone["livenessProbe"], container["livenessProbe"]
    assert patient["exec"] == probe["exec"]
    assert patient["failureThreshold"] * patient["periodSeconds"] >= 600
    selector = {"matchLabels": {"app": "batchbell"}}
    kinds = ("Deployment", "PodDisruptionBudget")
    assert [REPLICAS[kind]["spec"]["selector"] for kind in kinds] == [selector, selector]
    assert spec["template"]["metadata"]["labels"] == selector["matchLabels"]


def test_the_documentation_names_the_image_s_user() -> None:
    page = (ROOT / "docs/container.md").read_text()
    assert f"user {user_of_the_image()}" in page
    assert f"chown {user_of_the_image()} " in page
