from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.filled import Bell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bell(tmp_path: Path, migrated: Path) -> Iterator[Bell]:
    """A database to fill, and the commands on it."""
    made = Bell(tmp_path, migrated)
    yield made
    made.database.close()
