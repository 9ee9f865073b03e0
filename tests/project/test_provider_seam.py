"""A provider is one folder: elsewhere it is named only where it is configured or simulated."""

from __future__ import annotations

import re
from pathlib import Path

import batchbell

PACKAGE = Path(batchbell.__file__).parent
#: As a name: "stalled together" and "go together" are English.
NAMED = re.compile(
    r"Together\b|TOGETHER|Together[A-Z]|together\.(ai|xyz|client)|providers\.together"
)
#: What may name it: its folder and the alias, who picks it, what is configured, the demo; and the
#: list of commands, as importing the provider's words would make `--help` slower.
MAY = (
    "__init__.py",
    "cli/demo.py",
    "cli/doctor/accounts.py",
    "cli/root.py",
    "config/",
    "providers/together/",
    "runtime/provider.py",
    "simulator/",
    "together.py",
)


def test_the_provider_that_ships_is_named_in_its_folder_alone() -> None:
    sources = [
        path
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".html", ".css", ".js", ".xml", ".svg"}
    ]
    assert len(sources) > 300
    named = {
        str(path.relative_to(PACKAGE)): found.group()
        for path in sources
        if (found := NAMED.search(path.read_text(encoding="utf-8")))
    }
    assert {name: word for name, word in named.items() if not name.startswith(MAY)} == {}
    assert "providers/together/words.py" in named
