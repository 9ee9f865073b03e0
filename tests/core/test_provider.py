from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.provider import ANY_PROVIDER

SUNDIAL = replace(
    ANY_PROVIDER, base_url="https://api.sundial.example/x", fetch="get {base_url} {file_id}"
)


def test_a_file_is_fetched_from_the_usual_place_or_from_another() -> None:
    assert SUNDIAL.fetch_command("file-1a") == "get https://api.sundial.example/x file-1a"
    assert SUNDIAL.fetch_command("file-1a", "http://127.0.0.1") == "get http://127.0.0.1 file-1a"
    assert SUNDIAL.host == "api.sundial.example"


@pytest.mark.parametrize("file_id", [None, "", "a b", "a;reboot", '"', "-o", "../x", "$(x)", "ä"])
def test_an_id_that_is_live_in_a_shell_makes_no_command(file_id: str | None) -> None:
    assert SUNDIAL.fetch_command(file_id) == ""


@pytest.mark.parametrize("base_url", ["https://x/$(reboot)", 'https://x/";reboot', "https://x/`y`"])
def test_nor_does_an_address_that_is(base_url: str) -> None:
    assert SUNDIAL.fetch_command("file-1a", base_url) == ""


def test_of_a_provider_nobody_described_nothing_is_fetched() -> None:
    assert ANY_PROVIDER.fetch_command("file-1a") == ""
