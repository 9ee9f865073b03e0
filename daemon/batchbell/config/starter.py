"""The starter file: `config.example.toml`, which shows every key."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_NAME = "config.example.toml"


def starter_text() -> str:
    """Return the text of the starter file, from the installed package or the repository."""
    installed: Traversable = files("batchbell") / _NAME
    repository = Path(__file__).parents[3] / _NAME
    return (installed if installed.is_file() else repository).read_text(encoding="utf-8")
