"""A database that an earlier version wrote, with an event of every kind, reads as it did then.

`tests/data/released/events.sql` was written by the code before facts had types, and `events.json`
beside it says how that code read it. After a change of words: `--update-golden`, then read the
difference.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner

from batchbell.cli.root import root
from batchbell.cli.terminal.event_lines import event_line
from batchbell.core.event import EventKind
from batchbell.json_views.events import event_json
from batchbell.messages.headline import title_line
from batchbell.messages.view import PLAIN_VIEW, View
from batchbell.providers.together import words
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.store import events as log
from batchbell.store import reminders, schema
from batchbell.store.sqlite.database import SqliteDatabase
from tests.golden.test_golden import by_line
from tests.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.events import StoredEvent

RELEASED = Path(__file__).parents[1] / "data/released"
WRITTEN_THEN = RELEASED / "events.sql"
#: Kinds that came since.
NEWER = {
    EventKind.CHANNEL_MESSAGE_LOST,
    EventKind.RESULTS,
    EventKind.INCOMPLETE,
    EventKind.RESULTS_LOST,
}
READ_THEN = RELEASED / "events.json"
COMPOSER = Composer(
    family=Family.HOOK,
    view=View(
        zone=ZoneInfo("Europe/Berlin"),
        page_url="https://bell.example.com",
        provider=words.WORDS,
    ),
)
LATER = timedelta(minutes=5)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    made = SqliteDatabase(f"sqlite:///{tmp_path / 'bell.db'}")
    made.path.touch(mode=0o600)
    with closing(sqlite3.connect(made.path)) as connection:
        connection.executescript(WRITTEN_THEN.read_text(encoding="utf-8"))
    schema.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def found(database: SqliteDatabase) -> list[StoredEvent]:
    with database.read() as connection:
        return log.log(connection)


def test_there_is_an_event_of_every_kind_of_then(found: list[StoredEvent]) -> None:
    assert {stored.event.kind for stored in found} == set(EventKind) - NEWER


def test_webhook_message_and_log_read_as_they_did(
    database: SqliteDatabase, found: list[StoredEvent], request: pytest.FixtureRequest
) -> None:
    read: dict[str, Any] = {
        str(stored.id): {
            "line": event_line(stored),
            "document": COMPOSER.compose([stored.event], stored.event.seen_at + LATER).payload,
        }
        for stored in found
    }
    with database.read() as connection:
        ids = "SELECT id FROM notifications WHERE reminder"
        for number in connection.exec_driver_sql(ids).scalars().all():
            told = reminders.events_of(connection, number)
            document = COMPOSER.compose(told, found[-1].event.seen_at).payload
            read[f"reminder {number}"] = {"document": document}
    text = json.dumps(by_line(read), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if request.config.getoption("--update-golden"):
        READ_THEN.write_text(text, encoding="utf-8")
    assert text == READ_THEN.read_text(encoding="utf-8")


def test_programs_get_the_facts_as_they_are_in_the_database(
    database: SqliteDatabase, found: list[StoredEvent]
) -> None:
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id, data FROM events").all()
    stored = {number: json.loads(data)["facts"] for number, data in rows}
    assert {each.id: event_json(each)["facts"] for each in found} == stored


async def test_the_pages_show_every_event(
    database: SqliteDatabase, found: list[StoredEvent]
) -> None:
    site = Site(database)
    site.clock.advance(found[-1].event.seen_at - site.now)
    for stored in found:
        event = stored.event
        page = f"/jobs/default/{event.job_id}" if event.job_id else "/events?kind=*"
        assert title_line(event, PLAIN_VIEW) in (await site.seen(page)).text


@pytest.mark.parametrize("command", ["show", "explain"])
def test_the_terminal_shows_every_event(
    database: SqliteDatabase, found: list[StoredEvent], command: str, tmp_path: Path
) -> None:
    config = tmp_path / "batchbell.toml"
    config.write_text(f'database_url = "sqlite:///{database.path}"\n')
    for job in sorted({stored.event.job_id for stored in found} - {""}):
        done = CliRunner().invoke(root, ["--config", str(config), command, job])
        assert done.exit_code == 0, done.output
        for stored in found:
            if stored.event.job_id == job:
                assert click.unstyle(event_line(stored)) in click.unstyle(done.output)
