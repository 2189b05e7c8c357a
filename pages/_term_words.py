"""A contract term in words: how much, for what of which platform, from when."""

from collections.abc import Callable
from datetime import date

from broker.workload.terms import Term


def in_words(term: Term, platform: str, offer: str, day: Callable[[date], str] = str) -> str:
    """`discount of 12 % for all of OpenAI API from 2026-01-01 without end`, with the platform's own name.

    `offer` is what the offer is called that the term is shown beside; `day` how days are written.
    """
    percent, money = f"{term.value.normalize():f} %", f"${term.value:,.2f} a {term.period}"
    amount = percent if term.period is None else money
    scope = offer if term.offer else f"{term.maker} on {platform}" if term.maker else f"all of {platform}"
    until = f"until {day(term.last)}" if term.last else "without end"
    return f"{term.kind.replace('_', ' ')} of {amount} for {scope} from {day(term.first)} {until}"
