from __future__ import annotations

import click
import pytest

from batchbell.cli.terminal.told_counts import told_counts
from batchbell.cli.terminal.told_rows import ToldRow
from batchbell.cli.terminal.told_words import GIVEN_UP, NOT_TOLD, REMINDED, TOLD, WAITS
from batchbell.core.event import Severity

_TOLD = ToldRow(Severity.SUCCESS, ("team", "hook"), "", TOLD)
_LATE = ToldRow(Severity.WARNING, ("digest",), "", TOLD)
_HELD = ToldRow(Severity.INFO, ("night", "digest"), "", WAITS)
_RETRIED = ToldRow(Severity.WARNING, ("phone",), "", WAITS)
_FAILS = ToldRow(Severity.FAILURE, ("pager",), "", WAITS)
_LOST = ToldRow(Severity.FAILURE, ("tickets",), "", GIVEN_UP)
_REMINDED = ToldRow(Severity.SUCCESS, ("team",), "", REMINDED)
_LEFT_OUT = ToldRow(Severity.INFO, ("ops",), "", NOT_TOLD)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([_TOLD], "told 2 of 2"),
        ([_TOLD, _LEFT_OUT], "told 2 of 2"),
        ([_TOLD, _LOST, _HELD, _FAILS], "told 2 of 6, 1 given up, 2 wait, 1 fails"),
        ([_TOLD, _RETRIED], "told 2 of 3, 1 fails"),
        ([_RETRIED._replace(channels=("one", "two"))], "told 0 of 2, 2 fail"),
        ([_TOLD, _LATE], "told 2 of 3, 1 too late"),
        ([_HELD._replace(channels=("night",))], "told 0 of 1, 1 waits"),
        ([_FAILS._replace(channels=("pager", "phone"))], "told 0 of 2, 2 fail"),
        ([_TOLD, _REMINDED], "told 2 of 2, 1 channel reminded"),
        ([_LEFT_OUT], ""),
    ],
)
def test_how_many_channels_know_is_one_line(rows: list[ToldRow], says: str) -> None:
    assert click.unstyle(told_counts(rows)) == says
