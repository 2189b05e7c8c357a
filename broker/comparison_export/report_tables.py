"""The tables of the report."""

from collections.abc import Iterator, Sequence

from broker.comparison import Evidence, Ranked, Shortlist
from broker.comparison.gates import in_words as gate_in_words
from broker.comparison.grounds import origin_of
from broker.comparison.sentence_words import share_of_draws
from broker.comparison.tasks import ByTask
from broker.comparison_export.html import Html, joined, listed, table, tag
from broker.comparison_export.parts import fact_rows
from broker.comparison_export.said import (
    UNKNOWN,
    day,
    score,
    seconds_between,
    share,
    share_between,
    usd,
    usd_between,
)
from broker.comparison_export.table import lines
from broker.lifecycle_seen import in_words
from broker.workload.honesty import TaskCost
from broker.workload.yearly import Bill

_MARKS = {"pass": "passes", "fail": "fails", "unknown": "unknown"}


def offers(shortlist: Shortlist) -> Html:
    """One row an offer, in the order of the shortlist."""
    header = (
        "", "Offer", "Maker", "Must-haves", "Quality", "Cost per 1,000 tasks", "A year, ours", "A year, list",
        "95 of 100 answers", "Ends", "Score", "Comes first in",
    )  # fmt: skip
    rows = ((str(line.rank or ""), *_offer(line.ranked, line.shortlist)) for line in lines(shortlist))
    return tag("div", table(header, rows, numbers=(4, 5, 6, 7, 8, 10, 11)), class_="offers")


def _offer(ranked: Ranked, shortlist: Shortlist) -> Sequence[str | Html]:
    one = ranked.evidence
    return (
        under(tag("strong", one.entry.offer.name), one.entry.platform),
        one.entry.offer.maker,
        mark(ranked.outcome),
        _quality(one),
        _limited(usd_between(one.per_1000)),
        _limited(usd_between(one.year)) if one.year else _year(one, "ours"),
        _year(one, "at_list"),
        _speed(one),
        _end(one),
        _limited(score(ranked.score, ranked.score_low, ranked.score_high)),
        _wins(ranked),
    )


def _wins(ranked: Ranked) -> str:
    if ranked.wins is None:
        return UNKNOWN if ranked.is_contender else ""
    return f"{share_of_draws(ranked.wins)} of draws"


def mark(outcome: str) -> Html:
    """An outcome in its colour, and in words."""
    return tag("span", _MARKS.get(outcome, outcome), class_=outcome)


def under(words: str | Html, more: str) -> Html:
    """Words with more of them, small, on a line below."""
    return joined((words, tag("small", more))) if more else joined((words,))


def _limited(told: str) -> Html:
    """A figure with its interval below it, and what it rests on below that."""
    value, _, limits = told.partition(" (")
    return joined((value, *(tag("small", line) for line in limits.removesuffix(")").split(", ") if line)))


def _quality(one: Evidence) -> Html:
    if one.quality is None and one.elsewhere is not None:
        offer, found = one.elsewhere
        return under(UNKNOWN, f"borrowed: {share(found.value)} at {offer}")
    told = _limited(share_between(one.quality))
    origin = origin_of(one.results)
    return under(told, origin) if "imported" in origin else told


def _year(one: Evidence, side: str) -> str:
    bill = getattr(one.cost, side, None)
    return usd(bill.year.total) if isinstance(bill, Bill) else UNKNOWN


def _speed(one: Evidence) -> Html:
    if one.speed is None:
        return under(UNKNOWN, "")
    told = _limited(seconds_between(one.speed.total_p95))
    told = told if one.speed.origin == "runs" else under(told, "all recorded calls")
    return under(told, "unreliable") if one.speed.reliable is False else told


def _end(one: Evidence) -> str:
    life = one.lifecycle
    if life.retires is not None:
        return day(life.retires)
    return f"not before {day(life.not_before)}" if life.not_before else UNKNOWN


def tasks_matrix(shortlist: Shortlist, tasks: ByTask | None) -> Html | None:
    """Suites across, offers down, the best value of each in bold; `None` without results."""
    suites = [suite for suite, _ in shortlist.gathered.wanted.suites]
    ran = [ranked.evidence for ranked in shortlist.ranked if ranked.evidence.results]
    if not suites or not ran:
        return None
    best = {task.suite: task.best_value for task in tasks.tasks} if tasks else {}
    rows = ((one.label, *(_on(one, suite, best.get(suite) == one.id) for suite in suites)) for one in ran)
    among = ", of offers that pass all must-haves" if shortlist.gathered.wanted.gates else ""
    note = f"Bold: the cheapest of those that are no worse than the best{among}. " if best else ""
    caption = tag("p", f"{note}Costs are of 1,000 tasks.", class_="quiet")
    return joined((table(("Offer", *suites), rows), caption))


