"""Every line the program can log is documented, and every documented line is one it can log."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs/logs.md").read_text(encoding="utf-8")
LOGGED = {"info", "warning", "error", "critical", "exception", "log"}
#: Of `Outage`, and of what passes lines on to one.
OUTAGE = {"failed", "ended", "_broken"}


def logged() -> Iterator[str]:
    """Find the text of each line, `%s` and all, as the source has it."""
    for file in (REPOSITORY / "daemon/batchbell").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            is_log = node.func.attr in LOGGED and ast.unparse(node.func.value) == "logger"
            if is_log or node.func.attr in OUTAGE:
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                yield from (text for text in texts[:1] if isinstance(text, str))


def documented() -> list[str]:
    table = PAGE.partition("## Lines")[2]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def pattern(line: str) -> re.Pattern[str]:
    return re.compile(re.escape(line).replace(r"\.\.\.", ".*"), re.DOTALL)


@pytest.mark.unmeasured
def test_every_line_is_in_the_table() -> None:
    known = [pattern(line) for line in documented()]
    lines = set(logged())
    assert len(lines) > 30
    assert [line for line in lines if not any(each.fullmatch(line) for each in known)] == []


@pytest.mark.unmeasured
def test_every_row_of_the_table_is_a_line() -> None:
    lines = set(logged())
    rows = [row for row in documented() if row != "batch.*"]
    assert [row for row in rows if not any(pattern(row).fullmatch(each) for each in lines)] == []
