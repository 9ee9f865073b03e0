"""Values as words: one-line text, times, durations and percents, the same in every message."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What stands where text was cut.
ELLIPSIS = "…"
#: Unicode categories that are never shown: controls, direction overrides and other format
#: characters (terminal escapes, text that reads backwards), lone surrogates, private use.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})
#: The format characters that real text needs: the joiners of emoji and of several scripts.
_JOINERS = frozenset("\u200c\u200d")
#: The skin colours behind an emoji, and the letters of which two make a flag.
_SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAGS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
#: A cut goes back to a space only if that leaves so much of the room: an id of 41 characters is not
#: parted at the end of a title.
_KEPT_SHARE = 0.6
#: A name is cut between its words only if that leaves so much.
_WORD_SHARE = 0.75
#: What stands between the words of a name.
_JOINT = re.compile(r"[-_. ]")
_NONE = timedelta()
#: A time of the clock that is nearer needs no day, also beyond midnight.
NEAR = timedelta(days=1)
#: What is nearer than this is "now".
_NOW = timedelta(seconds=30)
#: Durations from here on are told in whole minutes, seconds.
_SECONDS_MATTER_BELOW = 600
#: Units of time with the next smaller ones, seconds.
_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s"))
#: Below so many minutes an estimate is told to so many.
_ROUGHLY = ((10, 1), (60, 5), (600, 30))


def one_line(text: str, limit: int | None = None) -> str:
    """Return text from outside as one visible line, cut to `limit` characters if that is given.

    Line breaks and tabs become spaces; control and direction characters are dropped.
    """
    if not text:
        return ""
    if limit is not None:
        # A megabyte of error text must not be walked through for its first 200 characters.
        text = text[: limit * 8 + 1024]
    shown = text if _is_line(text) else _line(text)
    return shown if limit is None else cut(shown, limit)


def _is_line(text: str) -> bool:
    """Whether it is one visible line as it is: most text is, and this is seen at once."""
    return text.isprintable() and "  " not in text and text == text.strip()


def _line(text: str) -> str:
    spaced = " ".join(text.split())
    shown = "".join(
        char for char in spaced if char in _JOINERS or unicodedata.category(char) not in _HIDDEN
    )
    return " ".join(shown.split())


def cut(text: str, limit: int) -> str:
    """Shorten `text` to at most `limit` characters, after a word if one ends near it."""
    if len(text) <= limit:
        return text
    kept = text[: whole_before(text, max(limit - len(ELLIPSIS), 0))]
    words, _, _ = kept.rpartition(" ")
    if len(words) >= len(kept) * _KEPT_SHARE:
        kept = words
    return kept.rstrip(" ,;:-") + ELLIPSIS


def cut_middle(text: str, limit: int) -> str:
    """Shorten `text` to at most `limit` characters in its middle: names differ at both ends.

    It is cut between words, as names join them, if that is near.
    """
    if len(text) <= limit:
        return text
    room = max(limit - len(ELLIPSIS), 0)
    head = text[: whole_before(text, room - room // 2)]
    tail = text[whole_after(text, len(text) - room // 2) :]
    ends = [found.end() for found in _JOINT.finditer(head)]
    if ends and ends[-1] >= len(head) * _WORD_SHARE:
        head = head[: ends[-1]]
    start = _JOINT.search(tail)
    if start is not None and start.start() <= len(tail) * (1 - _WORD_SHARE):
        tail = tail[start.start() :]
    return f"{head}{ELLIPSIS}{tail}"


def whole_before(text: str, end: int) -> int:
    """Return the last place up to `end` where a text may be cut without parting a visible sign.

    Signs of several characters: emoji with joiners, skin colours and variants, flags, letters with
    marks. Source: Unicode Standard Annex 29, in short.
    """
    while 0 < end < len(text) and _belong_together(text[end - 1], text[end]):
        end -= 1
    if end < len(text) and text[end] in _FLAGS:
        start = end
        while start and text[start - 1] in _FLAGS:
            start -= 1
        end -= (end - start) % 2
    return end


def whole_after(text: str, start: int) -> int:
    """Return the first place from `start` on where a text may be cut without parting a sign."""
    while start < len(text) and whole_before(text, start) != start:
        start += 1
    return start


def _belong_together(before: str, after: str) -> bool:
    return (
        "\u200d" in (before, after)
        or after in _SKINS
        or unicodedata.category(after) in {"Mn", "Me", "Mc"}
    )


def utc_time(moment: datetime) -> str:
    """Return `2026-11-23 02:14 UTC`."""
    return local_time(moment, UTC)


def local_time(moment: datetime, zone: tzinfo) -> str:
    """Return `2026-11-23 03:14 CET`: with the offset where the zone has no short name."""
    local = in_zone(moment, zone)
    return f"{local:%Y-%m-%d %H:%M} {zone_name(local)}"


def short_times(*moments: datetime, zone: tzinfo = UTC) -> tuple[str, ...]:
    """Return `02:14` for each moment if all are of one day, else `2026-11-23 02:14`."""
    return _short([in_zone(moment, zone) for moment in moments])


def short_local_times(*moments: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the same by the zone's clock; the last one has the zone's name behind it.

    In the night the clocks change each has: 02:50 CEST comes before 02:10 CET.
    """
    local = [in_zone(moment, zone) for moment in moments]
    return with_zone(local, _short(local))


