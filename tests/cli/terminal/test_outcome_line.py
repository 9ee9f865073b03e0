from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import Facts, StallFacts
from batchbell.core.routing import Filter
from batchbell.messages.plain_text import short_times
from batchbell.usecases.announce import announce

if TYPE_CHECKING:
    from datetime import datetime

    from tests.cli.filled import Bell


def test_a_standstill_has_its_beginning_and_when_it_was_noticed(bell: Bell) -> None:
    job, since, noticed = bell.job("one"), bell.ago(hours=3), bell.ago(hours=1)
    bell.poll(job)
    stalled = Event(
        kind=EventKind.STALLED,
        account="default",
        job_id="one",
        qualifier="since",
        happened_at=noticed,
        seen_at=noticed,
        job=job,
        facts=Facts(stall=StallFacts(since=since)),
    )
    with bell.database.write() as connection:
        announce(connection, [stalled], [Filter(channel="team")], noticed)

    def at(moment: datetime) -> str:
        return f"{short_times(moment, bell.started)[0]} UTC"

    outcome = bell.run("explain", "one").output.split("\n\n")[1].splitlines()[0]
    what = f"STALLED since {at(since)}, noticed {at(noticed)}"
    assert outcome == f"{what}: told 0 of 1, 1 waits"


def test_of_a_muted_job_the_end_is_the_outcome_whatever_was_told_before(bell: Bell) -> None:
    bell.configure(Filter(channel="hook"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=180))
    bell.poll(bell.job("one"), at=bell.ago(minutes=30))
    assert bell.run("mute", "one", "--for", "6h").exit_code == 0
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=-1))
    head, told, *_ = bell.run("explain", "one").output.split("\n\n")
    _, helps, muted, *_ = head.splitlines()
    outcome = told.splitlines()[0]
    assert helps == "Submit it again; if it fails again, ask Together."
    assert re.match(r"muted until .*\d\d:\d\d UTC \(in ", muted)
    assert muted.endswith(": nobody is told what happens, not even later")
    assert "\n    End the mute: batchbell unmute -- one\n" in bell.run("explain", "one").output
    assert outcome.startswith("FAILED ")
    assert outcome.endswith(": told to nobody")


def test_explain_has_the_command_that_ends_the_mute_of_a_model(bell: Bell) -> None:
    bell.configure(Filter(channel="hook"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=30))
    assert bell.run("mute", "--model", "other/*", "--for", "6h").exit_code == 0
    assert "End the mute" not in bell.run("explain", "one").output
    assert bell.run("mute", "--model", "meta-llama/*", "--for", "6h").exit_code == 0
    command = "\n    End the mute: batchbell unmute --model 'meta-llama/*'\n"
    assert bell.run("explain", "one").output.count(command) == 1


def test_what_would_tell_several_channels_is_said_once(bell: Bell) -> None:
    names = [f"c{each}" for each in range(5)]
    only = [Filter(channel=each, events=("batch.created",)) for each in names]
    bell.configure(*only, Filter(channel="other", min_severity=Severity.FAILURE))
    bell.poll(bell.job("one"), at=bell.ago(minutes=20))
    bell.poll(bell.job("one", "CANCELLED"), at=bell.ago(minutes=10))
    output = bell.run("explain", "one").output
    several = (
        'To tell one of these 5 of such, configure: "batch.cancelled" among channels.NAME.events'
    )
    assert output.count("of such, configure: ") == 2
    assert f"    {several}\n" in output
    assert (
        '    To tell other of such, configure: channels.other.min_severity = "warning"\n' in output
    )


def test_small_news_are_the_outcome_of_a_job_of_which_nothing_else_is_known(bell: Bell) -> None:
    bell.configure(Filter(channel="hook", events=("batch.created",)))
    bell.poll(at=bell.ago(minutes=30))
    bell.poll(bell.job("one"), at=bell.ago(minutes=20))
    assert ": told 1 of 1" not in bell.run("explain", "one").output
    assert "Created " in bell.run("explain", "one").output.splitlines()[2]
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=10))
    output = bell.run("explain", "one").output
    # What to do about an end stands before who was told of it.
    head, told, *_ = output.split("\n\n")
    helps, outcome = head.splitlines()[1], told.splitlines()[0]
    assert helps == "Submit it again; if it fails again, ask Together."
    assert outcome.startswith("FAILED ")
    bell.run("ack", "one")
    assert "\nacknowledged " in bell.run("explain", "one").output
    assert 'To tell hook of such, configure: "batch.failed"' in output
