"""A comparison's charts: the figures in them, names that do not cover each other, files that stand alone."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.comparison import Shortlist
from broker.comparison_charts import Figure
from broker.comparison_charts.axes import Span, span, span_with_zero
from broker.comparison_charts.labels import Box, placed, spread
from broker.comparison_charts.latency import latency
from broker.comparison_charts.price_history import price_history
from broker.comparison_charts.quality_cost import quality_cost
from broker.comparison_charts.render import png, svg
from broker.comparison_charts.theme import distinct, short
from broker.comparison_charts.timeline import timeline
from broker.comparison_charts.yearly_cost import curves, yearly_cost
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from broker.workload.yearly import Bill
from broker.workload.yearly import yearly_cost as bills
from tests.made_up_shortlist import AT, TERMS, WORKLOAD, entry, shortlist

HOSTILE = '</text><script>alert(1)</script><image href="https://evil.example/x.png"/>&lt;"\''


def data(figure: Figure) -> list[dict[str, Any]]:
    """All rows behind a chart, in the order of its layers."""
    spec = figure.chart.to_dict()
    return [row for rows in spec["datasets"].values() for row in rows] if "datasets" in spec else inline(spec)


def inline(spec: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = list(spec.get("data", {}).get("values", ()))
    return rows + [row for layer in spec.get("layer", ()) for row in inline(layer)]


def renamed(found: Shortlist, text: str) -> Shortlist:
    def one(ranked: Any) -> Any:
        known = ranked.evidence.entry
        offer = replace(known.offer, name=text, maker=text, model=f"{known.offer.model}{text}")
        named = replace(known, offer=offer, platform=text)
        return replace(ranked, evidence=replace(ranked.evidence, entry=named))

    return replace(found, ranked=tuple(map(one, found.ranked)))


def figures(found: Shortlist, dark: bool = False) -> list[Figure]:
    drawn = (
        quality_cost(found, dark),
        latency(found, dark),
        yearly_cost(found, curves(found, TERMS), dark),
        price_history(found, dark=dark),
        timeline(found, dark),
    )
    return [figure for figure in drawn if figure is not None]


def only(found: Shortlist, *offers: str) -> Shortlist:
    return replace(found, ranked=tuple(one for one in found.ranked if one.evidence.id in offers))


@pytest.mark.parametrize("times", [1, 100, 1_000_000])
def test_no_axis_writes_powers_of_ten(times: int) -> None:
    """Prices, costs and waits of 10, 20, 30, and as many hundreds and millions."""
    one = entry(
        "acme/x", "Acme", "x", "Acme API", f"{10 * times} 1 - {45 * times}", {AT: f"9 1 - {5 * times}"}
    )
    known = shortlist().ranked[0]
    assert known.evidence.speed is not None
    waited = Estimate(30_000.0 * times, 20_000.0 * times, 60_000.0 * times, 99, "order statistics")
    slow = replace(known.evidence.speed, total_p50=waited, total_p95=waited)
    cost = Estimate(50.0 * times, 40.0 * times, 60.0 * times, 99, "bootstrap")
    found = replace(known, evidence=replace(known.evidence, entry=one, per_1000=cost, speed=slow))
    listed = replace(shortlist(), ranked=(found,))
    drawn = [figure for figure in (price_history(listed), quality_cost(listed), latency(listed)) if figure]
    assert len(drawn) == 3
    for figure in drawn:
        words = "".join(f"{text}\n" for text in ElementTree.fromstring(svg(figure.chart)).itertext())
        assert re.search(r"\d", words)
        assert not re.search(r"\de[+-]?\d", words), figure.alt_text


def test_points_are_read_out_as_people_say_them() -> None:
    """A name, its quality and what it costs: neither where it is drawn nor how large."""
    for figure in figures(priced(shortlist(), bolt_pro_2=0)):
        drawn = ElementTree.fromstring(svg(figure.chart))
        marks = [part for part in drawn.iter() if part.get("aria-roledescription") != "axis"]
        labels = [label for part in marks if (label := part.get("aria-label"))]
        assert labels, figure.alt_text
        assert not [
            label for label in labels if re.search(r"#[0-9a-f]{6}|size:|transparent|\d\.\d{4}", label)
        ]
    drawn = quality_cost(priced(shortlist(), bolt_pro_2=0))
    assert drawn is not None
    told = {row["offer"]: row["spoken"] for row in data(drawn) if "offer" in row}
    assert told["bolt/pro-2"].startswith("bolt-pro-2 · Bolt API: quality 88.5 % (")
    assert told["bolt/pro-2"].endswith("; free per 1,000 tasks")


def test_a_chart_with_room_for_some_offers_says_how_many_it_lacks() -> None:
    found = shortlist()
    one = only(found, "ember/reason").ranked[0]

    def numbered(i: int) -> Any:
        same = replace(one.evidence.entry, offer=replace(one.evidence.entry.offer, model=f"reason-{i}"))
        return replace(one, evidence=replace(one.evidence, entry=same))

    steady = only(found, "acme/large-4").ranked * 6
    several = replace(found, ranked=(*steady, *map(numbered, range(3))))
    prices = price_history(several)
    assert prices is not None
    assert "Not shown: 3 further offers. Of those the prices of these changed: ember-reason" in prices.note
    assert {row["offer"] for row in data(prices) if "offer" in row} == {"acme/large-4"}  # by rank
    seven = replace(found, ranked=tuple(map(numbered, range(7))))
    years = yearly_cost(seven, curves(seven, TERMS))
    assert years is not None
    assert "Not shown: 1 further offer." in years.note


def test_names_that_would_be_cut_alike_are_told_apart() -> None:
    names = {
        "cloud/a": "Claude Sonnet 4.6 (Regional) · AWS Bedrock",
        "cloud/b": "Claude Sonnet 4.6 (Globally) · AWS Bedrock",
        "cloud/c": "Claude Haiku 4.5 · AWS Bedrock",
    }
    cut = distinct(names, 30)
    assert len(set(cut.values())) == 3
    assert all(len(name) <= 30 for name in cut.values())
    assert "Reg" in cut["cloud/a"]
    same = dict.fromkeys(("cloud/eu.m", "cloud/us.m"), "The very same name")
    assert distinct(same, 30) == {"cloud/eu.m": "cloud/eu.m", "cloud/us.m": "cloud/us.m"}


def test_doors_to_one_model_are_named_with_their_platforms() -> None:
    found = only(shortlist(), "acme/large-4", "nimbus/acme-large-4")
    first, other = found.ranked
    told = replace(
        other,
        evidence=replace(other.evidence, quality=first.evidence.quality, per_1000=first.evidence.per_1000),
    )
    figure = quality_cost(replace(found, ranked=(first, told)))
    assert figure is not None
    assert {row["name"] for row in data(figure) if "name" in row} == {
        "acme-large-4 · Acme API",
        "acme-large-4 · …us Cloud",
    }


def test_quality_and_cost_with_their_intervals() -> None:
    figure = quality_cost(shortlist())
    assert figure is not None
    rows = {row["offer"]: row for row in data(figure) if "offer" in row}
    assert rows.keys() == {"bolt/mini-2", "bolt/pro-2", "acme/large-4", "ember/reason"}
    row = rows["acme/large-4"]
    assert [row[name] for name in ("quality", "low", "high", "n")] == [0.912, 0.885, 0.934, 500]
    assert row["said"] == "91.2 % (88.5 to 93.4)"
    assert (row["cost"], row["x_high"], row["shown"]) == (18.40, 1.1 * 18.40, 1.0)
    assert (row["fill"] == row["colour"], rows["ember/reason"]["fill"]) == (True, "transparent")
    assert "Not shown, as a figure is unknown: 3." in figure.note


def test_an_offer_that_another_beats_in_both_is_faded_and_off_the_line() -> None:
    found = shortlist()
    one = next(one for one in found.ranked if one.evidence.id == "acme/large-4")
    cost = replace(one.evidence.per_1000, value=50.0, low=45.0, high=55.0)  # type: ignore[type-var]
    dear = replace(one, evidence=replace(one.evidence, per_1000=cost))
    others = (replace(other, gates=()) for other in found.ranked if other is not one)
    figure = quality_cost(replace(found, ranked=(*others, dear)))
    assert figure is not None
    shown = {row["offer"]: row["shown"] for row in data(figure) if "offer" in row}
    assert shown["acme/large-4"] < 1 == shown["ember/reason"]
    steps = [(row["x"], row["quality"]) for row in data(figure) if "step" in row]
    assert steps == [(1.3, 0.801), (9.7, 0.801), (9.7, 0.885), (41.5, 0.885), (41.5, 0.921)]


def test_offers_that_do_not_pass_are_faded_and_off_the_line() -> None:
    """Ember's is the best of all and fails, the cheapest is unknown; Acme's is the best that passes."""
    figure = quality_cost(shortlist())
    assert figure is not None
    faded = {row["offer"] for row in data(figure) if row.get("shown", 1) < 1}
    assert faded == {one.evidence.id for one in shortlist().ranked if one.outcome != "pass"} & {
        *(row["offer"] for row in data(figure) if "offer" in row)
    }
    assert faded == {"ember/reason", "bolt/mini-2"}
    steps = [(row["x"], row["quality"]) for row in data(figure) if "step" in row]
    assert steps[-1] == (18.4, 0.912)
    assert "hollow where they do not pass" in figure.note


def test_the_recommended_offer_is_bold_where_others_beat_it_and_the_note_says_so() -> None:
    found = shortlist()
    winner = found.ranked[0]
    cost = replace(winner.evidence.per_1000, value=50.0, low=45.0, high=55.0)  # type: ignore[type-var]
    worse = replace(winner.evidence.quality, value=0.5, low=0.4, high=0.6)  # type: ignore[type-var]
    beaten = replace(winner, evidence=replace(winner.evidence, per_1000=cost, quality=worse))
    figure = quality_cost(replace(found, ranked=(beaten, *found.ranked[1:])))
    assert figure is not None
    (row,) = [row for row in data(figure) if row.get("offer") == winner.evidence.id]
    assert (row["shown"], row["weight"]) == (1.0, "bold")
    assert (50.0, 0.5) not in {(row["x"], row["quality"]) for row in data(figure) if "step" in row}
    assert "recommended offer is bold" in figure.note


def test_where_no_offer_passes_the_line_goes_over_all() -> None:
    found = shortlist()
    failed = next(one for one in found.ranked if one.outcome == "fail").gates
    nobody = replace(found, ranked=tuple(replace(one, gates=failed) for one in found.ranked))
    figure = quality_cost(nobody)
    assert figure is not None
    assert any(row.get("offer") == "ember/reason" and row["shown"] == 1 for row in data(figure))
    assert "None of the offers in the chart passes every must-have" in figure.note


def priced(found: Shortlist, **costs: float) -> Shortlist:
    """The same offers, each named `acme_large_4` or so at another cost, with nothing asked of them."""

    def one(ranked: Any) -> Any:
        cost = costs.get(ranked.evidence.id.replace("/", "_").replace("-", "_"))
        known = ranked.evidence.per_1000
        other = known if cost is None else replace(known, value=cost, low=cost, high=cost)
        return replace(ranked, gates=(), evidence=replace(ranked.evidence, per_1000=other))

    return replace(found, ranked=tuple(map(one, found.ranked)))


def test_what_is_free_stands_at_the_left_edge_and_beats_what_is_dearer_and_no_better() -> None:
    """Bolt's pro is free: its mini is dearer and worse, and so no longer on the line."""
    figure = quality_cost(priced(shortlist(), bolt_pro_2=0))
    assert figure is not None
    rows = {row["offer"]: row for row in data(figure) if "offer" in row}
    free = rows.pop("bolt/pro-2")
    assert (free["cost"], free["paid"], free["shown"]) == (0, "free", 1.0)
    assert 0 < free["x"] == free["x_low"] == free["x_high"] < min(row["x_low"] for row in rows.values())
    assert {offer for offer, row in rows.items() if row["shown"] < 1} == {"bolt/mini-2"}
    steps = [(row["x"], row["quality"]) for row in data(figure) if "step" in row]
    assert steps[:2] == [(free["x"], 0.885), (18.4, 0.885)]
    assert "Free offers stand at the left edge, off the scale" in figure.note
    assert "bolt-pro-2 · Bolt API 88 % for free, on the frontier" in figure.alt_text
    axis = figure.chart.to_dict()["layer"][0]["encoding"]["x"]["axis"]
    assert axis["values"] == [free["x"], 1, 2, 5, 10, 20, 50]
    assert axis["labelExpr"].startswith(f"datum.value <= {free['x']!r} ? 'free'")


