"""Whatever stands in the file, the variables and the secrets: one kind of error, no secret told."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from batchbell.config import database_url, load
from batchbell.config.names import pattern
from batchbell.config.show import rows
from batchbell.config.table import NAMES
from batchbell.errors import ConfigError
from tests.config.toml_text import document

if TYPE_CHECKING:
    from batchbell.config.names import KeyPath

MARK = "marked_fake_secret_0123456789"

marked = st.sampled_from(
    [
        MARK,
        f"{MARK} ",
        f"{MARK}\n",
        f"https://user:{MARK}@host.example",
        f"https://host.example/{MARK}?{MARK}#{MARK}",
        f"http://[{MARK}]:x",
        f"postgresql://user:{MARK}@host/db",
        f"mysql://{MARK}",
        f"[{MARK}",
    ]
)
words = st.text(st.characters(codec="utf-8"), max_size=8)
leaves = (
    marked
    | words
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.sampled_from(["60s", "info", "auto", "*", "batch.*", "sqlite:////tmp/a.db", "true"])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
known_paths = st.sampled_from(NAMES.writable)
names = st.sampled_from(["default", "a", "Bad-Name", "*"])


@st.composite
def paths(draw: st.DrawFn) -> KeyPath:
    """Draw a known key's path, or one near it."""
    path = draw(known_paths)
    name = draw(names)
    path = tuple(name if part == "*" else part for part in path)
    return path[: draw(st.integers(1, 3))] if draw(st.booleans()) else path


@st.composite
def tables(draw: st.DrawFn) -> dict[str, object]:
    """Draw a file's content: known keys at random, with any value, among any others."""
    root: dict[str, object] = draw(st.dictionaries(words, values, max_size=2))
    for path in draw(st.lists(paths(), max_size=6)):
        table = root
        for name in path[:-1]:
            inner = table.setdefault(name, {})
            if not isinstance(inner, dict):
                break
            table = inner
        else:
            table[path[-1]] = draw(values)
    return root


file_names = paths().map(lambda path: "__".join(path).replace("/", "_").replace("\0", "_"))


@given(
    table=tables(),
    variables=st.dictionaries(file_names, marked | words, max_size=3),
    secrets=st.dictionaries(file_names, marked | words, max_size=3),
)
def test_nothing_but_a_configuration_error_and_never_a_secret(
    table: dict[str, object], variables: dict[str, str], secrets: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "config.toml"
        file.write_text(document(table), encoding="utf-8", newline="")
        for secret, content in secrets.items():
            (folder / f"batchbell_{secret}").write_text(content, encoding="utf-8")
        environ = {"HOME": name, "TOGETHER_API_KEY": MARK}
        environ |= {f"BATCHBELL_{key.upper()}": value for key, value in variables.items()}
        for told in (_loading(file, environ, folder), _asking(file, environ, folder)):
            assert MARK not in told


def _loading(file: Path, environ: dict[str, str], folder: Path) -> str:
    """Return what loading tells: problems, or warnings and the rows of secrets.

    Any other key may have the marked text as its value, and then shows it rightly.
    """
    try:
        loaded = load(file, environ, check_channel=lambda _section: (), secrets_dir=folder)
    except ConfigError as error:
        return str(error)
    secrets = [row for row in rows(loaded) if pattern(row.key_path) in NAMES.secrets]
    assert secrets
    return f"{secrets} {loaded.warnings} {loaded.settings.accounts!r}"


def _asking(file: Path, environ: dict[str, str], folder: Path) -> str:
    """Return what asking for the database tells, if it fails."""
    try:
        database_url(file, environ, secrets_dir=folder)
    except ConfigError as error:
        return str(error)
    return ""


@given(tables())
def test_the_generated_files_are_toml(table: dict[str, object]) -> None:
    tomllib.loads(document(table))
