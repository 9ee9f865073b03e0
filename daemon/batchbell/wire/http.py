"""One bounded HTTP request: a total deadline, a size cap, no redirects."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx

from batchbell.errors import (
    ConfigError,
    ConfigProblem,
    UnavailableError,
)
from batchbell.wire.answer import Answer
from batchbell.wire.connection import READ_BYTES
from batchbell.wire.direct import DirectAnswer, DirectConnections
from batchbell.wire.request_errors import in_our_words
from batchbell.wire.transport import DirectTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

#: The largest answer that is read, unpacked, bytes: ten times a listing of 50,000 jobs.
MAX_BODY_BYTES = 256 * 2**20
#: The text of an answer that is an error is read no longer than this: the status is known.
ERROR_BODY_SECONDS = 2.0
#: Kept connections outlive any usual poll interval.
KEEPALIVE_SECONDS = 900.0


class HttpClient:
    """Sends requests over kept connections."""

    def __init__(
        self,
        *,
        user_agent: str,
        keepalive_seconds: float = KEEPALIVE_SECONDS,
        max_bytes: int = MAX_BODY_BYTES,
        error_body_seconds: float = ERROR_BODY_SECONDS,
        verify: bool = True,
        takes_cookies: bool = True,
    ) -> None:
        """Take the proxies of the environment; raises `ConfigError` for an unusable one.

        Without `verify` any certificate is taken; without `takes_cookies` no answer has a say in
        later requests.
        """
        self._max_bytes = max_bytes
        self._error_body_seconds = error_body_seconds
        # at INFO and below they log whole addresses and headers
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            trusted = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
            tls = _tls(*trusted, verify=verify)
            direct = None if _has_proxies() else _direct(tls, keepalive_seconds)
            if direct is None:
                _let_proxies_send_large_pieces()
            self._client = httpx.AsyncClient(
                headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
                limits=httpx.Limits(keepalive_expiry=keepalive_seconds),
                follow_redirects=False,
                verify=tls,
                transport=None if direct is None else DirectTransport(direct),
            )
            if not takes_cookies:
                self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
            #: Where nothing has to be known of other requests.
            self._straight = None if takes_cookies else direct
        except (ImportError, ValueError, httpx.InvalidURL):
            # the cause may repeat the proxy's password
            where = "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"
            raise ConfigError(ConfigProblem(where, "is no usable http or https proxy")) from None

    async def close(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        timeout_seconds: float,
        max_bytes: int | None = None,
    ) -> AsyncIterator[Answer]:
        """Send a request; the answer of any status is there for the length of the `with` block.

        `timeout_seconds` bounds everything, the block included; connecting may take half of it.
        `max_bytes` bounds the unpacked body, if not as all others. Raises `NothingSentError` or one
        of its kinds, `UnavailableError`, `MalformedError`.
        """
        host, address = _read(url)
        asked = self._asked(method, address, headers or {}, content, timeout_seconds / 2)
        try:
            async with asyncio.timeout(timeout_seconds), asked as response:
                yield Answer(
                    response,
                    host=host,
                    max_bytes=self._max_bytes if max_bytes is None else max_bytes,
                    error_body_seconds=self._error_body_seconds,
                )
        except TimeoutError:
            raise UnavailableError(f"{host} gave no complete answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # not chained: the cause may hold the address and headers
            raise in_our_words(error, host) from None

    def _asked(
        self,
        method: str,
        address: httpx.URL | str,
        headers: Mapping[str, str],
        content: bytes,
        connect_seconds: float,
    ) -> AbstractAsyncContextManager[httpx.Response | DirectAnswer]:
        """Return what asks: straight, or through httpx what is of none of the usual forms."""
        if self._straight is None or isinstance(address, str) or address.userinfo:
            # the only timeout httpx itself looks after
            connecting = httpx.Timeout(None, connect=connect_seconds)
            return self._client.stream(
                method, address, headers=headers, content=content, timeout=connecting
            )
        request = self._client.build_request(method, address, headers=headers, content=content)
        return self._straight.stream(
            method,
            address,
            headers=request.headers.raw,
            content=content,
            connect_seconds=connect_seconds,
        )


@lru_cache(maxsize=4)
def _tls(_file: str | None, _folder: str | None, *, verify: bool) -> ssl.SSLContext:
    """Return what certificates are held against; reading them takes tens of milliseconds.

    httpx itself looks for the two variables: they are named here so that another value counts.
    """
    return httpx.create_ssl_context(verify=verify)


def _has_proxies() -> bool:
    """Whether the environment names one: with a transport of our own httpx would not look."""
    named = getproxies()
    return any(named.get(scheme) for scheme in ("http", "https", "all"))


def _let_proxies_send_large_pieces() -> None:
    """Have httpcore read as much at once as connections of our own do."""
    # Lazily: a megabyte, for those alone whose requests go through a proxy.
    import httpcore  # noqa: PLC0415

    httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = READ_BYTES


def _direct(tls: ssl.SSLContext, keepalive_seconds: float) -> DirectConnections:
    return DirectConnections(tls, keepalive_seconds=keepalive_seconds)


@lru_cache(maxsize=64)
def _read(url: str) -> tuple[str, httpx.URL | str]:
    """Return an address's host and port, the only part of it that is no secret, and the address.

    Most requests go where one went before: to read it again takes a twentieth of a request.
    """
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return "an unreadable address", url
    host = address.netloc.decode("ascii", "replace")
    return host or "an address without a host", address
