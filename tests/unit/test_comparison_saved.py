"""A saved comparison remembers what it saw, and says in sentences what is otherwise now."""

import json
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from genai_prices.types import ClauseEquals, ModelInfo

from broker.assurance import known
from broker.comparison import Evidence, Gate, Ranked, Rating, Shortlist
from broker.comparison.assured import WANTED
from broker.comparison.saved import changes, delete, listed, load, save, snapshot, snapshot_hash
from broker.comparison.snapshots import VERSION
from broker.stats import Estimate
from broker.workload import Unknown
from db.comparisons import SavedComparison
from db.session import Database
from tests.dbtools import ENGINES, fresh_database
from tests.made_up_shortlist import AT, FACTS, fact, share, shortlist
from tests.workloadtools import prices

ACME, BOLT = "acme-large-4 · Acme API", "bolt-pro-2 · Bolt API"
Step = Callable[[Ranked], Ranked]


def altered(offer: str, step: Step, then: Shortlist | None = None) -> Shortlist:
    """The shortlist with one offer otherwise."""
    then = then or shortlist()
    ranked = tuple(step(one) if one.evidence.id == offer else one for one in then.ranked)
    return replace(then, ranked=ranked)


def told(now: Shortlist, then: Shortlist | None = None) -> list[str]:
    """What is said of the changes, by way of the database's JSON."""
    was, is_now = (json.loads(json.dumps(snapshot(one))) for one in (then or shortlist(), now))
    return [change.sentence for change in changes(was, is_now)]


def evidence(**figures: Any) -> Step:
    return lambda one: replace(one, evidence=replace(one.evidence, **figures))


def of_speed(**otherwise: Any) -> Step:
    def step(one: Ranked) -> Ranked:
        assert one.evidence.speed is not None
        return evidence(speed=replace(one.evidence.speed, **otherwise))(one)

    return step


def of_lifecycle(**otherwise: Any) -> Step:
    return lambda one: evidence(lifecycle=replace(one.evidence.lifecycle, **otherwise))(one)


def scaled(score: float, **otherwise: float) -> Step:
    return lambda one: replace(one, score=score, scales={**one.scales, **otherwise})


def listed_at(text: str) -> Step:
    def step(one: Ranked) -> Ranked:
        line = ModelInfo("large-4", ClauseEquals("large-4"), prices=prices(text))
        return replace(one, evidence=replace(one.evidence, entry=replace(one.evidence.entry, listing=line)))

    return step


def judged(kind: str, **otherwise: Any) -> Step:
    """One gate's result otherwise."""
    return lambda one: replace(
        one, gates=tuple(replace(said, **otherwise) if said.gate.kind == kind else said for said in one.gates)
    )


def reordered(*first: str) -> Shortlist:
    then = shortlist()
    return replace(then, ranked=tuple(sorted(then.ranked, key=lambda one: one.evidence.id not in first)))


def year(one: Evidence, factor: str) -> Evidence:
    assert one.cost is not None
    assert not isinstance(one.cost.ours, Unknown)
    ours = replace(one.cost.ours, year=one.cost.ours.year.times(Decimal(factor)))
    return replace(one, cost=replace(one.cost, ours=ours))


def test_nothing_changed_says_nothing_on_whatever_day() -> None:
    then = shortlist()
    later = replace(then, gathered=replace(then.gathered, at=AT + timedelta(days=1)))
    assert told(later) == []
    assert snapshot_hash(snapshot(then)) == snapshot_hash(snapshot(later))
    assert snapshot(later)["at"] == "2026-11-23"


