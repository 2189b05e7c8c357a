"""The same weights behind several doors: prices worked by hand, agreement counted, features by the rules."""

from collections.abc import Generator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broker.assurance.staff import save as save_fact
from broker.catalog_entries import Entry
from broker.comparison import Gathered, Wanted
from broker.comparison.door_features import FEATURES, lost, recorded, supports
from broker.comparison.doors import differing, doors_of, our_price
from broker.comparison.evidence import gather
from broker.config import Config
from broker.providers.registry import REGISTRY
from broker.stats.proportions import wilson
from broker.suites import Suite
from broker.types import CallContext, Offer, Provider, TokenPrice
from broker.workload.store import save_term
from broker.workload.terms import Term
from db.calls import write_calls
from db.rows import call_row, content_row
from db.session import Database
from tests.comparisontools import AT, config, suite
from tests.dbtools import ENGINES, answered, fresh_database, started
from tests.made_up_shortlist import fact
from tests.resulttools import keep_run

D = Decimal
ACME, BOLT, DELTA, OTHER = "acme/weights-9", "bolt/weights-9", "delta/weights-9", "acme/other-1"
CONFIG = config(ACME, BOLT, DELTA, OTHER)
PRICE = TokenPrice(D(3), D(12), D("0.30"), None, "contract")
CLAUDE_3_7 = {"seed": "no", "logprobs": "no", "json_schema": "adapted"}
ROWS = {row.id: row for row in REGISTRY}


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    with fresh_database("sqlite", tmp_path) as database:
        yield database


@pytest.fixture(params=ENGINES)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    """For what the database itself compares and counts."""
    with fresh_database(request.param, tmp_path) as database:
        yield database


def cells(offer: str, verdicts: str, answers: str, epoch: int = 0) -> list[dict[str, Any]]:
    """A cell a letter: `+` passed, `-` failed, `?` not judged, `e` an error; a space is no answer read."""
    found: list[dict[str, Any]] = []
    for i, (verdict, answer) in enumerate(zip(verdicts, answers, strict=True)):
        cell: dict[str, Any] = {
            "offer": offer,
            "sample": f"s{i}",
            "epoch": epoch,
            "answer": answer.strip() or None,
        }
        passed = {"+": True, "-": False}.get(verdict)
        found.append(cell | ({"outcome": "error"} if verdict == "e" else {"passed": passed}))
    return found


def keep(database: Database, of: Suite, *rows: list[dict[str, Any]], day: int = 0, **more: Any) -> str:
    ended = AT - timedelta(days=30 - day)
    return keep_run(database, of, [cell for row in rows for cell in row], **{"ended_at": ended} | more)


def gathered(database: Database, **wanted: Any) -> Gathered:
    with database.reader() as session:
        return gather(session, CONFIG, Wanted(**wanted), AT)


def rows_of(database: Database, found: Gathered, config: Config = CONFIG) -> dict[str, Any]:
    with database.reader() as session:
        return {row.evidence.id: row for row in doors_of(session, config, found, "weights-9")}


def test_agreement_counts_the_samples_that_both_were_judged_on(either: Database) -> None:
    """Of s0 to s6 both have a verdict on five and agree on three; both have an answer to six, two alike."""
    keep(
        either,
        suite("Invoices", 7),
        cells(ACME, "++--+?+", "abcdefg"),
        cells(BOLT, "+-+-++e", "axxdyzg"),
    )
    rows = rows_of(either, gathered(either, suites=(("Invoices", 1),)))
    assert rows[ACME].agreement is None  # most was asked of it, or it came first: the others are held to it
    found = rows[BOLT].agreement
    assert (found.other, found.suites) == (ACME, ("Invoices",))
    assert found.verdict == wilson(3, 5)
    assert found.answer == wilson(2, 6)
    assert rows[DELTA].agreement is None


