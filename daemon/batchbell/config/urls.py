"""Checks of addresses; each raises ValueError in words that never repeat the address."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PRINTABLE = re.compile(r"[!-~]*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_LISTEN = re.compile(r"(?:\[(?P<ipv6>[^\[\]]*)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_MAX_PORT = 65_535
_SQLITE = "sqlite:///"


def check_printable(text: str) -> str:
    """Return a text of printable ASCII without spaces, as a header or an address needs it."""
    if not text:
        raise ValueError("is empty")
    if not _PRINTABLE.fullmatch(text):
        raise ValueError(
            "may hold only printable ASCII: there is a space, a line break or another sign"
        )
    return text


def check_base_url(url: str) -> str:
    """Return the address of an API: http or https, a host, no credentials, nothing after it."""
    parts = _split_http(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or a password: the key belongs in api_key")
    if "?" in url or "#" in url:
        raise ValueError('must end with the path: leave out "?" and "#" and what follows')
    return url


def check_heartbeat_url(url: str) -> str:
    """Return the address to ping: http or https; empty for none."""
    if url:
        _split_http(url)
    return url


def check_webhook_url(url: str) -> str:
    """Return the address events are posted to: http or https, without a fragment."""
    parts = _split_http(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or a password: the signature is the proof")
    if "#" in url:
        raise ValueError('must not hold a "#": it is not sent')
    return url


def check_public_url(url: str) -> str:
    """Return the address of the page for people, without a slash at its end; empty for none."""
    return check_base_url(url).rstrip("/") if url else url


def check_database_url(url: str) -> str:
    """Return the address of the database: a SQLite file, or a PostgreSQL server's."""
    scheme = url.partition(":")[0].partition("+")[0].lower()
    if scheme in {"postgresql", "postgres"}:
        return _check_server_url(url)
    path = url.removeprefix(_SQLITE)
    if path == url or not path or path.endswith("/"):
        raise ValueError(
            'must be "sqlite:////absolute/path/to/file" or "sqlite:///relative/path/to/file"'
        )
    if path.startswith((":", "file:")) or "?" in path or not path.isprintable():
        raise ValueError("must name a plain file: no :memory:, no file: address, no parameters")
    return url


#: Where the status page listens, if nobody says otherwise.
DEFAULT_LISTEN = "127.0.0.1:8710"


def check_listen(address: str) -> str:
    """Return `host:port`, an IPv6 address in brackets, port 0 (any free one) to 65535."""
    match = _LISTEN.fullmatch(address)
    if match is None:
        raise ValueError('must be host:port, such as "127.0.0.1:8710" or "[::1]:8710"')
    if int(match["port"]) > _MAX_PORT:
        raise ValueError("the port must be 0 to 65535")
    if match["ipv6"] is not None:
        _check_ipv6(match["ipv6"])
    else:
        _check_host(match["host"])
    return address


def listens_to_all(listen: str) -> bool:
    """Tell whether other machines may reach a checked `host:port`."""
    return not is_loopback(listen.rpartition(":")[0].strip("[]").lower())


def check_host_name(name: str) -> str:
    """Return a host name or address as a Host header has it, in lower case, without a port."""
    if name.startswith("[") and name.endswith("]"):
        _check_ipv6(name[1:-1])
    else:
        _check_host(name)
    return name.lower()


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address, in lower case, can only be this machine.

    Source: RFC 6761, section 6.3, for the names.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def goes_in_the_clear(url: str) -> bool:
    """Tell whether a checked address would carry a key unencrypted over a network."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _check_server_url(url: str) -> str:
    check_printable(url)
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgresql+psycopg", "postgresql", "postgres"}:
        raise ValueError('must start with "postgresql+psycopg://": no other driver is supported')
    if not rest.partition("?")[0].rpartition("@")[2].partition("/")[2]:
        raise ValueError(
            'names no database: "postgresql+psycopg://user@host/database"; special signs of the '
            "password are written as in any URL, @ as %40"
        )
    return url


def _split_http(url: str) -> SplitResult:
    """Take an http or https address apart."""
    check_printable(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        # Its own words repeat the address.
        raise ValueError("is not a valid address: look at the host and the port") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError('must start with "https://" or "http://"')
    if not host or port == 0:
        raise ValueError("has no host, or a port that can't be reached")
    if "[" not in parts.netloc:
        _check_host(host)
    return parts


def _check_ipv6(text: str) -> None:
    """Refuse what is not an IPv6 address."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        raise ValueError("has no valid IPv6 address in its brackets") from None


def _check_host(host: str) -> None:
    """Refuse what is neither a host name nor an IPv4 address."""
    looks_like_ipv4 = re.fullmatch(r"[0-9.]+", host) is not None
    if looks_like_ipv4:
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise ValueError("has no valid IPv4 address") from None
    if not _HOST.fullmatch(host) or ".." in host:
        raise ValueError("has no valid host: a name or an address, without scheme, port or path")
