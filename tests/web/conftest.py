from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.site import Site

if TYPE_CHECKING:
    from batchbell.store.database import Database


@pytest.fixture
def site(database: Database) -> Site:
    """A page that watches the account `default`, which was never polled."""
    return Site(database)