def test_what_is_free_is_at_0_where_no_logarithm_is_needed() -> None:
    found = only(shortlist(), "acme/large-4", "ember/reason")
    figure = quality_cost(priced(found, acme_large_4=0))
    assert figure is not None
    rows = {row["offer"]: row["x"] for row in data(figure) if "offer" in row}
    assert rows == {"acme/large-4": 0, "ember/reason": 41.5}
    assert "off the scale" not in figure.note


def test_where_all_are_free_there_is_no_chart_of_costs() -> None:
    found = only(shortlist(), "acme/large-4", "ember/reason")
    assert quality_cost(priced(found, acme_large_4=0, ember_reason=0)) is None


def test_quality_is_never_on_a_scale_of_multiples() -> None:
    found = shortlist()
    one = next(one for one in found.ranked if one.evidence.id == "bolt/mini-2")
    poor = replace(one.evidence.quality, value=0.1, low=0.05, high=0.2)  # type: ignore[type-var]
    bad = replace(one, evidence=replace(one.evidence, quality=poor))
    figure = quality_cost(
        replace(found, ranked=(*(other for other in found.ranked if other is not one), bad))
    )
    assert figure is not None
    assert figure.chart.to_dict()["layer"][0]["encoding"]["y"]["scale"]["type"] == "linear"


