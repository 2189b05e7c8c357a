"""docs/providers.md says what the registry is and what the last conformance run found."""

import json

from broker.providers.registry import REGISTRY
from tests.contract.capabilities import CAPABILITIES
from tests.contract.contracts import SPEC
from tests.contract.providers_page import PAGE, RUN, page


def test_the_run_covers_every_row_and_capability() -> None:
    run = json.loads(RUN.read_text("utf-8"))
    assert set(run) == {row.id for row in REGISTRY}, "run `make providers`"
    assert all(set(cells) == {*CAPABILITIES, "errors"} for cells in run.values()), "run `make providers`"
    # Where the makers' contracts are not at hand, a run leaves part of a new row's cells untested.
    fine = {"passed"} if SPEC.is_file() else {"passed", "skipped"}
    assert {outcome for cells in run.values() for outcome in cells.values()} <= fine


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make providers`"
