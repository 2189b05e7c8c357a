"""How often the intervals of ratings hold, for votes made up by known strengths; seeded."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from broker.ratings import MEAN, PER_LOG_ODDS, Ballot, rate

WORLDS = 12  # sets of strengths a setting is tried with


class Setting(NamedTuple):
    """So many votes on offers whose log-odds scatter by `scatter`.

    Of the offers `shown` answer a prompt. The prompts have `each` votes, evenly or (`ragged`) geometrically
    distributed, and add a scatter of their own, `taste`, to the strengths. `ties` is how many votes are ties:
    where prompts have a taste, some are tied more often than others. With `near`, ties are more likely the
    closer two offers are (Davidson 1970, JASA 65:317). With `rare`, each offer is shown half as often as the
    one before.
    """

    offers: int
    votes: int
    scatter: float
    shown: int = 2
    ties: float = 0.0
    each: int = 1
    taste: float = 0.0
    ragged: bool = False
    near: bool = False
    rare: bool = False


def coverage(setting: Setting, times: int = 300, seed: int = 1) -> tuple[float, int]:
    """Return how often a rating's interval holds the truth, and of how many that have one."""
    held = told = 0
    for world in range(WORLDS):
        rng = np.random.default_rng((seed, world))
        strengths = rng.normal(0, setting.scatter, setting.offers)
        truth = _truth(setting, tuple((strengths - strengths.mean()).tolist()))
        for _ in range(times // WORLDS):
            found = rate(list(_votes(rng, setting, strengths)))
            if len(found.groups) > 1:
                continue  # no mean of all to be measured against
            for offer, one in found.by_offer.items():
                if one.low is None and one.high is None:
                    continue
                told += 1
                right = MEAN + PER_LOG_ODDS * truth[int(offer)]
                held += (one.low or -np.inf) <= right <= (one.high or np.inf)
    return held / told, told


@cache
def _truth(setting: Setting, strengths: tuple[float, ...]) -> tuple[float, ...]:
    """The strengths themselves; with ties or tastes what endless votes, no two on one prompt, come to."""
    if not any(strengths) or not (setting.ties or setting.taste):
        return strengths
    endless = setting._replace(votes=20_000, each=1, ragged=False)
    found = rate(list(_votes(np.random.default_rng(2), endless, np.array(strengths))))
    return tuple((found.by_offer[str(i)].value - MEAN) / PER_LOG_ODDS for i in range(len(strengths)))


def _votes(rng: np.random.Generator, setting: Setting, strengths: np.ndarray) -> Iterator[Ballot]:
    prompt = _prompts(rng, setting)
    prompts, offers = int(prompt[-1]) + 1, len(strengths)
    weights = 0.5 ** np.arange(offers) if setting.rare else np.ones(offers)
    order = (np.log(rng.random((prompts, offers))) / weights).argsort(axis=1)
    shown = order[:, -setting.shown :][prompt]
    liked = strengths + rng.normal(0, setting.taste, (prompts, offers)) if setting.taste else strengths
    among = np.take_along_axis(np.broadcast_to(liked, (prompts, offers))[prompt], shown, axis=1)
    best = (among + rng.gumbel(size=among.shape)).argmax(axis=1)  # Luce's model
    tied = rng.random(len(prompt)) < _tie_rates(rng, setting, among, prompt)
    for number, offered, first, tie in zip(prompt, shown.tolist(), best, tied, strict=True):
        yield Ballot(str(number), tuple(map(str, offered)), None if tie else str(offered[first]))


def _prompts(rng: np.random.Generator, setting: Setting) -> np.ndarray:
    """Return each vote's prompt."""
    if not setting.ragged:
        return np.arange(setting.votes) // setting.each
    return np.repeat(np.arange(setting.votes), rng.geometric(1 / setting.each, setting.votes))[
        : setting.votes
    ]


def _tie_rates(
    rng: np.random.Generator, setting: Setting, among: np.ndarray, prompt: np.ndarray
) -> np.ndarray:
    if setting.near:
        even, gap = 2 * setting.ties / (1 - setting.ties), among[:, 0] - among[:, 1]
        return even / (2 * np.cosh(gap / 2) + even)
    if setting.taste and setting.ties:
        return rng.beta(2 * setting.ties, 2 - 2 * setting.ties, int(prompt[-1]) + 1)[prompt]
    return np.full(len(prompt), setting.ties)