def test_a_snapshot_has_the_figures_and_what_they_rest_on() -> None:
    taken = snapshot(shortlist())
    acme = taken["offers"]["acme/large-4"]
    assert taken["winner"] == "acme/large-4"
    assert acme["quality"] == {"value": 0.912, "low": 0.885, "high": 0.934, "n": 500}
    assert acme["runs"] == {"Invoices": "run-invoices", "Contracts": "run-contracts"}
    assert acme["price"] == {"input": "3", "output": "12", "cache_read": "0.3", "cache_write": "3.75"}
    assert acme["gates"]["quality>=0.8"][0] == "pass"
    assert acme["facts"]["hipaa_baa"] == {"id": "acme-hipaa_baa", "value": "yes", "standing": "satisfied"}
    assert (acme["speed"]["origin"], acme["speed"]["total_p95"]["value"]) == ("runs", 2_400)
    assert acme["rating"] == {"value": 1560, "low": 1515, "high": 1605, "n": 71}
    assert (acme["doors"], acme["rivals"], acme["region"], acme["context"]) == (1, 2, "eu", 1_000_000)
    assert acme["scales"]["cost"] == 0.58
    assert acme["lifecycle"]["retires"] == "2027-10-01"
    assert (acme["rank"], acme["outcome"]) == (1, "pass")
    delta = taken["offers"]["delta/8b"]
    assert (delta["quality"], delta["price"], delta["cost"]["ours"], delta["score"]) == (None,) * 4
    assert delta["facts"] == dict.fromkeys(WANTED)
    assert taken["workload"]["name"] == "Letters"


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (listed_at("2.5 0.30 3.75 12"), f"Price of {ACME}: $3 → $2.50 per million input tokens."),
        (listed_at("3 0.075 3.75 12"), f"Price of {ACME}: $0.30 → $0.075 per million cached input tokens."),
        (listed_at("3 0.30 - 12"), f"Price of {ACME}: $3.75 → unknown per million tokens put in the cache."),
        (
            evidence(quality=share(0.93, 600, 0.91, 0.95)),
            f"Quality of {ACME}: 91.2 % (88.5 to 93.4, n = 500) → 93.0 % (91.0 to 95.0, n = 600).",
        ),
        (evidence(quality=None), f"Quality of {ACME}: 91.2 % (88.5 to 93.4, n = 500) → unknown."),
        (
            evidence(per_1000=Estimate(18.4, 17.0, 20.0, 400, "")),
            f"1,000 tasks of {ACME}: $18.40 (16.56 to 20.24, n = 400) → $18.40 (17.00 to 20.00, n = 400).",
        ),
        (
            evidence(rating=Rating(1_600, None, 1_650, 72)),
            f"Rating by votes of {ACME}: 1,560 (1,515 to 1,605, n = 71) → 1,600 (n = 72).",
        ),
        (evidence(doors=()), f"Other platforms with the weights of {ACME}: 1 → 0."),
        (evidence(rivals=None), f"Other makers' offers no worse than {ACME}: 2 → unknown."),
        (evidence(region="us"), f"Region of {ACME}: eu → us."),
        (
            evidence(speed=None),
            f"Half of the answers of {ACME} were whole within: 1.40 s (1.26 to 1.61, n = 500) → unknown.",
        ),
        (of_speed(origin="calls"), f"Speed of {ACME} rests on all recorded calls now, no longer on the "
         "chosen suites' runs."),
        (
            of_speed(total_p95=Estimate(3_000, 2_500, 3_500, 20, "")),
            f"Of 100 answers of {ACME} 95 were whole within: 2.40 s (2.16 to 2.76, n = 500) → "
            "3.00 s (2.50 to 3.50, n = 20).",
        ),
        (of_lifecycle(listed=False), f"The list of Acme API no longer has {ACME}."),
        (of_lifecycle(successor="large-5"), f"Successor of {ACME}: none named → large-5."),
        (lambda one: replace(one, score=0.1), f"Score of {ACME}: 0.77 → 0.10."),
        (scaled(1.0, cost=0.41), f"Score of {ACME}: 0.77 → 1.00 (cost 0.58 → 0.41)."),
        (scaled(0.771, cost=0.41), f"Score of {ACME} is still 0.77: cost 0.58 → 0.41."),
        (lambda one: replace(one, score=0.7712), "Some figures moved, by less than is shown."),
        (
            of_speed(total_p50=Estimate(1_401, 1_260, 1_610, 501, "")),
            "Some figures moved, by less than is shown.",
        ),
    ],
)  # fmt: skip
def test_one_change_is_one_sentence(step: Step, sentence: str) -> None:
    assert told(altered("acme/large-4", step)) == [sentence]


