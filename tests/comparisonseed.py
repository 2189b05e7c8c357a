"""A comparison with something in every view: five offers of the catalogue, measured and imported results."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from broker.assurance import Fact, staff
from broker.suites import Sample, Suite
from broker.types import Cost, Offer, TokenPrice, Usage
from broker.workload import ZERO, Tokens, Workload
from broker.workload.store import save_term, save_workload
from broker.workload.terms import Term
from db.benchmarks import Result
from db.calls import write_calls
from db.rows import call_row
from db.session import Database
from tests.dbtools import context, started
from tests.resulttools import keep_run, snapshot

SAMPLES = 60
WORKLOAD = Workload("Letters", Decimal(50_000), date(2026, 12, 1), Tokens(Decimal(1200), Decimal(300)))
ADDRESS = "suite=Invoices&suite=Contracts&workload=Letters&gate=hipaa_baa"


@dataclass(frozen=True)
class Made:
    """How an offer does: the share it gets right, dollars a call, and its median wait in milliseconds."""

    maker: str
    right: float
    cost: str
    ms: float


# Two doors to the same weights, one whose price changes, one that is about to end, one that is free.
OFFERS = {
    "anthropic/claude-sonnet-4-6": Made("Anthropic", 0.93, "0.0181", 1900),
    "bedrock/regional.anthropic.claude-sonnet-4-6-v1:0": Made("Anthropic", 0.91, "0.0199", 2100),
    "openai/gpt-5.6-luna": Made("OpenAI", 0.90, "0.0042", 1200),
    "openai/o3": Made("OpenAI", 0.78, "0.0121", 5200),
    "local/smollm2-135m": Made("Hugging Face", 0.31, "0", 700),
}


def keep(database: Database) -> None:
    """Two suites, one measured and one imported, a workload, a term and what staff know."""
    _call(database, _run(database, "Invoices", Random(1)))
    _run(database, "Contracts", Random(2), kind="imported")
    told = Fact("", "openai", "hipaa_baa", "yes", "staff", "high", checked_by="ada", checked_on=date.today())
    with database.writer() as session:
        save_workload(session, WORKLOAD, "ada")
        save_term(session, Term("discount", Decimal(12), "openai", date(2026, 1, 1)), "ada")
        staff.save(session, told, "ada")


def _run(database: Database, name: str, rng: Random, **more: Any) -> str:
    suite = Suite(name, tuple(Sample(f"s{i}", "?", ("yes",)) for i in range(SAMPLES)), ())
    cells = [_cell(offer, i, made, rng) for offer, made in OFFERS.items() for i in range(SAMPLES)]
    offers = [snapshot(offer, maker=made.maker) for offer, made in OFFERS.items()]
    ended = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    known = {"name": f"{name} in November", "offers": offers, "ended_at": ended}
    return keep_run(database, suite, cells, **known | more)


def _call(database: Database, run_id: str) -> None:
    """The call behind each result of a run: 1,200 tokens in, 300 out, at what it cost; a seed is left out."""
    with database.writer() as session:
        for row in session.scalars(select(Result).where(Result.run_id == run_id)):
            provider, _, model = row.offer.partition("/")
            begun = started(Offer(provider, model, model, OFFERS[row.offer].maker, model))
            cost = Cost(ZERO, ZERO, ZERO, row.cost or ZERO, price=TokenPrice(Decimal(3), Decimal(15)))
            ended = replace(begun, status="ok", usage=Usage(1200, 0, 0, 300), cost=cost, dropped=("seed",))
            write_calls(session, [call_row(ended, context(), begun.offer.maker, None)], [])
            row.call_id = begun.call_id


def _cell(offer: str, i: int, made: Made, rng: Random) -> dict[str, Any]:
    right = rng.random() < made.right
    total = rng.lognormvariate(0, 0.4) * made.ms
    known = {"offer": offer, "sample": f"s{i}", "passed": right, "value": float(right)}
    cost = Decimal(made.cost) * rng.randrange(80, 120) / 100
    return known | {"answer": "yes" if right else "no", "cost": cost, "ttft_ms": total / 4, "total_ms": total}