def test_a_point_selects_its_offer() -> None:
    figure = quality_cost(shortlist())
    assert figure is not None
    (param,) = figure.chart.to_dict()["params"]
    assert (param["name"], param["select"]["fields"]) == ("offer", ["offer"])


def test_times_are_in_seconds_fastest_first() -> None:
    figure = latency(shortlist())
    assert figure is not None
    rows = [row for row in data(figure) if "offer" in row]
    told = list(dict.fromkeys((row["offer"], row["ttft"], row["middle"], row["late"]) for row in rows))
    assert told == [
        ("bolt/mini-2", 0.105, 0.42, 0.76),
        ("bolt/pro-2", 0.225, 0.9, 1.7),
        ("acme/large-4", 0.35, 1.4, 2.4),
        ("ember/reason", 1.3, 5.2, 8.8),
    ]
    assert {row["offer"] for row in rows if row["shown"] < 1} == {"ember/reason"}
    assert "too busy" in figure.note


def timed_in_calls(found: Shortlist, *offers: str) -> Shortlist:
    def one(ranked: Any) -> Any:
        speed = ranked.evidence.speed
        if ranked.evidence.id not in offers:
            return ranked
        return replace(ranked, evidence=replace(ranked.evidence, speed=replace(speed, origin="calls")))

    return replace(found, ranked=tuple(map(one, found.ranked)))


