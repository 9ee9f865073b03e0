# ruff: noqa: T201  (it prints what it measured)
"""What a poll, a tick and a sign of life ask of the server and write there, one at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.store.database import about_account
from batchbell.store.postgres.database import PostgresDatabase
from batchbell.usecases.membership import Identity, Membership
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.tick import AccountWatch
from tests.fakes import FakeClock
from tests.json_api import JsonApi
from tests.usecases.test_statements import job

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.postgres_server import PostgresServer

RULES = Rules(grace_period=timedelta(minutes=5))
#: What is done so often before it is counted that the driver has prepared what it will.
BEFORE, TIMES = 8, 20
JOBS = 100
_ROWS = (
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables"
)
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one thing took, of many that were alike."""

    what: str
    statements: float
    rows: float
    wal_bytes: float
    #: Of the process that asks, not of the server.
    cpu_seconds: float


class Account:
    """One account of a replica, worked on by hand."""

    def __init__(self, server: PostgresServer) -> None:
        """Make its database, whose every statement the server writes into its log."""
        self.server, self.place = server, server.new()
        server.execute("ALTER SYSTEM SET log_line_prefix = '%d '")
        server.execute("SELECT pg_reload_conf()")
        server.execute(f"ALTER DATABASE {self.place} SET log_statement = 'all'")
        self.database = PostgresDatabase(server.url(self.place))
        identity = Identity(id="a", name="a:1", version="1")
        self.member = Membership(self.database, identity, seconds=time.monotonic)
        self.member.want([about_account("default")], "x")
        self.member.beat()
        self.database.fence(self.member.require)
        self.clock = FakeClock()
        running = replace(job(0), input_file_id=None)
        self.api = JsonApi(jobs=[replace(running, id=f"job-{n:04}") for n in range(JOBS)])
        filters = [Filter(channel="team")]
        self._poll = AccountPoll(
            "default",
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=lambda: filters,
            rules=RULES,
        )
        self._watch = AccountWatch(
            "default",
            database=self.database,
            clock=self.clock,
            filters=lambda: filters,
            rules=RULES,
        )

    async def poll(self) -> None:
        """Let a while pass, and poll."""
        self.clock.advance(timedelta(minutes=1))
        await self._poll.poll()

    async def moved(self) -> None:
        """Poll once a job has made progress."""
        first, *others = self.api.jobs
        self.api.jobs = [*others, replace(first, progress=(first.progress or 0) + 0.001)]
        await self.poll()

    async def ended(self) -> None:
        """Poll once a job has failed."""
        place = next(n for n, each in enumerate(self.api.jobs) if each.status == "IN_PROGRESS")
        self.api.jobs[place] = replace(self.api.jobs[place], status="FAILED")
        await self.poll()

    async def tick(self) -> None:
        """Look at the time."""
        await self._watch.tick()

    async def beat(self) -> None:
        """Give a sign of life."""
        self.member.beat()

    async def cost(self, what: str, do: Callable[[], Awaitable[object]]) -> Cost:
        """Do something many times, and say what one of them took."""
        rows = self._rows()
        for _ in range(BEFORE):
            await do()
        statements, wal, began = self._statements(), self._wal(), time.process_time()
        for _ in range(TIMES):
            await do()
        took = time.process_time() - began
        wal, statements = self._wal() - wal, self._statements() - statements
        return Cost(
            what=what,
            statements=statements / TIMES,
            rows=(self._rows() - rows) / (BEFORE + TIMES),
            wal_bytes=wal / TIMES,
            cpu_seconds=took / TIMES,
        )

    def _statements(self) -> int:
        return (self.server.folder / "log").read_text().count(f"{self.place} LOG:")

    def _rows(self) -> int:
        # A session tells what it has written when it ends, else up to 10 s later.
        self.database.close()
        while self.server.execute(_SESSIONS.format(self.place))[0][0]:
            time.sleep(0.05)
        return int(self.server.execute(_ROWS, self.place)[0][0])

    def _wal(self) -> int:
        position = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
        return int(self.server.execute(position)[0][0])


async def costs(server: PostgresServer) -> list[Cost]:
    """Return what each thing takes on an account of 100 jobs."""
    account = Account(server)
    await account.poll()
    return [
        await account.cost("poll, nothing changed", account.poll),
        await account.cost("poll, one job's progress", account.moved),
        await account.cost("poll, one job ended", account.ended),
        await account.cost("tick", account.tick),
        await account.cost("sign of life", account.beat),
    ]


def tell(several: list[Cost]) -> None:
    """Print the table."""
    print("| | statements | rows written | WAL | processor |")
    print("|---|---:|---:|---:|---:|")
    for each in several:
        print(
            f"| {each.what} | {each.statements:.1f} | {each.rows:.1f} | "
            f"{each.wal_bytes / 1000:.1f} kB | {each.cpu_seconds * 1000:.1f} ms |"
        )
