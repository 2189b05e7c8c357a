"""What is lost behind a door: features that a platform does not take for a model, or takes in another way.

`supports` asks the rules by which calls are written; `recorded` reads what they came to in real ones.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.catalog_entries import Entry
from broker.providers import encode
from broker.types import ChatRequest, Image, Message, Params, Provider, TokenPrice, Tool
from db.models import Call

Support = Literal["yes", "adapted", "no", "unknown"]
NEWEST = 1_000
"""So many of an offer's calls are looked at."""

_ASK = Message("user", "?")
_PICTURE = Message("user", "?", images=(Image("image/png", b"\x89PNG"),))
_OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_PROBES: Mapping[str, ChatRequest] = {
    "images": ChatRequest((_PICTURE,)),
    "tools": ChatRequest((_ASK,), Params(tools=(Tool("a", "a", _OBJECT),))),
    "json_schema": ChatRequest((_ASK,), Params(json_schema=_OBJECT)),
    "reasoning_effort": ChatRequest((_ASK,), Params(reasoning_effort="high")),
    "logprobs": ChatRequest((_ASK,), Params(logprobs=1)),
    "temperature": ChatRequest((_ASK,), Params(temperature=0.0)),
    "seed": ChatRequest((_ASK,), Params(seed=1)),
    "stop": ChatRequest((_ASK,), Params(stop=("?",))),
}
FEATURES: Mapping[str, str] = {
    "images": "Images",
    "tools": "Tools",
    "json_schema": "JSON schema",
    "reasoning_effort": "Reasoning effort",
    "logprobs": "Token probabilities",
    "temperature": "Temperature",
    "seed": "Seed",
    "stop": "Stop sequences",
    "cache": "Prompt caching",
}
"""What features are called, in their order."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An offer's newest calls: how often each parameter was left out, or sent in another way."""

    calls: int
    dropped: Mapping[str, int]
    adapted: Mapping[str, int]


def supports(provider: Provider | None, entry: Entry, price: TokenPrice | None) -> dict[str, Support]:
    """For each feature whether calls of an offer have it; unknown on platforms that no row is for.

    Caching is what its price list charges for apart. A picture that no rule holds back is no proof that the
    model takes pictures: the catalogue has to say so.
    """
    found: dict[str, Support] = {name: _sent(provider, entry, name) for name in _PROBES}
    if found["images"] == "yes" and "image" not in entry.takes:
        found["images"] = "unknown"
    found["cache"] = _cached(price)
    return found


def lost(mine: Mapping[str, Support], others: Sequence[Mapping[str, Support]]) -> tuple[str, ...]:
    """The features that another door to the same weights has and this one has not, or only in another way."""
    return tuple(
        name
        for name, support in mine.items()
        if support in ("no", "adapted") and any(other[name] == "yes" for other in others)
    )


def recorded(session: Session, offer: str) -> Recorded:
    """What was left out of the newest calls of an offer, and what was sent otherwise."""
    columns = select(Call.dropped, Call.adapted).where(Call.offer == offer, Call.status != "running")
    rows = session.execute(columns.order_by(Call.started_at.desc()).limit(NEWEST)).all()
    dropped = Counter(name for names, _ in rows for name in names)
    return Recorded(len(rows), dropped, Counter(name for _, names in rows for name in names))


def _sent(provider: Provider | None, entry: Entry, name: str) -> Support:
    if provider is None or not entry.asked:
        return "unknown"
    account = dict.fromkeys(provider.variables, "any")  # the rules are the same whatever an account is called
    row = replace(provider, settings={**account, **provider.settings})
    encoded = encode(row, entry.offer, _PROBES[name])
    return "no" if name in encoded.dropped else "adapted" if name in encoded.adapted else "yes"


def _cached(price: TokenPrice | None) -> Support:
    if price is None:
        return "unknown"
    return "no" if price.cache_read_mtok is None else "yes"