def local_times_near(now: datetime, *moments: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the same of moments: without days if all are less than a day off `now`."""
    if any(abs(moment - now) >= NEAR for moment in moments):
        return short_local_times(now, *moments, zone=zone)[1:]
    local = [in_zone(moment, zone) for moment in moments]
    return with_zone(local, tuple(f"{moment:%H:%M}" for moment in local))


def with_zone(local: Sequence[datetime], shown: tuple[str, ...]) -> tuple[str, ...]:
    """Return times with the zone's name behind the last, or behind each if they are of several."""
    names = [zone_name(moment) for moment in local]
    if len(set(names)) > 1:
        return tuple(f"{time} {name}" for time, name in zip(shown, names, strict=True))
    *others, last = shown
    return (*others, f"{last} {names[-1]}")


def clock_near(moment: datetime, now: datetime, *, zone: tzinfo) -> str:
    """Return `03:14` of a moment that is less than a day off, else ''."""
    return "" if abs(moment - now) >= NEAR else f"{in_zone(moment, zone):%H:%M}"


def local_time_near(moment: datetime, now: datetime, *, zone: tzinfo) -> str:
    """Return `03:14 CET` of a moment that is less than a day off, else with its day."""
    return local_times_near(now, moment, zone=zone)[-1]


def relative(moment: datetime, now: datetime) -> str:
    """Return `2h 51m ago`, `in 3h 12m` or `now`."""
    ahead = moment - now
    if abs(ahead) < _NOW:
        return "now"
    return f"in {duration(ahead)}" if ahead > _NONE else f"{duration(ahead)} ago"


def parse_time(text: object) -> datetime | None:
    """Read an RFC 3339 text, None if it isn't one; a time without zone is taken as UTC."""
    if not isinstance(text, str):
        return None
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def duration(length: timedelta | float) -> str:
    """Return the two largest units, `2d 3h`, `2h 51m`, `58m`, `45s`; `length` may be seconds."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if not math.isfinite(seconds):
        return "?"
    whole = round(abs(seconds))
    if whole >= _SECONDS_MATTER_BELOW:
        whole = round(whole / 60) * 60
    for unit, name, part, part_name in _UNITS:
        if whole >= unit:
            count, rest = divmod(whole, unit)
            parts = rest // part
            return f"{count}{name} {parts}{part_name}" if parts else f"{count}{name}"
    return f"{whole}s"


def roughly(length: timedelta) -> str:
    """Return a length that is but an estimate: `7m`, `25m`, `1h 30m`, `14h`."""
    minutes = abs(length) / timedelta(minutes=1)
    step = next((step for below, step in _ROUGHLY if minutes < below), 60)
    return duration(timedelta(minutes=max(round(minutes / step), 1) * step))


def within(sentence: str) -> str:
    """Return a sentence, or a label, as it stands behind other words."""
    return f"{sentence[:1].lower()}{sentence[1:]}"


def counted(number: int, thing: str, things: str = "") -> str:
    """Return "1 job", "2 jobs", "10,000 jobs"; `things` is a plural that takes more than an s."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def size(number: int) -> str:
    """Return `1.3 GB` for so many bytes: units are powers of 1000."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if number >= unit:
            return f"{number / unit:,.1f} {name}"
    return counted(number, "byte")


def percent(fraction: float) -> str:
    """Return `71.8%` for 0.718; never `100.0%` for less than all."""
    if not math.isfinite(fraction):
        return "?"
    shown = f"{fraction:.1%}"
    return "99.9%" if shown == "100.0%" and fraction < 1 else shown


def percent_left(fraction: float) -> str:
    """Return what the percentage that is shown leaves of all: `28.2%` for 0.718."""
    shown = percent(fraction)
    return f"{100 - float(shown[:-1]):.1f}%" if shown.endswith("%") else shown


def _short(moments: Sequence[datetime]) -> tuple[str, ...]:
    form = "%H:%M" if len({moment.date() for moment in moments}) == 1 else "%Y-%m-%d %H:%M"
    return tuple(moment.strftime(form) for moment in moments)


def zone_name(local: datetime) -> str:
    """Return `CET`, or `UTC-03` of a zone without a short name."""
    name = local.tzname() or "UTC"
    return name if name[:1].isalpha() else f"UTC{name}"


def _in_utc(moment: datetime) -> datetime:
    return in_zone(moment, UTC)


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Return the moment in the zone; at the ends of the calendar, where none fits, in UTC.

    A time without a zone is taken as UTC.
    """
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        return aware.astimezone(zone)
    except OverflowError:
        return aware.replace(tzinfo=UTC)
