"""Two offers on the chosen suites: how far one is from the other, sample by sample where that can be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from broker.comparison.combine import difference, weighted_mean
from broker.comparison.memo import Memo
from broker.comparison.suites import Found
from broker.results.summary import Samples
from broker.stats import Estimate
from broker.stats.paired import both_answered, paired_limits
from broker.stats.proportions import share

Weighted = Sequence[tuple[str, int]]  # suites with their weights
_kept = Memo[Estimate](50_000)  # they depend on nothing that is asked of a page
_UNKNOWN = Estimate(None, None, None, 0, "unknown")


def over_suites(suites: Weighted, a: Mapping[str, Found], b: Mapping[str, Found]) -> Estimate:
    """How much better b is than a over all suites by their weights; unknown where one lacks a suite.

    `method` begins with `paired`, `unpaired`, or `partly paired` where suites differ in that.
    """
    if not suites or any(name not in a or name not in b for name, _ in suites):
        return _UNKNOWN
    parts = [(weight, on_suite(a[name], b[name])) for name, weight in suites]
    whole, methods = weighted_mean(parts), {one.method.partition(",")[0] for _, one in parts}
    how = methods.pop() if len(methods) == 1 else "partly paired"
    return whole if len(parts) == 1 else replace(whole, method=f"{how}, {whole.method}")


def on_suite(a: Found, b: Found, confidence: float = 0.95) -> Estimate:
    """How much better b is than a in one suite, as a share; `method` begins with `paired` or `unpaired`.

    Paired on the samples that were judged of both, with the limits of `broker.stats.paired.compare`. Where
    those give none, from the two intervals: MOVER, as Newcombe's (1998) of two proportions. Unknown where
    one was measured by what passed and the other by its scores.
    """
    if a.result.measure != b.result.measure:
        return _UNKNOWN
    if a.result.suite_id == b.result.suite_id:
        first, second = sorted((a, b), key=lambda one: one.result.run_id + one.offer)  # either way once
        key = (first.key, second.key, confidence)
        found = _kept.get(key, lambda: _paired(first, second, confidence))
        if found.low is not None:
            return found if first is a else _turned(found)
    apart = difference(_quality(a, confidence), _quality(b, confidence))
    return replace(apart, method=f"unpaired, {apart.method}")


def _paired(a: Found, b: Found, confidence: float) -> Estimate:
    samples, left, right = both_answered(a.samples.values[a.offer], b.samples.values[b.offer])
    differences = [after - before for before, after in zip(left, right, strict=True)]
    binary = all(value in (0, 1) for value in (*left, *right))
    limits = paired_limits(differences, _clusters(a.samples, samples), confidence, binary=binary)
    mean = sum(differences) / len(differences) if differences else None
    return Estimate(mean, *(limits or (None, None)), len(samples), "paired, score interval")


def _quality(one: Found, confidence: float) -> Estimate:
    values = one.samples.values[one.offer]
    return share(list(values.values()), _clusters(one.samples, values), confidence)


def _clusters(run: Samples, samples: Iterable[str]) -> list[str | None] | None:
    return [run.clusters.get(sample) for sample in samples] if any(run.clusters.values()) else None


def _turned(one: Estimate) -> Estimate:
    value, low, high = (None if end is None else -end for end in (one.value, one.high, one.low))
    return Estimate(value, low, high, one.n, one.method)
