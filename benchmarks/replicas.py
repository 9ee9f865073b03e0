# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Kill, cut off and pause replicas on one PostgreSQL database; count what was lost and how long.

Run it from the project's folder: `make bench-replicas`, or `.venv/bin/python -m
benchmarks.replicas [--kills 60 --cuts 10 --pauses 10 --accounts 100 --jobs 300]`. Each account
lists all jobs of one simulated API; jobs end all the time. Exits with 1 if anything was lost or
told in two messages.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cut_line import CutLine, cut_line
from tests.e2e.harness import RunningDaemon, config, json_url
from tests.e2e.warm_start import WarmServer
from tests.loopback_receivers import HttpReceiver
from tests.postgres_server import PostgresServer, running_postgres
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Callable

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


@dataclass
class Team:
    """The replicas, their world, and what was measured."""

    folder: Path
    api: ThreadedSimulator
    server: PostgresServer
    lines: list[CutLine]
    daemons: list[RunningDaemon]
    accounts: int
    rng: random.Random
    jobs: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    #: Seconds until others had what a killed, cut off or paused one had had.
    takeovers: dict[str, list[float]] = field(default_factory=dict)

    def settle(self) -> None:
        """Wait until all replicas live and every account is somebody's."""
        self._wait(lambda: self._value(_SPREAD) == REPLICAS, "all replicas")
        self._wait(lambda: self._value(_LIVING) == self.accounts, "all accounts")

    def end_some(self) -> None:
        """Let a few jobs end."""
        for job in self.rng.sample(self.jobs, min(3, len(self.jobs))):
            self.jobs.remove(job)
            self.ended.append(job)
            self.api.update_job(job, status="FAILED")

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
        self._wait(lambda: self._value(_SPREAD) == REPLICAS - 1, "its end")
        self._wait(lambda: self._value(_LIVING) == self.accounts, "all accounts")
        self.takeovers.setdefault(kind, []).append(time.monotonic() - began)

    def wait_until_told(self) -> None:
        """Wait until every end is told for each account."""
        wanted = len(self.ended) * self.accounts
        self._wait(lambda: len(self.told()) >= wanted, f"{wanted} told")

    def told(self) -> list[tuple[str, str]]:
        """Return what was told, as account and job."""
        return [(row["account"], row["job"]) for row in self.daemons[0].rows(_TOLD)]

    def _value(self, query: str) -> int:
        return int(self.daemons[0].value(query))

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > until:
                raise SystemExit(f"waited in vain for {what}")
            time.sleep(LOOK_SECONDS)


def main() -> None:
    """Do it, and print the figures."""
    wanted = _arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["STATE_DIRECTORY"] = str(folder)
        api = stack.enter_context(running_simulator())
        hook = stack.enter_context(HttpReceiver())
        server = stack.enter_context(running_postgres())
        warm = stack.enter_context(WarmServer())
        team = _team(stack, wanted, folder, api, hook, server, warm)
        began = time.monotonic()
        _troubled(team, wanted)
        team.wait_until_told()
        _tell(team, hook, time.monotonic() - began)
        counts = Counter(team.told())
        lost = len(team.ended) * wanted.accounts - len(counts)
        twice = sum(count - 1 for count in counts.values())
    sys.exit(int(bool(lost or twice)))


def _team(
    stack: ExitStack,
    wanted: argparse.Namespace,
    folder: Path,
    api: ThreadedSimulator,
    hook: HttpReceiver,
    server: PostgresServer,
    warm: WarmServer,
) -> Team:
    name = server.new(migrated=False)
    settings = config(
        api.base_url, {"hook": json_url(hook)}, account={"poll_interval": wanted.poll_interval}
    )
    accounts = settings["accounts"]
    assert isinstance(accounts, dict)  # noqa: S101 - as made above
    settings["accounts"] = {f"a{n}": accounts["default"] for n in range(wanted.accounts)}
    lines, daemons = [], []
    jobs = [api.add_job(progress=50) for _ in range(wanted.jobs)]
    for number in range(REPLICAS):
        place = folder / str(number)
        place.mkdir()
        lines.append(stack.enter_context(cut_line(server.socket, place / ".s.PGSQL.5432")))
        url = server.url(name).replace(str(server.folder), str(place))
        daemons.append(RunningDaemon(place, settings, url=url, warm=warm))
        stack.enter_context(daemons[-1])
        # What looks from beside needs no line that is cut.
        daemons[-1].url = server.url(name)
    rng = random.Random(wanted.seed)  # noqa: S311 - chance, not secrecy
    team = Team(folder, api, server, lines, daemons, wanted.accounts, rng, jobs)
    team.settle()
    pairs = "SELECT count(*) FROM batch_jobs"
    while int(daemons[0].value(pairs)) < wanted.jobs * wanted.accounts:
        time.sleep(LOOK_SECONDS)
    return team


def _troubled(team: Team, wanted: argparse.Namespace) -> None:
    troubles = [team.kill] * wanted.kills + [team.cut] * wanted.cuts + [team.pause] * wanted.pauses
    team.rng.shuffle(troubles)
    for trouble in troubles:
        team.end_some()
        trouble(team.rng.randrange(REPLICAS))
        team.settle()


def _tell(team: Team, hook: HttpReceiver, took_seconds: float) -> None:
    keys = Counter(request.headers["idempotency-key"] for request in hook.requests)
    counts = Counter(team.told())
    print(f"{took_seconds:.0f} s, {team.accounts} accounts, {len(team.ended)} jobs ended")
    print(f"ends told: {len(counts)} of {len(team.ended) * team.accounts}")
    print(f"told in two messages: {sum(count - 1 for count in counts.values())}")
    print(f"messages: {len(keys)}, repeated: {sum(keys.values()) - len(keys)}")
    for kind, spans in team.takeovers.items():
        print(
            f"takeover after {len(spans)} {kind}: median {statistics.median(spans):.1f} s, "
            f"worst {max(spans):.1f} s"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--pauses", type=int, default=10)
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=300, help="a trouble ends three of them")
    parser.add_argument("--poll-interval", default="5s")
    parser.add_argument("--seed", type=int, default=1, help="of what happens to whom")
    return parser.parse_args()


if __name__ == "__main__":
    main()
