"""A file is there whole or not at all, whatever ends the writing of it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.usecases import whole_file as module
from batchbell.usecases.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


WRITER = """
import sys
from pathlib import Path
from batchbell.usecases.whole_file import whole_file
with whole_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("written", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["without a name", "with one"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "with one":
        monkeypatch.setattr(module, "_NAMELESS", None)


@pytest.mark.usefixtures("_either_way")
class TestEitherWay:
    def test_a_whole_file_replaces_what_was_there(self, tmp_path: Path) -> None:
        target = tmp_path / "file"
        target.write_text("before")
        with whole_file(target) as file:
            file.write(b"after")
            assert target.read_text() == "before"
        assert target.read_text() == "after"
        assert target.stat().st_mode & 0o777 == 0o600
        assert names(tmp_path) == ["file"]

    def test_half_a_file_is_none(self, tmp_path: Path) -> None:
        with suppress(KeyError), whole_file(tmp_path / "file") as file:
            file.write(b"half")
            raise KeyError
        assert not names(tmp_path)

    def test_a_name_that_can_not_be_had_leaves_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        with pytest.raises(OSError, match="irectory"), whole_file(tmp_path / "folder") as file:
            file.write(b"all of it")
        assert names(tmp_path) == ["folder"]

    @pytest.mark.parametrize("has_links", [True, False])
    def test_what_came_meanwhile_is_not_replaced_where_nothing_may_be(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        has_links: bool,  # noqa: FBT001 - a table
    ) -> None:
        if not has_links:
            monkeypatch.setattr(os, "link", no_second_name(os.link))
        for name in ("file", "folder", "dangling"):
            with pytest.raises(FileExistsError):
                _write_beside(tmp_path / name)
        assert (tmp_path / "file").read_text() == "before"
        assert sorted(names(tmp_path)) == ["dangling", "file", "folder"]
        with whole_file(tmp_path / "new", may_replace=False) as file:
            file.write(b"whole")
        assert (tmp_path / "new").read_text() == "whole"
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
        assert sorted(names(tmp_path)) == ["dangling", "file", "folder", "new"]


def no_second_name(link: Callable[..., None]) -> Callable[..., None]:
    """Return what gives a nameless file its first name, and no file a second one."""

    def linked(source: Path, target: Path, **folders: Any) -> None:
        if not folders:
            raise OSError(errno.EPERM, "has no second names")
        link(source, target, **folders)

    return linked


def _write_beside(path: Path) -> None:
    with whole_file(path, may_replace=False) as file:
        file.write(b"after")
        _make(path)


def _make(path: Path) -> None:
    if path.name == "folder":
        path.mkdir()
    elif path.name == "dangling":
        path.symlink_to(path.with_name("nowhere"))
    else:
        path.write_text("before")


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="has no files without a name")
def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "file")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    assert not names(tmp_path)


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no file that can be replaced"), whole_file(pipe) as file:
        file.write(b"whole")
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]
