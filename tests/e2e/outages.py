"""What provokes events of accounts and channels, and what their messages then say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from tests.e2e.plays import WHEN
from tests.e2e.stage import MINUTE
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import Answer
from tests.simulator.named_faults import refusal

if TYPE_CHECKING:
    from tests.e2e.stage import Stage


def is_watched(stage: Stage, name: str) -> None:
    """Begin with two jobs."""
    stage.news(name).says("Watching account, 2 jobs, 1 running, 1 ended in the last 24 h, not told")


def is_unreachable(stage: Stage, name: str) -> None:
    """Fail for longer than `unreachable_after`."""
    fails = "SELECT count(*) FROM accounts WHERE failures > 0"
    with stage.alone:
        stage.api.fault(refusal(503, "try again later"))
        wait_until(lambda: stage.bell.value(fails), "a failed poll")
        stage.api.clock.advance(2 * MINUTE)
        news = stage.news(name)
        stage.api.clear_faults()
        stage.bell.wait_for_polls()
    facts = {"Failed polls": r"\d+", "Outage since": WHEN}
    news.says("ACCOUNT UNREACHABLE, .*503", facts)
    assert "Look closer: batchbell doctor" in news.text


def is_unauthorized(stage: Stage, name: str) -> None:
    """Refuse the key."""
    with stage.alone:
        stage.api.fault(refusal(401, "Invalid API key provided"))
        news = stage.news(name)
        stage.api.clear_faults()
        stage.bell.wait_for_polls()
    facts = {"What to do": r"(Give|Put) .* run on unseen\."}
    news.says("ACCOUNT UNAUTHORIZED, .*Invalid API key provided", facts)


def recovers(stage: Stage, name: str) -> None:
    """Refuse the key for two hours."""
    with stage.alone:
        told = stage.bell.told().count(EventKind.ACCOUNT_UNAUTHORIZED)
        stage.api.fault(refusal(401, "Invalid API key provided"))
        stage.hook.wait_for(lambda _: stage.bell.told().count("account.unauthorized") > told)
        stage.api.clock.advance(timedelta(hours=2))
        stage.api.clear_faults()
        news = stage.news(name, containing="after 2h")
    news.says("Account recovered, after 2h", {"Outage since": WHEN})


def is_refused(stage: Stage, name: str) -> None:
    """Send to a channel that answers 410."""
    stage.job(EventKind.CHANNEL_FAILING, status="VALIDATING")
    stage.news(name).says("CHANNEL FAILING, .*410", {"What to do": ".* retry all.*"})


def is_taken_again(stage: Stage, name: str) -> None:
    """Send to that channel once more when it is well."""
    stage.news(EventKind.CHANNEL_FAILING)
    stage.broken.default = Answer()
    stage.job(EventKind.CHANNEL_FAILING, status="VALIDATING")
    stage.news(name).says(r"Channel recovered, after \d+(s|m.*)")


def is_called_invalid(stage: Stage, name: str) -> None:
    """Send what its receiver calls invalid."""
    job_id = stage.job(name, status="VALIDATING")
    stage.news(name).says(
        r"MESSAGE NOT SENT to \w+",
        {
            "See its job": f"batchbell show -- {job_id}",
            "Send it again once repaired": r"batchbell deliveries retry \d+",
        },
    )
