"""Votes become ratings as a published table has them; what votes cannot say is not said."""

from collections.abc import Generator, Sequence
from itertools import permutations
from math import log10
from pathlib import Path

import numpy as np
import pytest

from broker.ratings import MEAN, PER_LOG_ODDS, Ballot, Rating, rate, ratings
from broker.types import CallContext, Offer
from db.calls import write_calls
from db.changes import add_prompt, cast_vote
from db.rows import call_row, content_row
from db.session import Database
from tests.dbtools import ENGINES, answered, failed, fresh_database, started

# Games won (row) against (column) in the eastern division of the American League, 1987, and the strengths
# fitted to them: Agresti, Categorical Data Analysis (2nd edition, 2002), tables 10.10 and 10.11, p. 438.
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WON = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)
STRENGTHS = (1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0)
STANDARD_ERROR = 0.3  # of a strength against Baltimore's, says the same page


def ballots(*won: tuple[str, str, int], tied: int = 0) -> list[Ballot]:
    """So many wins of one offer over another, and ties of the first two, a prompt each."""
    found = [(one, other, one) for one, other, times in won for _ in range(times)]
    found += [(*won[0][:2], None)] * tied
    return [Ballot(f"p{i}", (one, other), best) for i, (one, other, best) in enumerate(found)]


def season() -> list[Ballot]:
    games = [(TEAMS[i], TEAMS[j], WON[i][j]) for i, j in permutations(range(len(TEAMS)), 2)]
    return ballots(*games)


def log_odds(by_offer: dict[str, Rating], one: str, other: str) -> float:
    return (by_offer[one].value - by_offer[other].value) / PER_LOG_ODDS


def ends(rating: Rating) -> tuple[float, float]:
    assert rating.low is not None
    assert rating.high is not None
    return rating.low, rating.high


def width(rating: Rating) -> float:
    low, high = ends(rating)
    return high - low


def test_a_published_season_has_its_published_strengths() -> None:
    found = rate(season(), draws=3).by_offer
    for team, strength in zip(TEAMS, STRENGTHS, strict=True):
        # The prior takes a hundredth off; the table is rounded to half of that.
        assert log_odds(dict(found), team, "Baltimore") == pytest.approx(strength, abs=0.02), team
        assert found[team].votes == 78  # each played 13 games against each of six
    assert np.mean([one.value for one in found.values()]) == pytest.approx(MEAN)


def test_intervals_are_as_wide_as_the_published_standard_error() -> None:
    """Of two strengths alike in error and nearly independent, the mean of all removed."""
    found = rate(season(), draws=300).by_offer
    errors = [width(one) / 2 / 1.96 / PER_LOG_ODDS for one in found.values()]
    assert len(errors) == len(TEAMS)
    assert np.mean(errors) == pytest.approx(STANDARD_ERROR * (1 / 2) ** 0.5, rel=0.25)


def test_intervals_are_the_same_each_time_and_narrow_with_votes() -> None:
    few, many = (rate(ballots(("a", "b", 3 * n), ("b", "a", n))) for n in (5, 50))
    assert few == rate(ballots(("a", "b", 15), ("b", "a", 5)))
    low, high = ends(few.by_offer["a"])
    assert low < few.by_offer["a"].value < high
    assert width(few.by_offer["a"]) / width(many.by_offer["a"]) == pytest.approx(10**0.5, rel=0.3)


def test_two_offers_stand_apart_by_their_odds() -> None:
    """Three wins to one are 400 · log10(3) points; the prior of a twentieth each way makes it a bit less."""
    found = rate(ballots(("a", "b", 300), ("b", "a", 100)), draws=3).by_offer
    assert found["a"].value - found["b"].value == pytest.approx(400 * log10(3), abs=0.5)


def test_a_tie_is_half_a_win_either_way() -> None:
    drawn = rate(ballots(("a", "b", 2), tied=4), draws=3)
    decided = rate(ballots(("a", "b", 4), ("b", "a", 2)), draws=3)
    assert drawn.by_offer["a"].value == pytest.approx(decided.by_offer["a"].value)
    only_ties = rate([Ballot("p", ("a", "b", "c"), None)], draws=3)
    assert [one.value for one in only_ties.by_offer.values()] == pytest.approx([MEAN] * 3)


