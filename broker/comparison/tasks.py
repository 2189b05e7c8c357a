"""One kind of work at a time: which offer is the best value for each, and what such a mix saves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broker.comparison import Evidence, Gathered, SuiteResult
from broker.comparison.against import on_suite
from broker.comparison.combine import difference, weighted_mean
from broker.comparison.suites import Found, found_again
from broker.stats import Estimate
from broker.stats.multiplicity import simultaneous


@dataclass(frozen=True, slots=True)
class Task:
    """One suite with every offer's result by id.

    `best` has the highest quality of those judged on enough samples. `few` were not: on fewer than half of
    those that they were asked, or of those that another was judged on, and a few lucky answers prove nothing.
    `gaps` is how much better each other one is than that: its interval, at
    `confidence`, is wide enough for what is said of all of them to hold together 95 times of 100. `good` are
    the best and those no more than the margin worse, by quality. `best_value` is the cheapest of these when
    measured; `None` where no cost of them is known. Those without are `unpriced`.
    """

    suite: str
    weight: int
    results: Mapping[str, SuiteResult]
    best: str | None
    gaps: Mapping[str, Estimate]
    confidence: float
    good: tuple[str, ...]
    best_value: str | None
    unpriced: tuple[str, ...]
    few: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """Every task done by its best value, against the cheapest offer that is good at all of them (`single`).

    Costs are US dollars per 1,000 tasks, in the proportion of the weights. `saves` is how much less the mix
    costs, `saves_share` that as a share of what the single one does, `quality` how much better it is (below
    0: worse), as a share. They are `None` where no single offer is good at all tasks, or no cost is known.
    """

    offers: Mapping[str, str]
    per_1000: Estimate
    single: str | None = None
    single_per_1000: Estimate | None = None
    saves: Estimate | None = None
    saves_share: float | None = None
    quality: Estimate | None = None


@dataclass(frozen=True, slots=True)
class ByTask:
    """The tasks in the order that was asked for; `mix` is `None` where one of them has no best value."""

    tasks: tuple[Task, ...]
    mix: Mix | None

    @property
    def everywhere(self) -> tuple[str, ...]:
        """The offers that are good at every task that counts, whatever they cost."""
        tasks = _counting(self.tasks)
        return tuple(one for one in tasks[0].good if all(one in task.good for task in tasks)) if tasks else ()


def by_task(session: Session, gathered: Gathered, offers: Collection[str] | None = None) -> ByTask:
    """What was gathered, task by task; of these offers alone, the candidates, where their ids are given."""
    ran = {result.suite for one in gathered.offers for result in one.results}
    suites = {name: weight for name, weight in gathered.wanted.suites if name in ran}
    considered = [one for one in gathered.offers if offers is None or one.id in offers]
    found = {name: _found(session, considered, name) for name in suites}
    tasks = [_task(name, weight, found[name], gathered.wanted.margin) for name, weight in suites.items()]
    return ByTask(tuple(tasks), _mix(_counting(tasks), found))


def _counting(tasks: Sequence[Task]) -> list[Task]:
    return [task for task in tasks if task.weight] or list(tasks)


def _found(session: Session, offers: Sequence[Evidence], suite: str) -> dict[str, Found]:
    return {
        one.id: found_again(session, result, one.entry)
        for one in offers
        for result in one.results
        if result.suite == suite and result.quality.value is not None
    }


def _task(suite: str, weight: int, found: Mapping[str, Found], margin: float) -> Task:
    ranked = sorted(
        found, key=lambda offer: (-(found[offer].result.quality.value or 0), *_cost(found[offer]))
    )
    few = _few(found)
    order = [offer for offer in ranked if offer not in few]
    best, others = (order[0], order[1:]) if order else (None, [])
    confidence = simultaneous(max(1, len(others)))
    gaps = {offer: on_suite(found[order[0]], found[offer], confidence) for offer in others}
    good = [offer for offer in order if offer == best or _is_within(gaps[offer], margin)]
    priced = [offer for offer in good if found[offer].result.cost_per_1000.value is not None]
    return Task(
        suite=suite,
        weight=weight,
        results={offer: found[offer].result for offer in ranked},
        best=best,
        gaps=gaps,
        confidence=confidence,
        good=tuple(good),
        best_value=min(priced, key=lambda offer: _cost(found[offer]), default=None),
        unpriced=tuple(offer for offer in good if offer not in priced),
        few=tuple(offer for offer in ranked if offer in few),
    )


def _few(found: Mapping[str, Found]) -> set[str]:
    most = max((one.result.quality.n for one in found.values()), default=0)
    return {offer for offer, one in found.items() if one.result.is_thin or 2 * one.result.quality.n < most}


def _is_within(gap: Estimate, margin: float) -> bool:
    return gap.low is not None and gap.low > -margin


def _cost(one: Found) -> tuple[float, str]:
    """The cheapest first, those of unknown cost last, then by id."""
    cost = one.result.cost_per_1000.value
    return float("inf") if cost is None else cost, one.offer


def _mix(tasks: Sequence[Task], found: Mapping[str, Mapping[str, Found]]) -> Mix | None:
    values = {task.suite: task.best_value for task in tasks if task.best_value is not None}
    if not tasks or len(values) < len(tasks):
        return None
    per_1000 = _per_1000(tasks, values, found)
    priced = [set(task.good) - set(task.unpriced) for task in tasks]
    everywhere = [offer for offer in tasks[0].good if all(offer in some for some in priced)]
    costs = {one: _per_1000(tasks, dict.fromkeys(values, one), found) for one in everywhere}
    single = min(costs, key=lambda one: (costs[one].value or 0.0, one), default=None)
    if single is None:
        return Mix(values, per_1000)
    parts = [
        (task.weight, found[task.suite][single], found[task.suite][values[task.suite]]) for task in tasks
    ]
    saves = weighted_mean([(weight, _cheaper(one, other)) for weight, one, other in parts])
    whole = costs[single].value
    return Mix(
        offers=values,
        per_1000=per_1000,
        single=single,
        single_per_1000=costs[single],
        saves=saves,
        saves_share=saves.value / whole if whole and saves.value is not None else None,
        quality=weighted_mean([(weight, _better(one, other)) for weight, one, other in parts]),
    )


def _per_1000(
    tasks: Sequence[Task], offers: Mapping[str, str], found: Mapping[str, Mapping[str, Found]]
) -> Estimate:
    """What 1,000 tasks cost when each suite's are done by its offer."""
    costs = [(task.weight, found[task.suite][offers[task.suite]].result.cost_per_1000) for task in tasks]
    return weighted_mean(costs)


def _cheaper(single: Found, value: Found) -> Estimate:
    """How much less the best value costs: nothing, and that for sure, where it is the single one."""
    if single is value:
        return _none(single)
    return difference(value.result.cost_per_1000, single.result.cost_per_1000)


def _better(single: Found, value: Found) -> Estimate:
    return _none(single) if single is value else on_suite(single, value)


def _none(one: Found) -> Estimate:
    return Estimate(0.0, 0.0, 0.0, one.result.quality.n, "the same offer")
