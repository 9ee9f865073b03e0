"""A database filled as the daemon fills it: polls of made-up listings, deliveries to nobody."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from batchbell.cli.root import root
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.job import BatchJob
from batchbell.core.rules import Rules
from batchbell.errors import ApiError
from batchbell.store import channels
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.usecases.channel_queue import ChannelQueue
from batchbell.usecases.deliver import ChannelDelivery
from batchbell.usecases.poll import AccountPoll
from tests.fakes import FakeClock, FakeObserver, FakeTransport, listing
from tests.measuring import unmeasured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batchbell.core.listing import Listing
    from batchbell.core.routing import Filter
    from batchbell.receivers.content import Content

HOUR = timedelta(hours=1)
SENT = Outcome(delivered=True, reason="sent")
REFUSED = Outcome(delivered=False, reason="receiver answered 404", permanent=True)
BUSY = Outcome(delivered=False, reason="receiver answered 503")


class Bell:
    """A daemon moved by hand, whose past ends about now.

    Its past is not measured: tests are about what is seen of it.
    """

    def __init__(self, folder: Path, migrated: Path) -> None:
        """Begin with a copy of this database."""
        self.config = folder / "batchbell.toml"
        self.config.write_text(f'database_url = "sqlite:///{folder / "bell.db"}"\n')
        copy = shutil.copy(migrated, folder / "bell.db")
        self.database = SqliteDatabase(f"sqlite:///{copy}")
        self.started = datetime.now(UTC)
        self.filters: tuple[Filter, ...] = ()
        #: How long after a good poll the next one may come.
        self.grace_period = 4 * HOUR

    def ago(self, **span: float) -> datetime:
        return self.started - timedelta(**span)

    def configure(self, *filters: Filter) -> None:
        self.filters = filters
        with self.database.write() as connection:
            channels.configure(connection, [each.channel for each in filters])

    def poll(
        self,
        *jobs: BatchJob,
        at: datetime | None = None,
        account: str = "default",
        skew: timedelta | None = None,
        answer: Listing | ApiError | None = None,
    ) -> None:
        answered = listing(*jobs) if answer is None else answer

        class Api:
            elsewhere = ""

            async def fetch_listing(self, known: object | None = None) -> Listing:
                del known
                if isinstance(answered, ApiError):
                    raise answered
                return answered

            async def fetch_file_name(self, file_id: str) -> str:
                return f"{file_id.removeprefix('file-')}.jsonl"

        clock = FakeClock(at or self.started)
        clock.skew = skew
        poll = AccountPoll(
            account,
            client=Api(),
            database=self.database,
            clock=clock,
            filters=lambda: self.filters,
            rules=Rules(stalled_after=30 * 24 * HOUR, grace_period=self.grace_period),
        )
        with unmeasured():
            asyncio.run(poll.poll())

    def deliver(self, channel: str, *outcomes: Outcome, at: datetime | None = None) -> None:
        """Send what is due; the last outcome repeats."""
        with unmeasured():
            asyncio.run(self._deliver(channel, list(outcomes), at or self.started))

    async def _deliver(self, channel: str, outcomes: list[Outcome], at: datetime) -> None:
        async def send(_content: Content, _key: str) -> Outcome:
            return outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]

        delivery = ChannelDelivery(
            ChannelQueue(
                channel, database=self.database, filters=lambda: self.filters, jitter=lambda: 0.0
            ),
            transport=FakeTransport(send),
            clock=FakeClock(at),
            on_events=lambda: None,
            observer=FakeObserver(),
        )
        await delivery.deliver_due()

    def run(self, *arguments: str, **environ: str) -> Result:
        """Run a command in this process, its output piped."""
        return CliRunner().invoke(root, ["--config", str(self.config), *arguments], env=environ)

    def job(self, job_id: str, status: str = "IN_PROGRESS", **fields: object) -> BatchJob:
        """Return a job created an hour ago, due in 23 hours."""
        usual: dict[str, object] = {
            "created_at": self.ago(hours=1),
            "job_deadline": self.ago(hours=-23, seconds=-30),
            "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            "endpoint": "/v1/chat/completions",
            "input_file_id": "file-input",
            "progress": 0.5,
        }
        return BatchJob(id=job_id, status=status, **{**usual, **fields})  # type: ignore[arg-type]


def uuids(count: int) -> Sequence[str]:
    """Return ids in the API's shape that differ in their first group."""
    return [f"{number:08x}-6e0a-4c0e-8f3e-2a1f0f5f0a11" for number in range(1, count + 1)]
