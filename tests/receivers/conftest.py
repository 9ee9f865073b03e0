from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.loopback_receivers import HttpReceiver, MailReceiver

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver(password="fake-password") as receiver:
        yield receiver
