"""What is done with result files, and what tokens cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from batchbell.config.show import rows
from batchbell.config.sizes import format_size, parse_size
from batchbell.core.results.cost import Price
from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.config.conftest import Machine

MODEL = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
PRICE = f'{ACCOUNT}[prices."{MODEL}"]\ninput = 0.88\noutput = 1.2\n'
VARIABLE = "BATCHBELL_PRICES__META_LLAMA_LLAMA_3_3_70B_INSTRUCT_TURBO__"


def test_an_account_may_differ_from_the_others(machine: Machine) -> None:
    text = f'{ACCOUNT}collect = "off"\n[accounts.other]\napi_key = "k"\n'
    settings = machine.load(text).settings
    assert settings.collect_of("default") == "off"
    assert settings.collect_of("other") == "verdict"
    assert settings.collect_of("no longer configured") == "verdict"


# --- the folder ---


def test_files_are_kept_in_the_state_folder(machine: Machine) -> None:
    loaded = machine.load(ACCOUNT, STATE_DIRECTORY="/data:/other")
    assert loaded.settings.results.folder == "/data/results"
    home = machine.load(ACCOUNT).settings.results.folder
    assert home == f"{machine.environ['HOME']}/.local/state/batchbell/results"


@pytest.mark.parametrize("variables", [{}, {"BATCHBELL_RESULTS__FOLDER": ""}])
def test_an_empty_folder_is_the_default(machine: Machine, variables: dict[str, str]) -> None:
    text = f'{ACCOUNT}[results]\nfolder = ""\n'
    loaded = machine.load(text, STATE_DIRECTORY="/data", **variables)
    assert loaded.settings.results.folder == "/data/results"
    assert loaded.origins["results.folder"] == "default"


def test_an_empty_variable_leaves_the_folder_to_the_file(machine: Machine) -> None:
    text = f'{ACCOUNT}[results]\nfolder = "/kept"\n'
    loaded = machine.load(text, BATCHBELL_RESULTS__FOLDER="")
    assert loaded.settings.results.folder == "/kept"


def test_to_keep_files_takes_a_folder(machine: Machine) -> None:
    machine.environ = {"BATCHBELL_DATABASE_URL": "sqlite:////tmp/fake.db"}
    assert machine.load(ACCOUNT).settings.results.folder is None
    problem = machine.problem(f'{ACCOUNT}collect = "keep"\n')
    assert problem.where == "results.folder"
    assert "is missing" in problem.what
    kept = f'{ACCOUNT}collect = "keep"\n[results]\nfolder = "/kept"\n'
    assert machine.load(kept).settings.results.folder == "/kept"


def test_daemons_that_share_a_database_share_the_folder(machine: Machine) -> None:
    machine.environ["BATCHBELL_DATABASE_URL"] = "postgresql+psycopg://bell@localhost/bell"
    assert machine.load(ACCOUNT).settings.results.folder
    problem = machine.problem(f'{ACCOUNT}collect = "keep"\n')
    assert problem.where == "results.folder"
    assert "need a folder that they share too" in problem.what
    kept = f'{ACCOUNT}collect = "keep"\n[results]\nfolder = "/kept"\n'
    assert machine.load(kept).settings.results.folder == "/kept"


# --- prices ---


def test_a_model_has_the_price_of_its_name(machine: Machine) -> None:
    settings = machine.load(PRICE).settings
    assert settings.price_of(MODEL) == Price(input=Decimal("0.88"), output=Decimal("1.2"))
    assert settings.price_of("another/model") is None
    assert settings.price_of(None) is None
    assert settings.price_of("") is None


def test_a_price_may_stand_in_variables(machine: Machine) -> None:
    given = {f"{VARIABLE}INPUT": "0.5", f"{VARIABLE}OUTPUT": "0.6"}
    settings = machine.load(ACCOUNT, **given).settings
    assert settings.price_of(MODEL) == Price(input=Decimal("0.5"), output=Decimal("0.6"))


def test_a_variable_wins_over_the_price_in_the_file(machine: Machine) -> None:
    loaded = machine.load(PRICE, **{f"{VARIABLE}INPUT": "0.5"})
    assert loaded.settings.price_of(MODEL) == Price(input=Decimal("0.5"), output=Decimal("1.2"))
    shown = {row.path: (row.value, row.origin) for row in rows(loaded)}
    assert shown[f'prices."{MODEL}".input'] == (0.5, f"environment {VARIABLE}INPUT")
    assert shown[f'prices."{MODEL}".output'] == (1.2, f"file {loaded.path}")


def test_a_variable_may_have_the_name_as_it_is(machine: Machine) -> None:
    loaded = machine.load(PRICE, **{f"BATCHBELL_PRICES__{MODEL}__INPUT": "0.5"})
    found = loaded.settings.price_of(MODEL)
    assert found is not None
    assert found.input == Decimal("0.5")


def test_a_price_may_be_a_credential(machine: Machine) -> None:
    machine.credential(f"{VARIABLE.lower()}input", "0.7\n")
    found = machine.load(PRICE).settings.price_of(MODEL)
    assert found is not None
    assert found.input == Decimal("0.7")


def test_half_a_price_is_none(machine: Machine) -> None:
    problem = machine.problem(f'{ACCOUNT}[prices."a/b"]\ninput = 1\n')
    assert problem.where == 'prices."a/b".output'
    assert problem.what == "is missing: set it in the file, or BATCHBELL_PRICES__A_B__OUTPUT"


def test_one_model_has_one_price(machine: Machine) -> None:
    again = PRICE.replace(ACCOUNT, "").replace(MODEL, MODEL.lower())
    problem = machine.problem(PRICE + again)
    assert problem.where == "prices"
    assert problem.what == f'"{MODEL}" and "{MODEL.lower()}" are one model: keep one'


@pytest.mark.parametrize("name", ["", " ", "a b", "/", "ä", "a\\n", "a" * 161])
def test_what_is_no_name_of_a_model_is_refused(machine: Machine, name: str) -> None:
    problems = machine.problems(f'{ACCOUNT}[prices."{name}"]\ninput = 1\noutput = 1\n')
    assert any("a model's name has 1 to 160 signs" in problem for problem in problems)


def test_a_name_with_dots_and_no_quotes_is_told_how_to_write_it(machine: Machine) -> None:
    problems = machine.problems(f"{ACCOUNT}[prices.gpt-4.1]\ninput = 1\noutput = 1\n")
    assert 'prices.gpt-4: a model\'s name stands in quotes: [prices."model-1.5"]' in problems


# --- sizes ---


@pytest.mark.parametrize("text", ["1KB", "999KB", "1500KB", "1MB", "2500MB", "1GB", "1000GB"])
def test_a_size_reads_back_as_it_is_written(text: str) -> None:
    assert format_size(parse_size(text)) == text
