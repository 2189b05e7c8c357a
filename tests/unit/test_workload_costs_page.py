"""The invoice in docs/costs.md is right, and is what the product works out."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices.types import PriceVariant, StartDateConstraint

from broker.workload import Charges
from broker.workload.terms import Term
from broker.workload.yearly import Bill, yearly_cost
from tests.workloadtools import START, entry, prices, workload

D = Decimal
PAGE = (Path(__file__).parents[2] / "docs" / "costs.md").read_text()
HALVES = re.findall(r"A month from .*?\n\n(.*?)\n\n", PAGE, re.DOTALL)
JULY = date(2027, 7, 1)
OURS = D("1.05") * D("0.90")


@pytest.fixture(scope="module")
def bills() -> tuple[Bill, Bill]:
    offer = entry("2 0.20 2.50 10", later={JULY: "2.50 0.25 3 12"}, batch="1 0.10 1.25 5")
    assert offer.listing is not None
    assert offer.listing.price_variants is not None
    dearer = PriceVariant({"processing": "batch"}, prices("1.25 0.125 1.50 6"), StartDateConstraint(JULY))
    offer.listing.price_variants.insert(0, dearer)  # of the variants in force, the first counts
    terms = [
        Term("uplift", D(5), "acme", START),
        Term("discount", D(10), "acme", START),
        Term("commitment", D(9000), "acme", START, period="year"),
    ]
    wanted = workload(100_000, 3_000, 400, cache_read="0.5", cache_write="0.1", batch="0.2")
    found = yearly_cost(wanted, offer, terms)
    assert isinstance(found.at_list, Bill)
    assert isinstance(found.ours, Bill)
    return found.at_list, found.ours


def rows(table: str) -> dict[str, list[str]]:
    """The cells of a table by the first, without the signs of bold type and of thousands."""
    lines = [line.strip("| ").replace("**", "").replace(",", "") for line in table.splitlines()[2:]]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in (x.split("|") for x in lines)}


def charges(table: str) -> Charges:
    found: dict[str, Decimal] = {}
    for name, cells in rows(table).items():
        if not name.startswith("at "):
            count, each, amount = map(D, cells)
            assert count * each == amount, name
            kind = name.partition(":")[0].replace(" ", "_")
            found[kind] = found.get(kind, D(0)) + amount
    return Charges(**found)


@pytest.mark.parametrize(("half", "month"), [(0, 0), (0, 5), (1, 6), (1, 10)])
def test_a_month_of_the_page(bills: tuple[Bill, Bill], half: int, month: int) -> None:
    told, sums = charges(HALVES[half]), rows(HALVES[half])
    at_list, ours = (bill.months[month] for bill in bills)
    assert (at_list, ours) == (told, told.times(OURS))
    assert D(sums["at list"][-1]) == told.total
    assert D(sums["at our price × 1.05 × 0.90"][-1]) == ours.total


def test_the_year_of_the_page(bills: tuple[Bill, Bill]) -> None:
    at_list, ours = bills
    (table,) = re.findall(r"The year:\n\n(.*?)\n\n", PAGE, re.DOTALL)
    told = [D(cells[0]) for cells in rows(table).values()]
    assert told == [at_list.year.total, ours.year.usage, ours.year.shortfall, ours.year.total]
    assert ours.months[11].shortfall == ours.year.shortfall
