"""Commands on a terminal, at the moment that is looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from docs.pictures.browser import View
from docs.pictures.day.day import environment
from docs.pictures.day.typed import changing, reading
from docs.pictures.recording import TIMEOUT_SECONDS, Recording
from docs.pictures.screen import Screen
from docs.pictures.svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor, Future

    from docs.pictures.day.album import Album
    from docs.pictures.day.day import Day
    from docs.pictures.day.typed import Command

#: The chapter.
COMMANDS = "commands"
#: How wide a character of rich's picture is, its pixels.
CHARACTER_PIXELS = 12.2
#: What stands left and right of a terminal's lines, pixels.
FRAME_PIXELS = 20
#: A terminal on which nothing changes for so long shows a whole picture, seconds; ...
QUIET_SECONDS = 0.15
#: ... one that never rests is looked at after so many times that.
MOST_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """What a terminal shows of a command."""

    name: str
    command: Command
    lines: list[str]


def record(day: Day, pool: Executor) -> list[Future[list[Shown]]]:
    """Begin to record the commands that change nothing, and then those that do."""
    asked = [pool.submit(_shown, day, each) for each in reading(day)]
    return [*asked, pool.submit(_in_turn, day, list(asked))]


def take_commands(album: Album, recorded: list[Future[list[Shown]]]) -> None:
    """Take pictures of the terminals."""
    for future in recorded:
        for shown in future.result():
            _take(album, shown)


def _in_turn(day: Day, before: list[Future[list[Shown]]]) -> list[Shown]:
    """Record those that change something, once nobody looks any more."""
    for future in before:
        future.result()
    return [shown for command in changing(day) for shown in _shown(day, command)]


def _shown(day: Day, command: Command) -> list[Shown]:
    """Run a command on a terminal; return what is seen of it."""
    if command.has_own_clock:
        program = day.at(datetime.now(UTC), *command.arguments)
    else:
        program = day.program(*command.arguments)
    with Recording(
        *program[1:],
        environ=environment(),
        width=command.width,
        height=command.height,
        cwd=day.folder,
    ) as recording:
        if command.seconds:
            outputs = list(_outputs(recording, command.seconds))
        else:
            recording.end()
            outputs = [recording.output]
    names = [f"{command.name}-{number}" for number in range(1, len(outputs) + 1)]
    if len(outputs) == 1:
        names = [command.name]
    return [
        Shown(name, command, _lines(command.width, output))
        for name, output in zip(names, outputs, strict=True)
    ]


def _outputs(recording: Recording, moments: tuple[float, ...]) -> Iterator[str]:
    """Yield what a program has written by each of these seconds after its first sign."""
    began = time.monotonic()
    while not recording.output and time.monotonic() - began < TIMEOUT_SECONDS:
        time.sleep(QUIET_SECONDS)
    began = time.monotonic()
    for seconds in moments:
        time.sleep(max(began + seconds - time.monotonic(), 0.0))
        for _ in range(MOST_LOOKS):
            before = recording.output
            time.sleep(QUIET_SECONDS)
            if recording.output == before:
                break
        yield recording.output


def _lines(width: int, output: str) -> list[str]:
    screen = Screen(width)
    screen.feed(output)
    return screen.lines()


def _take(album: Album, shown: Shown) -> None:
    width = shown.command.width
    title = " ".join(["batchbell", *shown.command.arguments])
    picture = svg(shown.lines, title=title, name=shown.name, width=width)
    page = f"<!doctype html><meta charset=utf-8><body style='margin:0'>{picture}"
    screen = Screen(width)
    screen.feed("\n".join(f"\r{line}" for line in shown.lines))
    text = "\n".join(line.rstrip() for line in screen.text().splitlines())
    album.write(COMMANDS, shown.name, f"$ {title}\n{text}\n", title)
    view = View(width=int(width * CHARACTER_PIXELS) + FRAME_PIXELS)
    album.take(COMMANDS, shown.name, page, view)
