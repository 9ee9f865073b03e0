from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from batchbell.cli.root import root
from batchbell.cli.terminal.route_lines import ReadyChannel, route_lines
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.delivery.pacing import Pacing
from batchbell.core.event import EventKind
from batchbell.core.mute import Mute
from batchbell.store import channels, mutes, schema
from batchbell.store.sqlite.database import SqliteDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

CHANNELS = """
[accounts.default]
api_key = "fake-key"
[channels.team]
url = "json://127.0.0.1:9/"
quiet_hours = ["00:00-23:59", "23:00-01:00"]
quiet_except = "failure"
[channels.qwen]
url = "json://127.0.0.1:9/"
models = ["Qwen/*"]
digest_every = "1h"
rate_limit = "30/1h"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "batchbell.toml"
    quiet_now = CHANNELS.replace('"00:00-23:59", "23:00-01:00"', '"mon-sat", "sun 00:00-23:00"')
    path.write_text(f'database_url = "sqlite:///{tmp_path}/bell.db"\n{quiet_now}')
    return path


def route(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(root, ["--config", str(config), "route", *arguments])


def test_each_channel_says_whether_it_is_told_and_why_not(config: Path) -> None:
    shown = route(config, "--event", "batch.failed", "--model", "meta-llama/Llama").output
    assert shown.splitlines()[0].endswith(
        "batch.failed (failure): 1 of 2 channels hears it at once, 1 not told"
    )
    assert re.search(r"✓ told at once +team\n", shown)
    not_told = r"not told +qwen: it takes only models like Qwen/\*, not meta-llama/Llama"
    assert re.search(rf"i {not_told}", shown)


def test_it_says_what_waits(config: Path) -> None:
    shown = route(config, "--event", "batch.completed", "--model", "Qwen/x").output
    waits = "a digest at most every 1h; at most 30 messages in 1h"
    assert re.search(rf"i told in a digest +qwen: {waits}\n", shown)


def test_quiet_hours_are_told_of_what_does_not_pass(config: Path) -> None:
    answer = json.loads(route(config, "--event", "batch.completed", "--json").output)
    (team, _) = answer[0]["channels"]
    if team["quiet_until"] is not None:
        told = route(config, "--event", "batch.completed").output
        assert re.search(r"i told at .*[:0-9]+ UTC \(in .*\) +team: quiet hours\n", told)
        assert ": 0 of 2 channels hear it at once" in told
        assert "quiet hours" not in route(config, "--event", "batch.failed").output


def test_channels_that_are_told_alike_share_a_row_and_kinds_stand_apart(config: Path) -> None:
    shown = route(config, "--event", "account.*", "--model", "Qwen/x").output
    assert len(shown.split("\n\n")) == 4
    info = shown.split("\n\n")[-1]
    assert re.search(r"i not told +qwen, team: their events leave out account.watching", info)


def test_a_glob_asks_for_many_kinds(config: Path) -> None:
    answer = json.loads(route(config, "--event", "account.*", "--json").output)
    assert [each["kind"] for each in answer] == [
        "account.unreachable",
        "account.unauthorized",
        "account.recovered",
        "account.watching",
    ]


def test_mutes_and_receivers_that_want_no_more_count(config: Path, tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/bell.db")
    schema.upgrade(database)
    now = datetime.now(UTC)
    with database.write() as connection:
        channels.configure(connection, ["team", "qwen"])
        channels.disable(connection, "team", now)
    shown = route(config, "--event", "batch.failed").output
    assert re.search(r"not told +team: disabled", shown)
    with database.write() as connection:
        mutes.save(connection, Mute(muted_at=now, until=now + timedelta(hours=1)))
    shown = route(config, "--event", "batch.failed", "--model", "Qwen/x").output
    assert re.search(r"not told +.*qwen.*: muted until", shown)


def test_an_unknown_kind_is_told_with_the_nearest(config: Path) -> None:
    result = route(config, "--event", "batch.faild")
    assert result.exit_code == 2
    assert "the nearest is batch.failed" in result.output


def test_without_channels_there_is_nowhere_to_go(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text('[accounts.default]\napi_key = "fake-key"\n')
    result = route(path, "--event", "batch.failed")
    assert result.exit_code == 1
    assert "events go to the log only" in result.output


def test_a_channel_that_takes_nothing_hears_nothing_at_once(config: Path, tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/bell.db")
    schema.upgrade(database)
    since = datetime.now(UTC) - timedelta(minutes=1)
    failing = ChannelHealth(channel="team", failing_since=since, last_error="HTTP 503")
    with database.write() as connection:
        channels.configure(connection, ["team", "qwen"])
        channels.save(connection, failing)
    shown = route(config, "--event", "batch.failed").output
    assert shown.splitlines()[0].endswith(": 0 of 2 channels hear it at once, 1 fails, 1 not told")
    assert re.search(r"! fails since .*\d\d:\d\d UTC +team: HTTP 503\n", shown)


def test_who_is_told_sooner_stands_above() -> None:
    now, hours = datetime.now(UTC), {"a": 2, "b": 3, "c": 1}
    ready = {
        name: ReadyChannel(
            Pacing(digest_every=timedelta(hours=hour)),
            ChannelHealth(
                channel=name, held_until=now + timedelta(hours=hour), held_because="quiet hours"
            ),
        )
        for name, hour in hours.items()
    }
    told = dict.fromkeys(hours, "")
    shown = "\n".join(route_lines({EventKind.COMPLETED: told}, ready, now))
    assert re.findall(r"(?m)^  \S+ told at .*\) +(\w)", click.unstyle(shown)) == ["c", "a", "b"]