def test_the_best_of_three_beats_both_and_says_nothing_of_the_others() -> None:
    found = rate([Ballot(f"p{i}", ("a", "b", "c"), "a") for i in range(4)], draws=3).by_offer
    assert found["a"].value > found["b"].value == pytest.approx(found["c"].value)
    assert {one.votes for one in found.values()} == {4}


def test_who_always_lost_has_a_finite_rating_without_a_lower_limit() -> None:
    found = rate(ballots(("a", "b", 3), ("b", "a", 2), ("a", "c", 4), ("b", "c", 4)))
    a, c = found.by_offer["a"], found.by_offer["c"]
    assert MEAN - 2000 < c.value < MEAN - 200
    assert (c.low, a.high) == (None, None)
    b = found.by_offer["b"]  # with a beyond c by any distance: no vote says how far
    assert b.high is None
    assert None not in (c.high, a.low, b.low)
    assert (c.high or 0) < min(a.low or 0, b.low or 0)


def test_offers_that_no_votes_connect_are_in_groups_of_their_own() -> None:
    near, far = (("a", "b", 3), ("b", "c", 2), ("c", "a", 1)), (("x", "y", 9), ("y", "x", 1))
    both = rate(ballots(*near, *far), draws=3)
    assert both.groups == (("a", "b", "c"), ("x", "y"))
    assert rate(ballots(*near), draws=3).groups == (("a", "b", "c"),)
    for group, votes in zip(both.groups, (near, far), strict=True):
        alone = rate(ballots(*votes), draws=3).by_offer
        assert [both.by_offer[one].value for one in group] == pytest.approx(
            [alone[one].value for one in group]
        )


def test_votes_on_one_prompt_are_no_independent_evidence() -> None:
    apart = rate(ballots(("a", "b", 12), ("b", "a", 8))).by_offer["a"]
    together = [
        vote._replace(prompt=str(i % 4)) for i, vote in enumerate(ballots(("a", "b", 12), ("b", "a", 8)))
    ]
    shared = rate(together).by_offer["a"]
    assert shared.value == pytest.approx(apart.value)
    assert (shared.low, shared.high) != (apart.low, apart.high)


def test_without_votes_there_is_nothing() -> None:
    found = rate([])
    assert (found.by_offer, found.votes, found.groups) == ({}, 0, ())


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def ask(
    database: Database, offers: Sequence[str], errors: Sequence[str] = (), blind: bool = False
) -> list[str]:
    """Keep a prompt answered by these offers; its id, then its calls'."""
    with database.writer() as session:
        prompt = add_prompt(
            session, text="Which?", offers=[f"acme/{model}" for model in offers], blind=blind
        ).id
    calls = [started(Offer("acme", model, model, "Acme", model)) for model in offers]
    ended = [
        failed(call) if model in errors else answered(call) for call, model in zip(calls, offers, strict=True)
    ]
    rows = [
        call_row(call, CallContext("playground", "ada", prompt, i), "Acme", None)
        for i, call in enumerate(ended)
    ]
    with database.writer() as session:
        write_calls(session, rows, [content_row(call) for call in ended])
    return [prompt, *(call.call_id for call in ended)]


def test_votes_are_read_with_who_was_asked(database: Database) -> None:
    first, a, _, _ = ask(database, ["a", "b", "c"], errors=["c"])
    second, *_ = ask(database, ["b", "c"])
    third, *_ = ask(database, ["a", "c"])
    lonely, lonely_a, _ = ask(database, ["a", "d"], errors=["d"])
    with database.writer() as session:
        cast_vote(session, prompt_id=first, choice="one", call_id=a, user="ada", blind=True)
        cast_vote(session, prompt_id=first, choice="tie", user="bob")
        cast_vote(session, prompt_id=second, choice="tie", user="ada")
        cast_vote(session, prompt_id=third, choice="all_bad", user="ada", blind=True)
        cast_vote(session, prompt_id=lonely, choice="one", call_id=lonely_a, user="ada")
    with database.reader() as session:
        found, blind = ratings(session), ratings(session, blind_only=True)
    assert (found.votes, found.all_bad, found.groups) == (3, 1, (("acme/a", "acme/b", "acme/c"),))
    assert {offer: one.votes for offer, one in found.by_offer.items()} == {
        "acme/a": 2,
        "acme/b": 3,
        "acme/c": 1,
    }
    assert found.by_offer["acme/a"].value > found.by_offer["acme/b"].value
    assert (blind.votes, blind.all_bad, blind.groups) == (1, 1, (("acme/a", "acme/b"),))
