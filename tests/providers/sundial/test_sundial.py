"""The proof of the seam: a second provider, which exists in this folder alone, from end to end."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from batchbell.config import load
from batchbell.core.facts import BaselineFacts
from batchbell.observability.redaction import Redaction
from batchbell.runtime.bootstrap import build_round, real_ports
from tests.cli.config_file import batchbell, write_config
from tests.e2e.fast_daemon import FastDaemon
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import HttpReceiver
from tests.providers.sundial.api import KEY, SundialApi
from tests.providers.sundial.provider import Sundial
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.core.event import Event

SECRET = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE="


@pytest.fixture(autouse=True)
def _ships(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build batchbell with Sundial."""
    monkeypatch.setattr("batchbell.runtime.provider._SHIPPED", Sundial())


@pytest.fixture
def api() -> Iterator[SundialApi]:
    with SundialApi() as served:
        yield served


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def config(tmp_path: Path, api: SundialApi, hook: HttpReceiver) -> Path:
    channel = f'[channels.hook]\nwebhook = "http://{hook.netloc}/"\nwebhook_secret = "{SECRET}"'
    path = write_config(tmp_path, base_url=api.base_url, more=channel)
    path.write_text(path.read_text().replace("obviously-fake-key", KEY))
    return path


def poll(config: Path) -> list[Event]:
    """Poll and deliver once, as cron does; return the new events."""
    loaded = load(config, os.environ, check_channel=lambda _section: ())
    ports = real_ports(loaded.settings)
    (report,) = asyncio.run(build_round(loaded, ports, redaction=Redaction()).run())
    assert report.error is None
    return list(report.events)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def told(events: list[Event]) -> dict[str, str]:
    return {event.job_id: event.kind.value for event in events}


def test_all_pages_are_polled_and_every_end_is_told_in_its_own_words(
    config: Path, api: SundialApi, hook: HttpReceiver
) -> None:
    for ref in ("a", "b", "c", "d", "e"):
        api.add(ref, "busy")
    (watching,) = poll(config)
    assert watching.facts.baseline == BaselineFacts(jobs=5, running=5, ended_untold=0)
    assert hook.requests == []

    api.add("b", "done", result="res-b", over=1_764_003_600)
    api.add("c", "broken", why="the sun went down")
    api.add("d", "late")
    api.add("e", "dreaming")
    assert told(poll(config)) == {
        "b": "batch.completed",
        "c": "batch.failed",
        "d": "batch.expired",
        "e": "batch.status_unknown",
    }
    (request,) = hook.requests
    document: Any = request.json["data"]
    assert {event["job"]["id"]: event["job"]["status"] for event in document["events"]} == {
        "b": "done",
        "c": "broken",
        "d": "late",
        "e": "dreaming",
    }
    assert "UNKNOWN STATUS: gnomon-7b · e, dreaming" in document["text"]
    assert "Together" not in request.text
    assert poll(config) == []


def test_a_message_says_how_a_file_is_fetched_and_what_helps(
    config: Path, api: SundialApi, hook: HttpReceiver
) -> None:
    api.add("a", "busy")
    poll(config)
    api.add("a", "broken", result="res-a", why="the sun went down", over=1_764_003_600)
    poll(config)
    (request,) = hook.requests
    text = request.json["data"]["text"]
    assert "FAILED: gnomon-7b · a, the sun went down" in text
    assert "Status: broken" in text
    assert "Output file: res-a" in text
    assert "Fetch files: batchbell fetch -- a" in text
    assert "What to do: ask the gnomon" in text
    assert "Finished: 2025-11-24 17:00 UTC" in text
    assert "Progress" not in text
    assert "Deadline" not in text


def test_commands_show_wait_and_cancel(config: Path, api: SundialApi) -> None:
    api.add("alpha", "busy")
    api.add("beta", "queued")
    poll(config)
    (alpha, beta) = json.loads(batchbell(config, "status", "--json").stdout)["jobs"]
    assert [(job["status"], job["progress"], job["job_deadline"]) for job in (alpha, beta)] == [
        ("busy", None, None),
        ("queued", None, None),
    ]

    cancelled = batchbell(config, "cancel", "alph", "--yes")
    assert cancelled.stdout.startswith("job alpha is halting;")
    assert "POST /dial/jobs/alpha/halt" in api.requests
    assert "batch.canceling" in batchbell(config, "events", "--job", "alpha").stdout
    assert "Cancel a job at" in batchbell(config, "cancel", "--help").stdout

    api.add("alpha", "halted")
    api.add("beta", "done", result="res")
    refused = batchbell(config, "cancel", "alpha", "--yes")
    assert (refused.exit_code, "it is halted" in refused.stderr) == (1, True)
    for ref, status, outcome in (("alpha", 3, "cancelled"), ("beta", 0, "completed")):
        waited = batchbell(config, "wait", ref, "--json")
        assert waited.exit_code == status
        assert json.loads(waited.stdout)["jobs"][0]["outcome"] == outcome
    assert batchbell(config, "wait", "beta").stdout.endswith("done\n")


def test_the_doctor_finds_it_well_and_a_wrong_key(config: Path, api: SundialApi) -> None:
    api.add("a", "busy")
    poll(config)
    assert "1 job listed in" in batchbell(config, "doctor").stdout
    config.write_text(config.read_text().replace(KEY, "sun_another_fake_key"))
    assert "no such key" in batchbell(config, "doctor").stdout


def test_the_daemon_s_page_and_metrics_speak_of_it(
    tmp_path: Path, api: SundialApi, hook: HttpReceiver
) -> None:
    listen = f"127.0.0.1:{free_port()}"
    settings = {
        "accounts": {
            "default": {"api_key": KEY, "base_url": api.base_url + "/", "poll_interval": "1s"}
        },
        "channels": {"hook": {"webhook": f"http://{hook.netloc}/", "webhook_secret": SECRET}},
        "web": {"listen": listen},
    }
    page_url = f"http://{listen}"
    api.add("a", "busy")
    api.add("b", "busy")
    with FastDaemon(tmp_path, settings, speed=1) as bell:
        bell.wait_for_baseline()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(batchbell, bell.config_file, "wait", "b", "--timeout", "20s")
            api.add("b", "late", result="res-b")
            (request,) = hook.wait_for(lambda found: len(found) == 1)
            assert waiting.result().exit_code == 3
        assert request.json["data"]["events"][0]["kind"] == "batch.expired"
        wait_until(lambda: "late" in httpx.get(f"{page_url}/", timeout=TIMEOUT_SECONDS).text)
        of_job = httpx.get(f"{page_url}/jobs/default/b", timeout=TIMEOUT_SECONDS).text
        assert f"sundial get res-b --from {api.base_url}<" in of_job
        assert "is billed" not in of_job
        assert (
            "your Sundial Noon batch jobs"
            in httpx.get(f"{page_url}/about", timeout=TIMEOUT_SECONDS).text
        )
        jobs = httpx.get(f"{page_url}/api/jobs", timeout=TIMEOUT_SECONDS).json()["jobs"]
        assert {job["id"]: job["status"] for job in jobs} == {"a": "busy", "b": "late"}
        metrics = httpx.get(f"{page_url}/metrics", timeout=TIMEOUT_SECONDS).text
        for state in ("IN_PROGRESS", "EXPIRED"):
            assert f'status="{state}"' in metrics
