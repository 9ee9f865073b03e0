"""The lanes: their tests are there, and a commit runs what `make check` begins with."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


def test_the_quick_tests_are_there() -> None:
    (quick,) = re.findall(r"^QUICK := (.+)$", MAKEFILE, re.MULTILINE)

    for folder in quick.split():
        assert list((ROOT / folder).rglob("test_*.py")), folder


def test_what_the_long_lane_counts_on_many_is_tried_on_fewer_before(
    pytestconfig: pytest.Config,
) -> None:
    (many,) = re.findall(r"^MANY := (.+)$", MAKEFILE, re.MULTILINE)
    files = [word for word in many.split() if word.startswith("tests/")]
    numbers = re.findall(r"--(\w+) (\d+)", many)

    assert len(numbers) == 2
    for option, number in numbers:
        assert 0 < pytestconfig.getoption(option) <= int(number)
    for file in files:
        assert "@pytest.mark.long" in (ROOT / file).read_text(encoding="utf-8"), file


def test_a_commit_runs_what_make_check_begins_with_and_fetches_nothing() -> None:
    (begins,) = re.findall(r"^check: (\S+)", MAKEFILE, re.MULTILINE)

    assert [repository["repo"] for repository in HOOKS["repos"]] == ["local"]
    for hook in HOOKS["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].split()[0] == "make"
        assert hook["entry"].split()[-1] == begins


def test_the_busy_loops_of_a_slow_run_end_with_its_tests(tmp_path: Path) -> None:
    python = tmp_path / "python"
    keep = f"cat /proc/$PPID/task/$PPID/children > {tmp_path}/pids"
    python.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then echo 0 1; else {keep}; exit 3; fi\n')
    python.chmod(0o755)

    ended = subprocess.run(
        ["make", "--assume-old=.venv/.stamp", "test-slow", f"BIN={tmp_path}"],  # noqa: S607 - the user's make
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert ended.returncode == 2
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 3, "two loops and the tests"
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "their end")
