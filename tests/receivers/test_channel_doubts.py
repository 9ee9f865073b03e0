"""What is allowed in a channel's URL, but not safe."""

from __future__ import annotations

import pytest

from batchbell.receivers.channel_check import doubts_about

CLEAR = "sends the password unencrypted: use mailtos://"
ANYBODY = "?verify=no takes any certificate, so others can read and change what is sent"


@pytest.mark.parametrize(
    ("url", "doubts"),
    [
        ("mailto://bell:fake-secret@mail.example.org", [f"mailto:// {CLEAR}"]),
        ("mailtos://bell:fake-secret@mail.example.org?mode=insecure", [f"mailtos:// {CLEAR}"]),
        ("mailtos://bell:fake-secret@mail.example.org", []),
        ("mailto://bell:fake-secret@mail.example.org?mode=ssl", []),
        ("mailto://bell:fake-secret@gmail.com", []),
        ("mailto://bell:fake-secret@127.0.0.1:2525?from=a@example.org", []),
        ("mailto://mail.example.org?from=a@example.org&to=b@example.org", []),
        ("mailtos://bell:fake-secret@mail.example.org?verify=no", [ANYBODY]),
        ("jsons://example.org/?verify=no", [ANYBODY]),
        (
            "json://bell:fake-secret@example.org/hook",
            ["json:// sends the password unencrypted: use jsons://"],
        ),
        ("jsons://bell:fake-secret@example.org/hook", []),
        ("xml://bell:fake-secret@localhost/hook", []),
        ("form://bell@example.org/hook", []),
        ("ntfys://ntfy.example.org/topic?verify=false", [ANYBODY]),
        ("ntfys://ntfy.example.org/topic?verify=yes", []),
        ("ntfys://ntfy.example.org/topic", []),
    ],
)
def test_what_is_not_safe_is_said(url: str, doubts: list[str]) -> None:
    assert list(doubts_about({"url": url})) == doubts
    assert "fake-secret" not in "".join(doubts)


@pytest.mark.parametrize("values", [{}, {"webhook": "https://x"}, {"url": 3}, {"url": "no url"}])
def test_of_what_is_no_url_nothing_is_said(values: dict[str, object]) -> None:
    assert list(doubts_about(values)) == []
