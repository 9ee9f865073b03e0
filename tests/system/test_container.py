"""The image, built here and run as the documentation tells: locked up, starved, killed, stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.config.toml_text import document
from tests.e2e.messages import told_by_http
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import HttpReceiver
from tests.postgres_server import running_postgres
from tests.simulator.thread import running_simulator
from tests.system import containers
from tests.system.containers import BASE, IMAGE, LOCKED_UP, Docker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulator.thread import ThreadedSimulator

KEY = "fake-key-in-a-mounted-secret"
SECRET = "/run/secrets/batchbell_accounts__default__api_key"
#: The user of the image.
UID = 10001
#: A state that is gone with its container.
DISK = f"--tmpfs=/data:mode=0700,uid={UID},gid={UID}"
#: What the documentation promises, 10^6 bytes over the base.
MOST_MEGABYTES = 150
#: Quicker than in life, so that a test need not wait for minutes.
QUICK = ("--health-interval=1s", "--health-retries=2", "--health-timeout=3s")
TIMEOUT_SECONDS = 60.0
#: An API for the container beside it.
SIMULATOR = """
import asyncio
from batchbell.simulator.server import Simulator
async def main():
    async with Simulator() as api:
        api.add_job(status="IN_PROGRESS")
        print(api.base_url, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(containers.missing()), reason=containers.missing()),
]


