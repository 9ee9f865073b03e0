"""Replicas and their world; one after the other is killed, cut off or paused."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cut_line import CutLine, cut_line
from tests.e2e.harness import RunningDaemon, config, json_url

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from contextlib import ExitStack

    from benchmarks.replicas.listing_api import ListingApi
    from tests.loopback_receivers import HttpReceiver
    from tests.postgres_server import PostgresServer
    from tests.warm_start import WarmServer

REPLICAS = 3
#: Between two looks, seconds.
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 300.0
_LIVING = (
    "SELECT count(*) FROM leases JOIN replicas ON replicas.id = replica "
    "WHERE subject LIKE 'account %%' AND until > (extract(epoch FROM clock_timestamp()) * 1000000)"
)
_SPREAD = _LIVING.replace("count(*)", "count(DISTINCT replica)")
_TOLD = (
    "SELECT account, job FROM events JOIN notification_events ON event_id = events.id "
    "JOIN notifications ON notifications.id = notification_id "
    "WHERE kind = 'batch.failed' AND state = 'sent'"
)
_ROWS = (
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables"
)
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'"


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What so many replicas did in a while in which nothing happened, a second of it."""

    replicas: int
    polls: float
    rows: float
    #: Processor time of all daemons, and of the server, of one core.
    daemons: float
    server: float
    connections: int


@dataclass
class Team:
    """The replicas, and what was measured."""

    folder: Path
    api: ListingApi
    hook: HttpReceiver
    server: PostgresServer
    accounts: int
    rng: random.Random
    place: str
    lines: list[CutLine] = field(default_factory=list)
    daemons: list[RunningDaemon] = field(default_factory=list)
    #: Seconds until others had what a killed, cut off or paused one had had.
    takeovers: dict[str, list[float]] = field(default_factory=dict)

    def settings(self, number: int, poll_interval: str) -> dict[str, object]:
        """Return the configuration of one of them; its line alone is its own."""
        table = config(
            self.api.base_url,
            {"hook": json_url(self.hook)},
            account={"poll_interval": poll_interval, "request_timeout": "10s"},
        )
        accounts = table["accounts"]
        assert isinstance(accounts, dict)  # noqa: S101 - as made above
        table["accounts"] = {f"a{n}": accounts["default"] for n in range(self.accounts)}
        url = self.server.url(self.place)
        far = url.replace(str(self.server.folder), str(self.place_of(number)))
        return {**table, "database_url": far}

    def place_of(self, number: int) -> Path:
        """Return the folder of one of them."""
        return self.folder / str(number)

    def join(self, stack: ExitStack, warm: WarmServer, poll_interval: str) -> None:
        """Start one more, on a line of its own to the server."""
        number = len(self.daemons)
        folder = self.place_of(number)
        folder.mkdir()
        line = stack.enter_context(cut_line(self.server.socket, folder / ".s.PGSQL.5432"))
        # What looks from beside needs no line that is cut.
        url = self.server.url(self.place)
        daemon = RunningDaemon(folder, self.settings(number, poll_interval), url=url, warm=warm)
        stack.enter_context(daemon)
        self.lines.append(line)
        self.daemons.append(daemon)

    def settle(self) -> None:
        """Wait until all replicas live and every account is somebody's."""
        wait(lambda: self.value(_SPREAD) == len(self.daemons), "all replicas")
        wait(lambda: self.value(_LIVING) == self.accounts, "all accounts")

    def kill(self, number: int) -> None:
        """End one without any warning, and start it again."""
        daemon = self.daemons[number]
        daemon.kill()
        self._taken("kills")
        daemon.start()

    def cut(self, number: int) -> None:
        """Cut one off the database for a while."""
        self.lines[number].cut()
        self._taken("cuts")
        self.lines[number].mend()

    def pause(self, number: int) -> None:
        """Let one stand still for a while."""
        self.daemons[number].send_signal(signal.SIGSTOP)
        self._taken("pauses")
        self.daemons[number].send_signal(signal.SIGCONT)

    def _taken(self, kind: str) -> None:
        began = time.monotonic()
        # It counts as alive until its time is up; then all have to be somebody else's.
        wait(lambda: self.value(_SPREAD) == len(self.daemons) - 1, "its end")
        wait(lambda: self.value(_LIVING) == self.accounts, "all accounts")
        self.takeovers.setdefault(kind, []).append(time.monotonic() - began)

    def wait_until_told(self) -> None:
        """Wait until every end is told for each account."""
        wanted = len(self.api.ended) * self.accounts
        wait(lambda: len(set(self.told())) >= wanted, f"{wanted} told")

    def told(self) -> list[tuple[str, str]]:
        """Return what was told, as account and job."""
        return [(row["account"], row["job"]) for row in self.daemons[0].rows(_TOLD)]

    def value(self, query: str) -> int:
        """Ask the server for a number."""
        return int(self.daemons[0].value(query))

    def rate(self, seconds: float) -> Rate:
        """Measure while nothing happens."""
        before, began = self._taken_so_far(), time.monotonic()
        time.sleep(seconds)
        after, took = self._taken_so_far(), time.monotonic() - began
        polls, rows, daemons, server = (
            (now - then) / took for now, then in zip(after, before, strict=True)
        )
        return Rate(
            replicas=len(self.daemons),
            polls=polls,
            rows=rows,
            daemons=daemons,
            server=server,
            connections=self.value(_SESSIONS.format(self.place)),
        )

    def _taken_so_far(self) -> tuple[float, float, float, float]:
        daemons = sum(_cpu_seconds(daemon.process.pid) for daemon in self.daemons)
        return self.api.served(), self.value(_ROWS), daemons, self._server_cpu_seconds()

    def _server_cpu_seconds(self) -> float:
        main = (self.server.folder / "data" / "postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return _cpu_seconds(main, with_ended=True) + sum(map(_cpu_seconds, children))


def _cpu_seconds(pid: int | str, *, with_ended: bool = False) -> float:
    """Return what a process has taken, if wanted with its children that ended. Source: proc(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        # A session that has just ended, which the server counts by now.
        return 0.0
    # The name, in brackets, may hold spaces.
    numbers = text.rpartition(")")[2].split()
    return sum(map(int, numbers[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def wait(condition: Callable[[], bool], what: str) -> None:
    """Wait for it, but not for ever."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(LOOK_SECONDS)
