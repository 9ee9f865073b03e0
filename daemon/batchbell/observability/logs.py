"""The log: one line per thing that matters, as text on a terminal and JSON elsewhere."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from textwrap import indent
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.core.text import harmless_line, harmless_text
from batchbell.messages.facts_json import facts_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from batchbell.core.event import Event
    from batchbell.core.facts import JsonFact

logger = logging.getLogger("batchbell.events")

_LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.SUCCESS: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.FAILURE: logging.ERROR,
}
#: Source: syslog(3).
_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
#: What every record carries; anything else was given as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_BARE_VALUE = re.compile(r'[^\s"=\\]+')
#: Loggers of libraries that print whole URLs below WARNING, and URLs carry credentials.
_TALKATIVE = ("httpx", "httpcore", "apprise", "urllib3", "asyncio", "uvicorn")


def configure(*, level: str, form: str, redact: Callable[[str], str]) -> None:
    """Log to stderr from `level` on; `form` is text, json, or auto (text on a terminal).

    `redact` takes the secrets out of every line, whoever wrote it.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    formatter = Redacting(TextFormatter() if as_text else JsonFormatter(), redact)
    handler.setFormatter(WithPriority(formatter) if _is_journal() else formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("batchbell").setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of every run it skips while one is under way, which is what we want it to do.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # It warns of what the failed statement that we log ourselves has broken off, each time anew.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def log_events(events: Iterable[Event]) -> None:
    """Write one line per event: with no channel at all, this is where the bell rings."""
    for event in events:
        fields: dict[str, JsonFact] = {
            "account": event.account,
            "job": event.job_id,
            **facts_json(event),
        }
        if event.job is not None:
            fields |= {
                "status": event.job.status,
                "model": event.job.model_id,
                "output_file": event.job.output_file_id,
                "error_file": event.job.error_file_id,
                "job_error": (event.job.error or "")[:200],
            }
        logger.log(
            _LEVELS[event.severity],
            event.kind.value,
            extra={key: value for key, value in fields.items() if value not in ("", None)},
        )


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, then the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_own_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """A line for a person: local time, level, message, then key=value.

    Nothing that a message, a value or an exception repeats can look like a line of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).astimezone()
        fields = "".join(
            f"  {key}={_one_word(value)}" for key, value in _own_fields(record).items()
        )
        message = harmless_line(" ".join(record.getMessage().split()))
        line = f"{moment:%H:%M:%S} {record.levelname:<7} {message}{fields}"
        if record.exc_info:
            line += "\n" + indent(harmless_text(self.formatException(record.exc_info)), "    ")
        return line


def _one_word(value: object) -> str:
    """Return a value as it is if nothing in it can be mistaken, else as JSON has it."""
    text = str(value)
    if _BARE_VALUE.fullmatch(text) and text.isprintable():
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else json.dumps(text)


class Redacting(logging.Formatter):
    """Takes secrets out of whole lines: messages, fields and tracebacks alike."""

    def __init__(self, lines: logging.Formatter, redact: Callable[[str], str]) -> None:
        """`lines` writes them."""
        super().__init__()
        self._lines = lines
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines."""
        return self._redact(self._lines.format(record))


class WithPriority(logging.Formatter):
    """Begins every line with its priority, which journald takes off. Source: sd-daemon(3)."""

    def __init__(self, lines: logging.Formatter) -> None:
        """`lines` writes what stands behind it."""
        super().__init__()
        self._lines = lines

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines."""
        mark = f"<{_PRIORITIES.get(record.levelno, _PRIORITIES[logging.INFO])}>"
        # Only what journald takes for a line's end: other people's text may hold the rarer ones.
        return "\n".join(mark + line for line in self._lines.format(record).split("\n"))


def _is_journal() -> bool:
    """Whether standard error goes to journald: systemd says which file that is, systemd.exec(5)."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _own_fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}
