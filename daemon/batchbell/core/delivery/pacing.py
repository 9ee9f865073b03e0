"""When a channel may be sent something: quiet hours, a digest's turn, a limit of its rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from batchbell.core.delivery.quiet_hours import quiet_until

if TYPE_CHECKING:
    from batchbell.core.delivery.quiet_hours import QuietWindow
    from batchbell.core.event import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most so many messages in any span of this length."""

    messages: int
    per: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """When a channel wants its messages."""

    #: When messages are held.
    quiet: tuple[QuietWindow, ...] = ()
    #: The time zone of the windows.
    zone: tzinfo = UTC
    #: Messages at least this bad pass in quiet hours; None for none.
    quiet_except: Severity | None = None
    #: Time between two rounds of digests; None to send at once.
    digest_every: timedelta | None = None
    rate: Rate | None = None

    @property
    def parts_at(self) -> Severity | None:
        """From which severity on events need messages of their own, as they may go earlier."""
        return self.quiet_except if self.quiet else None


#: Why a message waits for the next round of digests.
COLLECTED = "collected for a digest"
#: Send at once, at any time.
AT_ONCE = Pacing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a message has to wait, and until when."""

    until: datetime
    #: In words, without the time: "quiet hours".
    reason: str


def quiet_hold(pacing: Pacing, now: datetime) -> Hold | None:
    """Return the hold of the quiet hours, if it is quiet."""
    until = quiet_until(pacing.quiet, pacing.zone, now) if pacing.quiet else None
    return None if until is None else Hold(until=until, reason="quiet hours")


def digest_hold(
    pacing: Pacing, *, created_at: datetime, round_at: datetime | None, now: datetime
) -> Hold | None:
    """Return the hold of a message that came after the last round of digests began.

    The first round begins with the first message. Whatever was there when a round began belongs to
    it, however many messages that takes.
    """
    if pacing.digest_every is None or round_at is None or created_at <= round_at:
        return None
    return _hold(round_at, pacing.digest_every, now, COLLECTED)


def rate_hold(pacing: Pacing, *, attempt_at: datetime | None, now: datetime) -> Hold | None:
    """Return the hold of the rate limit; `attempt_at` began the oldest attempt that counts.

    That is the `rate.messages`-th from the end; None while there are fewer.
    """
    if pacing.rate is None or attempt_at is None:
        return None
    return _hold(attempt_at, pacing.rate.per, now, "rate limit")


def _hold(since: datetime, length: timedelta, now: datetime, reason: str) -> Hold | None:
    """Hold for `length` from `since` on; not if a clock was stepped back since that was written."""
    until = since + length
    return Hold(until=until, reason=reason) if since <= now < until else None
