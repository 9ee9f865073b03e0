"""What to do about a running job: one decision, by what is to be expected of it."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum, auto
from typing import NamedTuple

from batchbell.core.forecast.expectation import Expectation, Prospect, WaitsFor

#: So near its deadline it counts how much time is left, not how much is over.
LAST = timedelta(hours=1)
#: A job that is late by less is let run, ...
_A_LITTLE = timedelta(hours=1)
#: ... and so is one of which more is done; one of which so much is done only has to end.
_MOST = 0.95
_ALL_BUT_ITS_END = 0.995


class Act(Enum):
    """What a reader is to do with a running job."""

    #: Every hour that passes costs.
    CANCEL_NOW = auto()
    #: To look again later, and to cancel it then.
    CANCEL_LATER = auto()
    #: To wait for the bell: whether to cancel it is decided then.
    WAIT = auto()
    LET_RUN = auto()


#: Those that are, or may become, to cancel it.
CANCELLING = frozenset({Act.CANCEL_NOW, Act.CANCEL_LATER})


class Proposal(NamedTuple):
    """One decision with its reason, in words with places for figures."""

    #: `kept` may be empty, so it stands at an end.
    text: str
    act: Act = Act.LET_RUN
    #: The same in a few words, where these say more than the act.
    in_short: str = ""


_SAYS = {
    Expectation.IN_TIME: Proposal("Nothing to do now: it should be done in time."),
    Expectation.JUST_IN_TIME: Proposal(
        "Nothing to do now: it should just be done in time{but_late}. {if_not}",
    ),
    Expectation.MAY_MISS: Proposal("Let it run: it may still be done in time. {if_not}"),
    Expectation.HOPELESS: Proposal(
        "Cancel it now and submit {rest}: it stands still, so waiting only loses time. {kept}",
        act=Act.CANCEL_NOW,
    ),
    Expectation.TOO_SLOW: Proposal(
        "Cancel it now and submit {rest}: {needs}. {in_parts}{kept_and_sooner}", act=Act.CANCEL_NOW
    ),
    Expectation.UNLIKELY: Proposal(
        "Cancel it now and submit {rest}: it will probably expire unfinished, as {needs}. "
        "{kept_and_sooner}",
        act=Act.CANCEL_NOW,
    ),
    Expectation.OVERDUE: Proposal("Let it run: {best_effort}a bad end rings. {if_it_expires}"),
    Expectation.CANCELING: Proposal("Wait: it is being cancelled. {kept}"),
}
_SAYS[Expectation.OPEN] = _SAYS[Expectation.MAY_MISS]
_PROBABLY_EXPIRES = Proposal(
    "Cancel it now and submit {rest}: it will probably expire unfinished. {kept_and_sooner}",
    act=Act.CANCEL_NOW,
)
_STANDS_AND_EXPIRES = Proposal(
    "Cancel it now and submit {rest}: it will probably expire unfinished, as it has not moved for "
    "{still}. {kept_and_sooner}",
    act=Act.CANCEL_NOW,
)
_HAS_NOT_BEGUN = Proposal(
    "Cancel it now and submit {rest}: more than half of its time is over, and nothing of it is "
    "done.",
    act=Act.CANCEL_NOW,
)
_HAS_NOT_BEGUN_AT_LAST = Proposal(
    "Cancel it now and submit {rest}: nothing of it is done, with only {left} left.",
    act=Act.CANCEL_NOW,
)
#: Those of which is known what rings before their deadline is over, and when.
_UNTIL_IT_RINGS = {
    Expectation.JUST_IN_TIME: Proposal(
        "Let it run: it should just be done in time{but_late}. The bell rings again at {rings}."
    ),
    Expectation.MAY_MISS: Proposal(
        "Let it run: it may still be done in time. The bell rings again at {rings}."
    ),
    Expectation.OPEN: Proposal(
        "Let it run: {too_early}, but {left} to go. The bell rings again at {rings}."
    ),
}
#: Of one that stands still, by what ends the waiting, and whether that is heard.
_UNTIL_IT_RINGS_AT = "Wait until it rings at {until}"
_AT_THEN = "Look again at {until}"
_IF_IT_STANDS_ON = "If the job has not moved, cancel it and submit {rest}. {kept}"
_STILL_UNTIL_IT_RINGS = Proposal(
    "Wait: the bell rings again at {rings}. If the job has not moved by then, cancel it and submit "
    "{rest}. {kept}",
    act=Act.CANCEL_LATER,
    in_short=_UNTIL_IT_RINGS_AT,
)
_STILL_AND_UNHEARD = Proposal(
    f"Look again at {{until}}: this channel {{hears}}. {_IF_IT_STANDS_ON}",
    act=Act.CANCEL_LATER,
    in_short=_AT_THEN,
)
_STILL_UNTIL_IT_IS_DECIDED = Proposal(
    "Wait: the bell rings again at {rings}.", act=Act.WAIT, in_short=_UNTIL_IT_RINGS_AT
)
_UNHEARD_UNTIL_IT_IS_DECIDED = Proposal(
    "Look again at {rings}: this channel {hears}.", act=Act.WAIT, in_short=_AT_THEN
)
_STILL_BEFORE_IT_RINGS = Proposal(
    f"Look again at {{until}}: {{next}}. {_IF_IT_STANDS_ON}",
    act=Act.CANCEL_LATER,
    in_short=_AT_THEN,
)
_STILL_UNTIL_ITS_PACE = Proposal(
    "Look again at {until}{no_bell}. If it has not moved by then, it can't make its deadline at "
    "its average pace: cancel it and submit {rest}. {kept}",
    act=Act.CANCEL_LATER,
    in_short=_AT_THEN,
)
_HAS_TO_MOVE_SOON = Proposal(
    "Cancel it now and submit {rest}: no progress for {still}, and from {until} on its average "
    "pace is too slow for its deadline. {kept}",
    act=Act.CANCEL_NOW,
)
_STILL_FOR_A_WHILE = Proposal(
    f"Look again at {{until}}. {_IF_IT_STANDS_ON}", act=Act.CANCEL_LATER, in_short=_AT_THEN
)
_STANDS_SINCE_WHENEVER = Proposal(
    "Look again in an hour: if it has not moved by then, cancel it and submit {rest}. {kept}",
    act=Act.CANCEL_LATER,
    in_short="Look again in an hour",
)
_STANDS_FOR_LONG = Proposal(
    "Cancel it now and submit {rest}: no progress for {still}. {kept}", act=Act.CANCEL_NOW
)
_OVERDUE_AND_STILL = Proposal(
    "Cancel it now and submit {rest}: no progress for {still}, and it may expire at any time. "
    "{kept}",
    act=Act.CANCEL_NOW,
)
_OVERDUE_AND_NEW = Proposal(
    "Cancel it now and submit {rest}: nothing of it is done, and it may expire at any time.",
    act=Act.CANCEL_NOW,
)
_OVERDUE_BY_FAR = Proposal(
    "Cancel it now and submit {rest}: it will be about {late} late, and may expire at any time. "
    "{kept}",
    act=Act.CANCEL_NOW,
)
_LATE_BY_A_LITTLE = Proposal(
    "Let it run: it will be about {late} late{and_best_effort}. {if_it_expires}"
)
_LATE_BY_FAR = Proposal(
    "Cancel it now and submit {rest}: it needs about {late} more than it has, and will probably "
    "expire unfinished. {in_parts}{kept_and_sooner}",
    act=Act.CANCEL_NOW,
)
#: Of one that surely misses it nothing is only probable.
_SURELY_LATE_BY_FAR = Proposal(
    "Cancel it now and submit {rest}: it needs about {late} more than it has. "
    "{in_parts}{kept_and_sooner}",
    act=Act.CANCEL_NOW,
)
_ALL_BUT_DONE = Proposal("Let it run: {done} is done. {if_it_expires}")
_ONLY_ITS_END = Proposal("Wait: all but its end is done.")
#: How those do that are not expected to make their deadline.
MISSES_IT = frozenset(
    {
        Expectation.PROBABLY_MISSES,
        Expectation.MISSES,
        Expectation.HOPELESS,
        Expectation.TOO_SLOW,
        Expectation.UNLIKELY,
    }
)
_MISSES = frozenset({Expectation.PROBABLY_MISSES, Expectation.MISSES})


def decision(found: Prospect) -> Proposal:
    """Decide; what is not known leaves its part out of the reason."""
    expected = found.expectation
    if _needs_only_its_end(found):
        return _ONLY_ITS_END
    if expected is Expectation.OVERDUE:
        return _overdue(found)
    if expected in _MISSES:
        return _late(found)
    if expected is Expectation.HOPELESS and found.has_begun is False:
        is_last = found.left is not None and found.left <= LAST
        return _HAS_NOT_BEGUN_AT_LAST if is_last else _HAS_NOT_BEGUN
    if expected is Expectation.UNLIKELY and _is_let_run(found):
        return _ALL_BUT_DONE
    return _still(found) if expected is Expectation.STANDS_STILL else _usual(found)


def _usual(found: Prospect) -> Proposal:
    """Return what is said of all that are expected to do so, until the bell rings if it does."""
    says = _SAYS[found.expectation]
    ring = found.ring
    rings = ring is not None and ring.is_ahead_of_deadline and ring.is_heard
    return _UNTIL_IT_RINGS.get(found.expectation, says) if rings else says


def _still(found: Prospect) -> Proposal:
    if found.worth_waiting is None:
        return _STANDS_SINCE_WHENEVER
    if found.worth_waiting <= timedelta():
        return _STANDS_FOR_LONG
    if not found.waits_for_ring and found.waits_for is WaitsFor.PACE:
        return _until_its_pace(found)
    if found.ring is None:
        return _STILL_FOR_A_WHILE
    if not found.waits_for_ring:
        # A message knows the pace by two digits: what neither rings nor is patience is that.
        is_patience = found.waits_for is WaitsFor.PATIENCE
        return _STILL_BEFORE_IT_RINGS if is_patience else _until_its_pace(found)
    if found.waits_for is WaitsFor.NEW_DECISION:
        heard, unheard = _STILL_UNTIL_IT_IS_DECIDED, _UNHEARD_UNTIL_IT_IS_DECIDED
    else:
        heard, unheard = _STILL_UNTIL_IT_RINGS, _STILL_AND_UNHEARD
    return heard if found.ring.is_heard else unheard


def _until_its_pace(found: Prospect) -> Proposal:
    """Return what to do with one for which no bell rings before its average pace is too slow.

    It stands still for longer than there is time left to wait: nobody gets up for that again.
    """
    still, left = found.still_for, found.worth_waiting
    is_soon = still is not None and left is not None and left <= still
    return _HAS_TO_MOVE_SOON if is_soon else _STILL_UNTIL_ITS_PACE


def _overdue(found: Prospect) -> Proposal:
    if found.has_begun is False:
        return _OVERDUE_AND_NEW
    if found.still_for is not None:
        return _OVERDUE_AND_STILL
    is_far = found.late_by is not None and not _is_let_run(found)
    return _OVERDUE_BY_FAR if is_far else _SAYS[Expectation.OVERDUE]


def _late(found: Prospect) -> Proposal:
    """Return what to do with a job that will not be done in time, as far as that is known."""
    if found.late_by is None:
        return _ALL_BUT_DONE if _is_let_run(found) else _expires(found)
    if _is_let_run(found):
        return _LATE_BY_A_LITTLE
    is_sure = found.expectation is Expectation.MISSES
    return _SURELY_LATE_BY_FAR if is_sure else _LATE_BY_FAR


def _expires(found: Prospect) -> Proposal:
    """Return what to do with one that was late by its last forecast, by what is known since."""
    if found.falls_behind:
        return _SAYS[Expectation.UNLIKELY]
    return _PROBABLY_EXPIRES if found.still_for is None else _STANDS_AND_EXPIRES


def _is_let_run(found: Prospect) -> bool:
    """Whether a late job is late by little, or as good as done."""
    is_late_by_little = found.late_by is not None and found.late_by < _A_LITTLE
    return is_late_by_little or (found.done or 0) > _MOST


def _needs_only_its_end(found: Prospect) -> bool:
    """Whether it is as good as done, and late or without a move."""
    is_overdue_and_still = found.expectation is Expectation.OVERDUE and bool(found.still_for)
    may_need_it = found.expectation in MISSES_IT or is_overdue_and_still
    return may_need_it and (found.done or 0) >= _ALL_BUT_ITS_END
