from __future__ import annotations

import pytest

from batchbell.receivers.channel_check import check_channel_url
from tests.receivers.sample_messages import MARK


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1/hook",
        "discord://4174216298/fake-fake-fake-fake",
        "workflows://example.org/643a27eb3daa/fake-signature",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "ntfys://example.org/batches",
        "slack://T1JJ3T3L2/A1BRTD4JD/fake?blocks=yes",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#batches",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7",
        "mailtos://bell:fake@example.org?to=ops@example.org",
        "json://127.0.0.1/?optional=no&retry=0",
    ],
)
def test_a_usable_url_has_no_problem(url: str) -> None:
    assert check_channel_url(url) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (
            f"slak://{MARK}/b/c",
            "slak:// is not a service Apprise knows; did you mean slack://?",
        ),
        (
            f"xyzzy12345://{MARK}",
            "xyzzy12345:// is not a service Apprise knows; see Apprise's list of services",
        ),
        (
            f"json://user:hunter@{MARK}@127.0.0.1:1/x",
            "its user or password holds an @; write it as %40",
        ),
        (MARK, "this is not a URL; write one such as slack://... or mailtos://..."),
        (
            f"slack://{MARK}",
            (
                "slack:// needs the three parts of a webhook's address; write "
                "slack://T.../B.../token/#channel for an incoming webhook, or "
                "slack://xoxb-.../#channel for a bot"
            ),
        ),
        (
            f"slack://xoxb-{MARK}!/#a",
            (
                "this bot's token is not whole; write slack://T.../B.../token/#channel for an "
                "incoming webhook, or slack://xoxb-.../#channel for a bot"
            ),
        ),
        (
            f"slack://T0FAKE/B0FAKE/{MARK}/a!b",
            "one of its targets is no channel or person; write #channel, @name or +id",
        ),
        (
            f"discord://{MARK}",
            (
                "this is not a whole discord:// URL; write discord://webhook-id/webhook-token, or "
                "the address that Discord shows"
            ),
        ),
        (f"discord://4/{MARK}?flags=x", "?flags= is a number; leave it out"),
        (
            f"workflows://example.org/{MARK}",
            (
                "this is not a whole workflows:// URL; copy the address that the workflow shows, "
                "or write workflows://host/workflow/signature"
            ),
        ),
        (
            f"workflows://example.org/{MARK}/s?route=x",
            (
                "?route= is a number; copy the address that the workflow shows, or write "
                "workflows://host/workflow/signature"
            ),
        ),
        (
            "tgram://123:45/?detect=no",
            (
                "tgram:// names no usable chat; write tgram://123456:bot-token/chat-id, the token "
                "as BotFather shows it"
            ),
        ),
        (
            f"twilio://{MARK}",
            (
                "this is not a complete twilio:// URL; its forms are at "
                "https://appriseit.com/services/twilio/"
            ),
        ),
        (
            f"tgram://{MARK}",
            (
                "this is not a whole tgram:// URL; write tgram://123456:bot-token/chat-id, the "
                "token as BotFather shows it"
            ),
        ),
        (
            f"tgram://123:{MARK}/!?",
            (
                "tgram:// names no usable chat; write tgram://123456:bot-token/chat-id, the token "
                "as BotFather shows it"
            ),
        ),
        (
            f"tgram://123:{MARK}/1?topic=x",
            "?topic= is a number; leave it out, or write chat-id:topic",
        ),
        (
            f"ntfy://{MARK}!",
            "ntfy:// names no usable topic; write ntfys://host/topic, or ntfy://topic for ntfy.sh",
        ),
        (
            f"ntfy://{MARK}!/topic",
            "ntfy:// names no usable host; write ntfys://host/topic, or ntfy://topic for ntfy.sh",
        ),
        (f"ntfy://h.example/{MARK}?mode=x", "?mode= is cloud or private; leave it out"),
        (f"ntfy://h.example/{MARK}?auth=x", "?auth= is basic or token; leave it out"),
        (
            f"ntfy://h.example/{MARK}?auth=token",
            "?auth=token needs a token: write ntfys://tk_...@host/topic",
        ),
        (
            f"mailto://{MARK}",
            "mailto:// names no usable sender; write ?from=name@example.org",
        ),
        (f"mailto://b:{MARK}@example.org?mode=tls", "?mode= is starttls, ssl or insecure"),
        (
            f"mailto://b:{MARK}@example.org?+X-ü=y",
            "a header's name is no name: write ?+X-Team=ops",
        ),
        (
            f"json://127.0.0.1/{MARK}?Optional=yes",
            "?optional= would report failed sends as delivered; leave it out",
        ),
        (
            f"json://127.0.0.1/{MARK}?retry=3",
            "?retry= is not needed: batchbell itself tries again; leave it out",
        ),
        (
            f"mailto://bell:{MARK}@example.org/?to=nobody",
            "mailto:// names no usable recipient; write ?to=name@example.org",
        ),
    ],
)
def test_a_problem_is_told_without_the_secret(url: str, problem: str) -> None:
    assert check_channel_url(url) == problem


def test_a_missing_package_is_named() -> None:
    problem = check_channel_url(f"mqtt://user:{MARK}@127.0.0.1/topic")

    assert problem is not None
    assert problem.startswith("mqtt:// needs a package that is not installed: paho-mqtt")
