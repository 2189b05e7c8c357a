"""The chart of quality against cost on the comparison's page: it says what the answer above it says."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pyarrow.ipc import open_stream
from streamlit.testing.v1 import AppTest

from broker.comparison_charts import quality_cost as scatter
from db.session import open_database
from tests import comparisontools as tools
from tests.resulttools import keep_run

# Best and cheapest, but slow; the quick one is beaten in both.
OFFERS = {"one/slow": ("+" * 20, "0.01", 5000.0), "two/quick": ("+" * 12 + "-" * 8, "0.02", 100.0)}
TOML = "".join(
    f'[providers.{offer[:3]}]\nname = "{offer[:3].title()}"\ndialect = "openai"\n'
    f'base_url = "http://127.0.0.1:1/v1"\n[[offers]]\nprovider = "{offer[:3]}"\nmodel = "{offer[4:]}"\n'
    f'name = "{offer[4:].title()}"\nmaker = "Maker of {offer[4:]}"\n'
    for offer in OFFERS
)


@pytest.fixture
def show(tmp_path, monkeypatch, open_page) -> Callable[..., AppTest]:
    """`show(quality="80")` is the shortlist of one run with this address."""
    (tmp_path / "broker.toml").write_text(TOML)

    def go(**address: str) -> AppTest:
        monkeypatch.setenv("BROKER_CONFIG", str(tmp_path / "broker.toml"))
        page = open_page("overview.py")
        keep_run(open_database(), tools.suite("Letters", 20), cells(), ended_at=tools.FIRST)
        page.switch_page("compare.py")
        for name, value in {"suite": "Letters", **address}.items():
            page.query_params[name] = value
        return checked(page.run())

    return go


def cells() -> list[dict[str, Any]]:
    return [
        {"offer": offer, "sample": f"s{i}", "passed": letter == "+", "value": float(letter == "+")}
        | {"cost": Decimal(cost) * (i % 2 + Decimal("0.5")), "total_ms": ms + i, "ttft_ms": 10.0}
        for offer, (row, cost, ms) in OFFERS.items()
        for i, letter in enumerate(row)
    ]


def checked(page: AppTest) -> AppTest:
    assert [error.message for error in page.exception] == []
    return page


def move(page: AppTest, **weights: int) -> AppTest:
    for name, value in weights.items():
        next(one for one in page.slider if one.label == name.capitalize()).set_value(value)
    return checked(page.run())


def bold(page: AppTest) -> set[str]:
    """The offers that the chart does not fade."""
    (chart,) = page.get("vega_lite_chart")
    tables = (open_stream(one.data.data).read_pandas() for one in chart.proto.datasets)
    points = next(table for table in tables if "offer" in table)
    return set(points.loc[points["weight"] == "bold", "offer"])


def test_the_recommended_offer_is_bold_after_weights_made_it_that(show):
    page = show()
    assert "Slow · One" in page.header[0].value
    assert bold(page) == {"one/slow"}
    page = move(page, speed=100, quality=0, cost=0)
    assert "Choose Quick · Two" in page.header[0].value
    assert bold(page) == {"one/slow", "two/quick"}
    assert "recommended offer is bold" in "".join(one.value for one in page.caption)
    assert bold(move(page, speed=0, quality=100)) == {"one/slow"}


def test_a_moved_weight_that_changes_no_winner_draws_nothing_anew(show, monkeypatch):
    drawn: list[object] = []

    def counted(found: object, *rest: Any) -> object:
        drawn.append(found)
        return real(found, *rest)

    real = scatter.quality_cost
    monkeypatch.setattr(scatter, "quality_cost", counted)
    page = show()
    move(page, cost=50)
    assert "Slow · One" in move(page, cost=60).header[0].value
    assert len(drawn) == 1


def test_no_figure_of_the_table_or_the_card_is_bare(show, monkeypatch):
    table = show().dataframe[0].value.set_index("Offer")
    slow = table.loc["Slow · One"]
    # Half of the calls cost $0.005, half $0.015: $10 per 1,000, by 1.96 × 5 / √20 = 2.2 or somewhat more.
    low, high = map(float, re.findall(r"\$(\d+\.\d\d)", slow["Per 1,000 tasks, 95 %"]))
    assert (low, high) == (pytest.approx(7.8, abs=0.8), pytest.approx(12.2, abs=0.8))
    assert slow["Per 1,000 tasks, 95 %"].endswith(", n = 20")
    assert slow["p95, 95 %"].endswith(" s to no limit, n = 20")  # 20 calls do not tell how slow 1 in 20 is
    assert "A year, ends" not in table
    monkeypatch.setattr("pages._vendor_table.draw", lambda found, shown: shown[0])
    page = show()
    said = "\n".join(one.value for one in page.markdown).replace("\\", "")
    assert "- **1,000 tasks of these suites**: $10.00 ($7." in said
    assert " s to no limit), n = 20, of the suites' own runs" in said
    assert "- **A year at our price**: no workload is chosen" in said
    assert "- **Rivals (other makers' offers, no worse within the margin)**: none" in said
    assert " in 95 of 100 draws): quality" in said