def test_times_of_other_calls_than_the_suites_are_marked() -> None:
    figure = latency(timed_in_calls(shortlist(), "bolt/mini-2"))
    assert figure is not None
    words = {row["offer"]: row["words"] for row in data(figure) if "offer" in row}
    assert words.pop("bolt/mini-2") == "0.76 s, all calls"
    assert not [told for told in words.values() if "calls" in told]
    assert "where it says all calls, all recorded ones" in figure.note
    whose = {row["offer"]: row["whose"] for row in data(figure) if "offer" in row}
    assert [whose["bolt/mini-2"], whose["bolt/pro-2"]] == [
        "all recorded calls",
        "the chosen suites' own runs",
    ]
    shown = figure.chart.to_dict()["layer"][0]["encoding"]["tooltip"]
    assert {"field": "whose", "title": "Of", "type": "nominal"} in shown


def test_a_late_time_without_an_upper_limit_says_so() -> None:
    found = shortlist()
    one = found.ranked[0]
    assert one.evidence.speed is not None
    late = replace(one.evidence.speed.total_p95, low=2160.0, high=None)
    few = replace(one.evidence, speed=replace(one.evidence.speed, total_p95=late))
    figure, known = latency(replace(found, ranked=(replace(one, evidence=few),))), latency(found)
    assert figure is not None
    assert known is not None
    assert {row["ends"] for row in data(figure) if "offer" in row} == {"2.16 to no limit"}
    assert "no upper limit" in figure.note
    assert "no upper limit" not in known.note


