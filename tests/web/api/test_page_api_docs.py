"""What docs/page-api.md says of the API's addresses is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from batchbell.core.job import BatchJob
from batchbell.web.api.addresses import ADDRESSES
from tests.web.api.api_site import DESCRIPTION

if TYPE_CHECKING:
    from batchbell.web.api.addresses import Address
    from tests.web.site import Site

PAGE = (Path(__file__).parents[3] / "docs/page-api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^curl -s '([^']+)'", PAGE, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_answers(site: Site, example: str) -> None:
    address = urlsplit(example)
    site.has(BatchJob(id=address.path.rpartition("/")[2], status="IN_PROGRESS"))

    answer = await site.get(f"{address.path}?{address.query}".rstrip("?"))

    assert answer.status_code == 200, answer.text


def test_every_address_is_there_with_an_example_and_nothing_else() -> None:
    documented = set(re.findall(r"^\| `(/[^`]+)` \|", PAGE, re.MULTILINE))
    in_words = {place.format(account="ACCOUNT", id="ID") for place in DESCRIPTION["paths"]}
    assert documented == in_words
    asked = {re.sub(r"^(/api/jobs)/.*", r"\1/ACCOUNT/ID", urlsplit(each).path) for each in EXAMPLES}
    assert in_words - asked <= {"/api/openapi.json"}


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_every_parameter_and_choice_is_there(address: Address) -> None:
    choosing = PAGE.partition("\n## Choosing\n")[2].partition("\n## ")[0]
    rows = [row for row in choosing.splitlines() if row.startswith(f"| `/api{address.path}` |")]
    assert len(rows) == bool(address.parameters)
    for parameter in address.parameters:
        assert f"`{parameter.name}`" in rows[0]
        if not (parameter.name == "order" and address.name == "deliveries"):
            assert all(f"`{value}`" in rows[0] for value in parameter.schema.get("enum", ()))


def test_every_error_is_there() -> None:
    table = PAGE.partition("\n## Errors\n")[2]
    described = {
        code for path in DESCRIPTION["paths"].values() for code in path["get"]["responses"]
    }
    assert set(re.findall(r"^\| (\d+) \|", table, re.MULTILINE)) == (described - {"200"}) | {"500"}
