"""The overview: what a month came to, what needs attention, what changed, and the first steps."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest

from broker import catalog
from broker.assurance import Fact, known
from broker.assurance.staff import known_facts
from broker.catalog import Catalogue
from broker.config import Config, load
from broker.dependence import Dependence, Use
from broker.discovery import Listed, models_json
from broker.types import CallError, Cost, Provider, TokenPrice
from broker.watch import State, visits
from broker.watch.seen import state
from broker.workload.store import save_term
from broker.workload.terms import Term
from db.benchmarks import Run
from db.calls import write_calls
from db.comparisons import SavedComparison
from db.connections import Discovery, save
from db.models import new_id
from db.rows import call_row, content_row
from db.session import open_database
from pages import _overview_attention as attention
from pages import _overview_concentration as concentration
from pages import _overview_data as data
from pages import _overview_failures as failures
from pages import _overview_spend as spend
from pages import _overview_steps as steps
from pages._overview_data import Months, Used
from tests.dbtools import OFFER, answered, context, started
from tests.resulttools import keep_run
from tests.runtools import sums
from tests.workloadtools import entry as listed

AT = datetime(2026, 11, 16, tzinfo=UTC)  # fifteen days into the month
TODAY = AT.date()
USER = "test@example.com"  # whom the test runner signs in
SONNET = "anthropic/claude-sonnet-4-5"


def words(page) -> str:
    groups = (page.title, page.header, page.markdown, page.caption, page.info, page.warning)
    return "\n".join(part.value for group in groups for part in group).replace("\\", "")


def links(page) -> list[tuple[str, str, str]]:
    return [(one.proto.label, one.proto.page, one.proto.query_string) for one in page.get("page_link")]


def ask(at: datetime, dollars: str | None, model: str = "acme-large", n: int = 1) -> None:
    offer = replace(OFFER, model=model)
    price = TokenPrice(Decimal(1), Decimal(1))
    cost = None if dollars is None else Cost(Decimal(dollars), Decimal(0), Decimal(0), Decimal(0), price)
    calls = [replace(answered(started(offer)), started_at=at, cost=cost) for _ in range(n)]
    with open_database().writer() as session:
        rows = [call_row(call, context(), "Acme", None) for call in calls]
        write_calls(session, rows, [content_row(call) for call in calls])


def used(offer: str, calls: int, spent: str, unpriced: int = 0) -> Used:
    return Used(offer, offer.partition("/")[0], "Acme", calls, Decimal(spent), unpriced)


def months(now: list[Used], last: list[Used] = [], days: str = "15") -> Months:  # noqa: B006
    return Months(date(2026, 11, 1), date(2026, 10, 1), Decimal(days), tuple(now), tuple(last))


def test_an_empty_installation_says_what_to_do(open_page):
    page = open_page("overview.py")
    assert [e.message for e in page.exception] == []
    said = words(page)
    assert "Nothing has been asked here yet." in said
    assert "0 of 4 done. Next: ask a first prompt." in said
    first, *_ = links(page)
    assert first[:2] == ("Open the playground", "playground")
    assert "local" in first[2]
    assert "Needs attention" not in said
    assert not page.metric


@pytest.mark.parametrize("name", ["prompt", "offers"])
def test_an_address_of_the_playground_without_its_name_still_leads_there(open_page, name):
    page = open_page("overview.py")
    page.query_params[name] = "local/smollm2-135m"
    assert page.run().title[0].value == "Playground"


def test_a_month_is_summed_from_its_calls(open_page):
    ask(datetime(2026, 10, 31, 23, 59, tzinfo=UTC), "5")
    ask(datetime(2026, 11, 1, tzinfo=UTC), "1.50", n=2)
    ask(datetime(2026, 11, 15, tzinfo=UTC), None)
    ask(datetime(2026, 11, 3, tzinfo=UTC), "4", model="acme-small")
    with open_database().reader() as session:
        found = data.months(session, AT)
        in_use = data.in_use(session, [], AT)
    assert (found.start, found.last_start, found.days) == (date(2026, 11, 1), date(2026, 10, 1), 15)
    assert [(one.offer, one.calls, one.spent, one.unpriced) for one in found.now] == [
        ("acme/acme-small", 1, Decimal(4), 0),
        ("acme/acme-large", 3, Decimal(3), 1),
    ]
    assert [(one.calls, one.spent) for one in found.last] == [(1, Decimal(5))]
    assert in_use == {"acme/acme-small", "acme/acme-large"}


def test_what_was_asked_long_ago_is_not_in_use(open_page):
    ask(AT - timedelta(days=220), "1")
    with open_database().reader() as session:
        assert data.in_use(session, [], AT) == frozenset()
        term = Term("discount", Decimal(5), "openai", TODAY, offer="openai/gpt-5")
        assert data.in_use(session, [term], AT) == {"openai/gpt-5"}


def test_what_a_saved_comparison_chose_is_in_use(open_page):
    def saved(name: str, offers: list[str], winner: str | None) -> SavedComparison:
        seen = {"winner": winner, "offers": {"bazaar/only-listed": {}}}
        return SavedComparison(name=name, state={"offer": offers}, snapshot=seen, snapshot_hash="")

    with open_database().writer() as session:
        session.add_all([saved("Letters", ["acme/a", "acme/b"], "acme/c"), saved("Nobody", [], None)])
    with open_database().reader() as session:
        assert data.in_use(session, [], AT) == {"acme/a", "acme/b", "acme/c"}


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ([], "Nothing was asked in November so far."),
        (
            [used("acme/a", 3, "7.50"), used("acme/b", 1, "2.50")],
            "November so far: $10.00 recorded here for 4 calls to 2 offers; "
            "the largest share, 75 %, went to acme/a.",
        ),
        ([used("local/a", 2, "0")], "November so far: 2 calls to 1 offer, without a fee."),
        ([used("acme/a", 2, "0", 2)], "November so far: 2 calls to 1 offer; what they cost is not known."),
    ],
)
def test_the_sentence(now, sentence):
    assert spend.sentence(months(now), {}) == sentence


def test_changes_compare_average_days():
    # 15 days of $10 a day after 31 days of $8 a day.
    found = months([used("acme/a", 30, "150")], [used("acme/a", 31, "248")])
    assert spend._change(Decimal(150), Decimal(248), found) == "+25 % a day on October"
    assert spend._change(Decimal(60), Decimal(248), found) == "−50 % a day on October"
    assert spend._change(Decimal("120.4"), Decimal(248), found) == "±0 % a day on October"
    assert spend._change(Decimal(1), Decimal(0), found) is None
    assert spend._change(Decimal(1), Decimal(5), replace(found, days=Decimal("0.5"))) is None


def test_calls_of_unknown_cost_are_said():
    assert "Without 2 calls of unknown cost." in spend.note(months([used("acme/a", 5, "1", 2)]))
    assert "Nothing is recorded of October." in spend.note(months([]))


def sentences(items) -> list[tuple[str, str]]:
    return [(item.urgency, item.sentence) for item in items]


@pytest.mark.parametrize(
    ("day", "urgency"),
    [
        (date(2026, 6, 2), None),  # 181 days
        (date(2026, 6, 3), "later"),
        (date(2026, 10, 1), "soon"),
        (date(2026, 10, 31), "now"),  # 30 days
        (date(2026, 12, 24), "now"),
    ],
)
def test_an_offer_in_use_that_ends(day, urgency):
    entry = catalog.catalogue(load()).by_id[SONNET]  # published: it retires on 30 November 2026
    at = datetime.combine(day, datetime.min.time(), UTC)
    found = [item for item in attention.of_offers([entry], at, {}, {}) if item.icon == "event_busy"]
    assert [item.urgency for item in found] == ([urgency] if urgency else [])
    assert all("30 November 2026 (published by the platform)" in item.sentence for item in found)
    assert all(item.query == {"id": SONNET} for item in found)


def test_a_price_that_is_announced():
    entry = listed("2 - - 8", {date(2026, 12, 16): "3 - - 9", date(2027, 6, 1): "4 - - 9"})
    assert sentences(attention.of_offers([entry], AT, {}, {})) == [
        ("soon", "M on Acme will cost $3.00 in, $9.00 out per million tokens from 16 December 2026."),
        ("later", "M on Acme will cost $4.00 in, $9.00 out per million tokens from 1 June 2027."),
    ]


def test_contract_terms_that_end_soon():
    def term(days: int | None, **more: str) -> Term:
        last = None if days is None else TODAY + timedelta(days)
        return Term("discount", Decimal(5), "acme", date(2026, 1, 1), last, **more)

    config = Config({"acme": Provider("acme", "Acme", "openai", "http://127.0.0.1:1")})
    terms = [term(None), term(-1), term(0), term(30, maker="Meta"), term(31), term(60), term(61)]
    assert sentences(attention.of_terms(terms, config, TODAY)) == [
        ("soon", "The discount agreed for Acme ends today, on 16 November 2026."),
        ("soon", "The discount agreed for Meta on Acme ends in 30 days, on 16 December 2026."),
        ("later", "The discount agreed for Acme ends in 31 days, on 17 December 2026."),
        ("later", "The discount agreed for Acme ends in 60 days, on 15 January 2027."),
    ]


def fail(model: str, at: datetime, kinds: list[str | None]) -> None:
    """A call each: it failed in that way, or was answered where there is none."""
    offer = replace(OFFER, model=model)
    good = replace(answered(started(offer)), started_at=at)
    calls = [
        replace(good, call_id=new_id(), status="error", error=CallError(kind, "<b>no</b>")) if kind else good
        for kind in kinds
    ]
    calls = [replace(call, call_id=new_id()) for call in calls]
    with open_database().writer() as session:
        write_calls(session, [call_row(call, context(), "Acme", None) for call in calls], [])


def failures_told() -> list[tuple[str, str]]:
    config = Config({"acme": Provider("acme", "Acme", "openai", "http://127.0.0.1:1")})
    with open_database().reader() as session:
        return sentences(failures.of_failures(failures.failing(session, TODAY), {}, config))


def test_offers_of_which_many_calls_fail(open_page):
    fail("few", AT, ["server_error"] * 9)
    fail("seldom", AT, ["server_error"] * 10 + [None] * 191)
    fail("before", AT - timedelta(days=20), ["server_error"] * 40)
    assert failures_told() == []
    fail("often", AT, ["rate_limited"] * 7 + ["server_error"] * 3 + [None] * 190)
    assert failures_told() == [
        (
            "soon",
            "10 of 200 calls to acme/often on Acme failed this month (5 %): “Rate limit reached”, 7 of the "
            "latest 10.",
        )
    ]
    fail("never", AT, ["auth"] * 300)
    assert failures_told() == [
        (
            "now",
            "310 of 500 calls to acme/never and acme/often on Acme failed this month (62 %): “Key refused”, "
            "300 of the latest 310.",
        )
    ]


def test_a_failing_installation_does_not_say_that_nothing_needs_attention(open_page):
    fail("never", datetime.now(UTC), ["server_error"] * 40)
    page = open_page("overview.py")
    assert [e.message for e in page.exception] == []
    said = words(page)
    assert "40 of 40 calls to acme/never on acme failed this month (100 %): “The platform failed”." in said
    assert "Nothing: " not in said
    assert ("Check it", "connections") in [one[:2] for one in links(page)]


def test_the_catalogue_counts_prices_of_today():
    priced = listed("2 - - 8")
    entries = (priced, replace(priced, offer=replace(OFFER, model="unpriced"), listing=None))
    known = cast(Catalogue, SimpleNamespace(entries=entries))
    assert "the catalogue lists 2, 1 of them with a price of today." in steps.welcome(known, 2, AT)


def test_platforms_that_lost_their_key(monkeypatch):
    row = Provider("acme", "Acme", "openai", "http://127.0.0.1:1", key_env=("ACME_KEY",))
    config = Config({"acme": row, "bazaar": replace(row, id="bazaar", name="Bazaar", key_env=("B_KEY",))})
    monkeypatch.setenv("B_KEY", "x")
    assert sentences(attention.of_keys(config, ["acme", "bazaar", "gone"])) == [
        ("now", "Acme was asked, but cannot be now: set ACME_KEY.")
    ]
    many = Config({f"p{i}": replace(row, id=f"p{i}", name=f"P{i}") for i in range(5)})
    (item,) = attention.of_keys(many, [*many.providers])
    assert item.sentence.endswith("their keys are missing: P0, P1, P2 and 2 others.")
    monkeypatch.delenv("B_KEY")
    assert sentences(attention.of_keys(config, ["acme", "bazaar"])) == [
        ("now", "2 platforms were asked, but cannot be now, for their keys are missing: Acme and Bazaar.")
    ]


def test_expired_facts_of_platforms_in_use():
    def fact(platform: str, attribute: str, expires: date) -> Fact:
        return Fact(attribute, platform, attribute, "yes", "shipped", "high", expires=expires)

    yesterday = TODAY - timedelta(days=1)
    facts = known(
        [
            fact("openai", "soc2_type2", yesterday),
            fact("openai", "cmek", yesterday),
            fact("openai", "sso", TODAY),  # its last day
            fact("groq", "sso", yesterday),  # not in use
        ]
    )
    assert sentences(attention.of_facts(facts, ["openai"], TODAY)) == [
        ("soon", "2 facts about OpenAI API have expired and no longer settle a must-have.")
    ]


def test_runs_that_failed_or_wait(open_page):
    for status in ("done", "cancelled", "paused", "failed"):
        cells = [{"offer": "acme/m", "sample": "s0", "passed": True}]
        keep_run(open_database(), sums(1), cells, name=status.title(), status=status)
    with open_database().reader() as session:
        found = attention.ordered(attention.of_runs(session.query(Run).order_by(Run.created_at)))
    assert [item.urgency for item in found] == ["now", "soon"]
    assert found[0].sentence.startswith("The run Failed of ")
    assert found[1].sentence.endswith(" is paused.")


def test_a_busy_installation_with_a_hostile_name(open_page):
    ask(datetime.now(UTC), "3")
    hostile = "$x$ **bold** [click](http://evil.example) :material/home:"
    cells = [{"offer": "acme/m", "sample": "s0", "passed": True, "value": 1.0}]
    run_id = keep_run(open_database(), sums(1), cells, name=hostile, status="failed", problem=hostile)
    page = open_page("overview.py")
    assert [e.message for e in page.exception] == []
    assert page.metric[0].value == "$3.00"
    shown = [e.value for e in (*page.markdown, *page.caption)] + [label for label, _, _ in links(page)]
    told = [text for text in shown if "evil" in text]
    assert told
    assert not any("](http" in text or "**bold" in text or " $x" in text for text in told)
    assert any(run_id in query for _, _, query in links(page))
    assert "1 of 4 done" not in words(page)  # asked and run: two
    assert "2 of 4 done. Next: enter a workload." in words(page)


@pytest.fixture
def changed(open_page):
    """An installation whose user saw a dearer Claude Sonnet 4.5, which is in use, and no GPT-5 mini."""
    with open_database().writer() as session:
        save_term(session, Term("discount", Decimal(5), "anthropic", date(2026, 1, 1), offer=SONNET), "ada")
        facts = known_facts(session)
        now = state(catalog.catalogue(load()), facts, datetime.now(UTC), {}, {})
        offers = {offer: seen for offer, seen in now.offers.items() if offer != "openai/gpt-5-mini"}
        prices = now.offers[SONNET].prices._replace(input="6", output="30")
        offers[SONNET] = now.offers[SONNET]._replace(prices=prices)
        for name in (USER, "somebody else"):
            visits.mark_seen(session, name, State(now.day, offers, now.facts))
    return open_page


def test_changes_stay_until_they_are_marked_as_seen(changed):
    for _ in range(2):  # to look is not to have seen
        page = changed("overview.py")
        assert [e.message for e in page.exception] == []
        said = words(page)
        assert "2 changes since" in said
        assert "1 of them concerns offers in use" in said
        assert "input $6.00 to $3.00 (−50 %), output $30.00 to $15.00 (−50 %)" in said
        assert "All others (1)" in [expander.label for expander in page.expander]
        assert "on OpenAI API is new" in said
    next(button for button in page.button if button.label == "Mark as seen").click().run()
    assert "No price, model, end or fact has changed since" in words(page)
    assert "No price, model, end or fact has changed since" in words(changed("overview.py"))
    with open_database().reader() as session:
        other = visits.last_visit(session, "somebody else")
        assert other is not None
        assert other.state.offers[SONNET].prices.input == "6"


def test_an_end_that_the_platform_s_own_list_names_is_told(changed):
    day = datetime.now(UTC).date() + timedelta(days=20)
    with open_database().writer() as session:
        listed_there = models_json((Listed("claude-sonnet-4-5", retires=day),))
        save(session, Discovery(provider="anthropic", found_at=datetime.now(UTC), models=listed_there))
    page = changed("overview.py")
    assert [e.message for e in page.exception] == []
    said, on = words(page), f"{day.day} {day:%B %Y}"
    assert f"Anthropic API retires in 20 days, on {on} (published by the platform)." in said
    assert f"Anthropic API retires on {on} instead of 30 November 2026." in said


def test_watching_begins_with_the_first_look(open_page):
    open_page("overview.py")
    with open_database().reader() as session:
        first = visits.last_visit(session, USER)
    open_page("overview.py")
    with open_database().reader() as session:
        assert visits.last_visit(session, USER) == first
    assert first is not None
    assert len(first.state.offers) > 1_900


def test_nobody_has_all_where_a_second_has_a_little():
    """As Dependence says it: of 996 and 4 dollars the first has 99.6 %."""
    uses = [Use("OpenAI", "A", Decimal(996)), Use("Meta", "B", Decimal(4))]
    first = next(concentration.figures(Dependence(TODAY, TODAY, tuple(uses))))
    assert first == ("Largest maker, 12 months", ">99 %", "OpenAI · index 9,920, high")


def test_the_largest_maker_and_platform():
    uses = [
        Use("Anthropic", "AWS Bedrock", Decimal(60), "bedrock/c", calls=3),
        Use("Anthropic", "Anthropic API", Decimal(20), "anthropic/c", calls=1),
        Use("OpenAI", "AWS Bedrock", Decimal(20)),  # declared
    ]
    # By maker 80² + 20² = 6,800, by platform the same shares.
    assert list(concentration.figures(Dependence(TODAY, TODAY, tuple(uses)))) == [
        ("Largest maker, 12 months", "80 %", "Anthropic · index 6,800, high"),
        ("Largest platform, 12 months", "80 %", "AWS Bedrock · index 6,800, high"),
    ]
    assert concentration.basis(Dependence(TODAY, TODAY, tuple(uses))) == (
        " Twelve months: $100.00, of which $20.00 were declared under Dependence and $80.00 recorded here."
    )
    assert concentration.basis(Dependence(TODAY, TODAY, tuple(uses[:2]))) == ""
    free = Use("Meta", "Own servers", Decimal(0), "local/m", calls=9)
    assert list(concentration.figures(Dependence(TODAY, TODAY, (free,)))) == []
