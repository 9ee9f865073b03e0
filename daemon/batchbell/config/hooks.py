"""Checks of what a channel of our own kind needs: a program to run, a secret to sign with."""

from __future__ import annotations

import base64
import binascii

#: Source: Standard Webhooks 1.0, "symmetric": `whsec_`, then 24 to 64 random bytes in base64.
SECRET_PREFIX = "whsec_"  # noqa: S105 - it is the part of a secret that everybody knows
_SECRET_BYTES = range(24, 65)


def check_webhook_secret(secret: str) -> str:
    """Return a signing key in the form of Standard Webhooks; raises ValueError."""
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if encoded == secret or len(decoded) not in _SECRET_BYTES:
        raise ValueError(
            'must be "whsec_" and 24 to 64 random bytes in base64; this makes one: '
            'echo "whsec_$(openssl rand -base64 32)"'
        )
    return secret


def check_program(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command that names a program; raises ValueError.

    Whether that is there and may be run is checked by the notifier, see `loading.load`.
    """
    if not command or not command[0].strip():
        raise ValueError('must name a program, such as ["/usr/local/bin/on-batch", "--quiet"]')
    if any("\0" in part for part in command):
        raise ValueError("may not hold a NUL character")
    return command
