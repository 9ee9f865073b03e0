"""The units for one batchbell and for several are alike in all but what is each one's own."""

from __future__ import annotations

from pathlib import Path

from batchbell.errors import ConfigError

SYSTEMD = Path(__file__).parents[2] / "systemd"


def lines(unit: str) -> list[str]:
    return (SYSTEMD / unit).read_text(encoding="utf-8").splitlines()


def test_the_unit_for_several_differs_only_in_what_each_has_for_itself() -> None:
    pairs = zip(lines("batchbell.service"), lines("batchbell@.service"), strict=True)
    different = [(one, several) for one, several in pairs if one != several]
    key = "LoadCredential=batchbell_accounts__default__api_key:/etc/batchbell/"
    start = "ExecStart=/opt/batchbell/bin/batchbell --config /etc/batchbell/"
    assert different == [
        (
            "Description=batchbell: rings when Together AI batch jobs change",
            "Description=batchbell for %i: rings when Together AI batch jobs change",
        ),
        (f"{start}config.toml run", f"{start}%i.toml run"),
        (f"{key}api_key", f"{key}%i.api_key"),
        ("StateDirectory=batchbell", "StateDirectory=batchbell-%i"),
    ]


def test_a_wrong_configuration_is_not_tried_again() -> None:
    assert f"RestartPreventExitStatus={ConfigError.exit_code}" in lines("batchbell.service")