def test_an_offer_whose_late_calls_timed_out_is_not_dropped_in_silence() -> None:
    found = shortlist()
    one = found.ranked[0]
    assert one.evidence.speed is not None
    unknown = replace(one.evidence.speed.total_p95, value=None, high=None)
    cut = replace(one.evidence, speed=replace(one.evidence.speed, total_p95=unknown))
    figure = latency(replace(found, ranked=(replace(one, evidence=cut), *found.ranked[1:])))
    assert figure is not None
    assert f"Not known, as too many calls timed out: {one.evidence.label}." in figure.note
    assert one.evidence.id not in {row["offer"] for row in data(figure) if "offer" in row}


def test_whose_calls_were_timed_is_said_where_all_are_of_one_kind() -> None:
    runs, every = latency(shortlist()), [one.evidence.id for one in shortlist().ranked if one.evidence.speed]
    calls = latency(timed_in_calls(shortlist(), *every))
    assert runs is not None
    assert calls is not None
    assert "Calls: the chosen suites' own runs." in runs.note
    assert "Calls: all recorded ones, whatever was asked, to within 2 %." in calls.note
    assert not [row for row in data(calls) if "all calls" in row.get("words", "")]


def test_where_lines_cross_both_cost_the_same() -> None:
    some = only(shortlist(), "acme/large-4", "nimbus/acme-large-4")
    found = replace(some, ranked=tuple(replace(one, gates=()) for one in some.ranked))
    figure = yearly_cost(found, curves(found, TERMS))
    assert figure is not None
    (flip,) = [row for row in data(figure) if "told" in row]
    work = replace(WORKLOAD, requests=Decimal(flip["requests"]))
    first, other = (bills(work, one.evidence.entry, TERMS).ours for one in found.ranked)
    assert isinstance(first, Bill)
    assert isinstance(other, Bill)
    assert float(first.year.total) == pytest.approx(float(other.year.total)) == pytest.approx(flip["usd"])
    assert first.year.shortfall > 0  # it is the commitment that makes the small volume dear
    assert f"up to {flip['requests']:,.0f} acme-large-4 · Nimbus Cloud" in figure.note


