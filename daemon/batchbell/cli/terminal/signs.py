"""Severities and bars as signs: each means something without its colour too."""

from __future__ import annotations

import sys

from batchbell.core.event import Severity
from batchbell.messages.subject import BETWEEN
from batchbell.receivers.look import LOOKS

#: What stands for a sign where the terminal's encoding lacks it.
_STAND_INS = {"✓": "+", "✗": "x"}
#: The colours of mail and the page, as near as the 256 of a terminal come. Source: xterm's table.
COLOURS = {
    Severity.INFO: 74,
    Severity.SUCCESS: 36,
    Severity.WARNING: 178,
    Severity.FAILURE: 166,
}
#: The same in rich's words; it takes the nearest one where a terminal has fewer.
STYLES = {severity: f"color({number})" for severity, number in COLOURS.items()}


def sign(severity: Severity) -> str:
    """Return the one-character sign of a severity: the one that mail and the page show."""
    shown = LOOKS[severity].sign
    return shown if speaks_unicode() else _STAND_INS.get(shown, shown)


def joined(*texts: str) -> str:
    """Join what belongs together, as messages do: `nightly-eval · 3f2a9c1e`; empty texts apart."""
    return between().join(filter(None, texts))


def between() -> str:
    """Return what stands between texts that belong together."""
    return BETWEEN if speaks_unicode() else " - "


def speaks_unicode() -> bool:
    """Whether standard output can show our signs."""
    try:
        "✓✗━╸─…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(fraction: float, width: int) -> tuple[str, str]:
    """Return the done and the open part of a progress bar; `fraction` is 0.0 to 1.0."""
    halves = int(min(max(fraction, 0.0), 1.0) * width * 2)
    full, half = divmod(halves, 2)
    if not speaks_unicode():
        return "#" * full, "." * (width - full)
    return "━" * full + "╸" * half, "─" * (width - full - half)
