"""A real Prometheus scrapes a real daemon, and an alert of ours fires."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.harness import WATCHES, config, json_url
from tests.e2e.waiting import wait_until
from tests.simulator.named_faults import refusal
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
DOCS = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")
ALERTS = Path(__file__).parents[2] / "monitoring/alerts.yaml"

pytestmark = pytest.mark.skipif(
    PROMETHEUS is None or PROMTOOL is None, reason="needs prometheus: apt-get install prometheus"
)


class Prometheus:
    """A running one."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def result(self, expression: str) -> list[dict[str, Any]]:
        """Return the vector of an expression; empty as long as nobody answers."""
        query = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(f"{self._url}/api/v1/query?{query}") as answer:  # noqa: S310 (our own)
                vector: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except OSError:
            return []
        return vector


@contextmanager
def scraping(folder: Path, page: str) -> Iterator[Prometheus]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port: int = holder.getsockname()[1]
    # At once, instead of after minutes.
    rules = [
        line for line in ALERTS.read_text().splitlines() if not line.startswith("        for:")
    ]
    (folder / "alerts.yaml").write_text("\n".join(rules))
    (folder / "prometheus.yml").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": ["alerts.yaml"],
                "scrape_configs": [
                    {"job_name": "batchbell", "static_configs": [{"targets": [page]}]}
                ],
            }
        )
    )
    command = [
        str(PROMETHEUS),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(TIMEOUT_SECONDS)


def test_a_refused_key_is_seen_and_an_alert_fires(
    tmp_path: Path, api: ThreadedSimulator, start: StartDaemon
) -> None:
    api.add_job(status="IN_PROGRESS", model_id="test/model")
    bell = start(config(api.base_url)).wait_for_baseline()
    page = bell.wait_for_log(WATCHES)["page"].removeprefix("http://").rstrip("/")
    with scraping(tmp_path, page) as prometheus:

        def seen(expression: str) -> list[dict[str, Any]]:
            return wait_until(
                lambda: prometheus.result(expression), expression, within=TIMEOUT_SECONDS
            )

        (jobs,) = seen('batchbell_jobs{status="IN_PROGRESS"}')
        assert jobs["metric"]["model"] == "test/model"
        assert jobs["value"][1] == "1"
        # A busy machine that polls late is an alert, too, until it has polled.
        wait_until(lambda: not prometheus.result('ALERTS{alertstate="firing"}'), "calm")
        api.fault(refusal(401, "Invalid API key provided"))
        (alert,) = seen('ALERTS{alertname="BatchbellKeyRefused",alertstate="firing"}')
    assert alert["metric"]["account"] == "default"


@pytest.mark.sqlite
def test_a_lost_database_is_an_alert(
    tmp_path: Path, api: ThreadedSimulator, start: StartDaemon
) -> None:
    bell = start(config(api.base_url)).wait_for_baseline()
    page = bell.wait_for_log(WATCHES)["page"].removeprefix("http://").rstrip("/")
    with scraping(tmp_path, page) as prometheus:
        for name in ("batchbell_healthy == 1", "batchbell_database_errors_total == 0"):
            wait_until(partial(prometheus.result, name), name)
        bell.database.unlink()
        firing = 'ALERTS{alertname="BatchbellUnhealthy",alertstate="firing"}'
        for name in (firing, "batchbell_database_errors_total > 0"):
            wait_until(partial(prometheus.result, name), name)


def test_what_a_daemon_exposes_is_what_is_documented_and_by_the_conventions(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    start: StartDaemon,
    pytestconfig: pytest.Config,
) -> None:
    engine = pytestconfig.getoption("--engine")
    api.add_job(status="IN_PROGRESS", model_id="test/model")
    bell = start(config(api.base_url, {"team": json_url(hook)})).wait_for_baseline()
    text = bell.get("/metrics")[1]
    done = subprocess.run(
        [str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    shown = re.findall(r"^# TYPE (batchbell_[a-z_]+)", text, re.MULTILINE)
    documented = set(re.findall(r"^\| `(batchbell_[a-z_]+)`", DOCS, re.MULTILINE))
    of_replicas = {name for name in documented if "_replica" in name or name.endswith("_held")}
    assert len(of_replicas) == 8
    expected = documented if engine == "postgres" else documented - of_replicas
    assert {name for name in shown if not name.endswith("_created")} == expected
    assert 'batchbell_work_overdue_seconds{work="deliveries to team"} 0.0' in text
