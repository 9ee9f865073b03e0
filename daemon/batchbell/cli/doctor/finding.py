"""`Finding`: what one check found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's answer."""

    #: What was looked at.
    what: str
    #: Which of several such things; '' where there is one.
    name: str = ""
    #: Info: nothing to judge yet; success: fine; warning: worth a look; failure: batchbell can't
    #: do its work so.
    severity: Severity
    #: What was found.
    detail: str
    #: What to do; '' for nothing.
    advice: str = ""
    #: What to type: what it does, and the command.
    commands: tuple[tuple[str, str], ...] = ()

    @property
    def subject(self) -> str:
        """What was looked at, and which: `channel team`."""
        return f"{self.what} {self.name}".rstrip()

    @property
    def sentence(self) -> str:
        """What to do, as a sentence; '' for nothing."""
        return f"{self.advice[0].upper()}{self.advice[1:].rstrip('.')}." if self.advice else ""

    def to_json(self) -> dict[str, str]:
        """Return what `--json` prints."""
        return {
            "check": self.subject,
            "result": self.severity.name.lower(),
            "detail": self.detail,
            "advice": "; ".join(filter(None, (self.advice.rstrip("."), *self._typed()))),
        }

    def _typed(self) -> Iterator[str]:
        yield from (f"{label}: {command}" for label, command in self.commands)


def fine(what: str, detail: str, *, name: str = "") -> Finding:
    """Return a finding that needs nothing done."""
    return Finding(what=what, name=name, severity=Severity.SUCCESS, detail=detail)


def doubtful(
    what: str, detail: str, advice: str = "", *commands: tuple[str, str], name: str = ""
) -> Finding:
    """Return a finding that may be meant so."""
    warned = replace(fine(what, detail, name=name), severity=Severity.WARNING)
    return replace(warned, advice=advice, commands=commands)


def wrong(
    what: str, detail: str, advice: str = "", *commands: tuple[str, str], name: str = ""
) -> Finding:
    """Return a finding that must be put right."""
    found = doubtful(what, detail, advice, *commands, name=name)
    return replace(found, severity=Severity.FAILURE)
