"""The unit on a real systemd: started, killed, hung, reloaded, misconfigured and stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.messages import arrived, told_by_http
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import HttpReceiver
from tests.simulator.thread import running_simulator
from tests.system import machine as machines
from tests.system.service import UNIT, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEMD = Path(__file__).parents[2] / "systemd"
README = (SYSTEMD / "README.md").read_text(encoding="utf-8")
KEY, NEW_KEY = "fake-key-in-a-credential", "fake-key-of-tomorrow"
#: Quicker than in life, so that a test need not wait two minutes.
WATCHDOG_SECONDS = 6
QUICK = f"[Service]\nWatchdogSec={WATCHDOG_SECONDS}\nRestartSec=1\n"
#: What the documentation promises, of ten.
MOST_EXPOSED = 1.2

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(machines.missing()), reason=machines.missing()),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("machine")
    with (
        running_simulator() as api,
        HttpReceiver() as hook,
        machines.booted(folder) as machine,
    ):
        service = Service(machine, api, hook)
        service.configure()
        machine.write("/etc/batchbell/api_key", KEY, 0o600)
        unit = (SYSTEMD / UNIT).read_text()
        machine.write(f"/etc/systemd/system/{UNIT}", unit, 0o644)
        machine.write(f"/etc/systemd/system/{UNIT}.d/quick.conf", QUICK, 0o644)
        machine.systemctl("daemon-reload")
        machine.systemctl("enable", "--now", UNIT)
        yield service


def test_it_is_ready_polls_and_tells(service: Service) -> None:
    assert service.state() == "active"
    wait_until(lambda: "default: 0 jobs, 0 running, polled " in service.status(), "a poll")
    service.fail_a_job()


def test_it_runs_as_nobody_in_particular_with_a_folder_of_its_own(service: Service) -> None:
    machine = service.machine
    status = machine.run("cat", f"/proc/{service.pid}/status").stdout
    (uid,) = re.findall(r"^Uid:\s+(\d+)", status, re.MULTILINE)
    assert 61184 <= int(uid) <= 65519  # systemd's range of dynamic users
    mode = machine.run("stat", "-Lc", "%a %u", "/var/lib/batchbell/batchbell.db").stdout.split()
    assert mode == ["600", uid]


def test_the_key_is_used_and_is_nowhere_else(service: Service) -> None:
    machine = service.machine
    assert service.key_in_use() == KEY
    assert KEY not in machine.run("cat", f"/proc/{service.pid}/environ").stdout
    assert KEY not in service.messages()
    found = machine.run("grep", "-rlsa", KEY, "/var/lib", "/etc", "/run", check=False).stdout
    places = {re.sub(r"/credentials/.*", "/credentials", path) for path in found.split()}
    assert places <= {"/etc/batchbell/api_key", "/run/credentials"}


def test_a_new_key_is_used_after_a_restart_and_not_before(service: Service) -> None:
    service.machine.write("/etc/batchbell/api_key", NEW_KEY, 0o600)
    service.machine.systemctl("reload", UNIT)
    wait_until(lambda: '"message": "reloaded"' in service.messages(), "the reload")
    service.polled_again()
    assert service.key_in_use() == KEY
    service.machine.systemctl("restart", UNIT)
    wait_until(lambda: service.key_in_use() == NEW_KEY, "a poll with the new key")
    service.fail_a_job()


def test_a_channel_s_url_can_be_a_credential_too(service: Service) -> None:
    drop_ins = re.findall(r"^```ini\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (drop_in,) = (text for text in drop_ins if "channels__team__url" in text)
    service.machine.write(f"/etc/systemd/system/{UNIT}.d/team.conf", drop_in, 0o644)
    with HttpReceiver() as secret:
        service.machine.write("/etc/batchbell/team_url", f"json://{secret.netloc}/\n", 0o600)
        service.configure(team={"min_severity": "failure"})
        service.machine.systemctl("daemon-reload")
        service.machine.systemctl("restart", UNIT)
        job_id = service.api.add_job(status="FAILED")
        secret.wait_for(arrived(1))
    assert [entry.job for entry in told_by_http(secret.requests)] == [job_id]
    (service.machine.root / f"etc/systemd/system/{UNIT}.d/team.conf").unlink()
    service.configure()
    service.machine.systemctl("daemon-reload")
    service.machine.systemctl("restart", UNIT)


def test_root_sees_what_the_service_sees(service: Service) -> None:
    job_id = service.fail_a_job()
    seen = service.machine.run(f"{machines.VENV}/bin/batchbell", "status", "--json").stdout
    assert job_id in [job["id"] for job in json.loads(seen)["jobs"]]


def test_the_journal_has_priorities(service: Service) -> None:
    entries = service.machine.journal(UNIT)
    failed = [entry for entry in entries if '"message": "batch.failed"' in str(entry["MESSAGE"])]
    assert {entry["PRIORITY"] for entry in failed} == {"3"}


def test_the_watchdog_is_fed_while_all_is_well(service: Service) -> None:
    def microseconds(name: str) -> int:
        return int(service.machine.property_of(UNIT, f"{name}TimestampMonotonic"))

    restarts = service.restarts
    enough = microseconds("ActiveEnter") + (WATCHDOG_SECONDS + 1) * 1_000_000
    wait_until(lambda: microseconds("Watchdog") > enough, "the watchdog's food", within=60)
    assert service.restarts == restarts


def test_a_hang_starves_the_watchdog_and_nothing_is_lost(service: Service) -> None:
    restarts = service.restarts
    job_id = service.api.add_job(status="IN_PROGRESS")
    service.polled_again()
    service.signal("SIGSTOP")
    service.api.update_job(job_id, status="FAILED")
    wait_until(lambda: service.restarts > restarts, "a restart", within=60)
    service.told_of(job_id)
    assert "Watchdog timeout" in service.messages()
    assert "Fatal Python error: Aborted" in service.messages()


def test_a_kill_loses_nothing(service: Service) -> None:
    restarts = service.restarts
    job_id = service.api.add_job(status="IN_PROGRESS")
    service.polled_again()
    service.api.update_job(job_id, status="FAILED")
    service.signal("SIGKILL")
    wait_until(lambda: service.restarts > restarts and service.state() == "active", within=60)
    service.told_of(job_id)


def test_a_reload_takes_a_new_channel_and_refuses_a_bad_one(service: Service) -> None:
    pid = service.pid
    with HttpReceiver() as other:
        both = {
            "hook": {"url": f"json://{service.hook.netloc}/"},
            "other": {"url": f"json://{other.netloc}/"},
        }
        service.configure(**both)
        service.machine.systemctl("reload", UNIT)
        wait_until(lambda: '"message": "reloaded"' in service.messages(), "the reload")
        service.fail_a_job()
        other.wait_for(arrived(1))

        service.configure(other={"url": "nonsense://"})
        service.machine.systemctl("reload", UNIT)
        wait_until(lambda: "reload refused" in service.messages(), "the refusal")
        service.fail_a_job()
    service.configure()
    service.machine.systemctl("reload", UNIT)
    # It says "reloading" for a moment.
    wait_until(lambda: service.state() == "active", "the end of the reload")
    assert service.pid == pid


def test_several_run_side_by_side(service: Service) -> None:
    machine = service.machine
    config = (machine.root / "etc/batchbell/config.toml").read_text()
    own = config.replace("/var/lib/batchbell/", "/var/lib/batchbell-research/")
    machine.write("/etc/batchbell/research.toml", own, 0o644)
    machine.write("/etc/batchbell/research.api_key", KEY, 0o600)
    unit = (SYSTEMD / "batchbell@.service").read_text()
    machine.write("/etc/systemd/system/batchbell@.service", unit, 0o644)
    machine.systemctl("daemon-reload")
    machine.systemctl("start", "batchbell@research")
    name = "batchbell@research.service"
    wait_until(lambda: ", polled " in machine.property_of(name, "StatusText"), "its poll")
    assert machine.run("test", "-e", "/var/lib/batchbell-research/batchbell.db").returncode == 0
    status = machine.run("systemctl", "status", name).stdout
    assert re.search(r'Status: "default: \d+ jobs?, \d+ running, polled ', status)
    machine.systemctl("stop", name)
    assert service.state() == "active"


def test_it_stops_in_time(service: Service) -> None:
    began = time.monotonic()
    service.machine.systemctl("stop", UNIT)
    assert time.monotonic() - began < 5.0
    assert service.machine.property_of(UNIT, "Result") == "success"
    service.machine.systemctl("start", UNIT)
    service.fail_a_job()


def test_a_wrong_configuration_is_not_tried_again_and_again(service: Service) -> None:
    service.configure(hook={"url": "nonsense://"})
    service.machine.systemctl("restart", UNIT, check=False)
    wait_until(lambda: service.state() == "failed", "the failure")
    assert service.machine.property_of(UNIT, "ExecMainStatus") == "78"
    # One that is to be started again is "activating" meanwhile, never "failed".
    assert (service.restarts, service.machine.property_of(UNIT, "SubState")) == (0, "failed")
    why = [
        entry for entry in service.machine.journal(UNIT) if "channels.hook.url" in entry["MESSAGE"]
    ]
    assert {entry["PRIORITY"] for entry in why[-1:]} == {"3"}
    service.configure()
    service.machine.systemctl("restart", UNIT)
    service.fail_a_job()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", sorted(SYSTEMD.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_is_valid_and_hardly_exposed(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name.replace("@", "@research")
    # Its program is not installed on this machine.
    copy.write_text(unit.read_text().replace("/opt/batchbell/bin/batchbell", "/bin/true"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", copy],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", copy],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    (exposure,) = re.findall(r"exposure level for \S+: ([\d.]+)", judged.stdout)
    assert float(exposure) <= MOST_EXPOSED
