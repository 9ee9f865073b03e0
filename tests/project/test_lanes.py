"""The quick lane: its tests are there, and a commit runs what `make check` begins with."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


def test_the_quick_tests_are_there() -> None:
    (quick,) = re.findall(r"^QUICK := (.+)$", MAKEFILE, re.MULTILINE)

    for folder in quick.split():
        assert list((ROOT / folder).rglob("test_*.py")), folder


def test_a_commit_runs_what_make_check_begins_with_and_fetches_nothing() -> None:
    (begins,) = re.findall(r"^check: (\S+)", MAKEFILE, re.MULTILINE)

    assert [repository["repo"] for repository in HOOKS["repos"]] == ["local"]
    for hook in HOOKS["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].split()[0] == "make"
        assert hook["entry"].split()[-1] == begins
