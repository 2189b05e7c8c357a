"""A contract term in words: how much, for what of which platform, from when."""

from collections.abc import Callable
from datetime import date

from broker.assurance.platforms import PLATFORM
from broker.workload.terms import Term, contract_of


def in_words(term: Term, platform: str, offer: str, day: Callable[[date], str] = str) -> str:
    """`discount of 12 % for all of OpenAI API from 2026-01-01 without end`, with the platform's own name.

    `platform` and `offer` are what the offer that it is shown beside, and its platform, are called; `day` how
    days are written.
    """
    platform = party(term.provider, platform)
    percent, money = f"{term.value.normalize():f} %", f"${term.value:,.2f} a {term.period}"
    amount = percent if term.period is None else money
    scope = offer if term.offer else f"{term.maker} on {platform}" if term.maker else f"all of {platform}"
    until = f"until {day(term.last)}" if term.last else "without end"
    return f"{term.kind.replace('_', ' ')} of {amount} for {scope} from {day(term.first)} {until}"


def party(provider: str, name: str) -> str:
    """With whom a term is agreed: `name`, but where one contract covers several providers what they share."""
    platform = PLATFORM.get(contract_of(provider))
    return platform.name if platform and len(platform.rows) > 1 else name
