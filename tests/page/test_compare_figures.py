"""An offer's figures in words: none without its interval, what it rests on and where it comes from."""

from dataclasses import replace
from types import SimpleNamespace

from broker.comparison import Evidence, Speed
from broker.comparison.door_agreement import Agreement
from broker.comparison.door_features import Recorded
from broker.comparison.doors import DoorRow
from broker.config import Config
from broker.ratings import Rating
from broker.stats import Estimate
from pages import _offer_page_evidence as offer_page
from pages import _vendor_figures as figures
from pages._offer_page_head import _badges
from pages._vendor_break_even import _named
from pages._vendor_card import score
from pages._vendor_door_lines import lines
from pages._vendor_table import _marks
from tests.made_up_shortlist import AT, EVIDENCE, shortlist

KNOWN = {one.id: one for one in EVIDENCE}


def figure(value: float, low: float | None, high: float | None, n: int = 60) -> Estimate:
    return Estimate(value, low, high, n, "made up")


def said(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\\", "")


def timed(origin: str = "runs", reliable: bool = True) -> Evidence:
    half, late = figure(900, 810, 1000), figure(2500, 2000, 3000)
    speed = Speed(origin, half, late, half, late, None, reliable)  # type: ignore[arg-type]
    return replace(KNOWN["bolt/pro-2"], speed=speed)


def test_quality_and_cost_with_their_intervals_and_origin():
    one = KNOWN["bolt/pro-2"]
    assert said(figures.quality(one)) == "88.5 % (85.5 to 91.0), n = 500"
    assert said(figures.cost(one)) == "$9.70 ($8.73 to $10.67), n = 400"
    first, second = one.results
    mixed = replace(one, results=(first, replace(second, origin="imported")))
    assert said(figures.quality(mixed)).endswith("n = 500, partly imported")
    imported = replace(one, results=tuple(replace(each, origin="imported") for each in one.results))
    assert said(figures.cost(imported)).endswith("n = 400, imported")


def test_unknown_quality_names_what_lacks_and_what_is_borrowed():
    assert said(figures.quality(KNOWN["cirrus/opus-1"])) == "unknown, not yet run on Contracts"
    assert said(figures.quality(KNOWN["nimbus/acme-large-4"])) == (
        "unknown, not yet run on Invoices and Contracts; the same weights at acme/large-4: "
        "91.2 % (88.5 to 93.4), n = 500"
    )
    assert figures.cost(KNOWN["cirrus/opus-1"]) == "unknown"


def test_what_is_only_sold_in_batches_says_so_wherever_it_is_listed():
    one = KNOWN["bolt/pro-2"]
    sold = replace(one.entry, offer=replace(one.entry.offer, model="pro-2:batch"))
    batch = replace(one, entry=sold)
    assert "answers within hours" in _marks(batch)
    assert "answers within hours" not in _marks(one)
    assert _named(batch, True).endswith("(answers within hours)")
    assert _named(batch, False).endswith("(answers within hours, must-have unknown)")
    assert _named(one, True) == one.label
    assert any("answers within hours" in badge for badge in _badges(Config({}), batch))
    assert not any("hours" in badge for badge in _badges(Config({}), one))


def test_waits_say_whose_calls_they_are():
    told = "half within 900 ms (810 ms to 1.00 s), 95 of 100 within 2.50 s (2.00 s to 3.00 s), n = 60, of "
    assert figures.speed(timed()) == f"{told}the suites' own runs"
    assert figures.speed(timed("calls")) == f"{told}all recorded calls, whatever was asked"
    assert figures.speed(timed(reliable=False)).endswith("unreliable, as this machine was too busy")
    assert figures.waits_ends(timed().speed) == "2.00 s to 3.00 s, n = 60"
    assert figures.waits_ends(timed("calls").speed) == "2.00 s to 3.00 s, n = 60, all recorded calls"
    assert [figures.waits_ends(None), figures.speed(KNOWN["delta/8b"])] == ["unknown", "unknown"]


def test_doors_say_how_often_they_agree_and_what_their_calls_did_without():
    first = DoorRow(timed(), None, None, (), {}, (), Recorded(60, {"seed": 60}, {"temperature": 3}), {})
    alike = Agreement("bolt/pro-2", ("Invoices",), figure(0.9, 0.8, 0.95, 50), figure(0.6, 0.5, 0.7, 40))
    second = replace(first, calls=Recorded(7, {}, {}), agreement=alike)
    third = replace(first, calls=Recorded(0, {}, {}), evidence=KNOWN["delta/8b"])
    told = lines([first, second, third], AT)
    assert told["Same verdicts"] == [
        "compared with this one",
        said_share("90", "80", "95", 50),
        "not run here",
    ]
    assert told["Same answers"] == [
        "compared with this one",
        said_share("60", "50", "70", 40),
        "not run here",
    ]
    assert told["Left out of its newest calls"] == [
        "Seed left out of 60 of 60; Temperature sent otherwise in 3 of 60",
        "nothing in 7 calls",
        "no calls recorded",
    ]
    assert told["Whole answer, p50 / p95"][0] == (
        "900 ms (810 ms to 1.00 s) / 2.50 s (2.00 s to 3.00 s), n = 60"
    )
    assert said(told["Quality"][0]) == "88.5 % (85.5 to 91.0), n = 500"


def said_share(value: str, low: str, high: str, n: int) -> str:
    gap = "\u00a0"
    return f"{value}{gap}% ({low}{gap}to{gap}{high}), n = {n}"


def test_doors_and_rivals_are_named_by_id():
    assert [figures.offers(None), figures.offers(())] == ["unknown", "none"]
    assert figures.offers(("acme/a", "bolt/b")) == "acme/a and bolt/b"
    many = tuple(f"acme/{i}" for i in range(11))
    assert figures.offers(many).endswith("acme/6, acme/7 and 3 more")
    assert "<b>" not in figures.offers(("acme/<b>x</b>",))


def test_a_rating_without_a_limit_says_so():
    assert figures.rating_ends(Rating(1600, 1490, None, 3)) == "1,490 to no limit, 3 votes"
    rated = figures.rating(KNOWN["bolt/pro-2"])
    assert rated == "1,540 (1,490 to 1,590, 64 votes), no scored quality"
    assert figures.rating(KNOWN["delta/8b"]) == "no votes compare it"


def test_a_rating_too_few_votes_give_no_interval_is_shown_without_one():
    assert figures.rating_ends(Rating(1500, None, None, 1)) == "no interval, 1 vote"
    one = replace(KNOWN["bolt/pro-2"], rating=Rating(1500, None, None, 1))
    assert figures.rating(one) == "1,500 (no interval, 1 vote), no scored quality"
    told = "rated 1,500 (no interval, 1 vote) on a scale whose mean is 1,500"
    assert told in offer_page._votes(SimpleNamespace(evidence=one))


def test_a_year_has_ends_only_where_tokens_were_measured():
    one = shortlist().ranked[0].evidence
    assert figures.year_ends(one) == "unknown"
    measured = replace(one, year=figure(317, 290.5, 350))
    assert figures.year_ends(measured) == "$290.50 to $350.00, n = 60"
    assert figures.year(measured).endswith(" ($290.50 to $350.00, n = 60 measured answers)")
    assert figures.year(KNOWN["bolt/pro-2"]) == "no workload is chosen"


def test_a_score_with_what_it_is_in_95_of_100_draws():
    one = replace(shortlist().ranked[0], score_low=0.7, score_high=0.88)
    assert "** (0.70 to 0.88 in 95 of 100 draws): quality" in score(shortlist(), one)
    assert "draws" not in score(shortlist(), replace(one, score_low=None, score_high=None))
