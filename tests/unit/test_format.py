"""Figures as people read them: unknown is said, nothing rounds to zero or past its unit."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from pages import _format as fmt


@pytest.mark.parametrize("show", [fmt.ms, fmt.usd, fmt.count, fmt.rate])
def test_unknown_is_said(show) -> None:
    assert show(None) == "unknown"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 ms"),
        (-0.2, "0 ms"),
        (0.0004, "<1 ms"),
        (0.99, "<1 ms"),
        (1, "1 ms"),
        (85.4, "85 ms"),
        (999.4, "999 ms"),
        (999.5, "1.00 s"),
        (1_000, "1.00 s"),
        (1_240, "1.24 s"),
        (9_994, "9.99 s"),
        (9_996, "10.0 s"),
        (12_350.1, "12.4 s"),
        (59_949, "59.9 s"),
        (59_951, "1 min 0 s"),
        (60_000, "1 min 0 s"),
        (119_400, "1 min 59 s"),
        (119_600, "2 min 0 s"),
        (125_000, "2 min 5 s"),
        (7_325_000, "122 min 5 s"),
    ],
)
def test_durations(value: float, shown: str) -> None:
    assert fmt.ms(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "$0"),
        ("0E-12", "$0"),
        ("1", "$1.00"),
        ("0.1", "$0.10"),
        ("0.126", "$0.13"),
        ("0.994", "$0.99"),
        ("0.996", "$1.00"),
        ("1234.5", "$1,234.50"),
        ("99999999.99", "$99,999,999.99"),
        ("0.0996", "$0.10"),
        ("0.0994", "$0.099"),
        ("0.05", "$0.050"),
        ("0.00996", "$0.010"),
        ("0.0012345", "$0.0012"),
        ("0.0009999", "$0.0010"),
        ("0.000000123", "$0.00000012"),
        ("1E-7", "$0.00000010"),
        ("4E-28", "$0.00000000000000000000000000040"),
        ("0.0012345678901234567890123456789", "$0.0012"),
        ("-0.5", "-$0.50"),
        ("-0.00123", "-$0.0012"),
        ("-1234.5", "-$1,234.50"),
    ],
)
def test_money(value: str, shown: str) -> None:
    assert fmt.usd(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")]
)
def test_counts(value: int, shown: str) -> None:
    assert fmt.count(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0"),
        (0.25, "0.2"),
        (9.94, "9.9"),
        (9.96, "10"),
        (10, "10"),
        (85.4, "85"),
        (12_345.6, "12,346"),
    ],
)
def test_rates(value: float, shown: str) -> None:
    assert fmt.rate(value) == shown


class Frozen(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 11, 18, 0, 30, tzinfo=UTC).astimezone(tz)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 11, 18, 0, 5, tzinfo=UTC), "00:05 UTC"),
        (datetime(2026, 11, 17, 23, 59, tzinfo=UTC), "17 Nov 2026, 23:59 UTC"),
        (datetime(2026, 11, 1, 9, 5, tzinfo=UTC), "1 Nov 2026, 09:05 UTC"),
        (datetime(2025, 11, 18, 0, 5, tzinfo=UTC), "18 Nov 2025, 00:05 UTC"),
        (datetime(2026, 11, 18, 1, 5, tzinfo=timezone(timedelta(hours=1))), "00:05 UTC"),
        (datetime(2026, 11, 18, 0, 5, tzinfo=timezone(timedelta(hours=1))), "17 Nov 2026, 23:05 UTC"),
    ],
)
def test_instants(value: datetime, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fmt, "datetime", Frozen)
    assert fmt.when(value) == shown


@pytest.mark.parametrize(
    ("n", "shown"), [(0, "0 models"), (1, "1 model"), (2, "2 models"), (1_234, "1,234 models")]
)
def test_plurals(n: int, shown: str) -> None:
    assert fmt.plural(n, "model") == shown


@pytest.mark.parametrize(
    ("names", "shown"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_in_a_row(names: list[str], shown: str) -> None:
    assert fmt.listed(names) == shown


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("", 5, ""),
        ("hello", 5, "hello"),
        ("  hello\n\n  world ", 11, "hello world"),
        ("hello world foo", 12, "hello world…"),
        ("hello world foo", 11, "hello…"),
        ("hello wide world", 13, "hello wide…"),
        ("unbreakable", 5, "unbr…"),
        ("a 日本語日本語日本語", 8, "a 日本語日本…"),
    ],
)
def test_short_texts(text: str, length: int, shown: str) -> None:
    assert fmt.short(text, length) == shown
    assert len(fmt.short(text, length)) <= length


@pytest.mark.parametrize(
    ("text", "shown"),
    [("$5 and $10", r"\$5 and \$10"), (r"\$5 a call", r"\$5 a call"), ("free", "free"), ("", "")],
)
def test_every_dollar_is_a_dollar(text: str, shown: str) -> None:
    assert fmt.no_formula(text) == shown
