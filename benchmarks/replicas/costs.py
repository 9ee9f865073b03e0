# ruff: noqa: T201  (it prints what it measured)
"""What a poll, a tick and a sign of life ask of the server and write there, one at a time."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING

from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import PassingDatabaseError
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
#: What is measured: accounts' jobs, of which so many run, and what many replicas have together.
ACCOUNTS = ((100, 100), (1_000, 20))
CROWD, CROWDS_ACCOUNTS = 12, 10_000
#: Until a replica has all of its share.
MANY_BEATS = 6
#: The first of those that `job` has not running.
JOB_THAT_ENDED = 50
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

    def __init__(self, server: PostgresServer, jobs: int = 0, running: int = 0) -> None:
        """Make its database, whose every statement the server writes into its log."""
        self.server, self.place = server, server.new()
        server.execute("ALTER SYSTEM SET log_line_prefix = '%d '")
        server.execute("SELECT pg_reload_conf()")
        server.execute(f"ALTER DATABASE {self.place} SET log_statement = 'all'")
        self.database = PostgresDatabase(server.url(self.place))
        self.member = self.joined("default")
        self.database.fence(self.member.require)
        self.clock = FakeClock()
        self.api = JsonApi(
            jobs=[
                replace(
                    job(0 if n < running else JOB_THAT_ENDED), id=f"job-{n:04}", input_file_id=None
                )
                for n in range(jobs)
            ]
        )
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

    def joined(self, *accounts: str) -> Membership:
        """Return one more replica, which has its share."""
        identity = Identity(id=token_hex(8), name="a:1", version="1")
        member = Membership(self.database, identity, seconds=time.monotonic, lease_seconds=3600)
        member.want([about_account(name) for name in accounts], "x")
        for _ in range(MANY_BEATS):
            # A busy machine may be too slow for the first one; the next one has less to do.
            with suppress(PassingDatabaseError):
                member.beat()
        return member

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
        """Poll once a job has failed, and another one has begun."""
        place = next(n for n, each in enumerate(self.api.jobs) if each.status == "IN_PROGRESS")
        ended = self.api.jobs.pop(place)
        self.api.jobs += [replace(ended, status="FAILED"), replace(ended, id=f"{ended.id}-next")]
        await self.poll()

    async def tick(self) -> None:
        """Look at the time."""
        await self._watch.tick()

    async def beat(self) -> None:
        """Give a sign of life; what a busy machine is too slow for is tried again."""
        while True:
            with suppress(PassingDatabaseError):
                self.member.beat()
                return

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


async def costs(server: PostgresServer, jobs: int, running: int) -> list[Cost]:
    """Return what each thing takes on an account of so many jobs."""
    account = Account(server, jobs, running)
    await account.poll()
    return [
        await account.cost("poll, nothing changed", account.poll),
        await account.cost("poll, one job's progress", account.moved),
        await account.cost("poll, one job ended, one began", account.ended),
        await account.cost("tick", account.tick),
        await account.cost("sign of life, of one with one account", account.beat),
    ]


async def crowd(server: PostgresServer) -> Cost:
    """Return what a sign of life takes where many replicas have many accounts."""
    account = Account(server)
    names = [f"account-{n:05}" for n in range(CROWDS_ACCOUNTS)]
    several = [account.joined(*names) for _ in range(CROWD)]
    account.member.leave()
    account.member = several[0]
    return await account.cost(
        f"sign of life, of one of {CROWD} with {CROWDS_ACCOUNTS} accounts", account.beat
    )


async def tell(server: PostgresServer) -> None:
    """Measure, and print the tables."""
    for jobs, running in ACCOUNTS:
        _tell(f"{jobs} jobs, {running} run", await costs(server, jobs, running))
    _tell("", [await crowd(server)])


def _tell(title: str, several: list[Cost]) -> None:
    print(f"| {title} | statements | rows written | WAL | processor |")
    print("|---|---:|---:|---:|---:|")
    for each in several:
        print(
            f"| {each.what} | {each.statements:.1f} | {each.rows:.1f} | "
            f"{each.wal_bytes / 1000:.1f} kB | {each.cpu_seconds * 1000:.1f} ms |",
            flush=True,
        )
