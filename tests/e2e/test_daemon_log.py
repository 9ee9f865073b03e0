"""What those who wait for a daemon's words read of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.daemon_log import DaemonLog

if TYPE_CHECKING:
    from pathlib import Path

# No daemon runs here.
pytestmark = pytest.mark.sqlite


def test_what_was_read_once_is_not_read_again(tmp_path: Path) -> None:
    log = DaemonLog(tmp_path / "daemon.log")
    log.begin()
    log.file.write_text('{"n": 1}\n{"n": 2}\n{"n"')
    assert log.lines() == [{"n": 1}, {"n": 2}]
    log.file.write_text("not JSON\nany more\n" + '{"n": 3}\n')
    assert log.lines() == [{"n": 1}, {"n": 2}, {"n": 3}]
    with pytest.raises(json.JSONDecodeError):
        DaemonLog(log.file).lines()


def test_one_that_begins_has_said_nothing_yet(tmp_path: Path) -> None:
    log = DaemonLog(tmp_path / "daemon.log")
    log.file.write_text('{"n": 1}\n')
    assert log.lines() == [{"n": 1}]
    log.begin()
    assert (log.lines(), log.text(), log.is_json()) == ([], "", False)
    with log.file.open("a") as file:
        file.write('{"n": 2}\n')
    assert (log.lines(), log.text(), log.is_json()) == ([{"n": 2}], '{"n": 2}\n', True)
