"""The names of all keys, as data: what may be written where, without any validation library."""

from __future__ import annotations

import json
import re

#: One key or section: ("accounts", "default", "api_key"). In a pattern, "*" stands for a name.
KeyPath = tuple[str, ...]

VARIABLE_PREFIX = "BATCHBELL_"
CREDENTIAL_PREFIX = "batchbell_"
#: What separates the parts of a path in a variable's or a secret's name.
DELIMITER = "__"
FILE_SUFFIX = "_file"
#: Longest piece of a user's own name that a message repeats.
_SHOWN_CHARACTERS = 120
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def _patterns(*dotted_names: str) -> frozenset[KeyPath]:
    """Split dotted names into paths."""
    return frozenset(tuple(name.split(".")) for name in dotted_names)


#: Keys whose value is never shown; each may be given as `<key>_file` instead.
SECRETS = _patterns(
    "database_url",
    "accounts.*.api_key",
    "alerts.heartbeat_url",
    "channels.*.url",
    "channels.*.webhook",
    "channels.*.webhook_secret",
    "web.password",
    "web.token",
)
#: Keys that hold a list; in a variable: JSON, or separated by commas.
LISTS = _patterns(
    "alerts.deadline_warnings",
    "channels.*.exec",
    "channels.*.events",
    "channels.*.accounts",
    "channels.*.models",
    "channels.*.endpoints",
    "channels.*.users",
    "channels.*.input_files",
    "channels.*.quiet_hours",
    "web.allowed_hosts",
)
#: Every key.
KEYS = (
    SECRETS
    | LISTS
    | _patterns(
        "log_level",
        "log_format",
        "accounts.*.base_url",
        "accounts.*.poll_interval",
        "accounts.*.request_timeout",
        "accounts.*.progress_scale",
        "alerts.stalled_after",
        "alerts.unreachable_after",
        "channels.*.exec_timeout",
        "channels.*.min_severity",
        "channels.*.remind_every",
        "channels.*.timezone",
        "channels.*.quiet_except",
        "channels.*.digest_every",
        "channels.*.rate_limit",
        "channels.*.subject",
        "channels.*.body",
        "channels.*.body_format",
        "web.enabled",
        "web.listen",
        "web.public_url",
        "web.allow_unauthenticated",
        "history.keep",
    )
)
#: Every table.
SECTIONS = _patterns(
    "accounts", "accounts.*", "alerts", "channels", "channels.*", "web", "history"
) | {()}
#: Tables whose own tables are named by the user.
NAMED = frozenset({"accounts", "channels"})


def pattern(path: KeyPath) -> KeyPath:
    """Return the path with the user's own name replaced by "*"."""
    if len(path) > 1 and path[0] in NAMED:
        return (path[0], "*", *path[2:])
    return path


def secret_of(path: KeyPath) -> KeyPath | None:
    """Return the secret that `path` names a file for (`x_file` of a secret `x`), else None."""
    if not path or not path[-1].endswith(FILE_SUFFIX):
        return None
    secret = (*path[:-1], path[-1].removesuffix(FILE_SUFFIX))
    return secret if pattern(secret) in SECRETS else None


def is_known(path: KeyPath) -> bool:
    """Tell whether a value may stand at `path`, `x_file` included."""
    return pattern(path) in KEYS or secret_of(path) is not None


def is_name(word: str) -> bool:
    """Tell whether an account or a channel may be called so."""
    return _NAME.fullmatch(word) is not None


def suggested_name(word: str) -> str:
    """Return the nearest allowed name, "team" when nothing of the word can stay."""
    return re.sub(r"[^a-z0-9]+", "_", word[:_SHOWN_CHARACTERS].lower()).strip("_") or "team"


def shown(word: str) -> str:
    """Return a user's own word for a message: one line, no control characters, not too long."""
    if len(word) > _SHOWN_CHARACTERS:
        word = word[:_SHOWN_CHARACTERS] + "..."
    return word if _BARE.fullmatch(word) else json.dumps(word)


def dotted(path: KeyPath) -> str:
    """Return the path as in the file: `accounts.default.api_key`."""
    return ".".join("NAME" if part == "*" else shown(part) for part in path)


def variable(path: KeyPath) -> str:
    """Return the name of the environment variable of a path."""
    return VARIABLE_PREFIX + _joined(path).upper()


def secret_name(path: KeyPath) -> str:
    """Return the name of the credential, and of the file in /run/secrets, of a path."""
    return CREDENTIAL_PREFIX + _joined(path)


def _joined(path: KeyPath) -> str:
    """Return the path as a part of a variable's or a secret's name."""
    return DELIMITER.join("NAME" if part == "*" else shown(part) for part in path)
