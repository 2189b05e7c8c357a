"""How Inspect writes instants, durations and numbers."""

from datetime import UTC, datetime
from typing import Any


def time(at: datetime | None) -> str:
    """An instant; empty where there is none."""
    return "" if at is None else at.astimezone(UTC).isoformat()


def seconds(ms: float | None) -> float | None:
    """A duration."""
    return None if ms is None else ms / 1000


def plain(value: Any) -> Any:
    """Money as a number; texts and what is unknown as they are."""
    return value if value is None or isinstance(value, str) else float(value)
