from __future__ import annotations

import pytest

from batchbell.receivers.defuse import defuse


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("@everyone", "@\u200beveryone"),
        ("x@everyone a.@here -@Channel", "x@\u200beveryone a.@\u200bhere -@\u200bChannel"),
        ("@**all** @*group* @_**name**", "@\u200b**all** @\u200b*group* @\u200b_**name**"),
        (".@user -@user +@x _@x_", ".@\u200buser -@\u200buser +@\u200bx _@\u200bx_"),
        ("<@U1> <@&42> <@!7>", "<@\u200bU1> <@\u200b&42> <@\u200b!7>"),
        ("mail ops@example.org", "mail ops@example.org"),
        ("<!channel> <#C1>", "<\u200b!channel> <\u200b#C1>"),
        ("[a](b)", "[a]\u200b(b)"),
        ("<https://x.example|y> a|b", "<https://x.example\u00a6y> a|b"),
        ("line 3: a < b, c > d", "line 3: a < b, c > d"),
    ],
)
def test_only_what_could_be_live_is_broken_up(text: str, harmless: str) -> None:
    assert defuse(text) == harmless
