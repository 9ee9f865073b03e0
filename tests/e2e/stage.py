"""A stage: one daemon on which several kinds of events are provoked at the same time.

Each scenario has a channel and a model of its own there, so that none meets another's messages.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.simulator.plan import JobPlan, Step
from tests.e2e.harness import command, json_url
from tests.e2e.messages import BEHIND_NAME, Entry, entries
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.e2e.bell_database import BellDatabase
    from tests.loopback_receivers import HttpReceiver, HttpRequest
    from tests.simulator.thread import ThreadedSimulator

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class News:
    """One message about one event."""

    title: str
    text: str
    entry: Entry

    def says(self, headline: str, facts: Mapping[str, str] | None = None) -> None:
        """Fail unless the headline begins so and each fact's whole text matches; all are regexes.

        The headline's subject is not part of `headline`.
        """
        about = self.entry.headline.partition(": ")[2]
        subject = re.split(rf"{BEHIND_NAME.pattern}| (?=will miss)", about, maxsplit=1)[0]
        without = self.entry.headline.replace(f": {subject}", "", 1)
        # Before a number a dot stands in the place of the comma.
        without = re.sub(r"^([^·,]*) · (?=\d)", r"\1, ", without)
        assert re.match(headline, without), (headline, self.text)
        for label, text in (facts or {}).items():
            found = self.entry.facts.get(label)
            assert found is not None, (label, self.text)
            assert re.fullmatch(text, found), (label, text, self.text)


@dataclass
class Stage:
    """What a scenario has in its hands."""

    api: ThreadedSimulator
    bell: BellDatabase
    hook: HttpReceiver
    #: A channel that refuses all it gets, until a scenario tells it not to.
    broken: HttpReceiver
    #: For what disturbs other scenarios.
    alone: threading.Lock = field(default_factory=threading.Lock)

    def job(self, name: str, **fields: object) -> str:
        """Add a job of a scenario and wait until the daemon has seen it."""
        job_id = self.api.add_job(model_id=model_of(name), **fields)
        self.wait_for_job(job_id)
        return job_id

    def wait_for_job(self, job_id: str) -> None:
        """Wait until the snapshot has it."""
        query = "SELECT count(*) FROM batch_jobs WHERE id = ?"
        wait_until(lambda: self.bell.value(query, job_id), f"job {job_id}")

    def climb(self, job_id: str, *, percent_a_minute: float) -> None:
        """Let a job's progress grow evenly from now on, by simulated minutes."""
        now = self.api.clock.now()
        steps = (
            Step(at=now + minute * MINUTE, changes={"progress": minute * percent_a_minute})
            for minute in range(1, int(100 / percent_a_minute))
        )
        row = self.api.job(job_id)
        self.api.add_plan(JobPlan(job_id=job_id, first=row, steps=tuple(steps)))

    def wait_for_event(self, kind: EventKind, job_id: str = "") -> None:
        """Wait until it is decided, told or not."""
        query = "SELECT count(*) FROM events WHERE kind = ? AND job = ?"
        wait_until(lambda: self.bell.value(query, kind, job_id), kind)

    def news(self, name: str, job_id: str = "", *, containing: str = "") -> News:
        """Wait for the message on the scenario's channel, check what each message has to carry."""

        def found(requests: Iterable[HttpRequest]) -> list[News]:
            return [
                news
                for news in news_of(requests, name)
                if news.entry.job == job_id and containing in news.text
            ]

        got = self.hook.wait_for(lambda got: bool(found(got)))
        (news,) = found(got)
        if job_id and any(row["id"] == job_id for row in self.api.jobs()):
            row = self.api.job(job_id)
            assert news.entry.facts["Status"] == row["status"]
            assert news.entry.facts.get("Output file", "none") == (row["output_file_id"] or "none")
            assert news.entry.facts.get("Error file", "none") == (row["error_file_id"] or "none")
        return news


def news_of(requests: Iterable[HttpRequest], name: str) -> list[News]:
    """Return what came on a scenario's channel."""
    return [
        News(request.json["title"], request.json["message"], entry)
        for request in requests
        if request.path == f"/{name}"
        for entry in entries(request.json["message"])
    ]


def model_of(name: str) -> str:
    """Return the model of a scenario's jobs."""
    return f"test/{name}"


def channel_of(name: str, hook: HttpReceiver, events: str) -> dict[str, object]:
    """Return a scenario's channel."""
    of_model = {"models": [model_of(name)]} if events.startswith("batch.") else {}
    return {"url": json_url(hook, path=f"/{name}"), "events": [events], **of_model}


def broken_channel(broken: HttpReceiver) -> dict[str, object]:
    """Return the channel that refuses what it gets."""
    model = model_of(EventKind.CHANNEL_FAILING)
    return {"url": json_url(broken), "events": [EventKind.CREATED.value], "models": [model]}


def picky_channel(broken: HttpReceiver) -> dict[str, object]:
    """Return the channel that takes no message about one scenario's jobs."""
    model = model_of(EventKind.CHANNEL_MESSAGE_LOST)
    return {
        "url": json_url(broken, path="/picky"),
        "events": [EventKind.CREATED.value],
        "models": [model],
    }


def refuse_what_is_lost(body: bytes) -> Answer | None:
    """Call invalid what is about that scenario's jobs."""
    return Answer(status=400) if b"message_lost" in body else None


def batchbell(bell: BellDatabase, *arguments: str, folder: Path | None = None) -> str:
    """Run a command beside the daemon, in a folder, and return what it prints."""
    done = command(bell, *arguments, folder=folder)
    done.check_returncode()
    return done.stdout
