"""Values as files have them: ISO days, money to a billionth of a dollar, other numbers to 12 digits."""

from datetime import date, datetime
from decimal import Decimal

from broker.comparison_export.columns import Value

_DIGITS = 12  # of a number that was worked out; those behind them come from binary fractions


def plain(value: Value) -> Value:
    """A value without what only arithmetic leaves behind: digits beyond the billionth, zeros at the end."""
    if isinstance(value, Decimal):
        return _short(value)
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # half a character cannot be written
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _short(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    rounded = round(value, 9) if isinstance(exponent, int) and exponent < -9 else value
    return Decimal(f"{rounded.normalize():f}")
