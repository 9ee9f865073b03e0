from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from batchbell.cli.doctor import report as reporting
from batchbell.cli.doctor.finding import doubtful, fine, wrong
from batchbell.cli.doctor.report import report
from batchbell.cli.terminal import hanging
from batchbell.cli.terminal.signs import COLOURS
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from batchbell.cli.doctor.finding import Finding

TEST = ("Test it", "batchbell notify-test pager")
ALL = [
    fine("schema", "0009, up to date"),
    doubtful("heartbeat", "nobody would notice", "set alerts.heartbeat_url"),
    fine("channel", "delivered 2m ago", name="lead"),
    wrong("channel", "failing for 8h 2m: HTTP 503", "look at its log.", TEST, name="pager"),
    fine("channel", "delivered 2m ago", name="oncall"),
    fine("channel", "delivered 1h 2m ago", name="team"),
    doubtful("channel", "1 message given up", name="tickets"),
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reporting, hanging):
        monkeypatch.setattr(module, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")


def lines(findings: list[Finding]) -> list[str]:
    return [click.unstyle(line) for line in report(findings)]


@pytest.mark.usefixtures("terminal")
def test_what_to_put_right_stands_first_and_what_is_alike_in_a_line() -> None:
    assert lines(ALL) == [
        "1 problem, 2 warnings",
        "",
        "✗ channel pager: failing for 8h 2m: HTTP 503",
        "    Look at its log.",
        "    Test it:",
        "      batchbell notify-test pager",
        "! channel tickets: 1 message given up",
        "! heartbeat: nobody would notice",
        "    Set alerts.heartbeat_url.",
        "",
        "✓ schema: 0009, up to date",
        "✓ channels lead, oncall: delivered 2m ago; team: delivered 1h 2m ago",
    ]


def test_a_pipe_has_a_line_for_each() -> None:
    assert "✓ channel lead: delivered 2m ago" in lines(ALL)
    assert "✓ channel oncall: delivered 2m ago" in lines(ALL)


@pytest.mark.usefixtures("terminal")
def test_no_line_is_longer_than_the_terminal() -> None:
    many = [fine("channel", f"delivered {at}m ago", name=f"channel_{at}") for at in range(20)]
    long = doubtful("results of", "word " * 40, "advice " * 30, name="default")
    assert max(map(len, lines([*many, long]))) <= 80


@pytest.mark.usefixtures("terminal")
def test_what_has_no_room_in_a_line_has_one_for_each_that_is_said() -> None:
    several = [fine("channel", f"delivered {at}m ago", name=f"channel_{at}") for at in (1, 2, 3)]
    again = fine("channel", "delivered 2m ago", name="other")
    assert lines([*several, again])[2:] == [
        "✓ channels",
        "    channel_1: delivered 1m ago",
        "    channel_2, other: delivered 2m ago",
        "    channel_3: delivered 3m ago",
    ]


def test_where_all_is_well_the_first_line_says_so() -> None:
    assert lines([fine("schema", "up to date")]) == ["All is well", "", "✓ schema: up to date"]


def test_where_nothing_is_well_no_line_is_left_empty_twice() -> None:
    assert lines([wrong("database", "lost")]) == ["1 problem", "", "✗ database: lost"]


def test_warnings_have_their_own_colour() -> None:
    problem = click.style("1 problem", fg=COLOURS[Severity.FAILURE], bold=True)
    warnings = click.style("2 warnings", fg=COLOURS[Severity.WARNING], bold=True)
    assert next(report(ALL)) == f"{problem}, {warnings}"
