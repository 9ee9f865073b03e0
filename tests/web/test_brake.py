from __future__ import annotations

import pytest

from batchbell.web.brake import MOST_IN_ALL, MOST_OF_A_PEER, WINDOW_SECONDS, Brake
from batchbell.web.peer import peer_of


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def brake(seconds: Seconds) -> Brake:
    return Brake(seconds)


def test_a_peer_waits_until_its_oldest_wrong_one_is_a_minute_old(
    brake: Brake, seconds: Seconds
) -> None:
    for _ in range(MOST_OF_A_PEER):
        assert brake.wait_seconds("192.0.2.1") == 0
        brake.wrong("192.0.2.1")
        seconds.now += 1.0
    assert brake.wait_seconds("192.0.2.1") == WINDOW_SECONDS - MOST_OF_A_PEER
    assert brake.wait_seconds("192.0.2.2") == 0
    seconds.now = WINDOW_SECONDS
    assert brake.wait_seconds("192.0.2.1") == 0
    brake.wrong("192.0.2.1")
    assert brake.wait_seconds("192.0.2.1") == 1.0


def guessed_from_everywhere(brake: Brake) -> None:
    for number in range(MOST_IN_ALL):
        assert brake.wait_seconds(f"192.0.2.{number}") == 0
        brake.wrong(f"192.0.2.{number}")


def test_guesses_from_many_addresses_hold_those_who_are_not_known(brake: Brake) -> None:
    brake.right("198.51.100.7")
    guessed_from_everywhere(brake)
    assert brake.wait_seconds("198.51.100.8") == WINDOW_SECONDS
    assert brake.wait_seconds("198.51.100.7") == 0


def test_who_is_known_is_held_by_own_wrong_ones(brake: Brake) -> None:
    brake.right("198.51.100.7")
    for _ in range(MOST_OF_A_PEER):
        brake.wrong("198.51.100.7")
    assert brake.wait_seconds("198.51.100.7") > 0


def test_of_those_who_are_known_the_latest_thousand_are_remembered(brake: Brake) -> None:
    brake.right("first")
    brake.right("second")
    brake.right("first")
    for number in range(999):
        brake.right(f"{number}")
    guessed_from_everywhere(brake)
    assert brake.wait_seconds("first") == 0
    assert brake.wait_seconds("second") > 0


@pytest.mark.parametrize(
    ("client", "peer"),
    [
        (("192.0.2.1", 4000), "192.0.2.1"),
        (("::ffff:192.0.2.1", 4000), "192.0.2.1"),
        (("2001:db8:0:1::7", 4000), "2001:db8:0:1::/64"),
        (("2001:db8:0:1:ffff::8", 4001), "2001:db8:0:1::/64"),
        (("fe80::1%eth0", 4000), "fe80::/64"),
        (("::1", 4000), "::1"),
        (("", 0), "unknown"),
        (None, "unknown"),
    ],
)
def test_a_peer_is_what_an_address_can_not_freely_choose(
    client: tuple[str, int] | None, peer: str
) -> None:
    assert peer_of(client) == peer
