"""What every family is sent of every kind of event, as files to be read in review.

After a change of words or looks: `pytest tests/golden --update-golden`, then read the difference.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample, sample_counted, sample_digest, sample_reminder
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from batchbell.receivers.content import Content

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
VIEW = View(zone=ZoneInfo("Europe/Berlin"), page_url="https://bell.example.com", provider=WORDS)
SHORTER = "----- where that is too long -----"
NEXT = "----- next message -----"
#: Ends of which the verdict was there in time.
COUNTED = (EventKind.COMPLETED, EventKind.COMPLETED_WITH_ERRORS, EventKind.EXPIRED)
MESSAGES = {
    **{kind.value: [sample(kind, NOW, host=WORDS.host)] for kind in EventKind},
    **{f"{kind.value}.counted": [sample_counted(kind, NOW)] for kind in COUNTED},
    "digest": sample_digest(7, NOW),
    "counted-digest": [sample_counted(kind, NOW) for kind in COUNTED],
    "full-digest": sample_digest(20, NOW),
    "reminder": [sample_reminder(NOW)],
}
#: A program behind an Apprise URL gets the plain text.
FAMILIES = [family for family in Family if family is not Family.PROGRAM]


def files(family: Family, name: str, content: Content) -> Iterator[tuple[Path, str]]:
    """Yield each file of a message with what belongs into it."""
    path = HERE / family.value / name
    if family is Family.MAIL:
        yield path.with_name(f"{name}.html"), content.html
    if not content.payload:
        texts = [f"Subject: {content.title}\n\n{content.text}", *content.shorter]
        yield path.with_name(f"{name}.txt"), f"\n{SHORTER}\n\n".join(texts)
        return
    pieces = content.payload.get("pieces", [content.payload])
    if isinstance(pieces[0], str):
        # ntfy shows the title above the text; what Telegram is sent begins with it.
        head = f"Title: {content.title}\n\n" if family is Family.NTFY else ""
        yield path.with_name(f"{name}.txt"), head + f"\n\n{NEXT}\n\n".join(pieces) + "\n"
    else:
        yield path.with_name(f"{name}.json"), _pretty(pieces)


def _pretty(pieces: list[Mapping[str, object]]) -> str:
    shown = (json.dumps(by_line(piece), indent=1, ensure_ascii=False) for piece in pieces)
    return f"\n{NEXT}\n".join(shown) + "\n"


def by_line(value: object) -> object:
    """Return JSON with each text of several lines as a list of them: that can be reviewed."""
    match value:
        case dict():
            return {name: by_line(inner) for name, inner in value.items()}
        case list() | tuple():
            return [by_line(inner) for inner in value]
        case str() if "\n" in value:
            return value.split("\n")
        case _:
            return value


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_the_one_that_was_reviewed(
    family: Family, name: str, request: pytest.FixtureRequest
) -> None:
    content = Composer(family=family, view=VIEW).compose(MESSAGES[name], NOW)
    for path, text in files(family, name, content):
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, path


def test_no_file_is_left_of_what_is_gone() -> None:
    expected = {
        path
        for family in FAMILIES
        for name, events in MESSAGES.items()
        for path, _ in files(family, name, Composer(family=family, view=VIEW).compose(events, NOW))
    }
    found = {path for path in HERE.rglob("*") if path.suffix in {".txt", ".html", ".json"}}
    assert found == expected
