"""How far strengths fitted to votes may be off: ties say little, votes on one prompt are alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_NONE_AT_ALL = 1e-12


class Choice(NamedTuple):
    """One vote: on which prompt, among which offers by index, and which was best, `None` for a tie."""

    prompt: str
    among: tuple[int, ...]
    best: int | None


@dataclass(frozen=True)
class _Sums:
    """What all votes pull at the strengths (scores), and the variance of that if the model holds.

    `alone` and `crowded` are matrices of offers: the variance of independent votes, and what is added to it
    if all votes on a prompt are the same. `apart`, `shared` and `together` are squares of what was seen: of
    single votes, of single votes times the others on their prompt, and of prompts' sums.
    """

    alone: "Numbers"
    crowded: "Numbers"
    apart: float
    shared: float
    together: float


def information(compared: "Numbers", log_odds: "Numbers") -> "Numbers":
    """Return minus the log-likelihood's second derivative, by how often each two offers were compared.

    Of the model of Bradley and Terry 1952, Biometrika 39:324.
    """
    import numpy as np

    chance = _chance(log_odds[:, None] - log_odds)
    weights = compared * chance * (1 - chance)
    return np.diag(weights.sum(axis=1)) - weights


def half_widths(
    choices: Sequence[Choice], log_odds: "Numbers", known: "Numbers", confidence: float = 0.95
) -> "Numbers | None":
    """Return how far each offer's log-odds against the mean of all may be off, either way; or nothing.

    `known` is their `information`. Around it stands the variance of the votes, as in Huber's sandwich
    (White 1982, Econometrica 50:1; Liang and Zeger 1986, Biometrika 73:13, with an exchangeable correlation).
    It has three parts. Luce's model (1959) says how far the pulls of votes with a winner vary; the share of
    those among all votes scales it, as a tie pulls hardly at all (quasi-likelihood: Wedderburn 1974,
    Biometrika 61:439), one more vote with a winner assumed, so that ties alone leave a doubt. And votes on
    a prompt correlate as their residuals do, pooled over all prompts, never less than 0. Residuals are
    enlarged for the strengths that were fitted to them, n / (n - fitted); for prompts n is Kish's (1965).

    The interval is Wilson's: about log-odds d with standard error s it is d ± 2 asinh(z s / 2), exactly
    (Newcombe 2001, American Statistician 55:200); z is Student's where the correlation was estimated.
    `None` where votes or prompts are hardly more than the strengths fitted to them: of one prompt always.
    """
    import numpy as np

    from broker.stats.proportions import normal_quantile, student_quantile

    on_prompt = Counter(one.prompt for one in choices)
    comparisons = sum(len(one.among) - 1 for one in choices)
    crowding = sum(on_prompt[one.prompt] * (len(one.among) - 1) for one in choices)
    offers, prompts = len(log_odds), comparisons**2 / crowding
    fitted = offers - 1
    if prompts - fitted < 1:
        return None
    sums = _sums(choices, log_odds, on_prompt)
    by_vote, by_prompt = (n / (n - fitted) for n in (comparisons, prompts))
    alike = (sums.together * by_prompt / by_vote - sums.apart) / sums.shared if sums.shared else 1.0
    decided = sum(one.best is not None for one in choices) / len(choices)
    informative = (decided * len(on_prompt) + 1) / (len(on_prompt) + 1) * by_vote
    inverse = np.linalg.inv(known + 1 / offers) - 1 / offers
    variance = inverse @ (sums.alone + min(max(alike, 0.0), 1.0) * sums.crowded) @ inverse * informative
    single = len(on_prompt) == len(choices)
    quantile = normal_quantile(confidence) if single else student_quantile(confidence, prompts - fitted)
    against_others = offers / fitted
    errors = np.sqrt(np.diag(variance)) * against_others
    return 2 * np.arcsinh(quantile * errors / 2) / against_others


def _sums(choices: Sequence[Choice], log_odds: "Numbers", on_prompt: Counter[str]) -> _Sums:
    import numpy as np

    offers, number = len(log_odds), {prompt: i for i, prompt in enumerate(on_prompt)}
    pulls, alone, crowded = np.zeros((len(number), offers)), *np.zeros((2, offers, offers))
    apart = shared = 0.0
    for votes in _by_length(choices):
        among = np.array([one.among for one in votes])
        pull, variance = _pulls(votes, log_odds[among])
        others = np.array([on_prompt[one.prompt] - 1 for one in votes])
        np.add.at(pulls, (np.array([number[one.prompt] for one in votes])[:, None], among), pull)
        where = among[:, :, None], among[:, None, :]
        np.add.at(alone, where, variance)
        np.add.at(crowded, where, variance * others[:, None, None])
        squares = (pull**2).sum(axis=1)
        apart, shared = apart + float(squares.sum()), shared + float((squares * others).sum())
    return _Sums(alone, crowded, apart, shared if shared > _NONE_AT_ALL else 0.0, float((pulls**2).sum()))


def _by_length(choices: Sequence[Choice]) -> Iterator[list[Choice]]:
    lengths: dict[int, list[Choice]] = {}
    for one in choices:
        lengths.setdefault(len(one.among), []).append(one)
    yield from lengths.values()


def _pulls(votes: Sequence[Choice], log_odds: "Numbers") -> tuple["Numbers", "Numbers"]:
    """Return what each vote (row) pulls at the offers it chose among (column), and that pull's variance.

    A winner beats each of the others; its pull is by how much that exceeds what was expected.
    """
    import numpy as np

    beats = _chance(log_odds[:, :, None] - log_odds[:, None, :])
    rows, several = np.arange(len(votes)), np.eye(log_odds.shape[1])
    surprise = (1 - beats) * (1 - several)
    if_best = surprise.sum(axis=2)[:, :, None] * several - surprise
    wins = np.exp(log_odds - log_odds.max(axis=1, keepdims=True))
    wins /= wins.sum(axis=1, keepdims=True)
    best = np.array([-1 if one.best is None else one.among.index(one.best) for one in votes])
    pull = if_best[rows, best]
    pull[best < 0] = (0.5 - beats[best < 0]).sum(axis=2)
    return pull, np.einsum("vw,vwi,vwj->vij", wins, if_best, if_best)


def _chance(log_odds: "Numbers") -> "Numbers":
    import numpy as np

    return (1 + np.tanh(log_odds / 2)) / 2
