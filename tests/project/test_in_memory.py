"""The tests' files are in memory only where everything fits and may be started."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.in_memory import ROOM, has_room

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_BYTES = 4096


@pytest.mark.parametrize(
    ("blocks", "flag", "expected"),
    [
        (ROOM // BLOCK_BYTES, 0, True),
        (ROOM // BLOCK_BYTES - 1, 0, False),
        (ROOM // BLOCK_BYTES, os.ST_NOEXEC, False),
    ],
)
def test_all_has_to_fit_and_programs_have_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int, flag: int, *, expected: bool
) -> None:
    found = SimpleNamespace(f_bavail=blocks, f_frsize=BLOCK_BYTES, f_flag=flag)
    monkeypatch.setattr(os, "statvfs", lambda _place: found)

    assert has_room(tmp_path) is expected


def test_not_every_system_has_such_a_place(tmp_path: Path) -> None:
    assert not has_room(tmp_path / "nowhere")
