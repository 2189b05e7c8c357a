"""How often the intervals hold and the tests cry wolf, over the n and rates we use.

`PYTHONPATH=. python tests/unit/test_stats_calibration.py` prints the table of docs/statistics.md.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import simulated_claims as claims
from tests import simulated_intervals as intervals

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "statistics.md"
SPOKEN = ("pages/_run_board.py", "pages/_run_preview.py", "broker/cli_results.py")
LOW, HIGH = 0.935, 0.965
SIZES, RATES = (40, 100, 300, 1_000), (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97)


class Row(NamedTuple):
    """A line of the table: what is measured where, and between which bounds it must be."""

    what: str
    where: str
    measure: Callable[..., float]
    settings: list[tuple[float, ...]]
    low: float = LOW
    high: float = HIGH


EVEN = list(product((20, 60), (5,), (0.5, 0.8, 0.9), (0.1, 0.3)))
FEW = list(product((20, 60), (5,), (0.97,), (0.1, 0.3)))
PAIRS = [
    (40, 0.1, 0.1),
    (40, 0.2, 0.1),
    (40, 0.25, 0.05),
    (100, 0.05, 0.02),
    (100, 0.1, 0.1),
    (100, 0.2, 0.1),
]
PAIRS += [(300, 0.03, 0.03), (300, 0.1, 0.05), (1_000, 0.03, 0.03), (1_000, 0.05, 0.02)]
ROWS = [
    Row(
        "Wilson, share",
        "n 40 to 1,000; rates 0.5 to 0.97, mean over ± 2 points",
        intervals.wilson_coverage,
        list(product(SIZES, RATES)),
    ),
    # Counts are whole numbers: no interval that is 95 % on average is so at every single rate.
    Row(
        "Wilson, share, the worst single rate",
        "n 40, 100; rates 0.5 to 0.97",
        intervals.wilson_least,
        [(40,), (100,)],
        0.925,
    ),
    Row(
        "Wilson, share, the worst single rate, more samples",
        "n 300, 1,000",
        intervals.wilson_least,
        [(300,), (1_000,)],
    ),
    Row(
        "Wilson, share, the best single rate",
        "n 40, 100; rates 0.5 to 0.97",
        intervals.wilson_most,
        [(40,), (100,)],
        LOW,
        0.98,
    ),
    Row(
        "Clopper-Pearson, share",
        "n 40 to 300; the worst rate",
        intervals.exact_coverage,
        [(40,), (100,), (300,)],
        0.95,
    ),
    # Ranks are whole numbers: above 95 %. A limit that is missing excludes nothing.
    Row("Ranks, p50", "n 40 to 1,000", intervals.percentile_coverage, list(product(SIZES, (0.5,)))),
    Row(
        "Ranks, p95",
        "n 40 to 1,000",
        intervals.percentile_coverage,
        list(product(SIZES, (0.95,))),
        0.95,
        0.99,
    ),
    Row(
        "Woodruff, p50 of clusters and epochs",
        "60 of 5, 100 of 3, 300 of 3; correlation 0.1 to 0.6",
        intervals.clustered_percentile,
        [(60, 5, 0.5, 0.1), (60, 5, 0.5, 0.6), (100, 3, 0.5, 0.1), (100, 3, 0.5, 0.6), (300, 3, 0.5, 0.3)],
    ),
    # Few clusters, and ranks near the end: both limits are put off to the next whole rank.
    Row(
        "Woodruff, p95, and p50 of few clusters",
        "20 of 5 to 100 of 3; correlation 0.1 to 0.6",
        intervals.clustered_percentile,
        [(20, 5, 0.5, 0.1), (20, 5, 0.95, 0.6), (40, 3, 0.95, 0.1), (60, 5, 0.95, 0.6), (100, 3, 0.95, 0.3)],
        LOW,
        0.99,
    ),
    Row(
        "Score interval, clusters",
        "20 or 60 of 5; rates 0.5 to 0.9; correlation 0.1, 0.3",
        intervals.clustered_share,
        EVEN,
    ),
    # Failures in a handful of clusters: how they spread is then hardly known, and the interval allows for it.
    Row(
        "Score interval, clusters, few failures",
        "20 of 5, 60 of 5 or 100 of 10; rate 0.97; correlation 0.1, 0.3",
        intervals.clustered_share,
        [*FEW, (100, 10, 0.97, 0.1), (100, 10, 0.97, 0.3)],
        LOW,
        0.985,
    ),
    Row(
        "*Not used:* mean ± t standard errors",
        "20 or 60 of 5; rate 0.97; correlation 0.1, 0.3",
        intervals.student_share,
        FEW,
        0,
        LOW,
    ),
    Row(
        "Score interval, three epochs",
        "n 40 to 300; rates 0.5 to 0.97",
        intervals.epochs_share,
        [(40, 0.5), (40, 0.8), (100, 0.9), (300, 0.97)],
    ),
    Row(
        "Tango, paired passes",
        "n 40 to 1,000; 4 or more discordant samples expected",
        intervals.tango_coverage,
        PAIRS,
    ),
    # So few that hardly any table excludes the truth: too often is the price of whole numbers.
    Row(
        "Tango, paired passes, hardly any discordant",
        "2 or 3 expected",
        intervals.tango_coverage,
        [(40, 0.03, 0.03), (40, 0.05, 0.02), (100, 0.01, 0.01)],
        LOW,
        0.99,
    ),
    Row(
        "Paired difference, three epochs",
        "n 40 to 300",
        intervals.graded_difference,
        [(40, 0.5, 0.6), (40, 0.8, 0.8), (100, 0.9, 0.85), (300, 0.97, 0.93)],
    ),
    Row(
        "Paired difference, clusters",
        "20 or 60 of 5, 50 of 2; correlation 0.2",
        intervals.clustered_difference,
        [(20, 5, 0.5, 0.6), (20, 5, 0.8, 0.85), (60, 5, 0.9, 0.9), (50, 2, 0.8, 0.7)],
    ),
    Row(
        "MOVER, cost per right answer",
        "n 40 to 300; costs of log-deviation 0.3 to 0.8",
        intervals.unit_cost,
        [
            (40, 0.5, 0.5),
            (40, 0.9, 0.3),
            (100, 0.8, 0.5),
            (100, 0.8, 0.8),
            (300, 0.97, 0.5),
            (100, 0.99, 0.3),
        ],
    ),
    Row(
        "MOVER, cost per right answer, clusters",
        "20 or 60 of 5; rates 0.8, 0.9; correlation 0.2",
        intervals.unit_cost_clustered,
        [(20, 5, 0.8, 0.5), (60, 5, 0.9, 0.5)],
    ),
    # One wrong answer expected, at costs that hardly differ: what is left is Wilson's at one single rate.
    Row(
        "MOVER, cost per right answer, one wrong expected",
        "n 40; rate 0.97; log-deviation 0.1, 0.3",
        intervals.unit_cost,
        [(40, 0.97, 0.3), (40, 0.97, 0.1)],
        LOW,
        0.98,
    ),
    # A few costs make up most of the sum, and may all be missing from so few samples.
    Row(
        "MOVER, cost per right answer, a few costs outweigh the rest",
        "n 100; log-deviation 1.2",
        intervals.unit_cost,
        [(100, 0.8, 1.2)],
        0.92,
    ),
    Row(
        "Bootstrap-t, cost of B over A",
        "n 40 to 300; log-deviation 0.5, 0.8",
        intervals.cost_over,
        [(40, 0.5), (100, 0.8), (300, 0.8, 800)],
    ),
    Row(
        "Prediction of a bill",
        "10 to 200 answers, 40 to 1,000 to come; log-deviation 0.5, 0.8",
        intervals.bill,
        [(10, 40, 0.5), (10, 1_000, 0.5), (40, 100, 0.5), (200, 200, 0.5), (200, 1_000, 0.8)],
    ),
    # Ten answers that hardly differ allow for one that does; of a few large amounts too little is known.
    Row(
        "Prediction of a bill, ten alike",
        "10 answers; log-deviation 0.2",
        intervals.bill,
        [(10, 40, 0.2)],
        LOW,
        1,
    ),
    Row(
        "Prediction of a bill, a few amounts outweigh the rest",
        "10 or 40 answers; log-deviation 0.8",
        intervals.bill,
        [(10, 100, 0.8), (40, 400, 0.8)],
        0.91,
    ),
    Row(
        "Bootstrap-t, mean cost",
        "n 40, 100; log-deviation 0.3 to 0.8",
        intervals.mean_cost,
        [(40, 0.3), (40, 0.6), (100, 0.8)],
    ),
    Row(
        "Kappa",
        "n 40 to 300; two labels, 0.5 and 0.8 of one",
        intervals.kappa_coverage,
        [(40, 0.5, 0.5), (40, 0.8, 0.8), (100, 0.5, 0.8), (300, 0.8, 0.9)],
    ),
    Row(
        "Macro-F1",
        "n 100, 300; 4 or 5 labels, 20 or more of each",
        intervals.f1_coverage,
        [(100, 4, 0.7), (100, 5, 0.9), (300, 5, 0.97)],
    ),
    # 96.6 % with four times as many simulations: Student's t is a little more than it needs.
    Row("Macro-F1, few samples", "n 40; 2 labels", intervals.f1_coverage, [(40, 2, 0.8)], LOW, 0.97),
    # McNemar's exact test keeps 5 % always; what is left for test and interval together is less.
    Row(
        "*Alike:* claims by McNemar and Tango",
        "n 40 to 300; discordance 0.02 to 0.4",
        claims.false_claims,
        list(product((40, 100, 300), (0.02, 0.06, 0.2, 0.4))),
        0,
        0.05,
    ),
    Row(
        "*Alike:* permutation test",
        "40 samples; 20 clusters of 5",
        claims.false_alarms,
        [(40, 1), (20, 5)],
        0,
        0.055,
    ),
    Row(
        "*Alike:* any claim of a run, after Holm",
        "3 to 6 offers; n 40 to 1,000; in the last setting one is 10 points better",
        claims.family_alarms,
        [(3, 40, 0.8), (4, 100, 0.8), (6, 300, 0.7), (4, 1_000, 0.5, 0, 800), (4, 300, 0.7, 0.1)],
        0,
        0.055,
    ),
    Row(
        "*Alike:* any claim of a run, clusters, graded scores",
        "3 offers; 40 samples; 20 clusters of 5",
        claims.family_alarms_graded,
        [(3, 40, 1), (3, 20, 5)],
        0,
        0.055,
    ),
    # One-sided: half of what is left out of the interval.
    Row(
        "*Just the margin worse:* claims of no more",
        "n 40 to 300; margins 0.03 to 0.1; discordance 0.06 to 0.2",
        claims.margin_claims,
        [*product((40, 100, 300), (0.03, 0.05), (0.1, 0.2)), (300, 0.03, 0.06), (300, 0.1, 0.12)],
        0,
        0.0275,
    ),
    Row(
        "*Just the margin worse:* the same, clusters",
        "20 or 60 of 5, 50 of 2; correlation 0.2",
        claims.margin_claims_clustered,
        [(20, 5, 0.05, 0.8), (60, 5, 0.05, 0.9, 8_000), (50, 2, 0.1, 0.8)],
        0,
        0.0275,
    ),
    Row(
        "*Just the margin worse:* the same, three epochs",
        "n 40 to 300",
        claims.margin_claims_epochs,
        [(40, 0.05, 0.8), (100, 0.05, 0.9), (300, 0.03, 0.95)],
        0,
        0.0275,
    ),
    Row(
        "*Just the margin worse:* any claim of a run",
        "4 offers, n 100, 300; margins 0.05, 0.1",
        claims.margin_family,
        [(4, 100, 0.1, 0.8), (4, 300, 0.05, 0.9)],
        0,
        0.0275,
    ),
]


@pytest.mark.parametrize(
    ("row", "settings"),
    [pytest.param(row, each, id=f"{row.what} {each}") for row in ROWS for each in row.settings],
)
def test_calibration(row: Row, settings: tuple[float, ...]) -> None:
    assert row.low <= row.measure(*settings) <= row.high


def test_the_page_has_every_row() -> None:
    page = PAGE.read_text()
    assert [row.what for row in ROWS if f"| {row.what} | {row.where} |" not in page] == []


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ((93, 98), ("Wilson", "Score interval", "MOVER", "Bootstrap-t, mean")),
        ((94, 99), ("Ranks", "Woodruff")),
        ((92, 100), ("Prediction",)),
        ((93, 99), ("Wilson", "Score interval", "MOVER", "Bootstrap-t, mean", "Ranks", "Woodruff")),
    ],
)
def test_what_pages_and_terminal_say_of_their_intervals_is_what_was_measured(
    said: tuple[int, int], names: tuple[str, ...]
) -> None:
    lines = [line.split("|") for line in PAGE.read_text().splitlines() if line.count("|") == 5]
    found = [
        [float(cell.strip(" %")) for cell in line[3:5]] for line in lines if line[1].strip().startswith(names)
    ]
    assert (round(min(low for low, _ in found)), round(max(high for _, high in found))) == said
    words = "".join((ROOT / file).read_text() for file in SPOKEN)
    assert f"held in {said[0]} to {said[1]} of 100 cases" in " ".join(re.sub(r'"\s*"', "", words).split())


def table() -> Iterator[str]:
    """Yield the lines of the page's table."""
    yield "| interval or test | where | least | most |\n|---|---|---|---|"
    for row in ROWS:
        found = [row.measure(*settings) for settings in row.settings]
        yield f"| {row.what} | {row.where} | {min(found) * 100:.1f} % | {max(found) * 100:.1f} % |"


if __name__ == "__main__":
    print(*table(), sep="\n")
