"""docs/providers.md says what the registry is and what the last conformance run found."""

import json

from broker.providers.registry import REGISTRY
from tests.contract.capabilities import CAPABILITIES
from tests.contract.providers_page import PAGE, RUN, page


def test_the_run_covers_every_row_and_capability() -> None:
    run = json.loads(RUN.read_text("utf-8"))
    assert set(run) == {row.id for row in REGISTRY}, "run `make providers`"
    assert all(set(cells) == {*CAPABILITIES, "errors"} for cells in run.values()), "run `make providers`"
    assert {outcome for cells in run.values() for outcome in cells.values()} == {"passed"}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make providers`"
