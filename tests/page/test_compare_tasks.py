"""What the tab of the comparison by task says of offers that are not the best value."""

from dataclasses import replace

import pytest

from broker.comparison import SuiteResult
from broker.comparison.tasks import ByTask, Task
from broker.stats import Estimate
from pages._vendor_card import score
from pages._vendor_tasks import conclusion, more_needed, reasons
from tests.made_up_shortlist import results, shortlist

LABELS = {one: one.title() for one in ("best", "other", "lucky")}


def gap(value: float, low: float | None, high: float | None, n: int = 100) -> Estimate:
    return Estimate(value, low, high, n, "made up")


def result(judged: int, samples: int = 200) -> SuiteResult:
    """A suite's result of which so many samples were judged."""
    (one,) = results("", 0.9, None, 3.0, samples=samples, quality=gap(0.9, 0.8, 1.0, judged))
    return one


def task(name: str = "Letters", *good: str, few: tuple[str, ...] = (), **gaps: Estimate) -> Task:
    told = {one: result(1 if one in few else 200) for one in ("best", *good, *gaps, *few)}
    first = None if "best" in few else "best"
    fit = (first, *good) if first else ()
    return Task(name, 1, told, first, gaps, 0.95, fit, first, (), few)  # type: ignore[arg-type]


def why(found: Estimate, margin: float = 0.05) -> str:
    return dict(reasons(task(other=found), margin))["other"]


@pytest.mark.parametrize(("low", "high"), [(-0.162, 0.056), (-0.097, 0.784), (-0.162, -0.05)])
@pytest.mark.parametrize("value", [-0.05, -0.07])
def test_a_wide_interval_does_not_say_that_more_answers_are_in_vain(
    value: float, low: float, high: float
) -> None:
    told = why(gap(value, low, high))
    assert "so whether it is within 5 points cannot be told yet" in told
    assert "likely" not in told
    assert "shown to be" not in told


def test_only_an_upper_end_beyond_the_margin_shows_it_to_be_worse() -> None:
    assert "shown to be more than 5 points worse" in why(gap(-0.1, -0.15, -0.051))
    assert "cannot be told" in why(gap(-0.1, -0.15, -0.049))
    assert why(gap(-0.1, -0.15, None)) == "how far it is from the best cannot be told."


def test_what_is_needed_to_show_it_worse_goes_by_the_upper_end() -> None:
    """0.098 is 1.96 standard errors of 100 samples: one deviates by 0.5; (2.802 × 0.5 / 0.09)² is 243."""
    far = gap(-0.14, -0.9, -0.14 + 0.098)
    assert more_needed(far, 0.95, 0.05) == 140
    assert "if the gap stays, about 140 more samples show four times in five that it is not." in why(far)
    near = gap(0.04, 0.04 - 0.098, 0.9)
    assert "about 140 more samples show four times in five that it is within." in why(near)


def test_at_the_limit_no_number_of_samples_is_named() -> None:
    assert why(gap(-0.0505, -0.162, 0.056)).endswith("as measured it lies right at the limit.")


@pytest.mark.parametrize(
    ("samples", "beside"), [(200, "beside 200 that it was asked"), (1, "beside 200 of another offer")]
)
def test_who_was_judged_on_few_samples_is_left_out_with_its_n(samples: int, beside: str) -> None:
    found = task(few=("lucky",))
    told = replace(found, results={**found.results, "lucky": result(1, samples)})
    assert dict(reasons(told, 0.05))["lucky"] == f"left out, as it was judged on 1 sample alone, {beside}."


def test_its_card_says_how_few_were_judged() -> None:
    found = shortlist()
    wanted = replace(found.gathered.wanted, suites=(("Invoices", 1),))
    asked = replace(found, gathered=replace(found.gathered, wanted=wanted))
    first = found.ranked[0]
    lucky = replace(
        first,
        evidence=replace(first.evidence, results=(replace(result(3), suite="Invoices"),)),
        scales={**first.scales, "quality": None},
        score=None,
    )
    said = score(asked, lucky)
    assert (
        said == "**No score**: quality is not known. Of Invoices too few could be judged, 3 of 200 samples."
    )


def test_where_nothing_else_qualifies_the_conclusion_says_so() -> None:
    alone, rivalled = task("Letters", other=gap(0, -0.1, 0.1)), task("Mail", "other")
    said = conclusion(ByTask((alone,), None), LABELS, gated=False)
    remark = "For Letters no other could be shown to be as good, on 200 samples."
    assert said == f"Best value: **Best** for Letters. {remark}"
    both = conclusion(ByTask((alone, rivalled), None), LABELS, gated=False)
    assert both.endswith(f"nothing to mix. {remark}")
    assert "no other" not in conclusion(ByTask((rivalled,), None), LABELS, gated=False)
    assert "no other" not in conclusion(ByTask((task(),), None), LABELS, gated=False)


def test_where_all_were_judged_on_few_samples_that_is_why_there_is_no_best_value() -> None:
    none = task("Mail", few=("best",))
    said = "No best value can be named: of no candidate enough samples were judged."
    assert conclusion(ByTask((none,), None), LABELS, gated=False) == said
    both = conclusion(ByTask((task(), none), None), LABELS, gated=False)
    assert "For Mail none can be named: of no candidate enough samples were judged." in both