def test_an_offer_that_is_not_known_to_pass_flips_no_choice_of_one_that_does() -> None:
    found = only(shortlist(), "acme/large-4", "nimbus/acme-large-4")
    assert [one.outcome for one in found.ranked] == ["pass", "unknown"]
    figure = yearly_cost(found, curves(found, TERMS))
    assert figure is not None
    assert not [row for row in data(figure) if "told" in row]


def test_lines_agree_with_the_bills() -> None:
    found = shortlist()
    known = curves(found, TERMS)
    assert known.keys() == {one.evidence.id for one in found.ranked} - {"delta/8b"}
    for one in found.ranked:
        bill = one.evidence.cost and one.evidence.cost.ours
        if isinstance(bill, Bill):
            cost = known[one.evidence.id].cost(int(WORKLOAD.requests))  # type: ignore[arg-type]
            assert float(cost) == pytest.approx(float(bill.year.total), rel=1e-12)


def test_prices_step_on_their_days() -> None:
    figure = price_history(only(shortlist(), "ember/reason", "acme/large-4"))
    assert figure is not None
    line = [row for row in data(figure) if row.get("offer") == "ember/reason"]
    steps = dict.fromkeys((row["day"], row["usd"]) for row in line)
    assert {("2026-02-01", 20.0), ("2027-03-01", 16.0)} < steps.keys()
    assert "ember-reason · Ember Cloud $25, then $20, then $16" in figure.alt_text
    inputs = price_history(only(shortlist(), "ember/reason"), "input")
    assert inputs is not None
    assert "$5, then $4, then $3.5" in inputs.alt_text


@pytest.mark.parametrize(
    ("life", "words"),
    [
        (Lifecycle(retires=AT + timedelta(days=40), certainty="vendor"), "1 Jan 2027, in 40 days"),
        (Lifecycle(retires=AT - timedelta(days=2), certainty="vendor"), "20 Nov 2026, 2 days ago"),
        (Lifecycle(retires=AT, certainty="third party"), "22 Nov 2026, today, third party"),
        (Lifecycle(not_before=date(2028, 2, 3)), "not before 3 Feb 2028"),
        (Lifecycle(flagged=True), "is ending, no day published"),
        (Lifecycle(), "no day known"),
    ],
)
def test_an_end_in_words(life: Lifecycle, words: str) -> None:
    found = shortlist()
    one = found.ranked[1]
    first = replace(one, evidence=replace(one.evidence, lifecycle=life))
    figure = timeline(replace(found, ranked=(first, found.ranked[0])))
    assert figure is not None
    assert words in {row.get("words") for row in data(figure)}


def test_hundreds_of_offers_are_cut_and_said_to_be() -> None:
    found = shortlist()
    many = replace(found, ranked=found.ranked * 20)
    life, times = timeline(many), latency(many)
    assert life is not None
    assert times is not None
    assert life.note.endswith("Not shown: 110 further offers.")
    assert {row["words"] for row in data(life) if "offer" in row}.isdisjoint({"no day known"})
    assert times.note.endswith("Not shown: 50 slower ones.")


def test_nothing_to_draw_is_none() -> None:
    found = only(shortlist(), "delta/8b")
    assert figures(found) == []
    assert figures(replace(found, ranked=())) == []


def test_a_small_price_is_not_rounded_to_cents() -> None:
    figure = price_history(only(shortlist(), "ember/reason"))
    assert figure is not None
    formats = {tip["field"]: tip.get("format") for tip in tooltips(figure.chart.to_dict())}
    assert formats["usd"] == "$,.4~f"  # $0.075 a million tokens


def tooltips(spec: dict[str, Any]) -> list[dict[str, Any]]:
    own = spec.get("encoding", {}).get("tooltip", [])
    return [*own, *(tip for layer in spec.get("layer", ()) for tip in tooltips(layer))]


def test_a_file_stands_alone_and_quotes_every_name() -> None:
    for figure in figures(renamed(shortlist(), HOSTILE)):
        drawn = svg(figure.chart)
        root = ElementTree.fromstring(drawn)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "path", "text", "line", "rect", "defs", "clipPath"}
        assert not re.search(r"(?<!xmlns=)(?<!xmlns:xlink=)\"https?:|url\(http|@import", drawn)


