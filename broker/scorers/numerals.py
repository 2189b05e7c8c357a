"""Numbers as people and models write them: separators, currency, percent, fractions, powers of ten."""

import re
import unicodedata
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_WINDOW = 4_000  # characters
_LONGEST = 1_000  # characters of a number
_WORDS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SPACES = "'’\u00a0\u2009\u202f"  # written between thousands whatever the decimal mark
_VULGAR = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_DIGIT = re.compile(rf"[\d{_VULGAR}]")
_APART = re.compile(r"[-−–]\s*$")
_SHORT = re.compile(r"\s?(?:k|M|bn|[Mm]io|[Mm]rd|[Tt]sd)\b")
# The digits of a word (H2O, v1) are no numbers; a minus sign touches its number and follows no other.
_NUMBER = r"""
    (?P<sign>(?<![\w)\]}%.])[-−–])?
    (?:(?:(?:US)?\\?[$€£¥₹₩]|(?<![^\W_])(?:USD|EUR|GBP|CHF|Rs\.?))\s?(?P<inner>[-−](?=\d))? | (?<![^\W_]))
    (?:
        \\[dt]?frac\s?\{(?P<upper>\d{1,30})\}\{(?P<lower>\d{1,30})\}
        | (?:(?P<before>\d{1,30})\x20)?(?P<over>\d{1,30})[/⁄](?P<under>\d{1,30})(?![/\d]|[.,]\d)
        | (?P<whole>\d{1,30})?\s?(?P<vulgar>[VULGAR])
        | (?P<digits>(?:\d{1,3}(?:GROUP\d{2,3}){0,12}GROUP\d{3}(?!\d)|\d{1,400}(?!\d))(?:POINT\d{1,400})?
          | (?<![\w.,])POINT\d{1,400})
          (?:[eE](?P<e>[-+−]?\d{1,3})(?![\w.])
            | \s?(?:×|\*|x|\\times)\s?10\s?(?:\^|\*\*)\s?\{?(?P<power>[-−+]?\d{1,3})\}?)?
    )
    (?:\s?(?P<percent>%|\\%|percent\b|per\x20cent\b)|\s(?P<word>thousand|million|billion|trillion)s?\b)?
"""


@dataclass(frozen=True, slots=True)
class Number:
    """A number read in a text: its exact value without its percent sign, and how it is written."""

    value: Fraction
    percent: bool
    written: str

    def equals(self, other: "Number", tolerance: Fraction, relative: Fraction) -> bool:
        """Whether both are the same within a tolerance, or a share of the other's size.

        Where only one of them is a percentage, it may mean the figure or the hundredth part of it.
        """
        mine = {self.value, self.value / 100} if self.percent and not other.percent else {self.value}
        theirs = {other.value, other.value / 100} if other.percent and not self.percent else {other.value}
        return any(abs(a - b) <= max(tolerance, relative * abs(b)) for a in mine for b in theirs)


def first(text: str, decimal: str = ".") -> Number | None:
    """The first number in the text."""
    found = _pattern(decimal).search(text)
    return found and _number(found, decimal)


def last(text: str, decimal: str = ".") -> Number | None:
    """The last number in the text, which is read backwards window by window."""
    pattern = _pattern(decimal)
    for end in range(len(text), 0, -_WINDOW):
        if not _DIGIT.search(text, max(0, end - _WINDOW), end):
            continue
        ends = deque(pattern.finditer(text, max(0, end - _WINDOW - _LONGEST), end + _LONGEST), maxlen=1)
        if ends:
            return _number(ends[0], decimal)
    return None


def alone(text: str, decimal: str = ".") -> Number | None:
    """The number that the text is, with its unit of money or percent; `None` for any other text."""
    found = _pattern(decimal).fullmatch(text.strip())
    return found and _number(found, decimal)


def only(text: str, decimal: str = ".") -> Number | None:
    """The number in a text that means no more than it; `None` where there are other digits, or none.

    A sign apart from its number and a short word for a power of ten (`1.5k`) would change it.
    """
    found = _pattern(decimal).search(text)
    if found is None or _DIGIT.search(text, 0, found.start()) or _DIGIT.search(text, found.end()):
        return None
    if _APART.search(text[: found.start()]) or _SHORT.match(text[found.end() :]):
        return None
    return _number(found, decimal)


@lru_cache(maxsize=2)
def _pattern(decimal: str) -> re.Pattern[str]:
    group, point = (f"[,{_SPACES}٬]", r"[.٫]") if decimal == "." else (f"[.{_SPACES}]", ",")
    written = _NUMBER.replace("VULGAR", _VULGAR).replace("GROUP", group).replace("POINT", point)
    return re.compile(written, re.VERBOSE | re.IGNORECASE)


def _number(found: re.Match[str], decimal: str) -> Number:
    negative = bool(found["sign"] or found["inner"])
    value = _size(found, decimal) * _WORDS.get((found["word"] or "").lower(), 1)
    written = " ".join(found[0].split())
    return Number(-value if negative else value, found["percent"] is not None, written[:80])


def _size(found: re.Match[str], decimal: str) -> Fraction:
    """The value without its sign; what is divided by 0 is taken for the number above the line."""
    if found["upper"]:
        return _divided(found["upper"], found["lower"])
    if found["over"]:
        return int(found["before"] or 0) + _divided(found["over"], found["under"])
    if found["vulgar"]:
        part = Fraction(unicodedata.numeric(found["vulgar"])).limit_denominator(10)
        return int(found["whole"] or 0) + part
    exponent = int((found["e"] or found["power"] or "0").replace("−", "-"))
    return Fraction(_plain(found["digits"], decimal)) * Fraction(10) ** exponent


def _divided(above: str, below: str) -> Fraction:
    return Fraction(int(above), int(below) or 1)


def _plain(digits: str, decimal: str) -> str:
    """The digits as Python reads them: ASCII, no separators, a point."""
    point = {ord("٫"): ".", ord(decimal): "."}
    kept = (c for c in digits.translate(point) if c == "." or c.isdigit())
    if decimal == ",":
        kept = (c for c in digits.replace(".", "").translate(point) if c == "." or c.isdigit())
    return "".join(c if c == "." else str(unicodedata.digit(c)) for c in kept)
