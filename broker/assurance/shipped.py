"""The facts that come with the product; the README in `data/assurance` says how they were collected."""

import csv
import hashlib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import cast

from broker.assurance import Confidence, Fact

FOLDER = Path(__file__).parents[1] / "data" / "assurance"


@lru_cache(maxsize=1)
def shipped_facts() -> tuple[Fact, ...]:
    """Every shipped fact in the file's order; several of one platform and attribute are several sources."""
    scopes = {(row["platform_id"], row["attribute"]): row for row in rows("scopes.csv")}
    return tuple(
        _fact(row, scopes.get((row["platform_id"], row["attribute"]), {})) for row in rows("assurance.csv")
    )


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a shipped file, by the names of its columns."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _fact(row: dict[str, str], place: dict[str, str]) -> Fact:
    as_of, by_month = _day(row["as_of"])
    note = f"{row['note']} (Dated {row['as_of']}.)".strip() if by_month else row["note"]
    return Fact(
        id=_key(row),
        platform=row["platform_id"],
        attribute=place.get("stands_for", row["attribute"]),
        value=row["value"],
        origin="shipped",
        confidence=cast(Confidence, row["confidence"]),
        unit=row["unit"] or None,
        scope=place.get("scope") or None,
        source_url=row["source_url"],
        source_kind=row["source_kind"],
        as_of=as_of,
        note=note,
    )


def _day(written: str) -> tuple[date | None, bool]:
    """A date; of a month without a day its first, and that it was one."""
    by_month = len(written) == len("2026-03")
    return (date.fromisoformat(f"{written}-01" if by_month else written) if written else None), by_month


def _key(row: dict[str, str]) -> str:
    """32 hex digits, the same as long as platform, attribute, value and source are."""
    words = [row[name] for name in ("platform_id", "attribute", "value", "source_url")]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]
