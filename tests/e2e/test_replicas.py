"""Several real daemons on one database: what one of them loses another one goes on with."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Protocol

import pytest

from batchbell.store.postgres.database import PostgresDatabase
from tests.cut_line import cut_line
from tests.e2e.harness import RunningDaemon, config, json_url
from tests.e2e.waiting import wait_until
from tests.simulator.named_faults import refusal
from tests.simulator.thread import running_simulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.loopback_receivers import HttpReceiver
    from tests.postgres_server import PostgresServer
    from tests.simulator.thread import ThreadedSimulator
    from tests.warm_start import WarmServer


class StartReplica(Protocol):
    """Starts a daemon, by default with four accounts and on the tests' database itself."""

    def __call__(
        self, name: str, place: str = ..., *, settings: Mapping[str, object] = ...
    ) -> RunningDaemon: ...


ACCOUNTS = [f"a{number}" for number in range(4)]
#: What a newer version's migration may do; `tests/store/test_migrations.py` holds ours to it.
NEWER_SCHEMA = (
    *(
        f"ALTER TABLE {table} ADD COLUMN later text, ADD COLUMN number bigint NOT NULL DEFAULT 0"
        for table in ("accounts", "batch_jobs", "events", "notifications", "leases", "replicas")
    ),
    "CREATE TABLE later (id bigint PRIMARY KEY)",
    "UPDATE alembic_version SET version_num = '9999'",
)


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.dropped_afterwards() as names:
        names.append(postgres.new(migrated=False))
        yield postgres.url(names[0])


