"""What a digest sheds: each form says less, and what presses keeps its commands and reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.messages.entry import Card, Entry
from batchbell.messages.fact import Fact, Role
from batchbell.messages.remedy import Asks
from batchbell.receivers.fitting import NEEDED
from batchbell.receivers.shedding import SHEDDING, shortened, to_act, whole

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
ENTRY = Entry(
    event=sample(EventKind.EXPIRED, AT),
    headline="EXPIRED: nightly-eval",
    card=Card(title="nightly-eval: EXPIRED", below=""),
    facts=(),
    advice="batchbell show -- job-1",
    asks=Asks.KNOW,
)
EACH = [Fact(role.name, "x", role, is_brief=True) for role in Role]
OUTLAST = {role.name for role in (*NEEDED, Role.REMEDY, Role.REPETITION, Role.LINK)}


def entry(asks: Asks, *facts: Fact) -> Entry:
    """Return an entry whose digest has just these facts."""
    made = replace(ENTRY, asks=asks)
    made.__dict__["digest_facts"] = facts
    return made


def left(asks: Asks) -> list[set[str]]:
    """Return what each form keeps, the fullest first."""
    found = entry(asks, *EACH)
    return [{fact.label for fact in keep(found)} for keep in (whole, *SHEDDING)]


@pytest.mark.parametrize("asks", list(Asks))
def test_each_form_says_less_and_none_loses_what_is_needed(asks: Asks) -> None:
    forms = left(asks)
    assert all(more >= less for more, less in pairwise(forms))
    assert all(form >= OUTLAST for form in forms)


@pytest.mark.parametrize("asks", [Asks.CANCEL, Asks.REPAIR])
def test_what_presses_keeps_its_commands_and_reasons_to_the_last(asks: Asks) -> None:
    assert left(asks)[-1] >= {"COMMAND", "OUTLOOK", "PROGRESS", "CAUSE"}


def test_causes_go_first_then_calm_commands_then_facts_then_commands_of_the_rest() -> None:
    fetch = left(Asks.FETCH)
    assert ["CAUSE" in form for form in fetch] == [True, False, False, False, False]
    assert ["DETAIL" in form for form in fetch] == [True, True, True, False, False]
    assert ["COMMAND" in form for form in fetch] == [True, True, True, True, False]
    watch = left(Asks.WATCH)
    assert ["COMMAND" in form for form in watch] == [True, True, False, False, False]
    done = left(Asks.DONE)
    assert ["DETAIL" in form for form in done] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("remedy", "first"),
    [
        ("Cancel it now: it is late. What is done is kept.", "Cancel it now: it is late."),
        ("Fetch its output. 5 answers are empty: send them again.", ""),
        (
            "Wait until 5:14. If it has not moved by then, cancel it. What is done is kept.",
            "Wait until 5:14. If it has not moved by then, cancel it.",
        ),
        ("Repair line 3 of my. file and submit it again.", ""),
        ("Fetch its output.", ""),
    ],
)
def test_of_what_to_do_that_alone_is_left_which_somebody_has_to_do(remedy: str, first: str) -> None:
    told = Fact("What to do", remedy, Role.REMEDY)
    assert to_act(entry(Asks.CANCEL, told)) == [told._replace(text=first or remedy)]


def test_what_is_left_out_is_named() -> None:
    calm = [entry(Asks.WATCH, *EACH)]
    labels = [shortened(calm, keep).label for keep in SHEDDING]
    assert labels[0] == "Shortened (causes are left out). All of it"
    assert labels[1] == "Shortened (commands and causes are left out). All of it"
    assert labels[2] == "Shortened (commands, causes and details are left out). All of it"
    reworded = [entry(Asks.CANCEL, Fact("To do", "Cancel it. What is done is kept.", Role.REMEDY))]
    assert shortened(reworded, to_act).label == "Shortened (details are left out). All of it"


def test_what_only_some_have_lost_is_not_said_to_be_left_out_of_all() -> None:
    several = [entry(Asks.WATCH, *EACH), entry(Asks.CANCEL, *EACH)]
    assert shortened(several, SHEDDING[1]).label == (
        "Shortened (some commands and some causes are left out). All of it"
    )
