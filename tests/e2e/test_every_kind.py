"""Each kind of event can really be provoked, and arrives with what its reader needs."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind
from batchbell.simulator.clock import SimulatedClock
from tests.conftest import POSTGRES
from tests.e2e.conftest import new_places
from tests.e2e.fast_daemon import FastDaemon, PatientTime
from tests.e2e.harness import RunningDaemon, config
from tests.e2e.scenarios import OTHERS, SCENARIOS
from tests.e2e.stage import (
    Stage,
    broken_channel,
    channel_of,
    news_of,
    picky_channel,
    refuse_what_is_lost,
)
from tests.loopback_receivers import Answer, HttpReceiver
from tests.simulator.thread import running_simulator
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet

    from tests.e2e.scenarios import Scenario

#: Simulated seconds a second on the fast stage: a minute is half a second.
SPEED = 120.0
#: From one poll to the next on the fast stage, at most: a minute and a quarter there.
LONGEST_POLL_SECONDS = 75 / SPEED
ALL = {**SCENARIOS, **OTHERS}
#: All scenarios together take less on a busy machine, seconds.
LONGEST_SECONDS = 180.0


def _start(name: str, folder: Path, url: str, until_the_end: ExitStack) -> Stage:
    """Start a stage; whatever it needs lives until the end."""
    fast = name == "fast"
    enter = until_the_end.enter_context
    passing = PatientTime(LONGEST_POLL_SECONDS)
    clock = SimulatedClock(speed=SPEED, monotonic=passing.seconds) if fast else None
    api = enter(running_simulator(clock=clock))
    hook, broken = enter(HttpReceiver()), enter(HttpReceiver(default=Answer(status=410)))
    broken.judge = refuse_what_is_lost
    api.add_job(status="COMPLETED", completed_at=api.clock.now())
    api.add_job(progress=10)
    channels = {
        each.replace(".", "_"): {
            **channel_of(each, hook, scenario.events or each),
            "remind_every": scenario.remind_every,
        }
        for each, scenario in ALL.items()
        if scenario.stage == name
    }
    settings = config(
        api.base_url,
        {**channels, "broken": broken_channel(broken), "picky": picky_channel(broken)},
        account={"poll_interval": "60s" if fast else "1s", "request_timeout": "30s"},
        alerts={
            "deadline_warnings": ["10m"],
            "stalled_after": "5m",
            "unreachable_after": "1m",
        },
        results={"give_up_after": "5s"},
    )
    folder /= name
    folder.mkdir()
    if fast:
        fast_bell = enter(FastDaemon(folder, settings, speed=SPEED, passing=passing))
        fast_bell.wait_for_baseline()
        return Stage(api, fast_bell, hook, broken)
    bell = enter(RunningDaemon(folder, settings, url=url, warm=shared_server()))
    return Stage(api, bell.wait_for_baseline(), hook, broken)


def _play(stage: Future[Stage], scenario: Scenario, name: str) -> Stage:
    scenario.play(stage.result(LONGEST_SECONDS), name)
    return stage.result()


@pytest.fixture(scope="module")
def plays(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Stage]]]:
    """All scenarios, playing at the same time, with the stage of each as the result."""
    folder = tmp_path_factory.mktemp("stages")
    is_played = {
        name: scenario
        for name, scenario in ALL.items()
        if scenario.stage != "fast" or request.config.getoption("--engine") != POSTGRES
    }
    names = {scenario.stage for scenario in is_played.values()}
    with ExitStack() as until_the_end, ThreadPoolExecutor(len(ALL) + len(names)) as threads:
        new_place = until_the_end.enter_context(new_places(request, folder))
        stages = {
            name: threads.submit(_start, name, folder, new_place(), until_the_end) for name in names
        }
        yield {
            name: threads.submit(_play, stages[scenario.stage], scenario, name)
            for name, scenario in is_played.items()
        }


def _each(names: Iterable[str]) -> list[ParameterSet]:
    """Return them; a server's clock, by which replicas go, can't be made fast."""
    return [
        pytest.param(name, marks=[pytest.mark.sqlite] * (ALL[name].stage == "fast"))
        for name in names
    ]


def test_every_kind_has_a_scenario() -> None:
    assert set(SCENARIOS) == set(EventKind)


@pytest.mark.parametrize("kind", _each(EventKind))
def test_it_can_be_provoked_and_arrives_with_what_its_reader_needs(
    plays: Mapping[str, Future[Stage]], kind: EventKind
) -> None:
    plays[kind].result(LONGEST_SECONDS)


@pytest.mark.parametrize("name", _each(OTHERS))
def test_a_job_that(plays: Mapping[str, Future[Stage]], name: str) -> None:
    plays[name].result(LONGEST_SECONDS)


def test_nothing_of_a_job_is_told_twice(plays: Mapping[str, Future[Stage]]) -> None:
    for kind in SCENARIOS.keys() & plays:
        stage = plays[kind].result(LONGEST_SECONDS)
        told = [news.entry.job for news in news_of(stage.hook.requests, kind) if news.entry.job]
        assert len(told) == len(set(told)), kind