def test_a_picture_on_its_own_ground() -> None:
    figure = timeline(shortlist())
    assert figure is not None
    assert png(figure.chart, scale=1).startswith(b"\x89PNG\r\n\x1a\n")
    assert svg(figure.chart) != svg(figure.chart, dark=True)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9))
def test_every_value_is_within_its_axis(values: list[float]) -> None:
    found = span(values)
    assert all(-1e-9 <= found.at(value) <= 1 + 1e-9 for value in values)
    assert all(-1e-6 <= found.at(tick) <= 1 + 1e-6 for tick in found.ticks)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9))
def test_0_is_left_of_all_other_values_and_marked(values: list[float]) -> None:
    found = span_with_zero([0, *values])
    places = [found.at(found.shown(value)) for value in (0, *values)]
    assert places[0] == min(places)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
    assert found.ticks[0] == found.shown(0)
    assert all(found.at(later) - found.at(one) > 0.02 for one, later in pairwise(found.ticks))


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Span(0.9, 55, log=True), [1, 2, 5, 10, 20, 50]),
        (Span(0.76, 0.95), [0.8, 0.85, 0.9, 0.95]),
        (Span(0, 600_000), [0, 200_000, 400_000, 600_000]),
        (Span(0.0009, 2000, log=True), [0.001, 0.01, 0.1, 1, 10, 100, 1000]),
    ],
)
def test_marks_are_round(axis: Span, ticks: list[float]) -> None:
    assert axis.ticks == pytest.approx(ticks)


POINTS = st.tuples(st.floats(0, 640), st.floats(0, 360), st.text("abcdef", min_size=1, max_size=24))


@given(st.lists(POINTS, max_size=25))
def test_names_cover_neither_each_other_nor_points(points: list[tuple[float, float, str]]) -> None:
    spots = placed(points, (640, 360))
    boxes = [spot.box(*point) for spot, point in zip(spots, points, strict=True) if spot]
    assert not [1 for one, other in combinations(boxes, 2) if one.over(other)]
    assert not [1 for box in boxes for x, y, _ in points if box.over(Box(x - 4, y - 4, x + 4, y + 4))]
    assert all(box.left >= 0 and box.right <= 640 and box.top >= 0 and box.bottom <= 360 for box in boxes)


def test_names_that_must_be_there_are() -> None:
    crowd = [(320.0, 180.0, "name")] * 40
    spots = placed(crowd, (640, 360), must=3)
    assert all(spots[:3])
    assert None in spots


@given(st.lists(st.floats(0, 300), max_size=20))
def test_heights_are_spread_in_their_order(heights: list[float]) -> None:
    moved = spread(heights, 300, gap=14)
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    ends = [moved[i] for i in order]
    assert all(other - one >= 14 - 1e-9 for one, other in pairwise(ends))
    assert all(-1e-9 <= end <= 300 + 1e-9 for end in ends)


def test_heights_far_apart_stay() -> None:
    assert spread([10, 200, 100], 300) == [10, 200, 100]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("a" * 28, "a" * 28),
        ("claude-sonnet-with-a-long-name-20260101", "claude-sonnet-with…-20260101"),
        ("a\nb", "a b"),
    ],
)
def test_long_names_keep_their_ends(text: str, cut: str) -> None:
    assert short(text) == cut
    assert len(short(text)) <= 28


def test_an_entry_of_its_own_price_has_no_history() -> None:
    found = only(shortlist(), "ember/reason")
    one = found.ranked[0]
    fixed = entry("ember/reason", "Ember", "x", "Ember Cloud", "1 1 - 1")
    same = replace(one, evidence=replace(one.evidence, entry=fixed))
    assert price_history(replace(found, ranked=(same,))) is None
