"""Keeping what Apprise and the libraries under it log to ourselves: it holds URLs and tokens."""

from __future__ import annotations

import logging

#: The logger a send's reasons are read from.
APPRISE = "apprise"
#: Apprise logs a failed URL with its token at ERROR, and whole URLs at DEBUG; urllib3 logs paths,
#: which in a webhook are the secret, at DEBUG; the others log signatures and sessions. Seen in
#: apprise 2.2.0 and urllib3 2.
LEAKY_LOGGERS = (APPRISE, "urllib3", "requests", "requests_oauthlib", "oauthlib")


def silence_libraries() -> None:
    """Cut these loggers off from ours; to be called before Apprise sees a URL, as often as liked.

    Apprise's own stays at DEBUG, as a send listens to it to learn why it failed.
    """
    for name in LEAKY_LOGGERS:
        logger = logging.getLogger(name)
        logger.propagate = False
        # Without a handler of its own, a cut-off logger prints warnings to stderr.
        if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            logger.addHandler(logging.NullHandler())
    listened_to = logging.getLogger(APPRISE)
    listened_to.setLevel(logging.DEBUG)
    listened_to.disabled = False
