"""Sequences of listings as an API might answer them, whole and broken, from one number."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Texts that look like the places between two rows, or like more than they are.
ERRORS = (None, "", "x},{y", '}  ,\n {"id":1}', "\u00fcb\u2028", "{" * 300, "a},\n{", "[", "\\")
STATUSES = ("IN_PROGRESS", "COMPLETED", "FAILED", "VALIDATING", "ON_HOLD", None)
PROGRESS = (0, 0.5, 1, 1.0, 50, 100, 71.75, None)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer's body, in the pieces that it arrives in."""

    body: bytes
    pieces: tuple[bytes, ...]


def answers(seed: int, count: int) -> Iterator[Answer]:
    """Yield the answers to `count` polls, each like the one before but for some rows."""
    chance = Random(seed)  # noqa: S311 - believable rows need no secrecy
    number = chance.choice((0, 1, 3, 30, 120))
    rows = [_row(chance, index) for index in range(number)]
    style = chance.randrange(4)
    for _ in range(count):
        body = _spoilt(chance, _written(chance, rows, style))
        yield Answer(body, tuple(_pieces(chance, body)))
        for _ in range(chance.choice((0, 0, 1, 3, 20))):
            number += 1
            rows = _changed(chance, rows, number)
        if chance.random() < 0.05:
            style = chance.randrange(4)


def _row(chance: Random, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": f"job-{number:04}",
        "status": chance.choice(STATUSES),
        "progress": chance.choice(PROGRESS),
        "model_id": "m" * chance.randint(1, 30),
        "created_at": chance.choice(("2026-11-23T02:14:07.312345Z", "2026-11-23T02:14:07Z", "x")),
        "error": chance.choice(ERRORS),
    }
    match chance.randrange(50):
        case 0:
            row["id"] = chance.choice((None, 5, "", "a\nb", "i" * 300))
        case 1:
            row["progress"] = chance.choice(("x", -1, True, 1e300, -0.0))
        case 2:
            row["error"] = "y" * chance.choice((3_000, 15_000, 60_000))
        case 3:
            row["file_size_bytes"] = chance.choice((5, 5.0, 5.5, 2**63, -1, "5"))
    return row


def _changed(chance: Random, rows: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """Return the rows after something happened to them."""
    at = chance.randint(0, len(rows))
    new = _row(chance, number)
    if not rows:
        return [new]
    old = chance.randrange(len(rows))
    moved = rows[old] | {"progress": chance.choice((1, 0.3, 60, 100))}
    ways = {
        "moved": [*rows[:old], moved, *rows[old + 1 :]],
        "new": [*rows[:at], new, *rows[at:]],
        "gone": [*rows[:old], *rows[old + 1 :]],
        "twice": [*rows, dict(rows[old])],
        "reordered": chance.sample(rows, len(rows)),
        "turned": [*rows[1:], rows[0]],
        "short": rows[: len(rows) // 2],
    }
    return ways[chance.choices(list(ways), weights=(6, 4, 4, 2, 2, 1, 1))[0]]


def _written(chance: Random, rows: list[dict[str, Any]], style: int) -> bytes:
    if style == 0:
        text = json.dumps(rows, separators=(",", ":"))
    elif style == 1:
        text = json.dumps(rows)
    elif style == 2:
        text = json.dumps(rows, indent=2)
    else:
        gap = chance.choice((" ", "\n", ""))
        text = f"[{f',{gap}'.join(json.dumps(row, ensure_ascii=False) for row in rows)} ]"
    return text.encode()


#: What may be wrong with a body, or odd about it.
SPOILT: tuple[Callable[[bytes], bytes], ...] = (
    lambda body: body.replace(b"71.75", b"NaN", 1),
    lambda body: body[:-1],
    lambda body: body + b"x",
    lambda body: b"\xef\xbb\xbf" + body,
    lambda body: body[:-1].rstrip() + b",]",
    lambda body: body.replace(b"IN_PROGRESS", b"\xff\xfe", 1),
    lambda _: b"null",
    lambda body: body.replace(b'"id"', b'"\\ud800":1,"id"', 1),
    lambda body: body.replace(b"},", b'},5,null,"s",[1],', 1),
    lambda body: body.replace(b"}, {", b"} {", 1),
    lambda body: body.replace(b'"model_id"', b'"id":"twice","model_id"', 1),
)


def _spoilt(chance: Random, body: bytes) -> bytes:
    return chance.choice(SPOILT)(body) if chance.random() < 0.12 else body


def _pieces(chance: Random, body: bytes) -> Iterator[bytes]:
    size = chance.choice((1, 7, 100, 5_000, 10**7))
    if len(body) > 4_000:
        size = max(size, 100)
    for start in range(0, len(body), size):
        yield body[start : start + size]
