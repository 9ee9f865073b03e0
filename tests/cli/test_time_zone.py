from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from batchbell.cli.terminal.readers_clock import (
    at,
    near,
    shown_time,
    times,
    times_in,
    to_the_second,
)
from batchbell.cli.time_zone import MACHINE_TIME, zone_of_reader
from batchbell.core.routing import Filter
from batchbell.messages.plain_text import local_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.filled import Bell

BERLIN = ZoneInfo("Europe/Berlin")
#: Clocks go from 03:00 CEST back to 02:00 CET at 01:00 UTC.
NIGHT = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
AFTER = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the machine be there, as a rule says it that no database of zones has."""
    rule = "EST5EDT,M3.2.0,M11.1.0"
    with monkeypatch.context() as patch:
        patch.setenv("TZ", rule)
        time.tzset()
        yield rule
    time.tzset()


@pytest.mark.parametrize("named", ["Europe/Berlin", ":Europe/Berlin"])
def test_the_zone_is_the_one_the_environment_names(named: str) -> None:
    assert zone_of_reader({"TZ": named}) == BERLIN


@pytest.mark.parametrize("named", ["", "Europe/Atlantis", "/nowhere", "../etc", "\udc80"])
def test_what_is_no_zone_is_utc(named: str) -> None:
    assert zone_of_reader({"TZ": named}) == UTC


def test_a_zone_may_be_a_file(tmp_path: Path) -> None:
    # Its version, and one offset without a change. Source: RFC 9636.
    counts = bytes(15) + b"".join(number.to_bytes(4) for number in (0, 0, 0, 0, 1, 4))
    offset = (3600).to_bytes(4) + bytes(2)
    path = tmp_path / "cet"
    path.write_bytes(b"TZif\0" + counts + offset + b"CET\0")
    assert local_time(NIGHT, zone_of_reader({"TZ": f":{path}"})) == "2026-10-25 01:50 CET"


def test_without_a_name_it_is_the_one_of_the_machine(tmp_path: Path) -> None:
    link, file = tmp_path / "localtime", tmp_path / "file"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    file.touch()
    assert zone_of_reader({}, link) == BERLIN
    assert zone_of_reader({}, file) is MACHINE_TIME


def test_a_rule_is_left_to_the_machine(in_new_york: str) -> None:
    zone = zone_of_reader({"TZ": in_new_york})
    assert local_time(NIGHT, zone) == "2026-10-24 20:50 EDT"
    assert local_time(datetime(2026, 12, 1, tzinfo=UTC), zone) == "2026-11-30 19:00 EST"
    assert local_time(datetime.max.replace(tzinfo=UTC), zone) == "9999-12-31 18:59 EST"
    assert datetime.now(zone).tzinfo is not zone
    assert (zone.utcoffset(None), zone.tzname(None)) == (None, None)


def test_in_the_night_the_clocks_change_each_time_has_its_name() -> None:
    with times_in(BERLIN):
        assert times(NIGHT, AFTER) == ("02:50 CEST", "02:10 CET")
        assert at(NIGHT, AFTER) == "02:50 CEST"
        assert shown_time(AFTER) == "2026-10-25 02:10 CET"
        assert to_the_second(NIGHT) == "2026-10-25 02:50:00 CEST"
    assert shown_time(AFTER) == "2026-10-25 01:10 UTC"


def test_a_day_is_the_readers() -> None:
    before, after = datetime(2026, 7, 1, 21, 59, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC)
    with times_in(BERLIN):
        assert at(before, after) == "2026-07-01 23:59 CEST"
        assert times(after, after) == ("00:00", "00:00 CEST")


def test_a_time_needs_no_day_beside_another_of_it_or_less_than_one_off() -> None:
    moment = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
    soon, long_after = datetime(2026, 11, 24, 2, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    with times_in(BERLIN):
        assert near(moment, soon) == "13:05 CET"
        assert near(moment, moment, long_after) == "13:05 CET"
        assert near(moment, soon, long_after) == "2026-11-23 13:05 CET"


def test_every_command_shows_the_readers_time(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(bell.job("one"), bell.job("two"), at=bell.ago(minutes=60))
    bell.poll(bell.job("one", "FAILED"), bell.job("two"), at=bell.ago(minutes=50))
    assert bell.run("mute", "two", "--for", "6h", TZ="Asia/Tokyo").exit_code == 0
    seen = local_time(bell.ago(minutes=50), ZoneInfo("Asia/Tokyo"))
    # An end of the last day is acknowledged by its time alone.
    clock = seen.partition(" ")[2]
    for command, told in ((("events",), seen), (("show", "one"), seen), (("ack", "one"), clock)):
        output = bell.run(*command, TZ="Asia/Tokyo").output
        assert told in output
        assert "UTC" not in output
    for command in (("status",), ("explain", "one"), ("mute", "--list"), ("deliveries",)):
        assert "UTC" not in bell.run(*command, TZ="Asia/Tokyo").output
    assert re.search(r"muted until .* JST", bell.run("status", "--all", TZ="Asia/Tokyo").output)


def test_what_a_mute_kept_back_says_until_when_by_the_readers_clock(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=60))
    assert bell.run("mute", "one", "--for", "6h").exit_code == 0
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=-1))
    output = bell.run("explain", "one", TZ="Asia/Tokyo").output
    assert re.search(r"not told +\w+: muted until \d{4}-\d\d-\d\d \d\d:\d\d JST\n", output)
    assert "UTC" not in output


def test_documents_stay_in_utc(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=60))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=50))
    for command in ("events", "show one", "explain one"):
        arguments = (*command.split(), "--json")
        assert bell.run(*arguments, TZ="Asia/Tokyo").output == bell.run(*arguments).output


def test_a_zone_that_is_none_stops_no_command(bell: Bell) -> None:
    bell.poll(bell.job("one"))
    assert bell.run("show", "one", TZ="Mars/Olympus").exit_code == 0
