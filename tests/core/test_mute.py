from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute, muted_until, why_muted
from batchbell.core.routing import Filter, route
from tests.fakes import START

HOUR = timedelta(hours=1)
UNTIL = START + 6 * HOUR
MODEL = "deepseek-ai/DeepSeek-V3"


def mute(
    *,
    account: str = "*",
    model: str = "*",
    job_id: str = "",
    lasts: timedelta = 6 * HOUR,
) -> Mute:
    return Mute(account=account, model=model, job_id=job_id, muted_at=START, until=START + lasts)


def event(kind: EventKind = EventKind.FAILED, *, model: str | None = MODEL) -> Event:
    of_job = kind.value.startswith("batch.")
    return Event(
        kind=kind,
        account="prod",
        job_id="job-1" if of_job else "",
        happened_at=START,
        seen_at=START,
        job=BatchJob(id="job-1", model_id=model) if of_job else None,
    )


@pytest.mark.parametrize(
    ("given_mute", "covers"),
    [
        (mute(job_id="job-1"), True),
        (mute(job_id="job-1", account="prod"), True),
        (mute(job_id="job-1", account="dev"), False),
        (mute(job_id="job"), False),
        (mute(job_id="job-*"), False),
        (mute(model="deepseek-ai/*"), True),
        (mute(model="Qwen/*"), False),
        (mute(model="deepseek-ai/*", account="dev"), False),
        (mute(account="prod"), True),
        (mute(account="pr*"), True),
        (mute(account="dev"), False),
        (mute(), True),
    ],
)
def test_a_mute_covers_the_jobs_that_match_all_it_names(given_mute: Mute, covers: bool) -> None:  # noqa: FBT001 - a table
    reason = why_muted(event(), [given_mute], START)
    assert reason == ("muted until 2026-11-23 18:00 UTC" if covers else None)


def test_a_job_without_a_model_is_covered_by_the_star_alone() -> None:
    assert why_muted(event(model=None), [mute(model="deepseek-ai/*")], START) is None
    assert why_muted(event(model=None), [mute()], START) is not None


def test_a_mute_ends_by_itself_at_its_moment() -> None:
    last = UNTIL - timedelta(microseconds=1)
    assert why_muted(event(), [mute()], last) is not None
    assert why_muted(event(), [mute()], UNTIL) is None


@pytest.mark.parametrize(
    "kind", [kind for kind in EventKind if not kind.value.startswith("batch.")]
)
def test_news_of_accounts_and_channels_are_never_muted(kind: EventKind) -> None:
    assert why_muted(event(kind), [mute(), mute(account="prod")], START) is None


def test_of_several_mutes_the_longest_counts() -> None:
    several = [mute(lasts=8 * HOUR), mute(account="prod"), mute(job_id="job-2", lasts=20 * HOUR)]
    until = muted_until(several, START, account="prod", job_id="job-1", model=None)
    assert until == START + 8 * HOUR


def test_a_muted_channel_says_so_unless_its_filters_refuse_the_event_anyway() -> None:
    filters = [Filter(channel="team"), Filter(channel="mail", events=("account.*",))]
    decided = route(event(), filters, muted=why_muted(event(), [mute()], START))
    assert decided.told == ()
    assert decided.not_told == {
        "team": "muted until 2026-11-23 18:00 UTC",
        "mail": "its `events` leave out batch.failed",
    }


_HOURS = st.integers(-48, 48).map(lambda hours: hours * HOUR)
_MUTES = st.builds(
    mute,
    account=st.sampled_from(["*", "prod", "dev"]),
    model=st.sampled_from(["*", MODEL, "x"]),
    job_id=st.sampled_from(["", "job-1", "job-2"]),
    lasts=_HOURS,
)


@given(st.lists(_MUTES, max_size=6), _HOURS)
def test_an_event_is_muted_exactly_while_one_mute_in_force_covers_it(
    mutes: list[Mute], after: timedelta
) -> None:
    now = START + after
    in_force = [
        each
        for each in mutes
        if each.until > now and each.covers(account="prod", job_id="job-1", model=MODEL)
    ]
    assert (why_muted(event(), mutes, now) is not None) == bool(in_force)
