"""A status page over a real database, asked without a socket."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx

from batchbell.config.settings import WebSettings
from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.gauges import Condition
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord, ProgressSample
from batchbell.observability.metrics import Metrics
from batchbell.providers.together.words import WORDS
from batchbell.store import accounts, channels, jobs, samples
from batchbell.web.access import access
from batchbell.web.app import create_app
from batchbell.web.static_files import HashedFiles
from batchbell.web.watching import Watching
from tests.fakes import FakeClock
from tests.web.zones import unmarked

if TYPE_CHECKING:
    from batchbell.config import LoadedConfig
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.event import EventKind
    from batchbell.store.database import Database

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


#: What either engine says of a table that is not there.
NO_TABLE = re.compile("no such table|does not exist")


def lose(database: Database, table: str) -> None:
    """Let a table be gone: what reads it fails."""
    with database.write() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO lost")


@dataclass
class FakeLiveness:
    """Says what a test put in."""

    said: list[str] = field(default_factory=list)

    def complaints(self) -> list[str]:
        return list(self.said)


class Site:
    """What the page is made from, and the page itself."""

    def __init__(self, database: Database, **web: object) -> None:
        """`web` are keys of that section of the configuration."""
        web_settings = WebSettings.model_validate(web)
        self.database = database
        self.clock = FakeClock()
        self.liveness = FakeLiveness()
        self.metrics = Metrics()
        self.grace_period = {"default": 5 * MINUTE}
        self.configuration: LoadedConfig | None = None
        self.page_url = ""
        self.slow_no_seconds = 0.0
        self.stop = asyncio.Event()
        self.app = create_app(
            database=database,
            liveness=self.liveness,
            metrics=self.metrics,
            condition=lambda: Condition(is_healthy=not self.liveness.said),
            now=self.clock.now,
            watching=lambda: Watching(
                accounts=tuple(self.grace_period),
                channels=("team",),
                provider=WORDS,
                page_url=self.page_url,
                configuration=self.configuration,
            ),
            stop=self.stop,
            access=lambda: replace(access(web_settings), slow_no_seconds=self.slow_no_seconds),
        )

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def ago(self, span: timedelta) -> datetime:
        return self.now - span

    def has(self, *found: BatchJob | JobRecord, account: str = "default") -> None:
        """Put jobs into the snapshot."""
        records = [self.record(job) if isinstance(job, BatchJob) else job for job in found]
        with self.database.write() as connection:
            accounts.save(connection, accounts.load(connection, account))
            jobs.save(connection, account, records)
            samples.save(
                connection,
                account,
                [
                    ProgressSample(
                        job_id=each.job.id, at=each.progress_since, progress=each.job.progress
                    )
                    for each in records
                    if each.job.progress is not None and not each.job.finished
                ],
            )

    def record(self, job: BatchJob) -> JobRecord:
        """Return a record of a job that was seen for the first time just now."""
        now = self.now
        return JobRecord(
            job=job,
            first_seen_at=now,
            last_seen_at=now,
            status_since=now,
            progress_since=now,
        )

    def polled(
        self,
        account: str = "default",
        *,
        skew: timedelta | None = None,
        skipped_rows: int = 0,
        bad_fields: int = 0,
    ) -> None:
        """Record a good poll of now, and what was odd about it."""
        grace_period = self.grace_period.get(account, 5 * MINUTE)
        state = AccountState(
            health=AccountHealth(account=account),
            baseline_at=self.now,
            last_poll_at=self.now,
            last_good_poll_at=self.now,
            blind_after=self.now + grace_period,
            skew_seconds=None if skew is None else skew.total_seconds(),
            skipped_rows=skipped_rows,
            bad_fields=bad_fields,
        )
        with self.database.write() as connection:
            accounts.save(connection, state)

    def poll_failed(
        self,
        error: str,
        account: str = "default",
        *,
        failures: int = 1,
        told: frozenset[EventKind] = frozenset(),
    ) -> None:
        """Record a failed poll of now, the last of several."""
        health = AccountHealth(
            account=account,
            failing_since=self.now,
            failures=failures,
            last_error=error,
            told=told,
        )
        with self.database.write() as connection:
            before = accounts.load(connection, account)
            accounts.save(connection, replace(before, health=health, last_poll_at=self.now))

    def has_channels(self, *healths: ChannelHealth) -> None:
        with self.database.write() as connection:
            channels.configure(connection, [health.channel for health in healths])
            for health in healths:
                channels.save(connection, health)

    def static(self, name: str) -> str:
        """Return where a file of the page is, seen from the first page."""
        return HashedFiles().address(name)

    async def get(self, path: str = "/", **headers: str) -> httpx.Response:
        return await self.ask("GET", path, **headers)

    async def ask(self, method: str, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.request(method, path, headers=headers)
        # Whatever a test is about: no page has a time that its reader takes for one of his own.
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        assert not (is_page and unmarked(answer.text)), unmarked(answer.text)
        return answer

    async def seen(self, path: str = "/") -> Seen:
        """Fetch a page and take it apart."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return Seen(answer.text)


class Seen(HTMLParser):
    """A page as somebody sees it: its words, its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.words: list[str] = []
        #: (tag, attributes), in order.
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        #: The elements that stand open within one that is hidden on a desk.
        self._hidden: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str, css_class: str = "") -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a tag, and of a class if one is given."""
        return [
            attributes
            for name, attributes in self.elements
            if name == tag
            and (not css_class or css_class in (attributes.get("class") or "").split())
        ]

    @property
    def links(self) -> list[str]:
        """Where it leads."""
        return [link["href"] or "" for link in self.all("a")]

    @property
    def rows(self) -> list[str]:
        """The keys of the rows shown, in order."""
        return [row["data-key"] or "" for row in self.all("li", "row")]

    @property
    def jobs(self) -> list[str]:
        """The jobs shown, as account/id, in order."""
        return [row["data-key"] or "" for row in self.all("li", "job")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if self._hidden or (tag == "span" and "hidden" in dict(attrs)):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)
