"""What a judge's pairs come to: hand-worked shares, the places it favours, and what may be said of it."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.benchmark_export import FORMATS
from broker.results.head_to_head import HeadToHead, head_to_head, sentence
from broker.results.load import load_run
from broker.stats import Estimate
from broker.stats.proportions import wilson
from broker.suites import Sample
from db.reviews import Judgement, Review
from db.session import Database
from tests.dbtools import fresh_database
from tests.resulttools import keep_run, snapshot, suite_of

A, B, C = "acme/a", "acme/b", "acme/c"
ORDERS = {"w": ("b", "b", "b"), "l": ("a", "a", "a"), "t": ("tie", "tie", "tie")}
ORDERS |= {"1": ("a", "b", "tie"), "2": ("b", "a", "tie"), "?": (None, None, None)}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with fresh_database("sqlite", tmp_path) as database:
        yield database


def kept(database: Database, marks: dict[str, str], clusters: int | None = None) -> tuple[str, str]:
    """A review of `a` against each offer, a letter a sample; returns the ids of run and review.

    `w` won, `l` lost, `t` a tie, `1` and `2` a judge that takes what stands in that place, `?` not judged.
    """
    count = max(map(len, marks.values()))
    clustered = [None if clusters is None else f"c{i % clusters}" for i in range(count)]
    samples = [Sample(f"s{i}", "q", cluster=clustered[i]) for i in range(count)]
    cells = [{"offer": name, "sample": one.id, "text": "x"} for one in samples for name in (A, *marks)]
    run_id = keep_run(database, suite_of(*samples), cells)
    known = {"kind": "pairs", "status": "done", "criteria": "", "concurrency": 1, "seed": 0}
    with database.writer() as session:
        review = Review(
            run_id=run_id,
            judge=snapshot("umbra/judge"),
            baseline=A,
            offers=list(marks),
            item_count=1,
            **known,
        )
        session.add(review)
        session.flush()
        session.add_all(
            judged(review.id, b, i, mark) for b, row in marks.items() for i, mark in enumerate(row)
        )
    return run_id, review.id


def judged(review_id: str, b: str, i: int, mark: str) -> Judgement:
    first, second, winner = ORDERS[mark]
    place: dict[str, Any] = {"position": i, "epoch": 0, "sample_key": f"s{i}", "a": A, "b": b}
    said = {"a_first": first, "b_first": second, "winner": winner, "judged": winner is not None}
    return Judgement(review_id=review_id, status="done", attempt=1, repeated=False, **place, **said)


def against(database: Database, marks: dict[str, str], clusters: int | None = None) -> list[HeadToHead]:
    run_id, review_id = kept(database, marks, clusters)
    with database.reader() as session:
        review = session.get_one(Review, review_id)
        return list(head_to_head(session, review, load_run(session, run_id)).against)


def test_ties_count_half_and_what_was_not_judged_not_at_all(database: Database) -> None:
    (found,) = against(database, {B: "wwwltt12??"})
    assert (found.judged, found.unjudged, found.wins_b, found.wins_a, found.ties) == (8, 2, 3, 1, 4)
    assert found.rate.value == (3 + 4 / 2) / 8
    assert (found.contradictory, found.first_favoured, found.second_favoured) == (2, 1, 1)
    assert (found.position.value, found.position.n) == (2 / 8, 8)


def test_without_ties_the_interval_is_wilson_s_and_the_test_the_sign_test(database: Database) -> None:
    (found,) = against(database, {B: "w" * 9 + "l"})
    expected = wilson(9, 10)
    assert (found.rate.value, found.rate.low, found.rate.high) == (0.9, expected.low, expected.high)
    assert found.p == pytest.approx(2 * (1 + 10) / 2**10)  # of a fair coin: 0 or 1, 9 or 10 heads of 10
    assert found.sentence.startswith(
        "JUDGE prefers B to A: B wins 90 % of the pairs (95 % interval 60 to 98; n = 10"
    )


def test_who_loses_is_told_from_the_winner_s_side(database: Database) -> None:
    (found,) = against(database, {B: "l" * 9 + "w"})
    assert found.sentence.startswith("JUDGE prefers A to B: A wins 90 % of the pairs (95 % interval 60 to 98")


def test_several_offers_are_corrected_for(database: Database) -> None:
    one, two = against(database, {B: "w" * 9 + "l", C: "wl" * 5})
    assert one.p == pytest.approx(2 * 2 * 11 / 2**10)  # Holm: the smaller of two counts twice
    assert two.p == 1
    assert "corrected for 2 comparisons" in one.sentence
    assert two.sentence.startswith("JUDGE cannot tell C from A: C wins 50 %")


def test_samples_of_one_document_are_the_weaker_evidence_they_are(database: Database) -> None:
    (alone,) = against(database, {B: "wwwwllww" * 5})
    (shared,) = against(database, {B: "wwwwllww" * 5}, clusters=8)
    assert shared.rate.value == alone.rate.value
    assert None not in (shared.rate.low, alone.rate.low)
    assert (shared.rate.low or 0) < (alone.rate.low or 0)


def test_a_judge_that_only_ties_shows_nothing(database: Database) -> None:
    (found,) = against(database, {B: "t" * 12})
    assert (found.rate.value, found.p) == (0.5, 1)
    assert found.sentence.startswith("JUDGE cannot tell B from A")


def test_nothing_judged_is_said() -> None:
    nothing = Estimate(None, None, None, 0, "")
    assert sentence("Judge", ("A", "B"), nothing, None) == "Judge has judged no pair of A and B."


def test_pairs_are_exported_a_row_each(database: Database) -> None:
    run_id, review_id = kept(database, {B: "w?", C: "1t"})
    with database.reader() as session:
        written = b"".join(FORMATS["pairs"].write(session, run_id, None))
        alone = b"".join(FORMATS["pairs"].write(session, run_id, C))
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert {(row["review_id"], row["judge"], row["offer_a"]) for row in rows} == {
        (review_id, "umbra/judge", A)
    }
    assert [(row["sample"], row["offer_b"], row["winner"]) for row in rows] == [
        ("s0", B, "b"),
        ("s0", C, "tie"),
        ("s1", B, ""),
        ("s1", C, "tie"),
    ]
    assert alone.decode("utf-8-sig").count(C) == 2
    assert B not in alone.decode("utf-8-sig")
