"""Which term counts for which offer on which day, and what is refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from broker.types import Offer
from broker.workload import Tokens, Unknown, Workload
from broker.workload.profile import is_over, months, period
from broker.workload.profile import problems as workload_problems
from broker.workload.terms import Term, check, in_force, problems
from broker.workload.yearly import yearly_cost
from tests.workloadtools import entry

D = Decimal
JAN, DEC = date(2027, 1, 1), date(2027, 12, 31)
LARGE, SMALL = (Offer("acme", model, model, "Maker", model) for model in ("large", "small"))
ALL = Term("discount", D(5), "acme", JAN, DEC)
MAKER = replace(ALL, maker="Maker", value=D(10))
OWN = replace(ALL, offer="acme/large", value=D(15), first=date(2027, 7, 1))
SOUND = Workload("Letters", D(1), JAN, Tokens(D(1), D(1)))


@pytest.mark.parametrize(
    ("offer", "day", "expected"),
    [
        (LARGE, date(2026, 12, 31), None),
        (LARGE, JAN, MAKER),
        (LARGE, date(2027, 6, 30), MAKER),
        (LARGE, date(2027, 7, 1), OWN),
        (LARGE, DEC, OWN),
        (LARGE, date(2028, 1, 1), None),
        (SMALL, DEC, MAKER),
        (replace(SMALL, maker="Other"), DEC, ALL),
        (replace(LARGE, provider="cloud"), DEC, None),
    ],
)
def test_the_narrowest_scope_counts(offer: Offer, day: date, expected: Term | None) -> None:
    uplift = replace(ALL, kind="uplift", offer="acme/large")
    for terms in ([ALL, MAKER, OWN, uplift], [uplift, OWN, MAKER, ALL]):
        assert in_force(terms, offer, "discount", day) == expected


@pytest.mark.parametrize(
    ("agreed", "sold", "holds"),
    [
        ("vertex", "vertex-claude", True),  # one contract with Google, by whichever door
        ("vertex-partner", "vertex", True),
        ("azure", "azure-claude", False),  # sold by Anthropic on its own terms
        ("azure-claude", "azure-claude", True),
        ("vertex", "vertex-express", False),
        ("openai", "azure", False),
    ],
)
def test_a_term_holds_for_every_door_of_the_contract(agreed: str, sold: str, holds: bool) -> None:
    offer = Offer(sold, "m", "m", "Maker", "M")
    for term in (replace(ALL, provider=agreed), replace(MAKER, provider=agreed)):
        assert in_force([term], offer, "discount", JAN) == (term if holds else None)
    found = problems(replace(ALL, provider=agreed, offer=offer.id))
    assert found == ([] if holds else [f"{sold}/m is not sold by {agreed}."])


def test_terms_of_two_doors_of_one_contract_must_not_share_a_day() -> None:
    with pytest.raises(ValueError, match=r"5 % for vertex from .* 7 % for vertex-claude from"):
        check(
            [replace(ALL, provider="vertex"), replace(ALL, provider="vertex-claude", value=D(7), first=DEC)]
        )
    check([replace(ALL, provider="azure"), replace(ALL, provider="azure-claude")])


def test_terms_of_one_kind_and_scope_must_not_share_a_day() -> None:
    check([ALL, MAKER, OWN, replace(ALL, kind="uplift"), replace(ALL, provider="cloud")])
    check([ALL, replace(ALL, first=date(2028, 1, 1), last=None)])
    with pytest.raises(
        ValueError, match="from 2027-01-01 until 2027-12-31, and the discount of 7 % for acme from"
    ):
        check([replace(ALL, value=D(7), first=DEC, last=None), MAKER, ALL])  # fmt: skip
    yearly = Term("commitment", D(5000), "acme", JAN, maker="Maker", period="year")
    with pytest.raises(
        ValueError, match=r"commitment of \$5,000\.00 a year .* commitment of \$100\.50 a month"
    ):
        check([yearly, replace(yearly, value=D("100.50"), period="month", first=DEC)])
    # One that lasts longer than the next one is met by the one after it, too.
    with pytest.raises(ValueError, match="overlap"):
        check([ALL, replace(ALL, first=date(2027, 2, 1), last=date(2027, 2, 2)), replace(ALL, first=DEC)])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"provider": ""}, "needs a platform"),
        ({"maker": "Maker", "offer": "acme/large"}, "not for both"),
        ({"offer": "cloud/large"}, "cloud/large is not sold by acme"),
        ({"value": D(-1)}, "0 or more"),
        ({"value": D("NaN")}, "0 or more"),
        ({"value": D("100.1")}, "100 % at the most"),
        ({"kind": "batch_discount", "value": D(101)}, "100 % at the most"),
        ({"period": "year"}, "per month or per year"),
        ({"kind": "commitment"}, "per month or per year"),
        ({"last": date(2026, 12, 31)}, "ends on its first day or later"),
    ],
)
def test_faults_of_a_term(change: dict[str, object], fault: str) -> None:
    (found,) = problems(replace(ALL, **change))
    assert fault in found


def test_sound_terms_have_no_faults() -> None:
    commitment = Term("commitment", D(10**6), "acme", JAN, period="year")
    uplift = replace(ALL, kind="uplift", value=D(120))
    assert [problems(term) for term in (ALL, MAKER, OWN, commitment, uplift)] == [[]] * 5


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": " "}, "needs a name"),
        ({"requests": D(-1)}, "requests"),
        ({"requests": D("Infinity")}, "requests"),
        ({"start": date(2027, 1, 2)}, "first day of a month"),
        ({"start": date(9999, 6, 1)}, "between January 2000 and December 2100"),
        ({"start": date(1, 1, 1)}, "between January 2000 and December 2100"),
        ({"tokens": None}, "either the tokens"),
        ({"run_id": "r"}, "either the tokens"),
        ({"tokens": Tokens(D(1), D(-1))}, "tokens of a request"),
        ({"batch": D("1.1")}, "share of batches must be"),
        ({"cache_read": D("0.6"), "cache_write": D("0.5")}, "No more than 100 %"),
        ({"growth": D(-1)}, "more than -100 %"),
    ],
)
def test_faults_of_a_workload(change: dict[str, object], fault: str) -> None:
    assert workload_problems(SOUND) == []
    (found,) = workload_problems(replace(SOUND, **change))
    assert fault in found


@pytest.mark.parametrize("start", [date(1, 1, 1), date(9999, 12, 1)])
def test_a_workload_that_was_stored_beyond_the_calendar_has_no_known_cost(start: date) -> None:
    found = yearly_cost(replace(SOUND, start=start), entry("2 - - 8"), [ALL])
    assert isinstance(found.ours, Unknown)
    assert "does not start between 2000 and 2100" in found.ours.reasons[0]
    assert not is_over(replace(SOUND, start=start), JAN)


def test_a_workload_is_over_on_the_day_after_its_last() -> None:
    letters = replace(SOUND, start=date(2026, 3, 1))
    assert period(letters) == "March 2026 to February 2027"
    assert not is_over(letters, date(2027, 2, 28))
    assert is_over(letters, date(2027, 3, 1))


def test_the_months_of_a_leap_year_that_begins_in_march() -> None:
    found = months(replace(SOUND, start=date(2027, 3, 1), growth=D("0.1")))
    assert [month.days for month in found] == [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29]
    assert (found[0].first, found[-1].last) == (date(2027, 3, 1), date(2028, 2, 29))
    assert [month.growth for month in found[:3]] == [1, D("1.1"), D("1.21")]
