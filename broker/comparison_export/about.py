"""What was asked and how to read what came of it, in words: for the workbook and the report."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from broker.comparison import CRITERIA, Shortlist
from broker.comparison.gates import in_words
from broker.comparison.snapshots import snapshot, snapshot_hash
from broker.workload import Workload

SCOPES = {
    "tested": "offers that were tested",
    "doors": "offers that were tested, and other doors to the same weights",
    "ready": "offers that can be asked now",
    "catalogue": "the whole catalogue",
}
CAVEATS = (
    "Intervals hold 95 times of 100. n is what a figure rests on: samples, calls or votes.",
    "Measured figures come from runs of this installation, imported ones from elsewhere. Borrowed quality "
    "was measured behind another door to the same weights.",
    "An unknown is neither a pass nor a fail. An expired fact, one of low confidence and one that sources "
    "disagree on satisfy no gate.",
    "Facts about platforms are research, not legal advice: verify them in the contract before a decision.",
    "Costs are worked out from list prices and agreed terms; they are no invoice.",
    "A year under our terms is each offer's as if nothing else were bought under a commitment: the "
    "shortfalls of several must not be added up.",
)


def question(shortlist: Shortlist) -> Iterator[tuple[str, str]]:
    """What was asked, as pairs of a name and a value."""
    gathered = shortlist.gathered
    wanted = gathered.wanted
    yield "Compared on", gathered.at.isoformat()
    yield "Offers", f"{len(shortlist.ranked)}: {SCOPES[wanted.scope]}"
    yield from ((name, ", ".join(kept)) for name, kept in _filters(shortlist) if kept)
    yield "Suites", _weighted(wanted.suites) or "none chosen"
    yield "Must-haves", "; ".join(in_words(gate) for gate in wanted.gates) or "none"
    yield "Weights", _weighted((name, getattr(wanted.weights, name)) for name in CRITERIA)
    yield "No worse means", f"at most {float(wanted.margin) * 100:.3g} points less quality"
    yield "Workload", _workload(gathered.workload)
    yield "Draws for the stability of the winner", f"{shortlist.draws:,}"
    yield "Snapshot of the data (SHA-256)", snapshot_hash(snapshot(shortlist))


def _filters(shortlist: Shortlist) -> tuple[tuple[str, tuple[str, ...]], ...]:
    wanted = shortlist.gathered.wanted
    search = (wanted.search,) if wanted.search else ()
    return ("Makers", wanted.makers), ("Platforms", wanted.platforms), ("Search", search)


def _weighted(weights: Iterable[tuple[str, int]]) -> str:
    """Names with their part of the whole."""
    found = list(weights)
    whole = sum(weight for _, weight in found)
    return ", ".join(f"{name} {_percent(weight / whole if whole else 0)}" for name, weight in found)


def _workload(workload: Workload | None) -> str:
    if workload is None:
        return "none chosen"
    tokens = workload.tokens
    told = tokens and f"{tokens.input:,f} tokens in and {tokens.output:,f} out"
    size = told or "tokens as a run measured them"
    parts = (
        ("read from the cache", workload.cache_read),
        ("written to the cache", workload.cache_write),
        ("in batches", workload.batch),
        ("more each month", workload.growth),
    )
    more = "".join(f", {_percent(share)} {what}" for what, share in parts if share)
    return f"{workload.name}: {workload.requests:,f} requests a month from {workload.start}, {size}{more}"


def _percent(share: float | Decimal) -> str:
    return f"{float(share) * 100:.3g} %"