def test_gates_are_told_both_ways() -> None:
    def outcome(was: str, now: str) -> str:
        before = altered("acme/large-4", judged("quality", outcome=was, reason="Then."))
        after = altered("acme/large-4", judged("quality", outcome=now, reason="Now."))
        sentences = [one for one in told(after, before) if "Quality" in one]
        assert len(sentences) == 1
        return sentences[0].removeprefix(f"{ACME} ")

    assert outcome("fail", "pass") == "now passes Quality ≥ 80 %: Now."
    assert outcome("unknown", "fail") == "now fails Quality ≥ 80 %: Now."
    assert outcome("pass", "unknown") == "no longer passes Quality ≥ 80 %: Now."
    assert outcome("fail", "unknown") == "is no longer known to fail Quality ≥ 80 %: Now."


def test_a_newer_run_is_named() -> None:
    def step(one: Ranked) -> Ranked:
        results = tuple(
            replace(found, run_id="newer") if found.suite == "Invoices" else found
            for found in one.evidence.results
        )
        return replace(one, evidence=replace(one.evidence, results=results))

    assert told(altered("bolt/pro-2", step)) == [
        f"Quality of {BOLT} is what it was, by newer runs of Invoices."
    ]


def test_a_cost_that_moves_says_by_whose_price() -> None:
    then = snapshot(shortlist())["offers"]["bolt/pro-2"]["cost"]
    now = altered("bolt/pro-2", lambda one: replace(one, evidence=year(one.evidence, "1.5")))
    was, is_now = Decimal(then["ours"]), Decimal(then["ours"]) * Decimal("1.5")
    assert told(now) == [f"A year of {BOLT}: ${was:,.2f} → ${is_now:,.2f} at our price."]


def test_dates_are_told_as_they_are() -> None:
    def step(one: Ranked) -> Ranked:
        moved = replace(one.evidence.lifecycle, retires=date(2027, 6, 30), flagged=True)
        return replace(one, evidence=replace(one.evidence, lifecycle=moved))

    assert told(altered("bolt/pro-2", step)) == [
        f"Last day of {BOLT}: no day published → 2027-06-30.",
        f"The price list says now that {BOLT} is ending.",
    ]


def on(day: date, step: Step = lambda one: one) -> Shortlist:
    """The shortlist of another day."""
    now = altered("bolt/pro-2", step)
    return replace(now, gathered=replace(now.gathered, at=day))


def test_an_end_that_has_come_is_told_on_the_day_after() -> None:
    last = AT + timedelta(days=19)
    ends = of_lifecycle(retires=last, deprecated=last, not_before=last)
    then = on(AT, ends)
    deprecated = f"{BOLT} has been deprecated since {last}."
    assert told(on(last - timedelta(days=1), ends), then) == []
    assert told(on(last, ends), then) == [deprecated]
    assert told(on(last + timedelta(days=1), ends), then) == [
        f"{BOLT} has ended: its last day was {last}.",
        deprecated,
        f"The time that {BOLT} stays at least is over: it ran until {last}.",
    ]
    assert told(on(last + timedelta(days=9), ends), on(last + timedelta(days=1), ends)) == []


def test_an_end_that_was_moved_to_a_day_that_has_passed_is_told_as_both() -> None:
    day = AT + timedelta(days=3)
    now = on(AT + timedelta(days=5), of_lifecycle(retires=day))
    assert told(now) == [
        f"{BOLT} has ended: its last day was {day}.",
        f"Last day of {BOLT}: no day published → {day}.",
    ]


def test_what_weighs_most_is_told_first() -> None:
    """Winner, must-haves, end, cost, quality, speed, doors; offers that were never tested after all that."""

    def step(one: Ranked) -> Ranked:
        if not one.evidence.results:  # delta/8b
            return evidence(doors=(), region="moon")(judged("hipaa_baa", outcome="fail", reason="So.")(one))
        changed = evidence(
            doors=(),
            quality=share(0.5, 600, 0.4, 0.6),
            lifecycle=replace(one.evidence.lifecycle, retires=date(2027, 6, 30)),
        )(one)
        changed = replace(changed, evidence=year(changed.evidence, "0.57"))
        return of_speed(total_p95=Estimate(9_000, 8_500, 9_500, 20, ""))(changed)

    now = reduce(lambda found, offer: altered(offer, step, found), ("acme/large-4", "delta/8b"), shortlist())
    now = replace(now, ranked=tuple(sorted(now.ranked, key=lambda one: one.evidence.id != "bolt/pro-2")))
    found = changes(json.loads(json.dumps(snapshot(shortlist()))), json.loads(json.dumps(snapshot(now))))
    kinds = [one.kind for one in found if one.offer == "acme/large-4"]
    assert found[0].kind == "winner"
    assert kinds == ["lifecycle", "cost", "quality", "speed", "rank", "switching"]
    first_untested = next(i for i, one in enumerate(found) if one.offer == "delta/8b")
    assert {one.offer for one in found[first_untested:]} == {"delta/8b"}
    assert found[first_untested].kind == "gate"