@pytest.fixture
def replica(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    url: str,
    warm: WarmServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[StartReplica]:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    usual = config(api.base_url, {"hook": json_url(hook)})
    usual["accounts"] = dict.fromkeys(ACCOUNTS, usual["accounts"]["default"])  # type: ignore[index] # a table
    with ExitStack() as stack:

        def start(
            name: str, place: str = url, *, settings: Mapping[str, object] = usual
        ) -> RunningDaemon:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            daemon = RunningDaemon(folder, settings, url=place, warm=warm)
            return stack.enter_context(daemon)

        yield start


def shares(bell: RunningDaemon) -> dict[str, int]:
    """Return how many accounts each living replica has."""
    rows = bell.rows(
        "SELECT replica, count(*) AS accounts FROM leases JOIN replicas ON replicas.id = replica "
        "WHERE subject LIKE 'account %%' "
        "AND until > (extract(epoch FROM clock_timestamp()) * 1000000) GROUP BY replica"
    )
    return {row["replica"]: row["accounts"] for row in rows}


def wait_for_shares(bell: RunningDaemon, *wanted: int) -> None:
    wait_until(lambda: sorted(shares(bell).values()) == sorted(wanted), f"shares of {wanted}")


def told(hook: HttpReceiver, job_id: str) -> int:
    return sum(request.text.count(f"Job: {job_id}") for request in hook.requests)


def end_a_job(api: ThreadedSimulator, bell: RunningDaemon) -> str:
    """Let a job that is seen end; return its id."""
    job_id = api.add_job(progress=50)
    wait_until(
        lambda: bell.value("SELECT count(*) FROM batch_jobs WHERE id = ?", job_id) == len(ACCOUNTS),
        "the job of every account",
    )
    api.update_job(job_id, status="FAILED")
    return job_id


def wait_until_told(bell: RunningDaemon, hook: HttpReceiver, job_id: str) -> None:
    """Every account has the job: it is told of each, and of each once."""
    query = (
        "SELECT count(*) FROM events JOIN notification_events ON event_id = events.id "
        "JOIN notifications ON notifications.id = notification_id "
        "WHERE job = ? AND kind = 'batch.failed' AND state = 'sent'"
    )
    wait_until(lambda: bell.value(query, job_id) == len(ACCOUNTS), "all that is told")
    assert any(job_id in request.text for request in hook.requests)


@pytest.mark.timeout(240)
def test_accounts_are_shared_and_those_of_a_killed_one_move(
    api: ThreadedSimulator, hook: HttpReceiver, replica: StartReplica
) -> None:
    first = replica("first")
    wait_for_shares(first, 4)
    second = replica("second")
    wait_for_shares(first, 2, 2)
    wait_until_told(first, hook, end_a_job(api, first))

    first.kill()
    job_id = end_a_job(api, second)
    wait_for_shares(second, 4)
    wait_until_told(second, hook, job_id)

    third = replica("third")
    wait_for_shares(third, 2, 2)
    second.stop()
    # It gave everything back: nobody waits for its time to be up.
    wait_for_shares(third, 4)
    wait_until_told(third, hook, end_a_job(api, third))
    third.stop()
    keys = [request.headers["idempotency-key"] for request in hook.requests]
    assert len(keys) == len(set(keys))
    for daemon in (second, third):
        assert "Traceback" not in daemon.log_text()
        # Nobody tries to deliver to another one's channel, or is red for it.
        assert "deliveries wait" not in daemon.log_text()


@pytest.mark.timeout(240)
def test_one_that_was_paused_does_no_harm(
    api: ThreadedSimulator, hook: HttpReceiver, replica: StartReplica
) -> None:
    paused, other = replica("paused"), replica("other")
    wait_for_shares(other, 2, 2)
    paused.send_signal(signal.SIGSTOP)
    wait_for_shares(other, 4)
    wait_until_told(other, hook, end_a_job(api, other))
    before = [request.text for request in hook.requests]
    paused.send_signal(signal.SIGCONT)
    wait_for_shares(other, 2, 2)
    job_id = end_a_job(api, other)
    wait_until_told(other, hook, job_id)
    assert [request.text for request in hook.requests][: len(before)] == before
    query = "SELECT count(*) FROM events WHERE kind LIKE 'batch.%%' GROUP BY account"
    assert len({tuple(row) for row in other.rows(query)}) == 1
    status, text = paused.get("/readyz")
    assert (status, json.loads(text)["ready"]) == (200, True)
    for daemon in (paused, other):
        daemon.stop()
        assert "Traceback" not in daemon.log_text()


@pytest.mark.timeout(240)
def test_one_that_is_cut_off_stops_and_says_so(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    replica: StartReplica,
    url: str,
    postgres: PostgresServer,
    tmp_path: Path,
) -> None:
    with cut_line(postgres.socket, tmp_path / ".s.PGSQL.5432") as line:
        far = replica("far", url.replace(str(postgres.folder), str(tmp_path)))
        near = replica("near")
        wait_for_shares(near, 2, 2)
        line.cut()
        wait_for_shares(near, 4)
        wait_until(lambda: "cut off from the database" in far.get("/readyz")[1], "what it says")
        wait_until_told(near, hook, end_a_job(api, near))
        assert far.get("/healthz")[0] == 503
        line.mend()
        wait_for_shares(near, 2, 2)
        wait_until(lambda: far.get("/readyz")[0] == 200, "a ready one")
        wait_until_told(near, hook, end_a_job(api, near))
        for daemon in (far, near):
            daemon.stop()
            assert "Traceback" not in daemon.log_text()


@pytest.mark.timeout(240)
def test_one_heartbeat_is_of_all_accounts_whoever_polls_them(
    api: ThreadedSimulator, hook: HttpReceiver, replica: StartReplica
) -> None:
    settings = config(api.base_url, alerts={"heartbeat_url": f"http://{hook.netloc}/beat"})
    accounts = settings["accounts"]
    assert isinstance(accounts, dict)
    with running_simulator() as refusing:
        refusing.fault(refusal(401, "no key"))
        failing = {**accounts["default"], "base_url": refusing.base_url}
        settings["accounts"] = {"well": accounts["default"], "failing": failing}
        first, second = replica("first", settings=settings), replica("second", settings=settings)
        wait_for_shares(first, 1, 1)
        before = len(hook.requests)
        polls = len(api.requests)
        wait_until(lambda: len(api.requests) > polls + 2, "polls of the one that is well")
        hook.wait_for(lambda got: sum(each.path == "/beat/fail" for each in got[before:]) > 2)
        assert "/beat" not in {each.path for each in hook.requests}
        refusing.clear_faults()
        hook.wait_for(lambda got: "/beat" in {each.path for each in got})
        first.kill()
        wait_for_shares(second, 2)
        before = len(hook.requests)
        hook.wait_for(lambda got: "/beat" in {each.path for each in got[before:]})


@pytest.mark.timeout(240)
def test_an_older_one_goes_on_beside_a_newer_schema_on_which_none_starts(
    api: ThreadedSimulator, hook: HttpReceiver, replica: StartReplica, url: str
) -> None:
    older, other = replica("older"), replica("other")
    wait_for_shares(older, 2, 2)
    begun = end_a_job(api, older)
    database = PostgresDatabase(url)
    with closing(database), database.write() as connection:
        for statement in NEWER_SCHEMA:
            connection.exec_driver_sql(statement)
    wait_until_told(older, hook, begun)
    wait_until_told(older, hook, end_a_job(api, older))

    other.stop()
    other.start(wait=False)
    assert other.process.wait(TIMEOUT_SECONDS) == 1
    assert "the database has schema 9999, this batchbell knows" in other.log_text()
    assert "install the newer batchbell" in other.log_text()
    wait_for_shares(older, 4)
    wait_until_told(older, hook, end_a_job(api, older))
    older.stop()
    assert "Traceback" not in older.log_text()
    keys = [request.headers["idempotency-key"] for request in hook.requests]
    assert len(keys) == len(set(keys))
