from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from batchbell.store import accounts, schema
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.sqlite.lock import daemon_lock
from tests.cli.config_file import batchbell, database_of, write_config
from tests.postgres_server import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres_server import PostgresServer


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM accounts").fetchone()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert isinstance(count, int)
    return count


class TestUpgrade:
    def test_it_says_from_what_to_what(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)

        first = batchbell(config, "db", "upgrade")
        again = batchbell(config, "db", "upgrade")

        assert first.exit_code == 0
        assert f"upgraded from nothing to schema {schema.HEAD}" in first.output
        assert again.exit_code == 0
        assert "nothing to do" in again.output

    def test_a_file_without_tables_is_filled(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        (tmp_path / "bell.db").touch(mode=0o600)

        assert "from nothing to schema" in batchbell(config, "db", "upgrade").output

    def test_a_newer_database_is_left_alone(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        with database_of(config).write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

        done = batchbell(config, "db", "upgrade")

        assert done.exit_code == 1
        assert "install the newer batchbell" in done.output

    def test_it_says_where_the_copy_of_the_old_one_is(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        with SqliteDatabase(f"sqlite:///{tmp_path / 'bell.db'}").write() as connection:
            schema.run_migrations(connection, "0001")

        done = batchbell(config, "db", "upgrade")

        assert "upgraded from schema 0001 to schema" in done.output
        (copy,) = tmp_path.glob("bell.db.schema-0001.*.backup")
        assert f"{copy}: as it was before" in done.output


class TestVacuum:
    def test_it_says_how_much_smaller_it_is(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        database_of(config)

        done = batchbell(config, "db", "vacuum")

        assert done.exit_code == 0
        assert "KiB before" in done.output

    def test_beside_a_daemon_it_does_nothing(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        with daemon_lock(database_of(config).path):
            done = batchbell(config, "db", "vacuum")
        assert done.exit_code == 75

    def test_without_a_database_none_is_made(self, tmp_path: Path) -> None:
        done = batchbell(write_config(tmp_path), "db", "vacuum")

        assert (done.exit_code, "no database at" in done.output) == (1, True)
        assert not (tmp_path / "bell.db").exists()


class TestBackup:
    def test_the_copy_is_whole_and_for_its_owner_alone(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        with database_of(config).write() as connection:
            accounts.save(connection, accounts.load(connection, "default"))
        copy = tmp_path / "copy.db"

        done = batchbell(config, "db", "backup", str(copy))

        assert done.exit_code == 0, done.output
        assert str(copy) in done.output
        assert rows(copy) == 1
        assert copy.stat().st_mode & 0o777 == 0o600
        assert sorted(path.name for path in tmp_path.glob("*copy*")) == ["copy.db"]

    def test_it_works_while_a_daemon_writes_and_holds_only_what_was_committed(
        self, tmp_path: Path
    ) -> None:
        config = write_config(tmp_path)
        database = database_of(config)
        stopping = threading.Event()

        def write_on() -> None:
            number = 0
            while not stopping.is_set():
                with database.write() as connection:
                    accounts.save(connection, accounts.load(connection, f"a{number}"))
                    accounts.save(connection, accounts.load(connection, f"b{number}"))
                number += 1

        writer = threading.Thread(target=write_on)
        writer.start()
        try:
            for number in range(5):
                copy = tmp_path / f"copy-{number}.db"
                assert batchbell(config, "db", "backup", str(copy)).exit_code == 0
                assert rows(copy) % 2 == 0
        finally:
            stopping.set()
            writer.join()
            database.close()

    def test_it_does_not_wait_for_a_transaction_under_way(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        with database_of(config).write() as connection:
            accounts.save(connection, accounts.load(connection, "default"))

            done = batchbell(config, "db", "backup", str(tmp_path / "copy.db"))

        assert done.exit_code == 0, done.output
        assert rows(tmp_path / "copy.db") == 0

    def test_the_copy_can_be_put_in_the_databases_place(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        database_of(config).close()
        batchbell(config, "db", "backup", str(tmp_path / "copy.db"))

        restored = SqliteDatabase(f"sqlite:///{tmp_path / 'copy.db'}")

        assert schema.upgrade(restored) is False
        restored.close()

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        database_of(config).close()
        copy = tmp_path / "copy.db"
        copy.write_text("precious")

        done = batchbell(config, "db", "backup", str(copy))

        assert done.exit_code == 2
        assert "is not overwritten" in done.output
        assert copy.read_text() == "precious"

    def test_without_a_database_it_says_so_and_makes_nothing(self, tmp_path: Path) -> None:
        done = batchbell(write_config(tmp_path), "db", "backup", str(tmp_path / "copy.db"))

        assert done.exit_code == 1
        assert "no database" in done.output
        assert [path.name for path in tmp_path.iterdir()] == ["batchbell.toml"]

    @pytest.mark.parametrize("contents", [b"no database at all, by far" * 400, b"SQLite format 3"])
    def test_a_broken_database_gives_no_backup(self, tmp_path: Path, contents: bytes) -> None:
        config = write_config(tmp_path)
        (tmp_path / "bell.db").write_bytes(contents)

        done = batchbell(config, "db", "backup", str(tmp_path / "copy.db"))

        assert done.exit_code == 1
        assert "backup" in done.output
        assert list(tmp_path.glob("*copy*")) == []

    def test_a_damaged_database_is_not_passed_off_as_a_backup(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        database = database_of(config)
        with database.write() as connection:
            for number in range(3000):
                accounts.save(connection, accounts.load(connection, f"account-{number}"))
        database.close()
        path = tmp_path / "bell.db"
        pages = bytearray(path.read_bytes())
        middle = len(pages) // 2 // 4096 * 4096
        # so many that some are of a table: a copy makes its indexes anew
        pages[middle : middle + 16 * 4096] = b"\xff" * (16 * 4096)
        path.write_bytes(pages)

        done = batchbell(config, "db", "backup", str(tmp_path / "copy.db"))

        assert done.exit_code == 1
        assert list(tmp_path.glob("*copy*")) == []

    def test_a_copy_with_rows_that_can_not_be_is_not_kept(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        with database_of(config).write() as connection:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
            connection.exec_driver_sql(
                "INSERT INTO notifications "
                "(channel, key, state, attempts, created_at, next_attempt_at, reason, reminder) "
                "VALUES ('team', 'k', 'nonsense', 0, 0, 0, '', 0)"
            )

        done = batchbell(config, "db", "backup", str(tmp_path / "copy.db"))

        assert done.exit_code == 1
        assert "the database is damaged" in done.output
        assert list(tmp_path.glob("*copy*")) == []

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        database_of(config).close()

        done = batchbell(config, "db", "backup", str(tmp_path / "nowhere" / "copy.db"))

        assert done.exit_code == 1
        assert "No such file or directory" in done.output


class TestCopy:
    def test_it_moves_everything_to_a_server_and_says_how_much(
        self, tmp_path: Path, postgres: PostgresServer
    ) -> None:
        config = write_config(tmp_path)
        with database_of(config).write() as connection:
            accounts.save(connection, accounts.load(connection, "default"))
        with postgres.dropped_afterwards() as names:
            names.append(postgres.new(migrated=False))
            arguments = [f"sqlite:///{tmp_path / 'bell.db'}", postgres.url(names[0])]

            done = batchbell(config, "db", "copy", *arguments)
            again = batchbell(config, "db", "copy", *arguments)

            assert done.exit_code == 0, done.output
            assert "accounts: 1 rows, sha256 " in done.output
            assert "each as in" in done.output
            assert PASSWORD not in done.output
            assert again.exit_code == 2
            assert "holds data already" in again.output
            assert postgres.execute("SELECT name FROM accounts", names[0]) == [("default",)]

    def test_addresses_that_can_not_be_are_refused(self, tmp_path: Path) -> None:
        config = write_config(tmp_path)
        url = f"sqlite:///{tmp_path / 'bell.db'}"
        for other, said in (
            (url, "the same database"),
            ("mysql://h/d", "must be"),
            ("postgresql+psycopg://u:secret-word@h", "names no database"),
        ):
            done = batchbell(config, "db", "copy", url, other)
            assert done.exit_code == 2
            assert said in done.output
            assert "secret-word" not in done.output
