"""A real daemon whose database is a server's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import RunningDaemon, command, config, json_url
from tests.e2e.waiting import wait_until
from tests.postgres_server import PASSWORD, running_postgres
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.postgres_server import PostgresServer
    from tests.simulator.thread import ThreadedSimulator


@pytest.fixture
def place(postgres: PostgresServer) -> Iterator[str]:
    name = postgres.new(migrated=False)
    yield name
    postgres.drop(name)


@pytest.fixture
def bell(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    start: StartDaemon,
    postgres: PostgresServer,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> RunningDaemon:
    # Where its health socket is.
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    settings = config(api.base_url, {"hook": json_url(hook)})
    return start({**settings, "database_url": postgres.url(place)}).wait_for_baseline()


def test_it_polls_delivers_and_is_read_there(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    bell: RunningDaemon,
    postgres: PostgresServer,
    place: str,
) -> None:
    job_id = api.add_job(progress=50)
    wait_until(lambda: postgres.execute("SELECT 1 FROM batch_jobs", place), "the job")
    api.update_job(job_id, status="COMPLETED", output_file_id="file-out")
    assert job_id in hook.wait_for(lambda got: len(got) >= 1)[0].text
    status = json.loads(command(bell, "status", "--json").stdout)
    assert [job["status"] for job in status["jobs"]] == ["COMPLETED"]
    # Others that run beside it are replicas, but a round for cron has to be alone.
    assert command(bell, "poll").returncode == 75
    assert command(bell, "healthcheck").returncode == 0
    assert "pg_dump" in command(bell, "db", "backup", "copy").stderr

    bell.stop()
    assert PASSWORD not in bell.log_text()
    assert command(bell, "db", "upgrade").stdout.startswith("postgresql://")


@pytest.mark.long
def test_a_server_that_is_away_is_waited_for_at_the_start_and_in_between(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    start: StartDaemon,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Red while it is away, green when it is back: the process is the same all the time."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    job_id = api.add_job(progress=50)
    with running_postgres() as server:
        url = server.url(server.new(migrated=False))
        server.stop()
        settings = config(api.base_url, {"hook": json_url(hook)})
        bell = start({**settings, "database_url": url}, wait=False)
        bell.wait_for_log("the start waits for the database")
        wait_until(lambda: "can't be reached" in healthcheck(bell), "red health")
        server.start()
        bell.wait_for_log("the start goes on")
        bell.wait_for_baseline()
        wait_until(lambda: healthcheck(bell) == "healthy", "green health")

        server.stop()
        api.update_job(job_id, status="FAILED")
        wait_until(lambda: "can't be reached" in healthcheck(bell), "red health")
        server.start()
        assert job_id in hook.wait_for(lambda got: len(got) >= 1)[0].text
        wait_until(lambda: healthcheck(bell) == "healthy", "green health")
        bell.stop()
        assert "Traceback" not in bell.log_text()
    assert len(hook.requests) == 1


def healthcheck(bell: RunningDaemon) -> str:
    """Return what the daemon says of itself."""
    asked = command(bell, "healthcheck")
    return (asked.stdout + asked.stderr).strip()


def test_two_daemons_of_one_machine_have_a_health_socket_each(
    api: ThreadedSimulator, bell: RunningDaemon, postgres: PostgresServer, tmp_path: Path
) -> None:
    with postgres.dropped_afterwards() as names:
        names.append(postgres.new(migrated=False))
        folder = tmp_path / "other"
        folder.mkdir()
        with RunningDaemon(
            folder, config(api.base_url), url=postgres.url(names[0]), warm=shared_server()
        ) as other:
            wait_until(lambda: healthcheck(other) == "healthy", "the other one's health")
            assert healthcheck(bell) == "healthy"
            assert len(list(tmp_path.glob("*.health"))) == 2
            other.stop()
        assert healthcheck(bell) == "healthy"


def test_lost_connections_cost_nothing(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    bell: RunningDaemon,
    postgres: PostgresServer,
    place: str,
) -> None:
    job_id = api.add_job(progress=50)
    wait_until(lambda: postgres.execute("SELECT 1 FROM batch_jobs", place), "the job")
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{place}' AND pid <> pg_backend_pid()"
    )
    api.update_job(job_id, status="FAILED")
    assert job_id in hook.wait_for(lambda got: len(got) >= 1)[0].text
    wait_until(lambda: command(bell, "healthcheck").returncode == 0, "health")
    bell.stop()
