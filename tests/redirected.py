"""Everything that goes out over HTTP, led to one receiver here: real requests, another host."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests

from batchbell.wire.http import HttpClient

if TYPE_CHECKING:
    from collections.abc import Iterator


def lead_to(netloc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead our own transport's requests, and those of Apprise's plugins, to `netloc`."""
    stream, request = HttpClient.stream, requests.Session.request

    def stream_here(client: HttpClient, method: str, url: str, **options: Any) -> Any:
        return stream(client, method, _at(netloc, url), **options)

    def request_here(session: requests.Session, method: str, url: str, *more: Any, **o: Any) -> Any:
        return request(session, method, _at(netloc, url), *more, **o)

    monkeypatch.setattr(HttpClient, "stream", stream_here)
    monkeypatch.setattr(requests.Session, "request", request_here)


@contextmanager
def all_led_to(netloc: str) -> Iterator[None]:
    """Lead them there for the length of the `with` block."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        lead_to(netloc, monkeypatch)
        yield


def _at(netloc: str, url: str) -> str:
    """Return the address at another host, in plain HTTP."""
    return urlunsplit(urlsplit(url)._replace(scheme="http", netloc=netloc))
