"""Write the tables of docs/configuration.md from the table of keys, and what the example lacks.

Run it as `make reference` after a key was added or changed. What people wrote around the tables,
and above the keys of the example, stays as it is.
"""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.config.names import FILE_SUFFIX, dotted, pattern, variable
from batchbell.config.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.config.names import KeyPath
    from batchbell.config.table import Row

REPOSITORY = Path(__file__).parents[1]
REFERENCE = REPOSITORY / "docs/configuration.md"
EXAMPLE = REPOSITORY / "config.example.toml"
#: What stands in the place of a section's name for the keys before all sections.
GENERAL = "general"
_WIDTH = 100
#: A line of the example that begins a section, and one that shows a key.
_HEADER = re.compile(r"#?(\[[a-z_]+(\..+)?\])")
_KEY = re.compile(r"#?([a-z_]+) = .*")


def main() -> None:
    """Write both files anew."""
    for path, written in ((REFERENCE, reference), (EXAMPLE, example)):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


def reference(text: str) -> str:
    """Return the reference with each table behind its `<!-- table of ... -->` made anew."""

    def made(match: re.Match[str]) -> str:
        others = {"variables": _variables, "secrets": _secrets}
        name = match[2]
        lines = others[name]() if name in others else _keys(name.removeprefix("keys: "))
        return match[1] + "\n".join(lines) + "\n\n"

    return re.sub(r"(<!-- table of ([^>]+) -->\n\n)(?:\|.*\n)*\n?", made, text)


def _keys(section: str) -> Iterator[str]:
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    for path, row in table().items():
        if (dotted(path[:-1]) or GENERAL) == section:
            default = f"`{_written(row.default)}`" if row.default is not None else row.unset
            cells = (f"`{dotted(path)}`", row.type, row.needed or default, row.says)
            yield f"| {' | '.join(cells)} |"


def _variables() -> Iterator[str]:
    yield "| variable | key |"
    yield "|---|---|"
    for path in table():
        yield f"| `{variable(path)}` | `{dotted(path)}` |"


def _secrets() -> Iterator[str]:
    yield "| secret | the path of a file that holds it |"
    yield "|---|---|"
    for path, row in table().items():
        if row.is_secret:
            yield f"| `{dotted(path)}` | `{dotted(path)}{FILE_SUFFIX}` |"


def example(text: str) -> str:
    """Return the example with every default as it is, and with the keys that it lacked."""
    lines, shown = [], set()
    section: KeyPath = ()
    for line in text.splitlines():
        if header := _HEADER.fullmatch(line):
            section = _path_of(header[1])
        key = _KEY.fullmatch(line)
        path = (*pattern(section), key[1]) if key else ()
        shown.add(path)
        row = table().get(path)
        is_default = row is not None and row.default is not None
        lines.append(f"#{path[-1]} = {_written(row.default)}" if row and is_default else line)
    for path, row in table().items():
        if path not in shown:
            _insert(lines, path, row)
    return "\n".join(lines) + "\n"


def _path_of(header: str) -> KeyPath:
    """Return the path of a section's line: `[prices."a/model-1.5"]`."""
    table, path = tomllib.loads(header), []
    while table:
        ((name, table),) = table.items()
        path.append(name)
    return tuple(path)


def _insert(lines: list[str], path: KeyPath, row: Row) -> None:
    """Put a key behind the last one of its section, with its sentence as a comment."""
    place = 0
    section: KeyPath = ()
    for number, line in enumerate(lines):
        if header := _HEADER.fullmatch(line):
            section = pattern(_path_of(header[1]))
        if section == path[:-1] and (header or _KEY.fullmatch(line)):
            place = number + 1
    if place == 0:
        lines += ["", f"[{'.'.join(path[:-1])}]".replace("*", "name")]
        place = len(lines)
    lines[place:place] = ["", *_shown(path[-1], row)]


def _shown(name: str, row: Row) -> Iterator[str]:
    """Yield the lines of a key: its sentence, then the key with its default or an example."""
    is_example = row.default is None
    says = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", f"{row.says} ({row.type})").replace("`", "")
    words = f"{says} An example." if is_example else says
    yield from textwrap.wrap(words, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    yield f"#{name} = {_written(row.example if is_example else row.default)}"
    if row.is_secret:
        yield "# Instead: a file that holds it (example)."
        yield f'#{name}{FILE_SUFFIX} = "/etc/batchbell/{name}"'


def _written(value: object) -> str:
    """Return a value as the file has it; JSON's texts, lists and booleans are TOML's too."""
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
