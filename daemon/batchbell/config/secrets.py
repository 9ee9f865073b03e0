"""Every secret that a configuration holds, by its value, to be taken out of whatever is written."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, SecretStr

from batchbell.config.hooks import SECRET_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from urllib.parse import SplitResult

    from batchbell.config.settings import Settings

#: A part of a URL that is no longer than this is a name rather than a token, characters.
_NAME_CHARACTERS = 7
#: Options of a URL that carry secrets, whatever they look like; a header or a field begins so.
_SECRET_OPTION = re.compile(r"pass|pwd|token|secret|key|auth|sig|cred|^[-+: ]", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*|localhost|[a-z][a-z-]*", re.IGNORECASE)


def secret_values(settings: Settings) -> frozenset[str]:
    """Return the keys, passwords and URLs, and what is secret within those URLs."""
    return frozenset(
        part for secret in _secrets(settings) if secret.strip() for part in _parts(secret.strip())
    )


def _secrets(model: BaseModel | Mapping[str, BaseModel]) -> Iterator[str]:
    values = (value for _, value in model) if isinstance(model, BaseModel) else model.values()
    for value in values:
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel | dict):
            yield from _secrets(value)


def _parts(secret: str) -> Iterator[str]:
    if secret.startswith("sqlite:"):
        # A path, which messages about the database have to name.
        return
    yield secret
    if secret.startswith(SECRET_PREFIX):
        # What everybody knows of it may be left out.
        yield secret.removeprefix(SECRET_PREFIX)
    if "://" not in secret:
        return
    try:
        url = urlsplit(secret)
    except ValueError:
        return
    # A database's host and name are what messages about it have to name.
    yield from _server_passwords(url) if secret.startswith("postgres") else _url_parts(url)


def _url_parts(url: SplitResult) -> Iterator[str]:
    userinfo, _, host = url.netloc.rpartition("@")
    user, _, password = userinfo.partition(":")
    if password:
        # Also together, as HTTP's basic authentication has them.
        yield from (unquote(userinfo), unquote(password))
    for part in (user, host, *url.path.split("/"), *url.fragment.split("/")):
        if _looks_like_token(unquote(part)):
            yield unquote(part)
    for name, value in parse_qsl(url.query):
        if _SECRET_OPTION.search(name) or _looks_like_token(value):
            yield value


def _server_passwords(url: SplitResult) -> Iterator[str]:
    password = url.netloc.rpartition("@")[0].partition(":")[2]
    if password:
        yield from {password, unquote(password)}
    yield from (text for name, text in parse_qsl(url.query) if name == "password")


def _looks_like_token(part: str) -> bool:
    """Whether a part of a URL is more than a name: long, and of more than small letters."""
    if len(part) <= _NAME_CHARACTERS or "@" in part or _is_host(part):
        return False
    has_digit = any(letter.isdigit() for letter in part)
    is_mixed = part != part.lower() and part != part.upper()
    return has_digit or is_mixed


def _is_host(part: str) -> bool:
    name = part.rpartition(":")[0] if part.rpartition(":")[2].isdigit() else part
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return _HOST.fullmatch(name) is not None and name == name.lower()
    return True
