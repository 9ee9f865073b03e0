"""A database that is lost or damaged while the daemon runs: never green over it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import RunningDaemon, config
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import StartDaemon
    from tests.simulator.thread import ThreadedSimulator

pytestmark = pytest.mark.sqlite


def complaint(bell: RunningDaemon, about: str = "") -> str:
    """Wait until `/healthz` is red for this; return what it says.

    On a busy machine a late poll makes it red as well.
    """

    def said() -> str:
        status, text = bell.get("/healthz")
        words = "; ".join(json.loads(text)["complaints"]) if status == 503 else ""
        return words if about in words else ""

    return wait_until(said, f"a red /healthz {about}")


def wait_until_green(bell: RunningDaemon) -> None:
    wait_until(lambda: bell.get("/healthz")[0] == 200, "a green /healthz")


def reason(bell: RunningDaemon) -> str:
    status, text = bell.get("/readyz")
    assert status == 503
    said: str = json.loads(text)["reason"]
    return said


def delete(bell: RunningDaemon) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{bell.database}{ending}").unlink()


def replace(bell: RunningDaemon) -> None:
    other = bell.database.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE notes (text)")
    other.replace(bell.database)


def delete_log(bell: RunningDaemon) -> None:
    Path(f"{bell.database}-wal").unlink()


@pytest.mark.parametrize(
    ("lose", "said"),
    [(delete, "was deleted"), (replace, "was replaced"), (delete_log, "-wal was deleted")],
)
def test_a_database_lost_while_it_runs_is_red_and_says_what_to_do(
    api: ThreadedSimulator, start: StartDaemon, lose: Callable[[RunningDaemon], None], said: str
) -> None:
    bell = start(config(api.base_url)).wait_for_baseline()
    wait_until_green(bell)
    lose(bell)
    words = complaint(bell, said)
    assert "restart batchbell" in words
    assert said in reason(bell)
    bell.stop()


def test_an_orderly_restart_keeps_what_was_written_into_a_deleted_log(
    api: ThreadedSimulator, start: StartDaemon
) -> None:
    job = api.add_job(status="IN_PROGRESS")
    bell = start(config(api.base_url)).wait_for_baseline()
    delete_log(bell)
    complaint(bell, "-wal was deleted")
    bell.restart()
    wait_until(lambda: bell.get("/readyz")[0] == 200, "a green /readyz")
    wait_until_green(bell)
    with closing(sqlite3.connect(bell.database)) as connection:
        assert connection.execute("SELECT id FROM batch_jobs").fetchall() == [(job,)]
        (kinds,) = zip(*connection.execute("SELECT kind FROM events"), strict=True)
    assert kinds.count("account.watching") == 1


def test_damage_that_no_poll_touches_is_found_at_the_start(
    api: ThreadedSimulator, start: StartDaemon
) -> None:
    bell = start(config(api.base_url)).wait_for_baseline()
    bell.stop()
    with closing(sqlite3.connect(bell.database)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'attempts'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with bell.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xee" * size)
    bell.start()
    words = complaint(bell, "restore a backup")
    assert "damaged" in words or "malformed" in words
    wait_until(lambda: bell.get("/readyz")[0] == 200, "polls that go on")
    wait_until(lambda: bell.get("/healthz")[0] == 503, "a red /healthz all the same")
    assert "restore a backup" in complaint(bell, "restore a backup")