@dataclass
class Container:
    """A batchbell in a container, and the world around it."""

    docker: Docker
    name: str
    api: ThreadedSimulator
    hook: HttpReceiver

    def wait_for_health(self, status: str) -> None:
        wait_until(lambda: self.docker.health(self.name) == status, status, within=TIMEOUT_SECONDS)

    def check(self, *options: str) -> str:
        return self.docker("exec", self.name, "batchbell", "healthcheck", *options, check=False)

    @property
    def daemon(self) -> int:
        """The daemon's process id as seen from here: process 1 is tini."""
        tini = self.docker.inspect(self.name)["State"]["Pid"]
        (child,) = Path(f"/proc/{tini}/task/{tini}/children").read_text().split()
        return int(child)

    def fail_a_job(self) -> str:
        """Let a job fail that was seen running; return its id once that was told."""
        job_id = self.api.add_job(status="IN_PROGRESS")
        polls = len(self.api.requests)
        wait_until(lambda: len(self.api.requests) >= polls + 2, "polls")
        self.api.update_job(job_id, status="FAILED")
        self.told_of(job_id)
        return job_id

    def told_of(self, job_id: str) -> None:
        def told() -> int:
            entries = told_by_http(self.hook.requests)
            return sum((entry.job, entry.label) == (job_id, "FAILED") for entry in entries)

        wait_until(lambda: told() == 1, f"the message about {job_id}", within=TIMEOUT_SECONDS)


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    folder = tmp_path_factory.mktemp("docker")
    with containers.running_docker(folder) as docker:
        containers.build(docker, folder)
        yield docker


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator(api_key=KEY) as simulator:
        yield simulator


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def arguments(tmp_path: Path, api: ThreadedSimulator, hook: HttpReceiver) -> list[str]:
    """How the container is run: its configuration and its secret are files."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "web": {"listen": f"127.0.0.1:{port}"},
        "accounts": {"default": {"base_url": api.base_url, "poll_interval": "1s"}},
        "channels": {"hook": {"url": f"json://{hook.netloc}/"}},
    }
    (tmp_path / "config.toml").write_text(document(config))
    secret = tmp_path / "api_key"
    secret.write_text(KEY)
    secret.chmod(0o400)
    os.chown(secret, UID, UID)
    return [
        "--network=host",
        f"--volume={tmp_path}/config.toml:/etc/batchbell/config.toml:ro",
        f"--volume={secret}:{SECRET}:ro",
        *QUICK,
        *LOCKED_UP,
    ]


@pytest.fixture
def container(
    docker: Docker, arguments: list[str], api: ThreadedSimulator, hook: HttpReceiver
) -> Iterator[Container]:
    docker("run", "--detach", "--name=bell", *arguments, "--volume=state:/data", IMAGE)
    try:
        yield Container(docker, "bell", api, hook)
    finally:
        docker("rm", "--force", "bell")
        docker("volume", "rm", "--force", "state")


def test_the_image_is_small_and_says_what_it_is(docker: Docker) -> None:
    assert docker.megabytes(IMAGE) - docker.megabytes(BASE) < MOST_MEGABYTES
    config = docker.inspect(IMAGE)["Config"]
    assert config["User"] == f"{UID}:{UID}"
    assert config["Labels"]["org.opencontainers.image.version"] == "1.2.3"
    assert list(config["Volumes"]) == ["/data"]


def test_it_gets_healthy_polls_and_tells_with_nothing_but_a_volume(container: Container) -> None:
    container.wait_for_health("healthy")
    container.fail_a_job()
    status = Path(f"/proc/{container.daemon}/status").read_text()
    assert f"Uid:\t{UID}" in status
    assert "CapEff:\t0000000000000000" in status
    mode = container.docker("exec", "bell", "stat", "-c", "%a %u", "/data/batchbell.db")
    assert mode == f"600 {UID}"


def test_the_secret_is_used_and_is_nowhere_else(container: Container) -> None:
    container.fail_a_job()
    assert container.api.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in container.docker("logs", "bell")
    assert KEY not in container.docker("inspect", "bell")
    assert KEY.encode() not in Path(f"/proc/{container.daemon}/environ").read_bytes()
    assert container.docker("exec", "bell", "grep", "-rlsa", KEY, "/data", check=False) == ""


def test_a_hang_is_not_healthy(container: Container) -> None:
    container.wait_for_health("healthy")
    hung = container.daemon
    os.kill(hung, signal.SIGSTOP)
    container.wait_for_health("unhealthy")
    os.kill(hung, signal.SIGCONT)
    container.wait_for_health("healthy")


def test_an_api_that_is_down_is_no_fault_of_the_container(container: Container) -> None:
    container.wait_for_health("healthy")
    container.api.refuse()
    wait_until(lambda: "last good poll" in container.check("--ready"), within=TIMEOUT_SECONDS)
    assert container.check() == "healthy"
    container.api.accept()
    wait_until(lambda: container.check("--ready") == "healthy", within=TIMEOUT_SECONDS)


def test_a_full_disk_is_not_healthy_and_heals_without_a_restart(
    docker: Docker, arguments: list[str], api: ThreadedSimulator, hook: HttpReceiver
) -> None:
    docker("run", "--detach", "--name=small", *arguments, f"{DISK},size=2m", IMAGE)
    try:
        small = Container(docker, "small", api, hook)
        small.wait_for_health("healthy")
        small.fail_a_job()
        docker("exec", "small", "dd", "if=/dev/zero", "of=/data/fill", "bs=4k", check=False)
        job_id = api.add_job(status="IN_PROGRESS", error="x" * 9_000)
        small.wait_for_health("unhealthy")
        assert "full" in small.check()
        docker("exec", "small", "rm", "/data/fill")
        small.wait_for_health("healthy")
        api.update_job(job_id, status="FAILED")
        small.told_of(job_id)
    finally:
        docker("rm", "--force", "small")


def test_it_stops_in_time_and_says_nothing_went_wrong(container: Container) -> None:
    container.wait_for_health("healthy")
    began = time.monotonic()
    container.docker("stop", "--time=10", "bell")
    assert time.monotonic() - began < 5.0
    assert container.docker.inspect("bell")["State"]["ExitCode"] == 0


def test_a_kill_loses_nothing(container: Container) -> None:
    job_id = container.api.add_job(status="IN_PROGRESS")
    container.fail_a_job()
    container.docker("kill", "--signal=KILL", "bell")
    container.api.update_job(job_id, status="FAILED")
    container.docker("start", "bell")
    container.told_of(job_id)
    container.wait_for_health("healthy")


def test_what_a_channel_s_program_leaves_behind_is_buried(
    docker: Docker, arguments: list[str], api: ThreadedSimulator, hook: HttpReceiver
) -> None:
    program = '["/bin/sh", "-c", "sleep 0.1 & exit 0"]'
    variables = [f"--env=BATCHBELL_CHANNELS__SCRIPT__EXEC={program}"]
    docker("run", "--detach", "--name=left", *arguments, *variables, DISK, IMAGE)
    try:
        left = Container(docker, "left", api, hook)
        left.fail_a_job()
        assert docker("exec", "left", "cat", "/proc/1/comm") == "tini"
        states = "for state in /proc/[0-9]*/stat; do cut -d' ' -f3 $state; done 2>/dev/null"
        wait_until(lambda: "Z" not in docker("exec", "left", "sh", "-c", states), "their burial")
        assert "script" not in docker("exec", "left", "batchbell", "deliveries", "--failed")
    finally:
        docker("rm", "--force", "left")


def test_a_sidecar_reaches_its_neighbour_alone(docker: Docker) -> None:
    python = "--entrypoint=/opt/batchbell/bin/python"
    docker(
        *("run", "--detach", "--name=app", "--network=none", *LOCKED_UP, python, IMAGE),
        *("-u", "-c", SIMULATOR),
    )
    try:
        wait_until(lambda: "http://" in docker("logs", "app"), "the neighbour", within=30)
        docker(
            *("run", "--detach", "--name=sidecar", "--network=container:app", *QUICK, *LOCKED_UP),
            *(f"--env=TOGETHER_BASE_URL={docker('logs', 'app')}", f"--env=TOGETHER_API_KEY={KEY}"),
            *(DISK, IMAGE),
        )
        wait_until(
            lambda: (
                docker("exec", "sidecar", "batchbell", "healthcheck", "--ready", check=False)
                == "healthy"
            ),
            "the sidecar's poll",
            within=TIMEOUT_SECONDS,
        )
        assert "IN_PROGRESS" in docker("exec", "sidecar", "batchbell", "status")
    finally:
        docker("rm", "--force", "sidecar", "app", check=False)


def test_of_two_replicas_on_postgresql_one_is_killed_and_nothing_is_lost(
    docker: Docker, arguments: list[str], api: ThreadedSimulator, hook: HttpReceiver
) -> None:
    with running_postgres() as postgres:
        # The daemons' user may pass through to the socket.
        postgres.folder.chmod(0o711)
        shared = (
            f"--volume={postgres.folder}:{postgres.folder}",
            f"--env=BATCHBELL_DATABASE_URL={postgres.url(postgres.new(migrated=False))}",
            "--env=BATCHBELL_WEB__ENABLED=false",
        )
        names = ("left", "right")
        try:
            for name in names:
                docker("run", "--detach", f"--name={name}", *arguments, *shared, DISK, IMAGE)
            replicas = {name: Container(docker, name, api, hook) for name in names}
            for replica in replicas.values():
                replica.wait_for_health("healthy")
            replicas["left"].fail_a_job()
            # Either may have the account; each is killed once.
            for killed, other in (names, names[::-1]):
                job_id = api.add_job(status="IN_PROGRESS")
                docker("kill", "--signal=KILL", killed)
                replicas[other].fail_a_job()
                api.update_job(job_id, status="FAILED")
                replicas[other].told_of(job_id)
                wait_until(partial(_polled_by, docker, other), within=TIMEOUT_SECONDS)
                docker("start", killed)
                replicas[killed].wait_for_health("healthy")
        finally:
            docker("rm", "--force", *names, check=False)


def _polled_by(docker: Docker, name: str) -> bool:
    """Tell whether there is one living replica, which polls, by what one says of itself."""
    status = json.loads(docker("exec", name, "batchbell", "status", "--json"))
    return [each["accounts"] for each in status["replicas"] if each["alive"]] == [["default"]]


def test_a_wrong_configuration_ends_it_with_a_sentence(
    docker: Docker, arguments: list[str]
) -> None:
    wrong = "--env=BATCHBELL_ACCOUNTS__DEFAULT__POLL_INTERVAL=soon"
    docker("run", "--name=wrong", *arguments, wrong, IMAGE, check=False)
    try:
        assert docker.inspect("wrong")["State"]["ExitCode"] == 78
        assert "accounts.default.poll_interval: " in docker("logs", "wrong")
        assert "Traceback" not in docker("logs", "wrong")
    finally:
        docker("rm", "--force", "wrong")
