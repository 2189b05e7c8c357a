"""What recording costs, and how fast the history answers with 100,000 calls in it. Run as a module."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from time import perf_counter
from uuid import uuid4

from sqlalchemy import func, insert, select

from broker.record import Recorder
from broker.types import (
    Attempt,
    CallContext,
    ChatRequest,
    Completion,
    Cost,
    Message,
    Offer,
    Timing,
    TokenPrice,
    Usage,
)
from db import queries
from db.calls import write_calls
from db.models import Call, Prompt
from db.queries import HistoryFilter
from db.rows import call_row, content_row
from db.session import Database, open_database
from tests.bench.process import print_table, quantile

RECORDED, ROUNDS = 3_000, 5
PROMPTS, ANSWERS = 25_000, 4
QUESTION = "Explain in two sentences why the sea is salty."
ANSWER = "Rivers carry dissolved minerals from rocks to the sea, where water evaporates and salt stays. " * 5
PRICE = TokenPrice(Decimal("0.25"), Decimal("2"), Decimal("0.025"), None, "a price list")
OFFERS = [Offer("openai", f"model-{i}", f"model-{i}", "OpenAI", f"Model {i}") for i in range(ANSWERS)]
START = datetime(2026, 1, 1, tzinfo=UTC)


def answer(offer: Offer, at: datetime, text: str = ANSWER) -> Completion:
    """A call as most are: one attempt, a paragraph, priced."""
    return Completion(
        call_id=uuid4().hex,
        offer=offer,
        request=ChatRequest((Message("user", QUESTION),)),
        status="ok",
        started_at=at,
        text=text,
        finish_reason="stop",
        served_model=offer.wire_model,
        usage=Usage(12, 0, 0, 100, 0),
        cost=Cost(Decimal("0.000003"), Decimal(0), Decimal(0), Decimal("0.0002"), PRICE),
        timing=Timing(310.5, 312.25, 312.25, 1912.5, 1913.0, 1913.0),
        attempts=(Attempt(0.0, 1913.0, None, 200),),
    )


def recording(database: Database) -> list[tuple[str, str]]:
    """Calls a second through the Recorder until they are committed, and what handing one over takes."""
    recorder, context = Recorder(database), CallContext("bench")
    rates, handing = list[float](), list[float]()
    for _ in range(ROUNDS):
        calls = [answer(OFFERS[0], START) for _ in range(RECORDED)]
        start = perf_counter()
        for call in calls:
            before = perf_counter()
            recorder.finish(call, context)
            handing.append((perf_counter() - before) * 1e6)
        recorder.flush(60)
        rates.append(RECORDED / (perf_counter() - start))
    recorder.close()
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Call)) == RECORDED * ROUNDS
    return [
        ("calls recorded a second", f"{median(rates):,.0f}"),
        ("handing one over, µs: median", f"{median(handing):.1f}"),
        ("handing one over, µs: p99", f"{quantile(handing, 0.99):.1f}"),
    ]


def fill(database: Database) -> None:
    """25,000 prompts a minute apart, each asked of four offers; one answer in a thousand mentions otters."""
    context = CallContext("playground", "ada")
    for first in range(0, PROMPTS, 500):
        with database.writer() as session:
            calls, contents, prompts = [], [], []
            for number in range(first, first + 500):
                prompt_id, at = uuid4().hex, START + timedelta(minutes=number)
                prompts.append(_prompt(prompt_id, at))
                for position, offer in enumerate(OFFERS):
                    rare = (number * ANSWERS + position) % 1000 == 0
                    call = answer(offer, at, ANSWER + "Otters agree." * rare)
                    where = CallContext(context.purpose, context.user, prompt_id, position)
                    calls.append(call_row(call, where, "OpenAI API", None))
                    contents.append(content_row(call))
            session.execute(insert(Prompt), prompts)
            write_calls(session, calls, contents)


def _prompt(prompt_id: str, at: datetime) -> dict[str, object]:
    return {
        "id": prompt_id,
        "conversation_id": prompt_id,
        "turn": 1,
        "created_at": at,
        "user": "ada",
        "offers": [offer.id for offer in OFFERS],
        "params": {},
        "text": QUESTION,
    }


def reading(database: Database) -> list[tuple[str, str]]:
    """Milliseconds of each thing the history page asks."""
    everything = HistoryFilter()
    week = HistoryFilter(since=START, until=START + timedelta(days=7))
    with database.reader() as session:
        page = [row.id for row in session.scalars(queries.history(everything))]
    selects: dict[str, Callable[[], object]] = {
        "a page of 50 prompts": lambda: queries.history(everything),
        "its calls with their content": lambda: queries.calls_of(page),
        "its votes": lambda: queries.votes_of(page),
        "how many prompts there are": lambda: queries.history_count(everything),
        "the last page": lambda: queries.history(everything, 50, PROMPTS - 50),
        "a page of one week": lambda: queries.history(week),
        "a page of one offer": lambda: queries.history(HistoryFilter(offers=(OFFERS[0].id,))),
        "a page without votes": lambda: queries.history(HistoryFilter(voted=False)),
        "a page with a rare word": lambda: queries.history(HistoryFilter(search="otters")),
        "how many hold a rare word": lambda: queries.history_count(HistoryFilter(search="otters")),
        "a page with a word that nothing holds": lambda: queries.history(HistoryFilter(search="zebras")),
    }
    return [(name, f"{_ms(database, query):.1f}") for name, query in selects.items()]


def _ms(database: Database, query: Callable[[], object]) -> float:
    took = list[float]()
    for _ in range(ROUNDS):
        with database.reader() as session:
            start = perf_counter()
            session.execute(query()).all()  # type: ignore[call-overload]
            took.append((perf_counter() - start) * 1000)
    return median(took)


def main() -> None:
    """Measure recording in one database and reading in another."""
    with tempfile.TemporaryDirectory() as folder:
        print_table("Recording (SQLite)", ("", ""), recording(open_database(f"sqlite:///{folder}/writes.db")))
        history = open_database(f"sqlite:///{folder}/history.db")
        fill(history)
        print_table(f"History with {PROMPTS * ANSWERS:,} calls (SQLite)", ("", "ms"), reading(history))


if __name__ == "__main__":
    main()