def test_agreement_spans_runs_and_suites_and_averages_epochs(database: Database) -> None:
    """In one suite s0 agrees in one epoch of two and s1 in both; in the other, run apart, s0 alone does."""
    letters, claims = suite("Letters", 2), suite("Claims", 3)
    twice = [cells(ACME, "++", "ab", epoch) for epoch in (0, 1)]
    keep(database, letters, *twice, cells(BOLT, "++", "ab"), cells(BOLT, "-+", "ab", 1), epochs=2)
    keep(database, claims, cells(ACME, "++-", "   "), day=1)
    keep(database, claims, cells(BOLT, "+-+", "   "), day=2)
    rows = rows_of(database, gathered(database, suites=(("Letters", 1), ("Claims", 1))))
    found = rows[BOLT].agreement
    assert found.suites == ("Letters", "Claims")
    assert (found.verdict.n, found.verdict.value) == (5, pytest.approx((0.5 + 1 + 1 + 0 + 0) / 5))
    assert (found.answer.n, found.answer.value) == (2, 1)


def test_samples_of_one_document_widen_the_interval(database: Database) -> None:
    verdicts = "++++----", "++++++++"
    apart, together = suite("Apart", 8), suite("Together", 8, clusters=2)
    for one in (apart, together):
        keep(database, one, cells(ACME, verdicts[1], " " * 8), cells(BOLT, verdicts[0], " " * 8))
    first, second = (
        rows_of(database, gathered(database, suites=((name, 1),)))[BOLT].agreement.verdict
        for name in ("Apart", "Together")
    )
    assert first == wilson(4, 8)
    assert second.value == first.value
    assert "2 groups" in second.method


def test_doors_that_share_no_suite_are_not_compared(database: Database) -> None:
    keep(database, suite("Invoices", 3), cells(ACME, "+++", "abc"))
    keep(database, suite("Claims", 2), cells(BOLT, "++", "ab"))
    rows = rows_of(database, gathered(database, suites=(("Invoices", 1), ("Claims", 1))))
    assert {row.agreement for row in rows.values()} == {None}


def test_every_door_is_there_whatever_the_comparison_shows(database: Database) -> None:
    keep(database, suite("Invoices", 2), cells(BOLT, "++", "ab"), cells(OTHER, "++", "ab"))
    shown = gathered(database, suites=(("Invoices", 1),), scope="tested", platforms=("bolt",))
    assert [one.id for one in shown.offers] == [BOLT]
    rows = rows_of(database, shown)
    assert list(rows) == [BOLT, ACME, DELTA]
    assert rows[ACME].evidence.elsewhere[0] == BOLT
    with database.reader() as session:
        assert doors_of(session, CONFIG, shown, "no such weights") == ()


def test_a_door_has_its_terms_its_price_and_what_differs(database: Database) -> None:
    discount = Term("discount", D(20), "acme", date(2026, 1, 1))
    over = Term("uplift", D(50), "acme", date(2025, 1, 1), date(2025, 12, 31))
    with database.writer() as session:
        for term in (discount, over):
            save_term(session, term, "ada")
        for told in (
            fact("acme", "hipaa_baa", "yes"), fact("bolt", "hipaa_baa", "yes_by_approval"),
            *(fact(platform, "sso", "yes") for platform in ("acme", "bolt", "delta")),
        ):  # fmt: skip
            save_fact(session, told, "ada")
    rows = rows_of(database, gathered(database, offers=(ACME, BOLT, DELTA)))
    assert [term.kind for term in rows[ACME].terms] == ["discount"]
    assert (rows[ACME].at_list.input_mtok, rows[ACME].ours.input_mtok) == (D(1), D("0.8"))
    assert (rows[BOLT].terms, rows[BOLT].ours) == ((), rows[BOLT].at_list)
    assert {offer: row.facts for offer, row in rows.items()} == {
        ACME: {"hipaa_baa": "yes"},
        BOLT: {"hipaa_baa": "yes, with the vendor's approval"},
        DELTA: {"hipaa_baa": None},
    }


