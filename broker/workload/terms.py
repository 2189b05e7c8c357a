"""What a contract says of prices: discounts, uplifts, commitments, each for a scope and for certain days.

Of one kind, the narrowest scope that covers an offer counts alone: the offer, else its maker on the platform,
else the platform. Two terms of one kind and scope must not share a day. A platform that several providers
reach is one party to a contract, whichever of them a term names.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Literal

from broker.assurance.platforms import caveat_of, platform_of
from broker.types import Offer

Kind = Literal["discount", "uplift", "batch_discount", "commitment"]
Period = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class Term:
    """One agreement with a platform, valid from `first` to `last` (both included; `None`: without end).

    It holds for one `offer` (an id), for a `maker`'s models, or for all that the platform sells which
    `provider` reaches.
    `value` is percent, of a commitment US dollars a `period`. `id` is its row's, empty before it has one.
    """

    kind: Kind
    value: Decimal
    provider: str
    first: date
    last: date | None = None
    maker: str | None = None
    offer: str | None = None
    period: Period | None = None
    note: str = ""
    id: str = ""

    @property
    def scope(self) -> tuple[str, str, str]:
        """What it holds for: the platform, and the maker or the offer where it is not all of it."""
        return contract_of(self.provider), self.maker or "", self.offer or ""

    def covers(self, offer: Offer) -> bool:
        """Whether it holds for an offer, on some day."""
        same = self.maker in (None, offer.maker) and self.offer in (None, offer.id)
        return same and contract_of(self.provider) == contract_of(offer.provider)

    def __str__(self) -> str:
        scope = self.offer or (f"{self.maker} on {self.provider}" if self.maker else self.provider)
        percent, money = f"{self.value.normalize():f} %", f"${self.value:,.2f} a {self.period}"
        amount = percent if self.period is None else money
        until = f"until {self.last}" if self.last else "without end"
        return f"{self.kind.replace('_', ' ')} of {amount} for {scope} from {self.first} {until}"


def contract_of(provider: str) -> str:
    """With whom terms of a provider are agreed: its platform, or it alone where it is sold on other terms."""
    return provider if caveat_of(provider) else platform_of(provider)


def check(terms: Iterable[Term]) -> None:
    """Raise `ValueError`, naming both, where two terms of one kind and scope share a day."""
    ordered = sorted(terms, key=lambda term: (*_place(term), term.first))
    for _, group in groupby(ordered, _place):
        for one, other in pairwise(group):
            if one.last is None or other.first <= one.last:
                raise ValueError(f"Two terms overlap: the {one}, and the {other}.")


def in_force(terms: Iterable[Term], offer: Offer, kind: Kind, day: date) -> Term | None:
    """The term of a kind that counts for an offer on a day; `None` where nothing was agreed."""
    found = [term for term in terms if term.kind == kind and term.covers(offer) and _is_valid(term, day)]
    return max(found, key=_narrowness, default=None)


def problems(term: Term) -> list[str]:
    """What is wrong with a term that somebody typed, in sentences; empty where it can be kept."""
    return list(_problems(term))


def _problems(term: Term) -> Iterator[str]:
    if not term.provider:
        yield "A term needs a platform."
    if term.maker is not None and term.offer is not None:
        yield "A term holds for a maker or for an offer, not for both."
    if term.offer is not None and contract_of(term.offer.partition("/")[0]) != contract_of(term.provider):
        yield f"{term.offer} is not sold by {term.provider}."
    if not term.value.is_finite() or term.value < 0:
        yield "The value must be 0 or more."
    elif term.kind in ("discount", "batch_discount") and term.value > 100:
        yield "A discount is 100 % at the most."
    if (term.kind == "commitment") != (term.period is not None):
        yield "A commitment, and nothing else, is per month or per year."
    if term.last is not None and term.last < term.first:
        yield "A term ends on its first day or later."


def _place(term: Term) -> tuple[str, str, str, str]:
    return (term.kind, *term.scope)


def _is_valid(term: Term, day: date) -> bool:
    return term.first <= day and (term.last is None or day <= term.last)


def _narrowness(term: Term) -> tuple[bool, bool]:
    return term.offer is not None, term.maker is not None
