"""Numbers and names as the recommendation says them: no more digits than the figures carry."""

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from broker.comparison import Evidence, Gathered, Ranked, Shortlist
from broker.comparison.combine import difference
from broker.comparison.scores import cost_of
from broker.stats import Estimate

Name = Callable[[Ranked], str]


def namer(shortlist: Shortlist) -> Name:
    """How offers are called: model and platform, and the id where two share those."""
    often = Counter(one.evidence.label for one in shortlist.ranked)
    return lambda one: (
        one.evidence.label if often[one.evidence.label] == 1 else f"{one.evidence.label} ({one.evidence.id})"
    )


def share_of_draws(share: float) -> str:
    """A share of draws in whole percent, never all or none of them."""
    percent = round(share * 100)
    return "more than 99 %" if percent >= 100 else "less than 1 %" if percent <= 0 else f"{percent} %"


def money(dollars: Decimal | float) -> str:
    """Whole dollars from a hundred up, else cents, of less than a dollar two digits."""
    amount = float(dollars)
    if amount == 0:
        return "$0"
    if abs(amount) >= 1:
        return f"${amount:,.0f}" if abs(amount) >= 100 else f"${amount:,.2f}"
    return f"${Decimal(f'{amount:.1e}'):f}"


def cost_in_words(evidence: Evidence, yearly: bool) -> str | None:
    """`$12,400 a year` or `$3.40 per 1,000 tasks`; `None` where it is not known."""
    told = cost_of(evidence, yearly)
    if told is None or told.value is None:
        return None
    return f"{money(told.value)} {'a year' if yearly else 'per 1,000 tasks'}"


def cost_with_ends(evidence: Evidence, yearly: bool) -> str | None:
    """The same, with what a year costs at both ends of measured tokens: `$393 a year ($371 to $415)`."""
    told, year = cost_in_words(evidence, yearly), evidence.year
    if told is None or not yearly or year is None or year.low is None or year.high is None:
        return told
    low, high = money(year.low), money(year.high)
    return told if low == high else f"{told} ({low} to {high})"


def quality_in_words(told: Estimate) -> str:
    """A share with its interval and on how many samples it rests."""
    value, low, high = told.value or 0.0, told.low, told.high
    if low is None or high is None:
        return f"{value * 100:.0f} % (no interval can be given, n = {told.n:,})"
    digits = 1 if high - low < 0.02 else 0
    ends = f"{low * 100:.{digits}f} to {high * 100:.{digits}f} %"
    return f"{value * 100:.{digits}f} % (95 % interval {ends}, n = {told.n:,})"


def apart(gathered: Gathered, one: Evidence, other: Evidence) -> Estimate | None:
    """How much better one is than another: sample by sample where both answered the same, else by itself."""
    if one.quality is None or other.quality is None:
        return None
    return gathered.apart(other.id, one.id) or difference(other.quality, one.quality)


def is_paired(told: Estimate) -> bool:
    """Whether a difference is one of samples that both answered."""
    return told.method.startswith("paired")


def quality_against(apart: Estimate | None) -> str:
    """How the quality of one compares with another's, from how much better it is, as a sentence's end."""
    if apart is None or apart.value is None:
        return "how their quality compares is not known"
    if apart.low is None or apart.high is None:
        return "whether their quality differs cannot be said, for want of samples"
    points, ends = _points(apart.value), f"95 % interval {_signed(apart.low)} to {_signed(apart.high)}"
    if is_paired(apart):
        ends += f", on the {counted(apart.n, 'sample')} that both answered"
    if apart.low <= 0 <= apart.high:
        return f"no difference in quality is shown ({_signed(apart.value)} {_noun(apart.value)}, {ends})"
    return f"its quality is {points} {'higher' if apart.value > 0 else 'lower'} ({ends})"


def listed(names: Sequence[str], most: int = 3) -> str:
    """`A, B and C`; beyond the most that are named, `A, B, C and 4 more`."""
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def counted(n: int, noun: str) -> str:
    """`1 offer`, `3 offers`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _points(share: float) -> str:
    return f"{_signed(abs(share))} {_noun(share)}"


def _noun(share: float) -> str:
    return "point" if _signed(abs(share)) == "1" else "points"


def _signed(share: float) -> str:
    text = f"{share * 100:.0f}" if abs(share) >= 0.01 else f"{share * 100:.1f}"
    return text.replace("-", "−") if float(text) else "0"
