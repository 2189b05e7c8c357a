"""A comparison made up by hand: offers measured and imported, half known and unknown, that pass and fail."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from genai_prices.types import ClauseEquals, ConditionalPrice, ModelInfo, StartDateConstraint

from broker.assurance import Fact, Known, known
from broker.catalog_entries import Entry
from broker.comparison import (
    CRITERIA,
    Evidence,
    Gate,
    GateResult,
    Gathered,
    Outcome,
    Ranked,
    Rating,
    Shortlist,
    Speed,
    SuiteResult,
    Wanted,
    Weights,
)
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from broker.types import Offer
from broker.workload import Tokens, Workload
from broker.workload.terms import Term
from broker.workload.yearly import yearly_cost
from tests.workloadtools import prices

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
AT = date(2026, 11, 22)
RAN = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
WORKLOAD = Workload(
    "Letters",
    Decimal(200_000),
    date(2026, 12, 1),
    Tokens(Decimal(1_200), Decimal(300)),
    cache_read=Decimal("0.25"),
    growth=Decimal("0.02"),
)
TERMS = (
    Term("discount", Decimal(10), "acme", date(2026, 1, 1)),
    Term("commitment", Decimal(12_000), "acme", date(2026, 1, 1), period="year"),
)
BAA, NO_TRAINING = Gate("hipaa_baa"), Gate("trains_on_customer_data_default")
GOOD, FAST, STAYS = Gate("quality", "0.8"), Gate("p95", "6000"), Gate("retires", "2027-06-30")
GATES = (BAA, NO_TRAINING, GOOD, FAST, STAYS)
WANTED = Wanted(
    suites=(("Invoices", 3), ("Contracts", 1)),
    workload="Letters",
    gates=GATES,
    weights=Weights(quality=40, cost=30, speed=10, assurance=10, independence=10),
)


def entry(
    id_: str,
    maker: str,
    name: str,
    platform: str,
    price: str | None,
    later: dict[date, str] | None = None,
    **more: Any,
) -> Entry:
    """An offer at a price like `2 0.20 2.50 8` (in, cache read, cache write, out), at others `later`."""
    provider, _, model = id_.partition("/")
    listed = price and [
        ConditionalPrice(prices=prices(price)),
        *(
            ConditionalPrice(StartDateConstraint(day), prices=prices(text))
            for day, text in (later or {}).items()
        ),
    ]
    listing = ModelInfo(model, ClauseEquals(model), prices=listed) if listed else None
    offer = Offer(provider, model, model, maker, name, context_window=more.pop("context", 200_000))
    known_as = {"identity": model, "takes": frozenset({"text", "image"}), "gives": frozenset({"text"})}
    return Entry(offer, platform, listing=listing, **(known_as | more))


ENTRIES = {
    one.id: one
    for one in (
        entry("bolt/pro-2", "Bolt", "bolt-pro-2", "Bolt API", "1.10 0.11 - 4.40"),
        entry("acme/large-4", "Acme", "acme-large-4", "Acme API", "3 0.30 3.75 12", context=1_000_000),
        entry(
            "ember/reason",
            "Ember",
            "ember-reason",
            "Ember Cloud",
            "5 0.50 - 25",
            {date(2026, 2, 1): "4 0.40 - 20", date(2027, 3, 1): "3.50 0.35 - 16"},
        ),
        entry(
            "nimbus/acme-large-4",
            "Acme",
            "acme-large-4",
            "Nimbus Cloud",
            "3.30 0.33 4 13",
            identity="large-4",
        ),
        entry("delta/8b", "Delta", "delta-8b", "Own servers", None, takes=frozenset({"text"}), context=None),
        entry("bolt/mini-2", "Bolt", "bolt-mini-2", "Bolt API", "0.25 0.03 - 1"),
        entry("cirrus/opus-1", "Cirrus", "cirrus-opus-1", "Cirrus API", "4 0.40 - 16"),
    )
}


def share(value: float, n: int, low: float, high: float) -> Estimate:
    """A share of right answers with the limits of its interval."""
    return Estimate(value, low, high, n, "Wilson")


def usd(value: float, n: int = 400) -> Estimate:
    """US dollars, known to ten percent."""
    return Estimate(value, 0.9 * value, 1.1 * value, n, "bootstrap")


def results(
    offer: str, invoices: float, contracts: float | None, cost: float, **more: Any
) -> tuple[SuiteResult, ...]:
    """What came of one suite, or of both where the second is given: 400 and 100 samples."""
    shares = (("Invoices", invoices, 400), ("Contracts", contracts, 100))
    return tuple(
        replace(
            SuiteResult(
                suite=suite,
                suite_id=f"suite-{suite.lower()}",
                version=2,
                run_id=f"run-{suite.lower()}",
                run=f"{suite} in November",
                origin="measured",
                ended_at=RAN,
                measure="passed",
                quality=share(value, n, value - 12 / n**0.5 / 10, min(1.0, value + 10 / n**0.5 / 10)),
                cost_per_1000=usd(cost, n),
                cost_per_right=usd(cost / 1000 / value, n),
                asked=n,
                answered=n - 2,
                samples=n,
            ),
            **more,
        )
        for suite, value, n in shares
        if value is not None
    )


def speed(p50: float, p95: float, reliable: bool = True, n: int = 500) -> Speed:
    """Milliseconds until the whole answer; the first token comes after a quarter of them."""
    ttft, ttft_late, middle, late = (
        Estimate(one, 0.9 * one, 1.15 * one, n, "order statistics") for one in (p50 / 4, p95 / 4, p50, p95)
    )
    return Speed("runs", ttft, ttft_late, middle, late, Estimate(80.0, 75.0, 85.0, n, "bootstrap"), reliable)


def lifecycle(platform: str, **more: Any) -> Lifecycle:
    """Dates that the platform published, by its id for the model."""
    told = {
        "source": f"https://{platform}.example/models",
        "as_of": AT,
        "certainty": "vendor",
        "matched": "id",
    }
    return Lifecycle(**(told | more))


def fact(platform: str, attribute: str, value: str, **more: Any) -> Fact:
    """A shipped fact of high confidence, read two months ago."""
    told = {
        "source_url": f"https://{platform}.example/trust",
        "source_kind": "vendor page",
        "as_of": AT - timedelta(days=60),
    }
    return Fact(
        f"{platform}-{attribute}",
        platform,
        attribute,
        value,
        "shipped",
        **({"confidence": "high"} | told | more),
    )


FACTS: Known = known(
    (
        fact("bolt", "hipaa_baa", "yes"),
        fact("bolt", "trains_on_customer_data_default", "no"),
        fact("bolt", "prompt_retention_default", "30", unit="days"),
        fact("acme", "hipaa_baa", "yes", checked_by="ada", checked_on=AT - timedelta(days=9)),
        fact("acme", "trains_on_customer_data_default", "no"),
        fact("acme", "eu_data_residency", "yes_by_approval"),
        fact("ember", "hipaa_baa", "yes", confidence="low", note="Read in a <b>forum</b>."),
        fact("ember", "trains_on_customer_data_default", "no"),
        fact("nimbus", "hipaa_baa", "yes"),
        fact("nimbus", "trains_on_customer_data_default", "no"),
        fact("cirrus", "hipaa_baa", "no_public_evidence"),
        fact("cirrus", "trains_on_customer_data_default", "opt_out", as_of=AT - timedelta(days=400)),
    )
)  # fmt: skip

EVIDENCE = (
    Evidence(
        ENTRIES["bolt/pro-2"],
        quality=share(0.885, 500, 0.855, 0.910),
        results=results("bolt/pro-2", 0.88, 0.90, 9.70),
        per_1000=usd(9.70),
        speed=speed(900, 1_700),
        rating=Rating(1_540, 1_490, 1_590, 64),
        lifecycle=lifecycle("bolt", not_before=date(2027, 9, 1)),
        doors=(),
        rivals=("acme/large-4",),
        calls=620,
        spent=Decimal("18.4321"),
        region="eu-west-1",
    ),
    Evidence(
        ENTRIES["acme/large-4"],
        quality=share(0.912, 500, 0.885, 0.934),
        results=results("acme/large-4", 0.91, 0.92, 18.40),
        per_1000=usd(18.40),
        speed=speed(1_400, 2_400),
        rating=Rating(1_560, 1_515, 1_605, 71),
        lifecycle=lifecycle("acme", retires=date(2027, 10, 1)),
        doors=("nimbus/acme-large-4",),
        rivals=("bolt/pro-2", "ember/reason"),
        calls=540,
        spent=Decimal("31.07"),
        region="eu",
    ),
    Evidence(
        ENTRIES["ember/reason"],
        quality=share(0.921, 500, 0.896, 0.942),
        results=results("ember/reason", 0.92, 0.93, 41.50),
        per_1000=usd(41.50),
        speed=speed(5_200, 8_800, reliable=False),
        doors=(),
        rivals=("bolt/pro-2", "ember/reason"),
        calls=500,
        spent=Decimal("40.9"),
    ),
    Evidence(
        ENTRIES["nimbus/acme-large-4"],
        missing=("Invoices", "Contracts"),
        elsewhere=("acme/large-4", share(0.912, 500, 0.885, 0.934)),
        doors=("acme/large-4",),
    ),
    Evidence(ENTRIES["delta/8b"], missing=("Invoices", "Contracts")),
    Evidence(
        ENTRIES["bolt/mini-2"],
        quality=share(0.801, 500, 0.764, 0.834),
        results=results("bolt/mini-2", 0.80, 0.81, 1.30),
        per_1000=usd(1.30),
        speed=speed(420, 760),
        lifecycle=lifecycle("bolt", retires=date(2027, 3, 31), certainty="third party"),
        doors=(),
        rivals=("acme/large-4", "ember/reason", "cirrus/opus-1", "delta/8b"),
        calls=500,
        spent=Decimal("0.65"),
    ),
    Evidence(
        ENTRIES["cirrus/opus-1"],
        results=results("cirrus/opus-1", 0.84, None, 22.0, origin="imported", run="Invoices of last year"),
        missing=("Contracts",),
        per_1000=None,
        doors=(),
    ),
)  # fmt: skip

_REASONS: dict[tuple[Gate, Outcome], str] = {
    (BAA, "pass"): "HIPAA BAA: yes.",
    (BAA, "fail"): "HIPAA BAA: no.",
    (BAA, "unknown"): "Nothing is known about it.",
    (NO_TRAINING, "pass"): "Trains on our data: no.",
    (NO_TRAINING, "fail"): "Trains on our data: yes.",
    (NO_TRAINING, "unknown"): "Trains on our data: no, after opting out. But it expired on 2026-10-18.",
    (GOOD, "pass"): "The low end of its 95 % interval reaches 80 %.",
    (GOOD, "fail"): "76.4 % at the low end of its 95 % interval, less than 80 %.",
    (GOOD, "unknown"): "Its quality was not measured.",
    (FAST, "pass"): "95 of 100 calls took 6.0 s at the most.",
    (FAST, "fail"): "95 of 100 calls took up to 8.8 s, more than 6.0 s.",
    (FAST, "unknown"): "No call was timed.",
    (STAYS, "pass"): "It is there on 2027-06-30.",
    (STAYS, "fail"): "It ends on 2027-03-31.",
    (STAYS, "unknown"): "Nothing published says so.",
}  # fmt: skip
# One letter a gate, in the order of `GATES`: pass, fail, unknown, amber.
_JUDGED = {
    "bolt/pro-2": "ppppp",
    "acme/large-4": "ppppp",
    "nimbus/acme-large-4": "ppuuu",
    "delta/8b": "uuuuu",
    "ember/reason": "appfu",
    "bolt/mini-2": "ppfpf",
    "cirrus/opus-1": "uauuu",
}
_SCALES = {
    "bolt/pro-2": (0.70, 0.76, 0.88, 0.60, 0.40),
    "acme/large-4": (0.93, 0.58, 0.80, 0.65, 0.80),
    "ember/reason": (1.0, 0.0, 0.0, 0.30, 0.50),
    "nimbus/acme-large-4": (None, 0.55, None, 0.60, None),
    "delta/8b": (None,) * 5,
    "bolt/mini-2": (0.0, 1.0, 1.0, 0.60, 0.90),
    "cirrus/opus-1": (None, 0.50, None, 0.10, 0.20),
}
_WINS = {"acme/large-4": (0.62, 0.80), "bolt/pro-2": (0.38, 0.20)}


def ranked(one: Evidence) -> Ranked:
    """An offer as this question finds it."""
    outcomes: dict[str, Outcome] = {"p": "pass", "f": "fail"}
    letters = _JUDGED.get(one.id, "u" * len(GATES))
    gates = tuple(
        gate_result(gate, outcomes.get(letter, "unknown"), one, amber=letter == "a")
        for gate, letter in zip(GATES, letters, strict=True)
    )
    scales = dict(zip(CRITERIA, _SCALES.get(one.id, (None,) * 5), strict=True))
    weights = [getattr(WANTED.weights, name) for name in CRITERIA]
    known_ = [value for value in scales.values() if value is not None]
    score = sum(w * v for w, v in zip(weights, known_, strict=True)) / 100 if len(known_) == 5 else None
    wins, by_weights = _WINS.get(one.id, (None, None))
    return Ranked(one, gates, scales, score, wins, by_weights)


def gate_result(gate: Gate, outcome: Outcome, one: Evidence, amber: bool = False) -> GateResult:
    """How an offer stands at a gate, with the fact behind it if it is one about facts."""
    told = FACTS.get((one.entry.offer.provider, gate.kind), ())
    source, as_of = (told[0].source_url, told[0].as_of) if told else (None, None)
    return GateResult(gate, outcome, _REASONS[gate, outcome], source, as_of, amber)


def gathered() -> Gathered:
    """All seven offers, billed for `WORKLOAD` under `TERMS`."""
    billed = tuple(replace(one, cost=yearly_cost(WORKLOAD, one.entry, TERMS)) for one in EVIDENCE)
    return Gathered(AT, WANTED, billed, FACTS, WORKLOAD)


def shortlist() -> Shortlist:
    """Two offers that pass, two that are unknown, three that fail; acme/large-4 wins."""
    found = gathered()
    order = {"pass": 0, "unknown": 1, "fail": 2}
    rows = sorted(map(ranked, found.offers), key=lambda row: (order[row.outcome], -(row.score or 0)))
    return Shortlist(found, tuple(rows), 2_000)


def renamed(found: Shortlist, text: str) -> Shortlist:
    """The shortlist with this text in every place that others write."""

    def changed_offer(ranked: Any) -> Any:
        one = ranked.evidence
        named = replace(one.entry.offer, name=text, maker=text, wire_model=text)
        entry = replace(one.entry, offer=named, platform=text, identity=text, lender=text)
        life = replace(one.lifecycle, source=text, successor=text)
        runs = tuple(replace(result, run=text) for result in one.results)
        gates = tuple(replace(gate, reason=text, source=text) for gate in ranked.gates)
        changed = replace(one, entry=entry, lifecycle=life, region=text, missing=(text,), results=runs)
        return replace(ranked, evidence=changed, gates=gates)

    facts = {
        key: tuple(replace(one, value=text, source_url=text, checked_by=text, note=text) for one in told)
        for key, told in FACTS.items()
    }
    wanted = replace(found.gathered.wanted, suites=((text, 1),))
    gathered = replace(found.gathered, facts=facts, wanted=wanted)
    return replace(found, gathered=gathered, ranked=tuple(map(changed_offer, found.ranked)))
