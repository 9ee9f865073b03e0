from __future__ import annotations

import json
import os
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from batchbell.cli.root import root
from batchbell.core.channel_health import ChannelHealth
from batchbell.simulator.clock import SimulatedClock
from batchbell.store import channels
from batchbell.store.sqlite.lock import daemon_lock
from tests.cli.config_file import API_KEY, batchbell, database_of, poll, write_config
from tests.foreign import give_away
from tests.simulator.named_faults import refusal
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

Check = dict[str, str]


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator(api_key=API_KEY) as simulator:
        yield simulator


def examine(config: Path) -> tuple[int, dict[str, list[Check]]]:
    """Return the exit status and the checks by their subject."""
    done = batchbell(config, "doctor", "--json")
    answer = json.loads(done.output)
    assert answer["ok"] is (done.exit_code == 0)
    checks: dict[str, list[Check]] = {}
    for check in answer["checks"]:
        checks.setdefault(check["check"], []).append(check)
    return done.exit_code, checks


def results(checks: dict[str, list[Check]], subject: str) -> list[str]:
    return [check["result"] for check in checks[subject]]


def detail(checks: dict[str, list[Check]], subject: str) -> str:
    return " / ".join(check["detail"] for check in checks[subject])


def test_where_all_is_well_every_line_says_so_and_the_last_one_of_all(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(
        tmp_path,
        base_url=api.base_url,
        channels={"team": "json://127.0.0.1:9"},
        more='[alerts]\nheartbeat_url = "http://127.0.0.1:9/ping"',
    )
    api.add_job(status="IN_PROGRESS")
    poll(config)
    healthy = ChannelHealth(channel="team", last_success_at=datetime.now(UTC))
    with database_of(config).write() as connection:
        channels.save(connection, healthy)

    with daemon_lock(tmp_path / "bell.db"):
        done = batchbell(config, "doctor")

    assert done.exit_code == 0, done.output
    sum_of_all, empty, *lines = done.output.splitlines()
    assert {line[0] for line in lines} == {"✓"}, done.output
    assert (sum_of_all, empty) == ("All is well", "")
    for words in ("1 account, 1 channel", "is sound", "up to date", "GiB free", "runs on this",
                  "1 job listed", "last good poll", "no job waits", "delivered",
                  "heartbeat"):  # fmt: skip
        assert words in done.output


def test_before_the_first_run_it_says_what_to_do_and_makes_nothing(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)

    exit_code, checks = examine(config)

    assert exit_code == 0
    assert results(checks, "database") == ["warning"]
    assert "batchbell run" in checks["database"][0]["advice"]
    assert results(checks, "API as default") == ["success"]
    assert "schema" not in checks
    assert [path.name for path in tmp_path.iterdir()] == ["batchbell.toml"]


def test_a_time_zone_that_is_none_is_worth_a_look(
    tmp_path: Path, api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    monkeypatch.setenv("TZ", "Mars/Olympus")
    _, checks = examine(config)
    assert results(checks, "time zone") == ["warning"]
    assert detail(checks, "time zone").startswith("TZ is 'Mars/Olympus', which is no time zone")


def test_a_wrong_configuration_is_told_whole_and_the_database_is_still_looked_at(
    tmp_path: Path,
) -> None:
    config = write_config(tmp_path, channels={"team": "nonsense://x"}, more='log_level = "loud"')
    database_of(config).close()

    exit_code, checks = examine(config)

    assert exit_code == 1
    assert results(checks, "configuration") == ["failure", "failure"]
    assert "log_level" in detail(checks, "configuration")
    assert "channels.team.url" in detail(checks, "configuration")
    assert results(checks, "schema") == ["success"]


def test_an_unusable_database_url_is_one_problem_among_the_others(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    config.write_text(config.read_text().replace("sqlite:///", "mysql://"))

    exit_code, checks = examine(config)

    assert exit_code == 1
    assert "database_url" in detail(checks, "configuration")
    assert "database" not in checks


def test_a_refused_key_is_told_from_an_api_that_is_down(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    wrong_key = config.read_text().replace(API_KEY, "another-fake-key")
    config.write_text(wrong_key)
    exit_code, checks = examine(config)
    assert exit_code == 1
    assert "unauthorized" in detail(checks, "API as default")
    assert "accounts.default.api_key" in checks["API as default"][0]["advice"]
    assert "another-fake-key" not in json.dumps(checks)

    api.refuse()
    exit_code, checks = examine(config)
    assert exit_code == 1
    assert "no connection" in detail(checks, "API as default")
    assert "base_url" in checks["API as default"][0]["advice"]
    assert results(checks, "clock") == ["warning"]


def test_a_clock_that_is_off_is_told(tmp_path: Path) -> None:
    ahead = SimulatedClock(datetime.now(UTC) + timedelta(hours=2))
    with running_simulator(clock=ahead) as api:
        _, checks = examine(write_config(tmp_path, base_url=api.base_url))

    assert results(checks, "clock") == ["warning"]
    assert "behind the API's" in detail(checks, "clock")


def test_an_outage_of_an_account_is_told_with_its_reason(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    poll(config)
    api.fault(refusal(500, "on fire"), times=1)
    poll(config)

    exit_code, checks = examine(config)

    assert exit_code == 0
    assert "on fire" in detail(checks, "polls of default")
    assert results(checks, "polls of default") == ["warning"]
    assert results(checks, "API as default") == ["success"]

    with database_of(config).write() as connection:
        connection.exec_driver_sql("UPDATE accounts SET told = '[\"account.unreachable\"]'")
    exit_code, checks = examine(config)
    assert exit_code == 1
    assert results(checks, "polls of default") == ["failure"]


def test_an_account_never_polled_or_not_for_long_is_told(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    database = database_of(config)
    _, checks = examine(config)
    assert detail(checks, "polls of default") == "no good poll yet"
    assert results(checks, "polls of default") == ["info"]

    poll(config)
    with database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE accounts SET last_good_poll_at = last_good_poll_at - 14400000000, "
            "blind_after = blind_after - 14400000000, bad_fields = 2"
        )
    exit_code, checks = examine(config)
    assert exit_code == 1
    assert results(checks, "daemon") == ["warning"]
    assert results(checks, "polls of default") == ["failure", "warning"]
    assert "0 rows and 2 fields" in detail(checks, "polls of default")
    assert "start the daemon" in checks["polls of default"][0]["advice"]

    with daemon_lock(database.path):
        exit_code, checks = examine(config)
    assert exit_code == 1
    assert results(checks, "daemon") == ["success"]
    assert "restart" in checks["polls of default"][0]["advice"]


def test_a_failing_channel_is_told_without_sending_anything(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    urls = {"team": "json://127.0.0.1:9", "mail": "json://127.0.0.1:9/secret-path"}
    config = write_config(tmp_path, base_url=api.base_url, channels=urls)
    failing = ChannelHealth(
        channel="team", failing_since=datetime.now(UTC), told=True, last_error="answered 404"
    )
    with database_of(config).write() as connection:
        channels.save(connection, failing)

    exit_code, checks = examine(config)

    assert exit_code == 1
    assert "answered 404" in detail(checks, "channel team")
    assert "notify-test team" in checks["channel team"][0]["advice"]
    assert results(checks, "channel mail") == ["info"]
    assert "secret-path" not in json.dumps(checks)


def test_the_environment_alone_is_a_configuration_too(
    tmp_path: Path, api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TOGETHER_API_KEY", API_KEY)
    monkeypatch.setenv("TOGETHER_BASE_URL", api.base_url)

    done = CliRunner().invoke(root, ["doctor"])

    assert done.exit_code == 0, done.output
    assert "the environment alone: 1 account, 0 channels" in done.output
    assert list(tmp_path.iterdir()) == []


class TestDatabase:
    @pytest.mark.parametrize("contents", [b"no database at all, by far" * 400])
    def test_a_file_that_is_none(
        self, tmp_path: Path, api: ThreadedSimulator, contents: bytes
    ) -> None:
        config = write_config(tmp_path, base_url=api.base_url)
        (tmp_path / "bell.db").write_bytes(contents)

        exit_code, checks = examine(config)

        assert exit_code == 1
        assert "not a database" in detail(checks, "database")
        assert results(checks, "API as default") == ["success"]

    def test_damage_inside(self, tmp_path: Path, api: ThreadedSimulator) -> None:
        config = write_config(tmp_path, base_url=api.base_url)
        database_of(config).close()
        path = tmp_path / "bell.db"
        pages = bytearray(path.read_bytes())
        pages[-4096:] = b"\xff" * 4096
        path.write_bytes(pages)

        exit_code, checks = examine(config)

        assert exit_code == 1
        assert "failure" in results(checks, "database")

    def test_a_table_that_is_gone(self, tmp_path: Path, api: ThreadedSimulator) -> None:
        config = write_config(tmp_path, base_url=api.base_url)
        with database_of(config).write() as connection:
            connection.exec_driver_sql("ALTER TABLE accounts RENAME TO lost")

        exit_code, checks = examine(config)

        assert exit_code == 1
        assert "no such table" in detail(checks, "polls")

    def test_a_schema_of_another_version(self, tmp_path: Path, api: ThreadedSimulator) -> None:
        config = write_config(tmp_path, base_url=api.base_url)
        with database_of(config).write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")

        exit_code, checks = examine(config)

        assert exit_code == 1
        assert "db upgrade" in detail(checks, "schema")

    def test_a_file_others_may_read(self, tmp_path: Path, api: ThreadedSimulator) -> None:
        config = write_config(tmp_path, base_url=api.base_url)
        database_of(config).close()
        (tmp_path / "bell.db").chmod(0o644)
        config.chmod(0o666)

        _, checks = examine(config)

        assert any("chmod 600" in check["advice"] for check in checks["database"])
        assert "chmod go-w" in checks["permissions"][0]["advice"]

    def test_a_file_of_another_user(
        self, tmp_path: Path, api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = write_config(tmp_path, base_url=api.base_url)
        give_away(config, monkeypatch)

        _, checks = examine(config)

        assert results(checks, "permissions") == ["warning"]
        assert f"owns {config}, and may change where keys and messages go" in detail(
            checks, "permissions"
        )

    @pytest.mark.parametrize(
        ("mode", "folder_mode", "said"),
        [
            (0o755, 0o755, "only you and root may change {}"),
            (0o775, 0o755, "others may change {}, and with it what channel 'team' runs"),
            (0o755, 0o777, "others may replace {} in its folder"),
            (0o755, 0o1777, "only you and root may change {}"),
        ],
    )
    def test_a_program_that_others_may_write(
        self, tmp_path: Path, api: ThreadedSimulator, mode: int, folder_mode: int, said: str
    ) -> None:
        script = tmp_path / "programs" / "tell"
        script.parent.mkdir()
        script.write_text("#!/bin/sh\n")
        script.chmod(mode)
        script.parent.chmod(folder_mode)
        # As the program itself, and as what a shell is given.
        for command in ([str(script)], ["/bin/sh", str(script)]):
            more = f"[channels.team]\nexec = {json.dumps(command)}"
            config = write_config(tmp_path, base_url=api.base_url, more=more)

            _, checks = examine(config)

            assert said.format(script) in checks["permissions"][-1]["detail"]

    def test_a_program_in_another_user_s_folder(
        self, tmp_path: Path, api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = tmp_path / "programs" / "tell"
        script.parent.mkdir()
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        more = f"[channels.team]\nexec = {json.dumps([str(script)])}"
        config = write_config(tmp_path, base_url=api.base_url, more=more)
        give_away(script.parent, monkeypatch)

        _, checks = examine(config)

        assert "owns" in checks["permissions"][-1]["detail"]

    @pytest.mark.parametrize(
        ("free_mib", "result"), [(5, "failure"), (100, "warning"), (5000, "success")]
    )
    def test_free_space(
        self,
        tmp_path: Path,
        api: ThreadedSimulator,
        monkeypatch: pytest.MonkeyPatch,
        free_mib: int,
        result: str,
    ) -> None:
        usage = namedtuple("usage", ["total", "used", "free"])  # noqa: PYI024 - as shutil's
        free = usage(2**40, 0, free_mib * 2**20)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: free)

        _, checks = examine(write_config(tmp_path, base_url=api.base_url))

        assert results(checks, "disk space") == [result]

    @pytest.mark.parametrize("exists", [True, False])
    def test_a_folder_closed_to_us(
        self,
        tmp_path: Path,
        api: ThreadedSimulator,
        monkeypatch: pytest.MonkeyPatch,
        exists: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        config = write_config(tmp_path, base_url=api.base_url)
        if exists:
            database_of(config).close()
        # root may write anywhere, so the system's answer is replaced
        monkeypatch.setattr(os, "access", lambda path, *_: Path(path).suffix == ".toml")

        exit_code, checks = examine(config)

        assert exit_code == 1
        assert "failure" in results(checks, "database")
        assert "owner right" in " ".join(check["advice"] for check in checks["database"])


class TestKeptFiles:
    def test_nothing_is_said_where_none_are_kept(
        self, tmp_path: Path, api: ThreadedSimulator
    ) -> None:
        _, checks = examine(write_config(tmp_path, base_url=api.base_url))
        assert "kept files" not in checks

    @pytest.mark.parametrize(
        ("free", "result", "said"),
        [(10**12, "success", "1,000.0 GB free for"), (10**9, "warning", "only 1.0 GB free for")],
    )
    def test_there_is_room_or_little_of_it(
        self,
        tmp_path: Path,
        api: ThreadedSimulator,
        monkeypatch: pytest.MonkeyPatch,
        free: int,
        result: str,
        said: str,
    ) -> None:
        usage = shutil.disk_usage(tmp_path)._replace(free=free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
        _, checks = examine(keeping(tmp_path, api, tmp_path / "not/made/yet"))
        assert results(checks, "kept files") == [result]
        assert said in detail(checks, "kept files")
        assert not (tmp_path / "not").exists()

    def test_something_in_the_way_is_wrong(self, tmp_path: Path, api: ThreadedSimulator) -> None:
        (tmp_path / "kept").symlink_to(tmp_path / "nowhere")
        status, checks = examine(keeping(tmp_path, api, tmp_path / "kept"))
        assert (status, results(checks, "kept files")) == (1, ["failure"])
        assert "is no folder" in detail(checks, "kept files")

    def test_a_folder_that_is_closed_is_wrong(
        self, tmp_path: Path, api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        access, folder = os.access, tmp_path / "kept"
        folder.mkdir()
        monkeypatch.setattr(os, "access", lambda path, how: path != folder and access(path, how))
        _, checks = examine(keeping(tmp_path, api, folder))
        assert "is closed to this user" in detail(checks, "kept files")


def keeping(tmp_path: Path, api: ThreadedSimulator, folder: Path) -> Path:
    more = f'[results]\ncollect = "keep"\nfolder = "{folder}"'
    return write_config(tmp_path, base_url=api.base_url, more=more)
