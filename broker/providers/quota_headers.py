"""What reply headers say is left of the account's quotas, in the spellings of OpenAI, Azure and Anthropic."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

UNTOLD_RESET_S = 10.0  # Azure does not say when; it counts in windows of one or ten seconds
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PIECE = re.compile(r"(\d{1,9}(?:\.\d+)?)(ms|s|m|h|d)")


@dataclass(frozen=True, slots=True)
class Left:
    """A quota: `remaining` of `limit` (`None`: not told), all of which is back in `reset_s` seconds."""

    remaining: int
    limit: int | None
    reset_s: float


def quotas_left(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, Left]:
    """The quotas told of, under `requests` and `tokens`; names and values are as they came."""
    told, date = dict[frozenset[str], str](), ""
    for raw, value in headers:
        name = raw.lower()
        if b"-ratelimit-" in name:  # x-ratelimit-remaining-requests, anthropic-ratelimit-requests-remaining
            told[frozenset(name.decode("latin-1").split("-")[2:])] = value.decode("latin-1").strip()
        elif name == b"date":
            date = value.decode("latin-1")
    found = {kind: _left(kind, told, date) for kind in ("requests", "tokens")} if told else {}
    return {kind: left for kind, left in found.items() if left is not None}


def _left(kind: str, told: dict[frozenset[str], str], date: str) -> Left | None:
    remaining = _count(told.get(frozenset((kind, "remaining"))))
    if remaining is None:
        return None
    reset_s = _reset_s(told.get(frozenset((kind, "reset")), ""), date)
    limit = _count(told.get(frozenset((kind, "limit"))))
    return Left(remaining, limit, UNTOLD_RESET_S if reset_s is None else reset_s)


def _count(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"\d{1,12}", value) else None


def _reset_s(value: str, date: str) -> float | None:
    """Seconds in `6m0s`, `1.5s`, `20ms` or `30`, or until an RFC 3339 instant by the reply's own `date`."""
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    if re.fullmatch(f"(?:{_PIECE.pattern})+", value):
        return sum(float(number) * _UNIT_S[unit] for number, unit in _PIECE.findall(value))
    try:
        at = datetime.fromisoformat(value)
        now = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return max(0.0, (at - now).total_seconds())
    except (ValueError, TypeError):  # the latter: one of the two does not say its time zone
        return None
