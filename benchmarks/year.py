# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Watch a year of 1,000 jobs a day in some minutes, and print what it leaves behind each month.

Run it with the project's own Python: `.venv/bin/python benchmarks/year.py [DAYS] [JOBS_A_DAY]`.

Polls, events, deliveries and the daily pruning are the daemon's own code on a real SQLite file; the
clock, the API and the receiver are simulated. The API lists the jobs of the last LISTED days. It is
polled a few times a day only, which is all a year has time for here: the progress samples of the
polls in between are written directly.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import random
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from batchbell.clock import Clock
from batchbell.config import load
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.job import BatchJob
from batchbell.core.listing import Listing
from batchbell.receivers.content import Family
from batchbell.runtime.bootstrap import Ports, build_round
from batchbell.runtime.ownership import prepare_database
from batchbell.runtime.provider import shipped
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.tables import batch_jobs, events, progress_samples
from batchbell.store.upsert import insert
from batchbell.usecases.retain import prune
from batchbell.web.asked import Asked
from batchbell.web.pages.overview import read_overview
from batchbell.web.watching import watching

if TYPE_CHECKING:
    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import Receiver

DAYS, JOBS_A_DAY = 365, 1_000
#: How long the API lists a job after its creation, days.
LISTED = 2
POLLS_A_DAY = 4
#: How long a job takes, hours, and how many polls saw its progress move meanwhile.
HOURS, MOVES = 5.0, 100
#: What becomes of jobs, in percent.
ENDS = {"COMPLETED": 95, "FAILED": 3, "EXPIRED": 2}
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = """\
database_url = "sqlite:///{folder}/bell.db"
[accounts.default]
api_key = "fake-key-of-the-benchmarks"
base_url = "http://127.0.0.1:9"
poll_interval = "4h"
[channels.mail]
url = "mailtos://127.0.0.1:9?from=bell@example.com&to=team@example.com"
"""


