"""Words that would like to be more than words, in every place where people, models or vendors write some."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.orm import Session

from broker.assurance import Fact, staff
from broker.assurance.attributes import ATTRIBUTES
from broker.comparison import Shortlist, Wanted
from broker.comparison.evidence import gather
from broker.comparison.saved import save
from broker.comparison.scores import shortlist
from broker.config import Config
from broker.dependence import declared
from broker.suites import Sample, Suite
from broker.types import Offer
from broker.workload import Tokens, Workload
from broker.workload.store import save_term, save_workload
from broker.workload.terms import Term
from db.base import clean
from db.benchmarks import Run
from db.calls import write_calls
from db.reviews import Judgement, Review
from db.rows import call_row, content_row
from db.session import Database
from tests import comparisontools as tools
from tests.dbtools import answered, context, started
from tests.resulttools import snapshot

SHORT = "![x](//evil.example/e) $$x$$"  # what can be left of it where names are cut
WORDS = (
    f"{SHORT} ![y](https://evil.example/e.png) <img src=https://evil.example/x onerror=alert(1)> <b>bold</b> "
    "<script>alert(1)</script> [l](javascript:alert(1)) [d](data:text/html,x) $5 and $6 `code` "
    ":material/home: :red[red] \u202ertl"
)
STORED = f"{WORDS} nul \x00 lone \ud800"  # no file and no address can say these
LONG = "W" * 10_000
SOURCE = "https://evil.example/a)![x](https://evil.example/e.png"  # a web address, for all that is known
OFFERS = ("one/gpt-4o", "two/gpt-4o", "two/other")
TODAY = datetime.now(UTC)
TERMS = (
    Term("commitment", Decimal(20), "two", date(2026, 1, 1), period="year", note=STORED),
    Term("discount", Decimal(50), "two", date(2026, 1, 1), note=LONG),
    Term("uplift", Decimal(5), "one", date(2026, 1, 1), maker=STORED, note=STORED),
)


def toml() -> str:
    """The `broker.toml` in which platforms, makers and offers have such names."""
    quoted = json.dumps(WORDS, ensure_ascii=False)
    rows = [
        f'[providers.{name}]\nname = {quoted}\ndialect = "openai"\nbase_url = "http://127.0.0.1:1/v1"\n'
        for name in ("one", "two")
    ]
    for i, offer in enumerate(OFFERS):
        provider, _, model = offer.partition("/")
        name = json.dumps(f"{i} {WORDS}", ensure_ascii=False)  # charts tell apart what reads alike by its id
        named = f'provider = "{provider}"\nmodel = "{model}"\nname = {name}\nmaker = {quoted}'
        rows.append(f'[[offers]]\n{named}\nprice = {{ input_mtok = "{1 + i}", output_mtok = "{4 - i}" }}\n')
    return "\n".join(rows)


def fill(database: Database, config: Config) -> str:
    """Keep a run, facts, terms, calls, a comparison made of such words; returns the run's id."""
    run_id = _run(database)
    with database.writer() as session:
        for fact in _facts():
            staff.save(session, fact, STORED)
        for term in TERMS:
            save_term(session, term, STORED)
        work = Workload(STORED, Decimal(100), date(2026, 12, 1), Tokens(Decimal(1000), Decimal(2000)))
        save_workload(session, work, STORED)
        declared.save(
            session, declared.Declared(STORED, STORED, Decimal(10), date(2026, 1, 1), note=LONG), STORED
        )
        _calls(session)
        review, *judgements = _review(run_id)
        session.add(review)
        session.flush()
        session.add_all(judgements)
    with database.writer() as session:
        save(session, STORED, compared(session, config), STORED)
    return run_id


def compared(session: Session, config: Config) -> Shortlist:
    """The comparison of all of it."""
    return shortlist(
        gather(
            session,
            config,
            Wanted(((suite_name(), 1),), workload_name(), offers=OFFERS, search="nul \x00"),
            TODAY,
        )
    )


def suite_name() -> str:
    """The suite's name as it is stored."""
    return clean(STORED)


workload_name = suite_name


def _run(database: Database) -> str:
    suite = Suite(STORED, tuple(Sample(f"s{i}", STORED, (STORED,)) for i in range(12)), ())
    rows = dict(zip(OFFERS, ("+" * 12, "+" * 11 + "-", "+" * 3 + "-" * 9), strict=True))
    overlay = [dict.fromkeys(("name", "maker", "platform", "note"), STORED)] * len(OFFERS)
    run_id = tools.keep(database, suite, rows, cost=Decimal("0.01"), overlay=overlay)
    with database.writer() as session:
        session.execute(update(Run).values(name=STORED, user=STORED))
    return run_id


def _facts() -> Iterator[Fact]:
    for attribute in ATTRIBUTES:
        for platform, scope in (("one", None), ("two", STORED)):
            value = {"yes/no": "yes_by_approval", "text": STORED, "list": STORED}.get(attribute.kind, "30")
            unit = attribute.kind if value == "30" else None
            sure = "low" if scope else "high"
            yield Fact(
                "", platform, attribute.id, value, "staff", sure, unit, scope, SOURCE, None,
                date(2026, 11, 1), STORED, STORED, date(2026, 11, 2), was=STORED,
            )  # fmt: skip


def _calls(session: Session) -> None:
    for name in OFFERS:
        provider, _, model = name.partition("/")
        offer = Offer(provider, model, model, STORED, STORED)
        call = replace(answered(started(offer), STORED), started_at=TODAY - timedelta(minutes=5))
        write_calls(session, [call_row(call, context(), STORED, None)], [content_row(call)])


def _review(run_id: str) -> Iterator[Review | Judgement]:
    review = Review(
        id="review", run_id=run_id, kind="pairs", user=STORED, status="done", wanted=None,
        judge=snapshot("one/judge", name=STORED, maker=STORED), baseline=OFFERS[0], offers=list(OFFERS[1:]),
        criteria=STORED, concurrency=1, seed=0, item_count=24, budget=None, problem=STORED,
    )  # fmt: skip
    yield review
    for offer in OFFERS[1:]:
        for i in range(12):
            yield Judgement(
                review_id="review", a=OFFERS[0], b=offer, position=i, epoch=0, sample_key=f"s{i}",
                status="done", attempt=0, repeated=False, judged=True, a_first="a", b_first="b", winner="tie",
                explanation=STORED, cost=Decimal("0.01"),
            )  # fmt: skip
