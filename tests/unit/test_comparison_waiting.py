"""How calls are spread: the shares answered within a time, by hand and by counting, and as a chart."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.comparison import Wanted
from broker.comparison.evidence import gather
from broker.comparison.waiting import curve, waits_of, within
from broker.comparison_charts import Figure
from broker.comparison_charts.latency_curve import MOST, latency_curve
from broker.comparison_charts.render import svg
from broker.types import Timing
from db.calls import write_calls
from db.rollups import Counts
from db.rows import call_row
from db.session import Database
from tests.comparisontools import AT, config, copy_of, empty_file, keep, suite
from tests.dbtools import answered, context, started
from tests.made_up_shortlist import shortlist

RAN, CALLED = "acme/ran", "acme/called"
CONFIG = config(RAN, CALLED)
FOUR: Counts = ((100.0, 1), (200.0, 2), (900.0, 1))
IDS = [one.evidence.id for one in shortlist().ranked]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "made").mkdir()
    with empty_file(tmp_path / "made") as file, copy_of(file, tmp_path) as database:
        yield database


def data(figure: Figure) -> list[dict[str, Any]]:
    """The rows behind all layers, in their order."""
    return [row for rows in figure.chart.to_dict()["datasets"].values() for row in rows]


def test_shares_by_hand() -> None:
    assert [within(FOUR, ms) for ms in (99, 100, 500, 900)] == [0, 0.25, 0.75, 1]
    assert list(curve(FOUR)) == [(100.0, 0.25), (200.0, 0.75), (900.0, 1.0)]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 50)), min_size=1, max_size=300),
    st.integers(1, 40),
)
def test_a_curve_of_few_steps_stays_on_the_whole_one(found: list[tuple[int, int]], most: int) -> None:
    counts = tuple((float(ms), calls) for ms, calls in sorted(dict(found).items()))
    calls = [ms for ms, count in counts for _ in range(count)]
    told = list(curve(counts, most))
    assert len(told) <= most + 1
    assert told[-1] == (counts[-1][0], 1.0)
    for ms, share in told:
        assert share == sum(call <= ms for call in calls) / len(calls)
    gaps = [after - before for (_, before), (_, after) in pairwise(told)]
    biggest = max(count for _, count in counts) / len(calls)
    assert all(gap < 2 / most + biggest for gap in gaps)


def test_calls_that_timed_out_keep_the_curve_from_the_top() -> None:
    counts: Counts = ((100.0, 2), (200.0, 1), (inf, 1))
    assert list(curve(counts)) == [(100.0, 0.5), (200.0, 0.75)]
    assert within(counts, 10**9) == 0.75
    figure = latency_curve(shortlist(), {IDS[0]: counts, IDS[1]: ((100.0, 1), (inf, 2))})
    assert figure is not None
    line = [row for row in data(figure) if row.get("offer") == IDS[0]]
    assert (line[-1]["share"], line[-1]["seconds"] < inf) == (0.75, True)


def test_calls_are_those_behind_the_speed(database: Database) -> None:
    keep(database, suite("Ten", 10), {RAN: "+++++++--e"})  # 100 ms and one more each; the error has no time
    call = answered(started(CONFIG.offers[1]))
    slow = replace(call, timing=Timing(ttft_ms=40.0, total_ms=4000.0))
    with database.writer() as session:
        write_calls(session, [call_row(slow, context(), "Acme", None)], [])
    with database.reader() as session:
        found = gather(session, CONFIG, Wanted(suites=(("Ten", 1),), scope="ready"), AT)
        total, ttft = (waits_of(session, found, clock) for clock in ("total", "ttft"))
    assert total[RAN] == tuple((100.0 + i, 1) for i in range(9))
    assert ttft[RAN] == tuple((10.0 + i, 1) for i in range(9))
    ((ms, calls),) = total[CALLED]
    assert calls == 1
    assert ms == pytest.approx(4000, rel=0.02)


def test_a_line_an_offer_the_fastest_named_first() -> None:
    timed = {IDS[0]: ((1000.0, 3), (9000.0, 1)), IDS[1]: FOUR}
    figure = latency_curve(shortlist(), timed)
    assert figure is not None
    rows = data(figure)
    line = [(row["seconds"], row["share"]) for row in rows if row.get("offer") == IDS[1]]
    assert line[0][1] == 0
    assert line[1:-1] == [(0.1, 0.25), (0.2, 0.75), (0.9, 1.0)]
    assert line[-1][1] == 1
    words = [row["words"] for row in rows if "words" in row]
    assert [word.rpartition(" ")[2] for word in words] == ["4", "4"]
    labels = {one.evidence.id: one.evidence.label for one in shortlist().ranked}
    assert words[0].startswith(labels[IDS[1]][:8])
    assert "the whole answer had arrived" in figure.note
    assert "the chosen suites' own runs" in figure.note
    assert "75 % within 0.2 s" in figure.alt_text
    other = latency_curve(shortlist(), timed, "ttft")
    assert other is not None
    assert "the first token had arrived" in other.note


def test_a_line_is_read_out_by_its_shares() -> None:
    figure = latency_curve(shortlist(), dict.fromkeys(IDS, FOUR))
    assert figure is not None
    drawn = ElementTree.fromstring(svg(figure.chart))
    told = [part.get("aria-label") or "" for part in drawn.iter() if part.get("role") == "graphics-symbol"]
    lines = [label for label in told if " within " in label]
    assert len(lines) == MOST
    assert not [label for label in told if "seconds:" in label or "shown:" in label]


def test_more_offers_than_fit_are_told_and_none_is_nothing() -> None:
    figure = latency_curve(shortlist(), dict.fromkeys(IDS, FOUR))
    assert figure is not None
    assert len(IDS) - MOST == 1
    assert figure.note.endswith("Not shown: 1 further offer.")
    assert latency_curve(shortlist(), {}) is None
