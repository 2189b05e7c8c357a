"""What has changed since the last look, worked out by hand on made-up price lists and facts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from broker.assurance import Fact, known
from broker.catalog import Catalogue
from broker.catalog_entries import Entry
from broker.discovery import Listed
from broker.lifecycle_seen import PlatformList
from broker.types import Offer, Provider
from broker.watch import Change, Prices, Seen, State, visits
from broker.watch.changes import changes
from broker.watch.seen import pack, state, told, unpack
from db.session import Database
from tests.dbtools import ENGINES, fresh_database
from tests.workloadtools import entry as listed

BEFORE, NOW = date(2026, 11, 1), date(2026, 11, 22)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAID = Prices("3", "15", "0.3")
USED = frozenset({"acme/m"})


def catalogue(*entries: Entry) -> Catalogue:
    same: dict[str, tuple[Entry, ...]] = {}
    for one in entries:
        same[one.identity or ""] = (*same.get(one.identity or "", ()), one)
    return Catalogue(tuple(entries), {one.id: one for one in entries}, same)


def offer(name: str, identity: str | None = None) -> Entry:
    provider, _, model = name.partition("/")
    return Entry(Offer(provider, model, model, "Maker", model.upper()), provider.title(), identity=identity)


KNOWN = catalogue(*map(offer, ("acme/m", "acme/n", "bazaar/m", "acme/new", "fresh/a", "fresh/b")))


def found(
    before: dict[str, Seen], now: dict[str, Seen], used: frozenset[str] = USED, days: int = 0
) -> list[Change]:
    start, end = State(BEFORE + timedelta(days), before, {}), State(NOW, now, {})
    return changes(start, end, KNOWN, {}, used)


def one(before: Seen, now: Seen) -> Change:
    (change,) = found({"acme/m": before}, {"acme/m": now})
    return change


def test_nothing_has_changed() -> None:
    seen = {"acme/m": Seen(PAID, "m", "2027-06-30", later=(("2027-01-01", PAID),))}
    assert found(seen, seen) == []


def test_a_price_tells_each_class_that_moved() -> None:
    change = one(Seen(PAID), Seen(Prices("2.4", "15", None)))
    assert (change.kind, change.about, change.in_use) == ("price", "acme/m", True)
    assert change.sentence == "M on Acme: input $3.00 to $2.40 (−20 %), cached input $0.30 to unknown."


def test_a_price_that_was_free_has_no_percentage() -> None:
    assert (
        one(Seen(Prices("0", "0")), Seen(Prices("0", "0.004"))).sentence
        == "M on Acme: output $0.00 to $0.004."
    )


def test_an_announced_price_is_told_once() -> None:
    later = (("2027-01-01", Prices("6", "15", "0.3")),)
    change = one(Seen(PAID), Seen(PAID, later=later))
    assert (change.kind, change.on) == ("announced", date(2027, 1, 1))
    assert change.sentence == "M on Acme, announced: input $3.00 to $6.00 (+100 %) from 1 January 2027."
    assert found({"acme/m": Seen(PAID, later=later)}, {"acme/m": Seen(PAID, later=later)}) == []


def test_an_announcement_that_was_taken_back() -> None:
    change = one(Seen(PAID, later=(("2027-01-01", Prices("6", "15")),)), Seen(PAID))
    assert change.sentence == "M on Acme: the price change of 1 January 2027 is no longer announced."


def test_an_announced_price_that_has_come_is_a_change_of_price_alone() -> None:
    change = one(
        Seen(PAID, later=(("2026-11-15", Prices("6", "15", "0.3")),)), Seen(Prices("6", "15", "0.3"))
    )
    assert (change.kind, change.sentence) == ("price", "M on Acme: input $3.00 to $6.00 (+100 %).")


@pytest.mark.parametrize(
    ("days_before", "days_now", "kind"),
    [
        (112, 91, None),
        (111, 90, "retires"),
        (91, 70, "retires"),
        (90, 69, None),  # it was told when 90 days were left
        (31, 10, "retires"),
        (30, 9, None),
        (21, 0, "retires"),
        (20, -1, "retired"),
        (0, -21, "retired"),
        (-1, -22, None),
    ],
)
def test_an_end_is_told_as_it_comes_near(days_before: int, days_now: int, kind: str | None) -> None:
    assert (NOW - BEFORE).days == days_before - days_now
    seen = {"acme/m": Seen(PAID, retires=(NOW + timedelta(days_now)).isoformat())}
    assert [change.kind for change in found(seen, seen)] == ([kind] if kind else [])


def test_an_end_that_is_new_or_moved() -> None:
    change = one(Seen(PAID), Seen(PAID, retires="2027-06-30"))
    assert change.sentence == "M on Acme retires on 30 June 2027, as is new."
    change = one(Seen(PAID, retires="2027-03-31"), Seen(PAID, retires="2027-06-30"))
    assert change.sentence == "M on Acme retires on 30 June 2027 instead of 31 March 2027."
    change = one(Seen(PAID), Seen(PAID, ending=True))
    assert change.sentence == "M on Acme is marked as ending now, without a published day."


def test_new_and_gone_offers_other_doors_and_whole_platforms() -> None:
    before = {"acme/m": Seen(PAID, "m"), "bazaar/old": Seen(PAID)}
    after = {
        name: Seen(PAID, identity)
        for name, identity in {
            "acme/m": "m",
            "bazaar/m": "m",
            "acme/new": "new",
            "fresh/a": "a",
            "fresh/b": "m",
        }.items()
    }
    assert [(c.kind, c.about, c.in_use) for c in found(before, after)] == [
        ("new door", "bazaar/m", True),
        ("retired", "bazaar/old", False),
        ("new platform", "fresh", False),
        ("new", "acme/new", False),
    ]


def test_a_used_offer_that_is_gone_comes_first() -> None:
    before = {"acme/m": Seen(PAID), "acme/n": Seen(PAID)}
    first, second = found(before, {"acme/n": Seen(Prices("1"))})
    assert (first.kind, first.sentence) == ("retired", "acme/m is no longer in the price list.")
    assert (second.kind, second.in_use) == ("price", False)


def fact(value: str, **more: object) -> Fact:
    return replace(Fact("f", "openai", "soc2_type2", value, "shipped", "high", as_of=BEFORE), **more)


def test_facts_in_words_changed_new_withdrawn_and_expired() -> None:
    staff = fact("no", origin="staff", created_at=AT)
    assert told(known([fact("yes"), staff])) == {"openai soc2_type2": "no"}  # staff's word goes first
    assert told(known([fact("yes"), fact("no")])) == {"openai soc2_type2": "yes / no"}
    assert told(known([fact("yes", scope="Meta labs")])) == {"openai soc2_type2 Meta labs": "yes"}
    before = State(BEFORE, {}, {"openai soc2_type2": "yes", "openai cmek": "no"})
    now = State(NOW, {}, {"openai soc2_type2": "no", "groq sso Meta labs": "yes"})
    sentences = {c.sentence: c.in_use for c in changes(before, now, KNOWN, {}, frozenset({"openai/m"}))}
    assert sentences == {
        "OpenAI API: SOC 2 Type II: no now, yes before.": True,
        "OpenAI API: Customer keys: withdrawn, was no.": True,
        "Groq, Meta labs: Single sign-on: yes. Nothing was known before.": False,
    }


@pytest.mark.parametrize(
    ("last", "count"),
    [(date(2026, 10, 31), 0), (BEFORE, 1), (date(2026, 11, 21), 1), (NOW, 0)],
)
def test_a_fact_expires_the_day_after_its_last_one(last: date, count: int) -> None:
    facts = known([fact("yes", expires=last)])
    same = told(facts)
    listed = changes(State(BEFORE, {}, same), State(NOW, {}, same), KNOWN, facts, frozenset())
    assert [(c.kind, c.on) for c in listed] == [("expired", last)] * count


def test_each_scope_expires_by_itself() -> None:
    facts = known([fact("yes", expires=BEFORE, scope="Meta labs"), fact("yes", expires=NOW)])
    (change,) = changes(
        State(BEFORE, {}, told(facts)), State(NOW, {}, told(facts)), KNOWN, facts, frozenset()
    )
    assert (
        change.sentence == "OpenAI API, Meta labs: SOC 2 Type II: what is known expired on 1 November 2026."
    )


def test_as_long_as_one_source_counts_nothing_expires() -> None:
    facts = known([fact("yes", expires=BEFORE), fact("yes", expires=date(2027, 1, 1))])
    assert (
        changes(State(BEFORE, {}, told(facts)), State(NOW, {}, told(facts)), KNOWN, facts, frozenset()) == []
    )


def test_the_state_of_a_price_list_and_back_from_bytes() -> None:
    later = date(2027, 1, 1)
    entries = (listed("2.50 - - 10.00", {later: "5 - - 20"}), replace(offer("acme/own"), free=True))
    seen = state(catalogue(*entries), known([fact("yes")]), AT, {}, {})
    assert seen.day == NOW
    assert seen.offers["acme/m"] == Seen(Prices("2.5", "10"), later=(("2027-01-01", Prices("5", "20")),))
    assert seen.offers["acme/own"].prices == Prices("0", "0", "0", "0")
    assert unpack(pack(seen)) == seen


def test_the_end_that_a_platform_s_list_names_is_part_of_the_state() -> None:
    sold, rows = catalogue(offer("acme/m")), {"acme": Provider("acme", "Acme", "openai", "http://127.0.0.1")}
    before = state(sold, {}, AT, {}, rows)
    ends = {"acme": PlatformList((Listed("m", retires=date(2027, 6, 30)),), NOW)}
    after = state(sold, {}, AT, ends, rows)
    assert (before.offers["acme/m"].retires, after.offers["acme/m"].retires) == (None, "2027-06-30")
    (change,) = changes(before, after, sold, {}, USED)
    assert change.sentence == "M on Acme retires on 30 June 2027, as is new."


def test_the_price_takes_effect_by_the_calendar_alone() -> None:
    known_list = catalogue(listed("2 - - 8", {date(2026, 12, 1): "3 - - 8"}))
    before = state(known_list, {}, AT, {}, {})
    after = state(known_list, {}, AT + timedelta(days=10), {}, {})
    assert [c.kind for c in changes(before, after, known_list, {}, USED)] == ["price"]


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


def test_the_first_look_is_kept_and_only_the_mark_moves_it(database: Database) -> None:
    first, second = State(BEFORE, {"acme/m": Seen(PAID)}, {}), State(NOW, {}, {"openai cmek": "no"})
    with database.writer() as session:
        visits.begin(session, "ada", first, AT)
        visits.begin(session, "ada", second, AT + timedelta(hours=1))
    with database.reader() as session:
        assert visits.last_visit(session, "ada") == visits.Visit(AT, first)
        assert visits.last_visit(session, "bob") is None
    with database.writer() as session:
        visits.mark_seen(session, "ada", second, AT + timedelta(hours=2))
        visits.mark_seen(session, "bob", first, AT)
    with database.reader() as session:
        assert visits.last_visit(session, "ada") == visits.Visit(AT + timedelta(hours=2), second)
        assert visits.last_visit(session, "bob") == visits.Visit(AT, first)