def test_our_price_is_list_with_uplift_and_discount() -> None:
    """3 × 1.10 × 0.80 = 2.64, and so on; a commitment changes no price, an unknown class stays unknown."""
    entry = Entry(Offer("acme", "weights-9", "weights-9", "Acme", "W"), "Acme")
    terms = [
        Term("uplift", D(10), "acme", date(2026, 1, 1)),
        Term("discount", D(20), "acme", date(2026, 1, 1), date(2026, 12, 31)),
        Term("discount", D(90), "acme", date(2027, 1, 1)),
        Term("commitment", D(1000), "acme", date(2026, 1, 1), period="year"),
    ]
    ours = our_price(entry, PRICE, terms, date(2026, 11, 22))
    assert ours == TokenPrice(D("2.64"), D("10.56"), D("0.264"), None, "contract")
    assert our_price(entry, None, terms, date(2026, 11, 22)) is None
    assert our_price(entry, PRICE, [], date(2026, 11, 22)) == PRICE


def test_facts_that_all_doors_share_are_left_out() -> None:
    told = {"a": {"x": "yes", "y": "no", "z": None}, "b": {"x": "yes", "y": None, "z": None}}
    assert differing(told) == {"a": {"y": "no"}, "b": {"y": None}}
    assert differing({}) == {}


@pytest.mark.parametrize(
    ("provider", "model", "without"),
    [  # As the platforms' own documentation has it; docs/providers.md names each.
        ("anthropic", "claude-3-7-sonnet-20250219", CLAUDE_3_7),
        ("bedrock", "anthropic.claude-3-7-sonnet-20250219-v1:0", CLAUDE_3_7),
        ("openai", "gpt-4.1", {"reasoning_effort": "no"}),
        ("deepseek", "deepseek-chat", {"images": "no", "json_schema": "adapted", "seed": "no"}),
        ("vertex", "gemini-2.5-flash", {}),
    ],
)  # fmt: skip
def test_features_are_those_that_calls_are_written_with(
    provider: str, model: str, without: dict[str, str]
) -> None:
    entry = Entry(Offer(provider, model, model, "Acme", "W"), "Acme", takes=frozenset({"image"}))
    found = supports(ROWS[provider], entry, PRICE)
    assert {name: one for name, one in found.items() if one != "yes"} == without
    assert tuple(found) == tuple(FEATURES)


def test_what_no_rule_can_say_is_unknown() -> None:
    entry = Entry(Offer("acme", "m", "m", "Acme", "M"), "Acme")
    assert set(supports(None, entry, None).values()) == {"unknown"}
    row = Provider("acme", "Acme", "openai", "http://127.0.0.1/v1")
    found = supports(row, entry, TokenPrice(D(1), D(2)))
    assert (found["images"], found["cache"], found["tools"]) == ("unknown", "no", "yes")


def test_a_feature_is_lost_where_another_door_has_it() -> None:
    mine, other = (
        {"a": "no", "b": "adapted", "c": "no", "d": "unknown"},
        {"a": "yes", "b": "yes", "c": "no", "d": "yes"},
    )
    assert lost(mine, [other]) == ("a", "b")  # type: ignore[arg-type]
    assert lost(mine, []) == ()  # type: ignore[arg-type]


def test_what_was_left_out_of_real_calls_is_counted(either: Database) -> None:
    offer = Offer("acme", "weights-9", "weights-9", "Acme", "W")
    ended = [answered(started(offer)) for _ in range(3)]  # each drops the seed and adapts the schema
    calls = [*ended, started(offer), answered(started(Offer("bolt", "weights-9", "w", "Acme", "W")))]
    rows = [call_row(call, CallContext("playground"), "Acme", None) for call in calls]
    with either.writer() as session:
        write_calls(session, rows, [content_row(call) for call in calls])
    with either.reader() as session:
        found, none = recorded(session, ACME), recorded(session, DELTA)
    assert (found.calls, found.dropped, found.adapted) == (3, {"seed": 3}, {"json_schema": 3})
    assert (none.calls, none.dropped, none.adapted) == (0, {}, {})