class _Calendar(Clock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.time = BEGAN

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    @property
    def running_since(self) -> datetime:
        """Return when the year began."""
        return BEGAN

    @property
    def slept(self) -> timedelta:
        """Never."""
        return timedelta()


class _Sender:
    """Takes every message at once."""

    async def close(self) -> None:
        """Nothing is kept."""

    def family(self, receiver: Receiver) -> Family:
        """Read mail, the longest form there is."""
        del receiver
        return Family.MAIL

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Accept it."""
        del channel_name, receiver, content, key
        return Outcome(delivered=True, reason="")


@dataclass
class _Api:
    """Lists the jobs of the last days as they stand."""

    calendar: _Calendar
    jobs_a_day: int
    elsewhere: str = ""

    async def fetch_listing(self, known: object | None = None) -> Listing:
        """Return the listing of now."""
        del known
        now = self.calendar.time
        first = max(int((now - BEGAN).days) - LISTED, 0)
        jobs = tuple(
            self.job(day, number, now)
            for day in range(first, (now - BEGAN).days + 1)
            for number in range(self.jobs_a_day)
            if self.created(day, number) <= now
        )
        return Listing(jobs=jobs, ids=frozenset(job.id for job in jobs), requested_at=now)

    async def fetch_file_name(self, file_id: str) -> str:
        """Know no file by name."""
        del file_id
        return ""

    def created(self, day: int, number: int) -> datetime:
        """Return when a job is submitted: evenly over its day."""
        return BEGAN + timedelta(days=day + number / self.jobs_a_day)

    def job(self, day: int, number: int, now: datetime) -> BatchJob:
        """Return a job as it stands."""
        born, created = _born(day, number), self.created(day, number)
        done = min((now - created) / timedelta(hours=HOURS), 1.0)
        if done < 1:
            progress = done if born.status == "COMPLETED" else done / 2
            return replace(
                born, status="IN_PROGRESS", progress=progress, output_file_id=None, error=None,
                created_at=created, job_deadline=created + timedelta(hours=24),
            )  # fmt: skip
        return replace(
            born,
            created_at=created,
            completed_at=created + timedelta(hours=HOURS),
            job_deadline=created + timedelta(hours=24),
        )


@lru_cache(maxsize=(LISTED + 2) * JOBS_A_DAY)
def _born(day: int, number: int) -> BatchJob:
    """Return what is decided of a job: itself, and how it will end."""
    chance = random.Random(day * 1_000_003 + number)  # noqa: S311 - nothing secret
    (end,) = chance.choices(list(ENDS), list(ENDS.values()))
    output = f"file-{uuid.UUID(int=chance.getrandbits(128))}"
    return BatchJob(
        id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        status=end,
        progress=1.0 if end == "COMPLETED" else 0.5,
        user_id="user-1",
        endpoint="/v1/chat/completions",
        model_id=f"example/model-{chance.randrange(8)}",
        output_file_id=None if end == "FAILED" else output,
        error="line 3: invalid JSON" if end == "FAILED" else None,
    )


async def main() -> None:
    """Let the year pass and print a line for each month."""
    logging.disable()
    given = [int(text) for text in sys.argv[1:3]]
    days, jobs_a_day = [*given, *(DAYS, JOBS_A_DAY)[len(given) :]]
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}; {jobs_a_day:,} jobs a day\n")
    print("| day | jobs | events | samples | database | poll | pruning | overview |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        year = _Year(Path(folder), jobs_a_day)
        for day in range(days):
            await year.day(day)
            if day % 30 == 29 or day == days - 1:  # noqa: PLR2004 - once a month
                print(year.line(day + 1), flush=True)


class _Year:
    def __init__(self, folder: Path, jobs_a_day: int) -> None:
        config = folder / "batchbell.toml"
        config.touch(mode=0o600)
        config.write_text(CONFIG.format(folder=folder))
        self._loaded = load(config, {}, check_channel=lambda _section: ())
        self._settings = self._loaded.settings
        self._calendar = _Calendar()
        self._api = _Api(self._calendar, jobs_a_day)
        self._database = SqliteDatabase(f"sqlite:///{folder}/bell.db")
        prepare_database(self._database, BEGAN)
        ports = Ports(database=self._database, clock=self._calendar, sender=_Sender())
        once = build_round(self._loaded, ports)
        self._channels = once.channel_workers
        self._poll = once.accounts.poll("default", self._api)
        self._polls: list[float] = []
        self._pruning = 0.0

    async def day(self, day: int) -> None:
        """Poll through a day, deliver, prune."""
        for number in range(POLLS_A_DAY):
            self._calendar.time = BEGAN + timedelta(days=day + (number + 1) / POLLS_A_DAY)
            started = time.perf_counter()
            await self._poll.poll()
            self._polls.append(time.perf_counter() - started)
            await self._channels.deliver_once(self._settings)
        self._sample(day)
        started = time.perf_counter()
        prune(self._database, self._settings.history.keep, self._calendar.time)
        self._pruning = time.perf_counter() - started

    def _sample(self, day: int) -> None:
        """Write the samples that polls once a minute would have written of the jobs of a day."""
        rows = []
        for number in range(self._api.jobs_a_day):
            job = self._api.job(day, number, self._calendar.time)
            created = self._api.created(day, number)
            for move in range(int(MOVES * min(job.progress or 0.0, 1.0))):
                at = created + timedelta(hours=HOURS * move / MOVES)
                key = {"account": "default", "job": job.id, "at": at}
                rows.append({**key, "progress": move / MOVES})
        with self._database.write() as connection:
            connection.execute(insert(connection, progress_samples).on_conflict_do_nothing(), rows)

    def line(self, day: int) -> str:
        """Return what there is after so many days."""
        with self._database.read() as connection:
            counts = [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (batch_jobs, events, progress_samples)
            ]
            asked = Asked(
                query={}, path={}, watching=watching(self._loaded, shipped()), complaints=(),
                now=self._calendar.time,
            )  # fmt: skip
            started = time.perf_counter()
            read_overview(connection, asked)
            overview = time.perf_counter() - started
        size = sum(path.stat().st_size for path in self._database.path.parent.glob("bell.db*"))
        poll = statistics.median(self._polls[-30 * POLLS_A_DAY :])
        times = " | ".join(f"{span * 1000:,.0f} ms" for span in (poll, self._pruning, overview))
        numbers = " | ".join(f"{count:,}" for count in counts)
        return f"| {day} | {numbers} | {size / 2**20:,.0f} MiB | {times} |"


if __name__ == "__main__":
    asyncio.run(main())
