"""The alert rules and the dashboard: valid, tested, and about metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from batchbell.observability.metrics import Metrics
from tests.fakes import START
from tests.observability.metrics.test_metrics import CONDITION, COUNTED, GAUGES

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "monitoring"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0][
    "rules"
]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
OPERATIONS = (REPOSITORY / "docs/operations.md").read_text(encoding="utf-8")
PROMTOOL = shutil.which("promtool")

needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="needs promtool: apt-get install prometheus"
)


def promtool(*arguments: str, text: str = "") -> str:
    done = subprocess.run(
        [str(PROMTOOL), *arguments],
        cwd=FOLDER,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def exposed() -> str:
    metrics = Metrics()
    metrics.watch(["prod"], ["team", "mail"])
    metrics.collected(COUNTED, "m")
    page, _ = metrics.expose(GAUGES, CONDITION, now=START, accept="")
    return page.decode()


@needs_promtool
def test_the_rules_are_valid_and_each_does_what_it_is_for() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", "alerts.yaml")
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yaml")


@needs_promtool
def test_the_metrics_follow_the_conventions() -> None:
    promtool("check", "metrics", text=exposed())


def test_each_rule_has_both_tests() -> None:
    tests = yaml.safe_load((FOLDER / "alerts.test.yaml").read_text())["tests"]
    wanted = {f"{rule['alert']} {does}" for rule in RULES for does in ("fires", "is silent")}
    # What follows a comma says of which case it is another test.
    assert {test["name"].partition(",")[0] for test in tests} == wanted
    assert wanted <= {test["name"] for test in tests}


@pytest.mark.parametrize("kind", ["account", "channel"])
def test_what_rings_about_an_account_or_a_channel_rings_once_however_many_replicas(
    kind: str,
) -> None:
    about = [rule for rule in RULES if f"$labels.{kind}" in rule["annotations"]["summary"]]
    assert len(about) > 3
    for rule in about:
        assert re.match(rf"(histogram_quantile\(0.9, )?(max|sum) by \(job, {kind}", rule["expr"])


def expressions() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*(rule["expr"] for rule in RULES), *panels]


def test_rules_and_panels_ask_for_metrics_that_exist() -> None:
    known = set(re.findall(r"^([a-z_]+)(?:\{| )", exposed(), re.MULTILINE)) | {"up"}
    for expression in expressions():
        asked = set(re.findall(r"\b((?:batchbell|process)_[a-z_]+|up)\b", expression))
        assert asked
        assert asked <= known, expression


def test_every_metric_is_on_the_dashboard() -> None:
    panels = " ".join(expressions())
    families = set(re.findall(r"^# TYPE (batchbell_[a-z_]+)", exposed(), re.MULTILINE))
    created = {name for name in families if name.endswith("_created")}
    assert [name for name in families - created if name not in panels] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_each_rule_says_how_bad_it_is_and_where_it_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert page == "docs/operations.md"
    assert anchor == rule["alert"].lower()
    assert f"#### {rule['alert']}\n" in OPERATIONS


def test_no_two_panels_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
