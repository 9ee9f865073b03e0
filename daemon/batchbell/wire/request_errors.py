"""What goes wrong with a request, as sentences: without addresses and headers, which are secret."""

from __future__ import annotations

import os
import ssl
from typing import TypeVar

import httpx

from batchbell.core.text import harmless_line, shortened
from batchbell.errors import UnavailableError

_LONGEST_REASON = 200


_E = TypeVar("_E", bound=BaseException)


class NothingSentError(UnavailableError):
    """Nothing was asked: there is no way to the host, or none that is safe."""


class ConnectFailedError(NothingSentError):
    """No connection was made, so nothing was asked: the call may be repeated at once."""


def in_our_words(error: httpx.HTTPError | httpx.InvalidURL, host: str) -> UnavailableError:
    """Return what went wrong with a request to a host; the cause may hold what is secret."""
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        return NothingSentError(f"the request to {host} can't be sent: check its address")
    if isinstance(error, httpx.TimeoutException):
        return ConnectFailedError(f"no connection to {host}: timed out")
    tls = _find(error, ssl.SSLError)
    if tls and isinstance(error, httpx.ConnectError):
        return NothingSentError(
            f"no secure connection to {host}: {_tls_reason(tls)}; check the address, this machine's"
            " clock and, for a certificate of your own, SSL_CERT_FILE"
        )
    if isinstance(error, httpx.ProxyError):
        return NothingSentError(f"the proxy does not connect to {host}: {_line(str(error))}")
    if isinstance(error, httpx.ConnectError):
        return ConnectFailedError(f"no connection to {host}: {_reason(error)}")
    reason = _tls_reason(tls) if tls else _reason(error)
    return UnavailableError(f"the connection to {host} broke: {reason}")


def _tls_reason(error: ssl.SSLError) -> str:
    return _line(getattr(error, "verify_message", None) or error.reason or "TLS failed")


def _reason(error: httpx.HTTPError) -> str:
    system = _find(error, OSError)
    if system is None:
        return _line(str(error)) or type(error).__name__
    if system.errno and system.errno > 0:  # asyncio puts the address into `strerror`
        return os.strerror(system.errno)
    return _line(system.strerror or str(error))


def _find(error: BaseException | None, kind: type[_E]) -> _E | None:
    """Return the innermost error of that kind among the causes."""
    found = None
    while error is not None:
        found = error if isinstance(error, kind) else found
        error = error.__cause__ or error.__context__
    return found


def _line(text: str) -> str:
    return shortened(harmless_line(text), _LONGEST_REASON)