def test_a_fact_of_a_platform_is_told_once_for_all_its_offers() -> None:
    then = shortlist()
    facts = [one for told_ in FACTS.values() for one in told_ if one.id != "bolt-hipaa_baa"]
    after = known([*facts, fact("bolt", "hipaa_baa", "yes_by_approval")])
    now = replace(then, gathered=replace(then.gathered, facts=after))
    assert told(now) == ["HIPAA BAA of Bolt API: yes → yes, with the vendor's approval."]


def test_a_new_winner_and_new_offers_come_first() -> None:
    then = shortlist()
    winner = "The winner changed from {} to {}."
    assert told(reordered("bolt/pro-2"))[0] == winner.format(ACME, BOLT)
    without = replace(then, ranked=tuple(one for one in then.ranked if one.evidence.id != "acme/large-4"))
    assert told(without)[:2] == [winner.format(ACME, BOLT), f"No longer among them: {ACME}."]
    assert told(then, without)[:2] == [winner.format(BOLT, ACME), f"New offer: {ACME}."]
    none = replace(then, ranked=tuple(one for one in then.ranked if one.outcome != "pass"))
    assert told(none)[0] == f"There is no winner any more; it was {ACME}."
    assert told(then, none)[0] == f"There is a winner now: {ACME}."


def test_places_are_told_where_offers_pass_each_other_not_where_some_leave() -> None:
    then = shortlist()
    swapped = [one for one in told(reordered("bolt/pro-2")) if "moved" in one]
    assert swapped == [f"{BOLT} moved from place 2 to 1.", f"{ACME} moved from place 1 to 2."]
    without = replace(then, ranked=tuple(one for one in then.ranked if one.evidence.id != "acme/large-4"))
    assert not any("moved" in one for one in told(without))


@pytest.mark.parametrize("version", [0, VERSION + 1])
def test_figures_of_another_version_are_not_compared(version: int) -> None:
    [change] = changes({**snapshot(shortlist()), "version": version}, snapshot(shortlist()))
    assert "another version" in change.sentence


LATER = {"listed", "successor"}  # of what is known of an end


def as_first_kept(taken: dict[str, Any]) -> dict[str, Any]:
    """A snapshot with what the first version kept of it."""
    new = {"speed", "scales", "rating", "doors", "rivals", "region", "context", "takes"}
    offers = {id_: {name: of[name] for name in of.keys() - new} for id_, of in taken["offers"].items()}
    for of in offers.values():
        of["lifecycle"] = {name: of["lifecycle"][name] for name in of["lifecycle"].keys() - LATER}
        asked = {name: fact for name, fact in of["facts"].items() if name in of["gates"]}
        of["facts"] = {
            name: fact and {"id": fact["id"], "value": fact["value"]} for name, fact in asked.items()
        }
    return {**taken, "version": 1, "offers": offers}


def test_what_the_first_version_kept_is_still_compared() -> None:
    then = as_first_kept(snapshot(shortlist()))
    now = snapshot(altered("acme/large-4", listed_at("2.5 0.30 3.75 12")))
    sentences = [change.sentence for change in changes(then, now)]
    assert sentences[0] == f"Price of {ACME}: $3 → $2.50 per million input tokens."
    assert len(sentences) == 2
    assert "earlier version of the app, which kept fewer figures" in sentences[1]


def test_a_fact_that_no_must_have_asks_for_is_told_where_the_scale_counts_it() -> None:
    then = shortlist()
    told_of_sso = {("bolt", "sso"): (fact("bolt", "sso", "yes"),)}
    now = replace(then, gathered=replace(then.gathered, facts={**then.gathered.facts, **told_of_sso}))
    assert told(now) == ["Single sign-on of Bolt API: unknown → yes."]


