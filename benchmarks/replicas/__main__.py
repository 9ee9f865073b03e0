# ruff: noqa: T201  (it prints what it measured)
"""Kill, cut off and pause replicas on one PostgreSQL database; count what was lost and how long.

Run it from the project's folder: `make bench-replicas`, or `.venv/bin/python -m
benchmarks.replicas [--kills 60 --cuts 10 --pauses 10 --accounts 100 --jobs 100]`. Each account
lists all jobs of one API; jobs end all the time. Before that it measures what polls cost the
server, and how many one replica and all of them do. Exits with 1 if anything was lost, or told in
two messages.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.replicas import costs
from benchmarks.replicas.listing_api import running_api
from benchmarks.replicas.team import REPLICAS, Rate, Team, wait
from tests.loopback_receivers import HttpReceiver
from tests.postgres_server import running_postgres
from tests.warm_start import WarmServer

#: As fast as they can.
FAST = "1s"
#: After a start or a change nothing is left of it, seconds.
SETTLED_SECONDS = 10.0


def main() -> None:
    """Do it, and print the figures."""
    wanted = _arguments()
    logging.disable()
    load = f"load {os.getloadavg()[0]:.1f} before"
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {load}", flush=True)
    with ExitStack() as stack:
        server = stack.enter_context(running_postgres())
        asyncio.run(costs.tell(server))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["STATE_DIRECTORY"] = str(folder)
        team = Team(
            folder,
            stack.enter_context(running_api(folder, wanted.jobs)),
            stack.enter_context(HttpReceiver()),
            server,
            wanted.accounts,
            random.Random(wanted.seed),  # noqa: S311 - chance, not secrecy
            server.new(migrated=False),
        )
        _rates(team, stack, wanted)
        for number, daemon in enumerate(team.daemons):
            daemon.configure(team.settings(number, wanted.poll_interval))
            daemon.restart()
        began = time.monotonic()
        _troubled(team, wanted)
        team.wait_until_told()
        _tell(team, time.monotonic() - began)
        counts = Counter(team.told())
        lost = len(team.api.ended) * wanted.accounts - len(counts)
        twice = sum(count - 1 for count in counts.values())
    sys.exit(int(bool(lost or twice)))


def _rates(team: Team, stack: ExitStack, wanted: argparse.Namespace) -> None:
    """Let one poll as fast as it can, then all of them."""
    warm = stack.enter_context(WarmServer())
    team.join(stack, warm, FAST)
    pairs = wanted.jobs * wanted.accounts
    wait(lambda: team.value("SELECT count(*) FROM batch_jobs") == pairs, "all jobs")
    time.sleep(SETTLED_SECONDS)
    print(f"a listing of {wanted.jobs} jobs has {team.api.bytes_listed / 1000:.0f} kB")
    _tell_rate(team.rate(wanted.seconds))
    for _ in range(1, REPLICAS):
        team.join(stack, warm, FAST)
    team.settle()
    time.sleep(SETTLED_SECONDS)
    _tell_rate(team.rate(wanted.seconds))


def _tell_rate(rate: Rate) -> None:
    print(
        f"{rate.replicas} replicas: {rate.polls:.1f} polls a second, {rate.rows:.0f} rows written, "
        f"{rate.daemons:.2f} cores, the server's {rate.server:.2f}; "
        f"{rate.connections} connections",
        flush=True,
    )


def _troubled(team: Team, wanted: argparse.Namespace) -> None:
    troubles = [team.kill] * wanted.kills + [team.cut] * wanted.cuts + [team.pause] * wanted.pauses
    team.rng.shuffle(troubles)
    for trouble in troubles:
        team.api.end(max(wanted.jobs // len(troubles), 1), team.rng)
        trouble(team.rng.randrange(REPLICAS))
        team.settle()


def _tell(team: Team, took_seconds: float) -> None:
    keys = Counter(request.headers["idempotency-key"] for request in team.hook.requests)
    counts = Counter(team.told())
    ended = len(team.api.ended)
    print(f"{took_seconds:.0f} s, {team.accounts} accounts, {ended} jobs ended")
    print(f"ends told: {len(counts)} of {ended * team.accounts}")
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
    parser.add_argument("--jobs", type=int, default=100, help="each trouble ends some of them")
    parser.add_argument("--poll-interval", default="5s")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long polls are counted")
    parser.add_argument("--seed", type=int, default=1, help="of what happens to whom")
    return parser.parse_args()


if __name__ == "__main__":
    main()
