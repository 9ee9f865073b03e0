from __future__ import annotations

import io
import json
import logging
import os
import sys
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.observability.logs import configure, log_events
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(), logging.getLogger("batchbell")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def written(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, level: str = "info", form: str = "auto"
) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    configure(level=level, form=form, redact=str)
    logger = logging.getLogger("batchbell.usecases.poll")
    logger.debug("details")
    logger.warning("poll failed: %s", "503\ntry later", extra={"account": "prod"})
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("crashed")
    logging.getLogger("httpx").info("GET https://user:fake-secret@host/")
    logging.getLogger("psycopg").warning("error ignored terminating: pipeline aborted")
    return stream.getvalue()


def test_a_terminal_gets_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written(monkeypatch, Terminal())
    assert "WARNING poll failed: 503 try later  account=prod\n" in text
    assert "ZeroDivisionError" in text
    assert "details" not in text
    assert "fake-secret" not in text
    # What a failed poll on PostgreSQL broke off, which the poll's own line tells.
    assert "pipeline" not in text


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_no_text_forges_a_line_or_a_value(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    forged = f"x{end}02:14:07 ERROR   all is lost  account=prod"
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    configure(level="info", form="text", redact=str)
    logger = logging.getLogger("batchbell.usecases.poll")
    logger.info("said %s", forged, extra={"job_error": forged, "count": 3})
    logger.error("crashed", exc_info=ValueError(forged))

    lines = stream.getvalue().splitlines()
    assert not [line for line in lines if line.startswith("02:14:07 ERROR   all")]
    said, broke, *traceback = lines
    assert f"  job_error={json.dumps(forged)}  count=3" in said
    assert broke.endswith("crashed")
    assert all(line.startswith("    ") for line in traceback)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("prod", "prod"),
        ("3f2a9c1e-0000", "3f2a9c1e-0000"),
        ("two words", '"two words"'),
        ('a"b', '"a\\"b"'),
        ("a=b", '"a=b"'),
        ("", '""'),
        ("\x1b[31mred", '"\\u001b[31mred"'),
        ("ä ö", '"ä ö"'),
        (3, "3"),
    ],
)
def test_a_value_is_quoted_where_it_could_be_mistaken(
    monkeypatch: pytest.MonkeyPatch, value: object, shown: str
) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    configure(level="info", form="text", redact=str)
    logging.getLogger("batchbell").info("said", extra={"key": value})
    assert stream.getvalue().endswith(f"said  key={shown}\n")


def test_everything_else_gets_one_json_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.loads(line) for line in written(monkeypatch, io.StringIO()).splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error"]
    assert lines[0]["message"] == "poll failed: 503\ntry later"
    assert lines[0]["account"] == "prod"
    assert lines[0]["logger"] == "batchbell.usecases.poll"
    assert lines[0]["time"].endswith("+00:00")
    assert "ZeroDivisionError" in lines[1]["exception"]


def test_the_form_and_the_level_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(monkeypatch, Terminal(), form="json").startswith("{")
    assert "details" in written(monkeypatch, io.StringIO(), form="text", level="debug")


def test_with_no_channel_the_log_is_where_the_bell_rings(
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = BatchJob(id="job-1", status="FAILED", error="line 3: " + "x" * 500)
    event = Event(
        kind=EventKind.FAILED,
        account="prod",
        job_id="job-1",
        happened_at=START,
        seen_at=START,
        job=job,
    )
    outage = Event(
        kind=EventKind.ACCOUNT_UNREACHABLE, account="prod", happened_at=START, seen_at=START
    )
    log_events([event, outage])
    first, second = caplog.records
    assert (first.levelname, first.getMessage()) == ("ERROR", "batch.failed")
    fields = vars(first)
    assert (fields["account"], fields["job"], fields["status"]) == ("prod", "job-1", "FAILED")
    assert len(fields["job_error"]) == 200
    assert second.getMessage() == "account.unreachable"


def test_the_journal_gets_a_priority_before_every_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "journal").open("w") as journal:
        status = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        monkeypatch.setattr(sys, "stderr", journal)
        configure(level="debug", form="text", redact=str)
        logger = logging.getLogger("batchbell.test")
        logger.debug("one")
        logger.warning("two\N{LINE SEPARATOR}and a half")
        try:
            int("three")
        except ValueError:
            logger.exception("broke")
        logging.getLogger().handlers[0].flush()
    lines = (tmp_path / "journal").read_text().rstrip("\n").split("\n")
    assert lines[0].startswith("<7>")
    assert lines[1].startswith("<4>")
    assert lines[1].endswith("two and a half")
    assert all(line.startswith("<3>") for line in lines[2:])
    assert len(lines) > 4


def test_another_file_than_the_journal_gets_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w") as log:
        monkeypatch.setenv("JOURNAL_STREAM", "1:2")
        monkeypatch.setattr(sys, "stderr", log)
        configure(level="info", form="json", redact=str)
        logging.getLogger("batchbell.test").warning("two")
    assert (tmp_path / "log").read_text().startswith("{")
