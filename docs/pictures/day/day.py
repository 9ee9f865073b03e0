"""`Day`: the day while it is played and looked at, and the messages that came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs.pictures.day.world import ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from docs.pictures.day.clock import DayClock, DayTime
    from docs.pictures.day.world import World

ROOT = Path(__file__).resolve().parents[3]
#: The longest that a command is waited for, seconds.
LONGEST_SECONDS = 120.0


@dataclass(slots=True)
class Message:
    """What arrived at a receiver, and when by the day's time."""

    inbox: str
    at: datetime
    received: Any


@dataclass(slots=True)
class Day:
    """The day, and all that came of it."""

    time: DayTime
    clock: DayClock
    world: World
    messages: list[Message] = field(default_factory=list)
    #: How many of each receiver's are known already.
    _known: dict[str, int] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.world.config_file.parent

    def take(self) -> None:
        """Take in what has arrived."""
        world, now = self.world, self.clock.now()
        inboxes: dict[str, list[Any]] = {
            "mail": world.mail.mails,
            "elsewhere": world.elsewhere.requests,
            "hook": world.hook.requests,
            "pager": world.pager.requests,
            "tickets": world.tickets.requests,
        }
        for name, inbox in inboxes.items():
            new = inbox[self._known.get(name, 0) :]
            self._known[name] = len(inbox)
            self.messages += [Message(name, now, each) for each in new]

    def command(self, *arguments: str) -> str:
        """Run batchbell beside it, as of now; return what it prints."""
        program = self.program(*arguments)
        done = subprocess.run(
            program,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{arguments} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def program(self, *arguments: str) -> list[str]:
        """Return what runs batchbell as of now."""
        config = ["--config", str(self.world.config_file)]
        return self.at(self.clock.now(), *config, *arguments)

    def at(self, moment: datetime, *arguments: str) -> list[str]:
        """Return what runs batchbell as of a time, and ends when we do."""
        here = "docs.pictures.day.here"
        receiver = self.world.elsewhere.netloc
        return [sys.executable, "-m", here, receiver, moment.isoformat(), *arguments]


def environment() -> dict[str, str]:
    """Return the environment of this checkout's programs, which are run where the readers live.

    Without what configures batchbell, or leads elsewhere.
    """
    unwanted = ("BATCHBELL_", "TOGETHER_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(unwanted) and not name.lower().endswith("_proxy")
    }
    paths = os.pathsep.join([str(ROOT), str(ROOT / "daemon")])
    return kept | {"PYTHONPATH": paths, "TZ": ZONE}
