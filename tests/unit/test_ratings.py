"""Votes become ratings as a published table has them; what votes cannot say is not said."""

from collections.abc import Generator, Sequence
from itertools import permutations
from math import asinh, log, log10
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from broker.ratings import MEAN, PER_LOG_ODDS, Ballot, Rating, rate, ratings
from broker.stats.proportions import score_limits
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
    found = rate(season()).by_offer
    for team, strength in zip(TEAMS, STRENGTHS, strict=True):
        # The prior takes a hundredth off; the table is rounded to half of that.
        assert log_odds(dict(found), team, "Baltimore") == pytest.approx(strength, abs=0.02), team
        assert found[team].votes == 78  # each played 13 games against each of six
    assert np.mean([one.value for one in found.values()]) == pytest.approx(MEAN)


def test_intervals_are_as_wide_as_the_published_standard_error() -> None:
    """Of two strengths alike in error and nearly independent, the mean of all removed."""
    found = rate(season()).by_offer
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
    found = rate(ballots(("a", "b", 300), ("b", "a", 100))).by_offer
    assert found["a"].value - found["b"].value == pytest.approx(400 * log10(3), abs=0.5)


def test_a_tie_is_half_a_win_either_way() -> None:
    drawn = rate(ballots(("a", "b", 2), tied=4))
    decided = rate(ballots(("a", "b", 4), ("b", "a", 2)))
    assert drawn.by_offer["a"].value == pytest.approx(decided.by_offer["a"].value)
    only_ties = rate([Ballot("p", ("a", "b", "c"), None)])
    assert [one.value for one in only_ties.by_offer.values()] == pytest.approx([MEAN] * 3)


def test_the_best_of_three_beats_both_and_says_nothing_of_the_others() -> None:
    found = rate([Ballot(f"p{i}", ("a", "b", "c"), "a") for i in range(4)]).by_offer
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
    assert (c.high or 0) < MEAN  # it lost eight of eight


def test_offers_that_no_votes_connect_are_in_groups_of_their_own() -> None:
    near, far = (("a", "b", 3), ("b", "c", 2), ("c", "a", 1)), (("x", "y", 9), ("y", "x", 1))
    both = rate(ballots(*near, *far))
    assert both.groups == (("a", "b", "c"), ("x", "y"))
    assert rate(ballots(*near)).groups == (("a", "b", "c"),)
    for group, votes in zip(both.groups, (near, far), strict=True):
        alone = rate(ballots(*votes)).by_offer
        assert [both.by_offer[one].value for one in group] == pytest.approx(
            [alone[one].value for one in group]
        )


@pytest.mark.parametrize(
    "votes",
    [
        [Ballot("p", ("a", "b"), None)],
        [Ballot("p", ("a", "b"), best) for best in "aab"],
        [Ballot("p", ("a", "b"), best) for best in "ab" * 50],
        [Ballot("p", ("a", "b", "c"), best) for best in "abc" * 30],
    ],
)
def test_one_prompt_gives_ratings_without_an_interval(votes: list[Ballot]) -> None:
    found = rate(votes).by_offer.values()
    assert {(one.low, one.high) for one in found} == {(None, None)}
    assert {one.votes for one in found} == {len(votes)}


@pytest.mark.parametrize("best", [None, "a", "c"])
def test_who_was_shown_once_has_no_interval_and_makes_those_of_others_wider(best: str | None) -> None:
    even = ballots(("a", "b", 30), ("b", "a", 30))
    found = rate([*even, Ballot("once", ("a", "c"), best)]).by_offer
    assert (found["c"].low, found["c"].high) == (None, None)
    if best is None:  # else c may be endlessly good or bad, and the mean with it
        assert width(found["a"]) > width(rate(even).by_offer["a"])


def test_ties_alone_leave_a_doubt_that_wanes() -> None:
    widths = [width(rate(ballots(("a", "b", 0), tied=n)).by_offer["a"]) for n in (2, 5, 50, 500)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 200
    assert widths[-1] < 10


def test_two_offers_have_wilsons_interval() -> None:
    """60 wins of 100, the strength of one fitted: Wilson's limits for 60 % of 99, as log-odds, half each."""
    found = rate(ballots(("a", "b", 60), ("b", "a", 40))).by_offer["a"]
    limits = score_limits(0.6, 99, 1.959964)
    assert ends(found) == pytest.approx(
        [MEAN + PER_LOG_ODDS / 2 * log(share / (1 - share)) for share in limits], abs=0.2
    )


def test_a_tie_says_less_than_a_win_and_a_loss() -> None:
    """By hand: 41 of 101 votes say something, each 1/4; twice asinh of z / 2 standard errors either way."""
    found = rate(ballots(("a", "b", 20), ("b", "a", 20), tied=60)).by_offer["a"]
    error = (41 / 101 * 100 / 4 * 100 / 99) ** 0.5 / (100 / 4)
    assert width(found) == pytest.approx(PER_LOG_ODDS * 2 * asinh(1.959964 * error / 2), rel=0.005)


def test_votes_that_repeat_others_on_their_prompt_add_nothing() -> None:
    once = ballots(("a", "b", 120), ("b", "a", 80))
    narrow, same, other = (rate(votes).by_offer["a"] for votes in (once, once * 3, relabelled(once * 3)))
    assert same.value == pytest.approx(narrow.value, abs=0.1)
    assert width(same) == pytest.approx(width(narrow), rel=0.02)
    assert width(other) == pytest.approx(width(narrow) / 3**0.5, rel=0.02)


def relabelled(votes: list[Ballot]) -> list[Ballot]:
    return [vote._replace(prompt=str(i)) for i, vote in enumerate(votes)]


def test_ten_thousand_votes_on_forty_offers_take_a_moment() -> None:
    """A fifth of a second by itself."""
    rng = np.random.default_rng(5)
    names = [f"o{i}" for i in range(40)]
    shown = [tuple(rng.choice(names, 4, replace=False).tolist()) for _ in range(10_000)]
    votes = [Ballot(str(i // 2), offers, offers[i % 4]) for i, offers in enumerate(shown)]
    rate(votes[:10])
    began = process_time()
    rate(votes)
    assert process_time() - began < 0.8


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