def test_a_fact_that_has_expired_is_told() -> None:
    then = shortlist()
    old = fact("acme", "hipaa_baa", "yes", as_of=AT - timedelta(days=400))
    now = replace(then, gathered=replace(then.gathered, facts={**FACTS, ("acme", "hipaa_baa"): (old,)}))
    assert told(now) == ["HIPAA BAA of Acme API, yes: satisfied → amber."]


# What follows from what is told: places, outcomes, reasons.
FOLLOWS = {"platform", "rank", "outcome", "gates"}


def leaves(of: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths to the single values of a snapshot's part."""
    if not isinstance(of, dict):
        yield path
        return
    for name, part in of.items():
        yield from leaves(part, (*path, name))


def otherwise(value: Any) -> Any:
    """Another value of the same kind, by more than is rounded away."""
    match value:
        case bool():
            return not value
        case int() | float():
            return 2 * value + 1
        case _ if value in ("runs", "calls"):
            return "calls"
        case _:
            return re.sub(r"\d(?=\D*$)", "7", value) if re.search(r"\d", value) else f"{value} too"


def test_no_figure_of_a_snapshot_changes_in_silence() -> None:
    then = json.loads(json.dumps(snapshot(shortlist())))
    seen = set[str]()
    for path in leaves(then["offers"]["acme/large-4"]):
        now = json.loads(json.dumps(then))
        *way, last = path
        part = reduce(getitem, way, now["offers"]["acme/large-4"])
        # Of waits and ratings only the value is told by itself, not that a call or vote came.
        by_itself = path[0] not in ("speed", "rating") or last == "value"
        if part[last] is None or path[0] in FOLLOWS or not by_itself:
            continue
        part[last] = otherwise(part[last])
        sentences = [change.sentence for change in changes(then, now)]
        assert sentences, path
        assert "less than is shown" not in sentences[0], path
        seen.add(path[0])
    assert seen == set(then["offers"]["acme/large-4"]) - FOLLOWS


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def test_a_comparison_comes_back_as_it_was_saved(database: Database) -> None:
    then = shortlist()
    with database.writer() as session:
        saved = save(session, " Letters 2027 ", then, "ada")
    with database.reader() as session:
        found = load(session, saved)
        [named] = listed(session)
    assert (found.name, found.user, found.wanted, found.problems) == (
        "Letters 2027",
        "ada",
        then.gathered.wanted,
        (),
    )
    assert (named.id, named.name, named.updated_at) == (saved, "Letters 2027", found.updated_at)
    assert found.snapshot_hash == snapshot_hash(found.snapshot) == snapshot_hash(snapshot(then))
    assert changes(found.snapshot, snapshot(then)) == []


def test_a_name_is_taken_until_its_comparison_is_to_be_replaced(database: Database) -> None:
    with database.writer() as session:
        first = save(session, "Letters", shortlist(), "ada")
    with pytest.raises(ValueError, match="called Letters already"), database.writer() as session:
        save(session, "Letters", shortlist(), "bob")
    with pytest.raises(ValueError, match="needs a name"), database.writer() as session:
        save(session, "  ", shortlist(), "bob")
    with database.writer() as session:
        assert save(session, "Letters", reordered("bolt/pro-2"), "bob", replace=True) == first
    with database.reader() as session:
        found = load(session, first)
    assert (found.user, found.snapshot["winner"]) == ("bob", "bolt/pro-2")
    assert found.created_at < found.updated_at


def test_what_is_understood_no_longer_is_told_when_it_is_loaded(database: Database) -> None:
    then = shortlist()
    with database.writer() as session:
        saved = save(session, "Old", then, None)
        row = session.get_one(SavedComparison, saved)
        row.state = {**row.state, "gate": ["hipaa_baa", "wings>=2"]}
    with database.reader() as session:
        found = load(session, saved)
    assert found.wanted == replace(then.gathered.wanted, gates=(Gate("hipaa_baa"),))
    assert len(found.problems) == 1
    assert "wings" in found.problems[0]


def test_a_deleted_comparison_is_gone(database: Database) -> None:
    with database.writer() as session:
        saved = save(session, "Letters", shortlist(), None)
        delete(session, saved)
        delete(session, saved)
    with database.reader() as session, pytest.raises(LookupError, match=saved):
        load(session, saved)
