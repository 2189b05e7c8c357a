"""Why nobody can say how stable a winner is: whose figures have no interval, and what gives them one."""

from collections.abc import Iterator

from broker.comparison import CRITERIA, Criterion, Ranked, Shortlist
from broker.comparison.scores import open_figures
from broker.comparison.sentence_words import Name, listed
from broker.stats import Estimate

_Whose = list[tuple[Ranked, Estimate]]


def intervals_missing(shortlist: Shortlist, name: Name) -> str:
    """`no interval can be given for the quality of A and B (n = 30) nor the speed of A (n = 4)`."""
    found = (f"the {kind} of {_whose(whose, name)}" for kind, whose in _missing(shortlist))
    return f"no interval can be given for {' nor '.join(found)}"


def interval_for(shortlist: Shortlist) -> str:
    """What to do about it."""
    kinds = [kind for kind, _ in _missing(shortlist)]
    instead = "" if "quality" in kinds else f", or give {listed(kinds)} no weight"
    return f"To learn it, run the suites on more samples, of more than one document{instead}."


def _missing(shortlist: Shortlist) -> Iterator[tuple[Criterion, _Whose]]:
    """The criteria, each with the contenders whose figure has none."""
    contenders = [one for one in shortlist.ranked if one.is_contender]
    found = [(one, open_figures(one, shortlist.gathered)) for one in contenders]
    for kind in CRITERIA:
        whose = [(one, figures[kind]) for one, figures in found if kind in figures]
        if whose:
            yield kind, whose


def _whose(whose: _Whose, name: Name) -> str:
    counts = sorted({told.n for _, told in whose})
    n = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    return f"{listed([name(one) for one, _ in whose])} (n = {n})"
