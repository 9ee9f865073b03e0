"""Making text from outside harmless in chat systems that read markup even in plain text."""

from __future__ import annotations

import re

#: Invisible; it parts characters that would mean something together.
ZERO_WIDTH_SPACE = "\u200b"
#: `@name`, `<@U1>`, `<@&42>`, Zulip's `@**name**` and `@*group*`, but not `a@b.c`. Any sign may
#: stand before it: `.@name`, and `_@name_`, which is slanted. What calls everybody is one behind a
#: word too: Discord looks for no border before `@everyone`.
_MENTION = re.compile(
    r"(?<![^\W_])@(?=[\w&!*])|@(?=(?:everyone|here|channel|all)\b)", re.IGNORECASE
)
#: The middle of Markdown's `[words](address)`, which can show another address than it opens.
_DISGUISED_LINK = re.compile(r"\](?=\()")
#: `<https://shown.example|words>`, the same in Mattermost, Rocket.Chat and Google Chat.
_NAMED_LINK = re.compile(r"(<[^<>|]*)\|(?=[^<>]*>)")
_BROKEN_BAR = "\u00a6"
#: What begins an emoji's name, `:tada:`; times of day have no letters, and stay.
EMOJI = re.compile(r":(?=(?:[\w+'-]*[^\W\d_][\w+'-]*|100|1234):)")
#: `<#C1>` names a channel, `<!channel>` calls everybody in it.
_COMMAND = re.compile(r"<(?=[#!])")


def defuse(text: str) -> str:
    """Return the text with mentions and disguised links broken up, as invisibly as possible.

    Discord takes `@everyone` from plain text, Mattermost and Telegram `@name`.
    """
    text = _MENTION.sub("@" + ZERO_WIDTH_SPACE, text)
    text = _DISGUISED_LINK.sub("]" + ZERO_WIDTH_SPACE, text)
    text = _NAMED_LINK.sub(r"\1" + _BROKEN_BAR, text)
    return _COMMAND.sub("<" + ZERO_WIDTH_SPACE, text)
