"""Values as files have them: days in ISO form, money to a billionth of a dollar."""

from datetime import date, datetime
from decimal import Decimal

from broker.comparison_export.columns import Value


def plain(value: Value) -> Value:
    """A value without what only arithmetic leaves behind: digits beyond the billionth, zeros at the end."""
    if isinstance(value, Decimal):
        return _short(value)
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # half a character cannot be written
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _short(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    rounded = round(value, 9) if isinstance(exponent, int) and exponent < -9 else value
    return Decimal(f"{rounded.normalize():f}")
