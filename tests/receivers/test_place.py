from __future__ import annotations

import pytest

from batchbell.receivers.place import place_of, recipients_of
from batchbell.receivers.receiver import ExecReceiver, UrlReceiver, WebhookReceiver


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("json://user:pass@example.org:8080/key", "example.org:8080"),
        ("https://discord.com/api/webhooks/1/key", "discord.com"),
        ("mailtos://user:pass@example.org?smtp=mail.example.org", "mail.example.org"),
        ("ntfys://tk_key@ntfy.example.org:8443/topic", "ntfy.example.org:8443"),
        ("ntfy://topic", "ntfy.sh"),
        ("discord://4174216298/fake-token", "discord.com"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "api.telegram.org"),
        ("workflows://teams.example.com:443/643a27eb3daa/fake-signature/", "teams.example.com:443"),
        ("mailto://", ""),
        ("slack://T0/B0/key", ""),
        ("pover://key@token", ""),
        ("json://not a host/", ""),
        ("nonsense", ""),
        # Part of the password stands in the host's place.
        ("json://user:hunter@secretpart@127.0.0.1:1/x", ""),
        ("ntfy://user:p@ssw0rd@ntfy.example.org/t", ""),
        ("mailto://user:p@ssw0rd@example.org", ""),
        ("mailto://u:p@example.org?smtp=a%1b[31mRED", ""),
        ("ntfy://ntfy.in.the.example.org/topic", "ntfy.in.the.example.org"),
        ("mailto://u:p@example.org?smtp=mail.in.the.example.org", "mail.in.the.example.org"),
        ("json://eoabcdef12.m.pipedream.net", "….pipedream.net"),
        ("https://eoabcdef12.m.pipedream.net./", "….pipedream.net"),
        ("json://192.168.0.10:8080/", "192.168.0.10:8080"),
        ("json://[::ffff:192.168.0.10]:8080/", "[::ffff:192.168.0.10]:8080"),
    ],
)
def test_a_host_is_shown_and_no_secret(url: str, place: str) -> None:
    assert place_of(UrlReceiver(url)) == place


@pytest.mark.parametrize(
    ("url", "whom"),
    [
        ("mailto://127.0.0.1:25/?from=b@example.com&to=oncall@example.com", "oncall@example.com"),
        ("mailtos://u:p@gmail.com", "u@gmail.com"),
        ("mailtos://u:p@gmail.com/a@example.org/b@example.org", "a@example.org b@example.org"),
        ("slack://T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake/#batches/@me", "#batches @me"),
        # Another way to write a piece of the token too much.
        ("slack://T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake/rest", ""),
        # Part of the password stands in the path's place.
        ("mailto://u:1/secret@example.org?from=b@example.com&to=a@example.com", "a@example.com"),
        ("mailto://u:p@ssw0rd@example.org?to=a@example.com", ""),
        ("mailto://", ""),
        ("ntfys://ntfy.example.org/topic", ""),
        ("nonsense", ""),
    ],
)
def test_whom_it_reaches_is_shown_where_that_is_no_key(url: str, whom: str) -> None:
    assert " ".join(recipients_of(UrlReceiver(url))) == whom


def test_whom_a_program_tells_nobody_knows() -> None:
    assert not recipients_of(ExecReceiver(("/bin/true",), 1.0))


def test_so_is_that_of_a_hook_and_a_program_has_none() -> None:
    assert place_of(WebhookReceiver("https://u:p@hooks.example.org/key", "whsec_x")) == (
        "hooks.example.org"
    )
    hook = WebhookReceiver("https://eoabcdef12.m.pipedream.net:8443/", "whsec_x")
    assert place_of(hook) == "….pipedream.net:8443"
    assert place_of(ExecReceiver(("/bin/true",), 1.0)) == ""
