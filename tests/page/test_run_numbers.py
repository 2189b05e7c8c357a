"""Figures of a run in words, and what is said beside them."""

from dataclasses import replace

import pytest

from broker.comparison_export.said import seconds_between
from broker.results.leaderboard import leaderboard
from broker.runs.power import Power
from broker.runs.preview import Preview
from broker.runs.usage import Estimate as Usage
from broker.runs.usage import Range
from broker.stats import Estimate
from pages import _format as fmt
from pages import _offer_page_evidence as evidence
from pages import _run_numbers as numbers
from pages import _run_preview as before
from pages import _run_verdict as verdict
from pages import _vendor_figures as figures
from tests.resulttools import passes, results


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((1200.0, 1100.0, 1300.0), "1.20 s (1.10 s to 1.30 s)"),
        ((1200.0, 1100.0, None), "1.20 s (at least 1.10 s)"),
        ((None, 1100.0, None), "more than 1.10 s"),  # the rest timed out
        ((None, None, None), "unknown"),
    ],
)
def test_a_wait_says_what_is_known_of_it(ends: tuple[float | None, ...], words: str) -> None:
    value, low, high = ends
    assert numbers.wait(Estimate(value, low, high, 40, ""), 40).replace("\u00a0", " ") == words
    known = words != "unknown"
    assert numbers.wait(Estimate(value, low, high, 38, ""), 40).endswith("38") == known


def test_what_timed_out_is_more_than_a_limit_wherever_it_is_shown() -> None:
    cut = Estimate(None, 1100.0, None, 40, "")
    assert figures.wait(cut) == "more than 1.10 s"
    assert evidence._with_interval(cut, fmt.ms) == "more than 1.10 s"
    assert seconds_between(cut) == "more than 1.10 s (n = 40)"


def test_an_interval_promises_nothing_for_all_of_them_together() -> None:
    run = results(passes("acme/a", "++-"), passes("acme/b", "+--"))
    said = verdict._footnote(run, leaderboard(run))
    assert said.startswith(
        "Each interval by itself, not all of them together, holds in 95 of 100 such runs (3 "
    )


def test_a_smaller_difference_is_not_said_never_to_show() -> None:
    power = Power(0.1, "passed", 1, 40, "history")
    said = before.shows(Preview(80, 40, (), None, power, ()), 2)
    assert "A smaller one is found less often." in said


def test_an_estimate_says_what_it_rests_on() -> None:
    known = Usage("acme/a", 40, Range(1, 2), Range(1, 2), None, "history", 40)
    wide = replace(known, basis="prompt length", answers=0)
    assert "this version of the suite by these models with the same settings" in before.basis([known])
    assert "for 1 of 2 models, else from the length of the prompts" in before.basis([known, wide])
    assert "the longest answers allowed, so the range is wide" in before.basis([wide])