def _on(one: Evidence, suite: str, best: bool) -> str | Html:
    result = next((result for result in one.results if result.suite == suite), None)
    if result is None:
        return "not run"
    origin = " (imported)" if result.origin == "imported" else ""
    words = f"{share_between(result.quality)}{origin}, {usd(result.cost_per_1000.value)}"
    return tag("span", f"{words}, best value", class_="best") if best else words


def finished_tasks(shortlist: Shortlist) -> Html | None:
    """By suite what a finished task cost, beside the price of tokens; `None` where that is not known."""
    told = [(suite, one) for suite, one in shortlist.gathered.honesty.items() if one.offers]
    header = (
        "", "Offer", "A finished task", "Per million tokens", "Place by that", "Finished", "Output tokens",
        "Input tokens",
    )  # fmt: skip
    pieces = [
        joined(
            (
                tag("h3", suite),
                tag("p", one.warning or "Prices per token do not mislead here."),
                table(header, map(_finished, one.offers), numbers=(2, 3, 4, 5, 6, 7)),
            )
        )
        for suite, one in told
    ]
    return joined((*pieces, tag("p", _FINISHED, class_="quiet"))) if pieces else None


_FINISHED = (
    "A task is finished where the answer is right, or answered where nothing says what is right. Prices per "
    "million tokens are today's list prices for the suite's own mix of input and output."
)


def _finished(one: TaskCost) -> Sequence[str | Html]:
    return (
        str(one.cost_rank),
        one.label,
        _limited(usd_between(one.cost)),
        usd(one.price_mtok),
        str(one.price_rank),
        f"{one.finished * 100:.0f} %",
        f"{one.output_tokens:,.0f}",
        f"{one.input_tokens:,.0f}",
    )


def gates(shortlist: Shortlist) -> Html | None:
    """Every must-have of every offer with its reason and the fact's source; `None` where none was asked."""
    rows = [
        (
            ranked.evidence.label,
            gate_in_words(result.gate),
            mark(result.outcome),
            result.reason,
            result.source or "",
            day(result.as_of) if result.as_of else "",
        )
        for ranked in shortlist.ranked
        for result in ranked.gates
    ]
    return table(("Offer", "Must-have", "Outcome", "Why", "Source", "As of"), rows) if rows else None


def lifecycle(shortlist: Shortlist) -> Html:
    """What was published of each offer's end."""
    rows = (
        (
            *(
                one.label,
                _end(one),
                _left(one, shortlist),
                life.certainty,
                life.source or "",
                day(life.as_of),
            ),
            in_words(life) or UNKNOWN,
            life.successor or UNKNOWN,
        )
        for one in (ranked.evidence for ranked in shortlist.ranked)
        for life in (one.lifecycle,)
    )
    header = ("Offer", "Ends", "Days left", "Certainty", "Source", "As of", "Platform's list", "Successor")
    return table(header, rows, numbers=(2,))


def _left(one: Evidence, shortlist: Shortlist) -> str:
    left = one.lifecycle.days_left(shortlist.gathered.at)
    return UNKNOWN if left is None else "ended" if left < 0 else f"{left:,}"


def unknowns(shortlist: Shortlist) -> Html | None:
    """What is missing of each offer, and which facts about platforms cannot be relied on."""
    items = [*_missing(shortlist), *_doubtful(shortlist)]
    return listed(items) if items else None


def _missing(shortlist: Shortlist) -> Iterator[str]:
    for ranked in shortlist.ranked:
        one = ranked.evidence
        told = (
            (one.quality is None, "quality"),
            (one.per_1000 is None, "what a task costs"),
            (one.speed is None, "speed"),
            (shortlist.gathered.workload is not None and _year(one, "ours") == UNKNOWN, "the year's cost"),
            (not one.lifecycle.ending and one.lifecycle.not_before is None, "when it ends"),
        )
        missing = [what for lacks, what in told if lacks]
        if missing:
            yield f"{one.label}: {', '.join(missing)}."


def _doubtful(shortlist: Shortlist) -> Iterator[str]:
    """Facts that were told, but settle nothing; those of which nothing is told are counted."""
    silent: dict[str, int] = {}
    for row in fact_rows(shortlist):
        platform = str(row["platform"])
        if row["standing"] == "amber":
            yield f"{platform}, {row['name']}: {row['reason']}"
        elif row["standing"] in ("unknown", "no evidence"):
            silent[platform] = silent.get(platform, 0) + 1
    yield from (f"{platform}: nothing is told of {count} facts." for platform, count in silent.items())
