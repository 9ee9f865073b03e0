"""A terminal and a phone show a backtick as it is: what is written for people has none."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "daemon" / "batchbell"
#: Rooms whose texts are for documents in Markdown, ...
FOR_DOCUMENTS = ("config/", "web/api/", "json_views/")
#: ... and modules that look at backticks, or make code of them where the service can.
KNOW_THE_SIGN = {
    "core/results/masking.py",
    # What older databases have stored; readers get it without.
    "core/routing.py",
    "messages/not_told.py",
    "receivers/discord.py",
    "receivers/mail/mailbox.py",
    "receivers/slack/blocks.py",
    "receivers/slack/form.py",
}
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not (name := path.relative_to(PACKAGE).as_posix()).startswith(FOR_DOCUMENTS)
    and name not in KNOW_THE_SIGN
]


def _texts(path: Path) -> list[str]:
    """Return a module's texts, and of its documentation what `--help` prints of commands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            is_command = isinstance(node, ast.FunctionDef) and any(
                "command" in ast.unparse(each) for each in node.decorator_list
            )
            if node.body and isinstance(node.body[0], ast.Expr) and not is_command:
                documentation.add(id(node.body[0].value))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_that_is_shown_has_a_backtick(path: Path) -> None:
    assert [text for text in _texts(path) if "`" in text] == []
