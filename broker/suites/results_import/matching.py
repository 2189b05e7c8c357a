"""Which sample an answer belongs to: by exactly what was asked, else by the variables, else by the id.

An id settles it where several samples ask the same. Where it contradicts what was asked, it is another list's
(row numbers, say), and is told.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from broker.suites import Sample, Suite
from broker.suites.importers.report import Problem
from broker.suites.results_import.report import Found, ImportedAnswer
from broker.templates import fill
from broker.types import Message

MAX_EPOCH = 1_000_000


def match(
    found: Iterable[Found], suite: Suite
) -> tuple[tuple[ImportedAnswer, ...], tuple[Problem, ...], tuple[Problem, ...]]:
    """The answers with their samples, those that have none, and what is doubtful about the others.

    Where several samples ask the same, a model's answers to it go to them in turn; further ones are the next
    epoch. A second answer to one sample in one epoch is left out.
    """
    index = _Index(suite)
    turns: Counter[tuple[str, str]] = Counter()
    made: dict[tuple[str, str, int], ImportedAnswer] = {}
    unmatched: list[Problem] = []
    placed: list[tuple[Found, list[str], list[str]]] = []
    for one in found:
        asked = index.asked(one)
        known = one.id in index.ids
        samples = [one.id] if known and (not asked or one.id in asked) else asked
        if not samples or (one.epoch or 1) > MAX_EPOCH:
            unmatched.append(_left_out(one, bool(samples)))
            continue
        placed.append((one, asked, samples if known else []))
        turn = turns[one.model, samples[0]]
        turns[one.model, samples[0]] += 1
        epoch = one.epoch or turn // len(samples) + 1
        key = (one.model, samples[turn % len(samples)], epoch)
        if key in made:
            unmatched.append(
                Problem(one.row, one.model, f"sample {key[1]} has an answer in epoch {epoch} already")
            )
            continue
        made[key] = ImportedAnswer(*key, one.text, one.error, one.outcome, one.foreign)
    return tuple(made.values()), tuple(unmatched), tuple(_doubts(placed))


def _doubts(placed: Iterable[tuple[Found, list[str], list[str]]]) -> Iterator[Problem]:
    """The ids that speak against the question, and those that stand alone for one that no sample asks."""
    alone: list[int] = []
    for one, asked, samples in placed:
        if samples and samples != [one.id]:
            message = f"{one.id} is another sample's; the question is sample {samples[0]}'s, and decides"
            yield Problem(one.row, "id", message)
        elif one.input and not asked:
            alone.append(one.row)
    if alone:
        others = f", nor those of {len(alone) - 1} other rows" if alone[1:] else ""
        yield Problem(
            alone[0], "id", f"no sample asks this question{others}: the id alone says what they answer"
        )


def _left_out(one: Found, known: bool) -> Problem:
    if known:
        return Problem(one.row, "epoch", f"left out: expected a number up to {MAX_EPOCH:,}")
    return Problem(one.row, one.model, f"no sample asks this: {_shown(one)}")


def plain(text: str) -> str:
    """The text as it is compared: its ends and the kind of line break do not count."""
    return text.replace("\r\n", "\n").strip()


def spoken(turns: Iterable[Message]) -> str:
    """A conversation as one text."""
    return "\n".join(turn.content for turn in turns)


class _Index:
    def __init__(self, suite: Suite) -> None:
        self.ids = {sample.id for sample in suite.samples}
        self.texts: defaultdict[str, list[str]] = defaultdict(list)
        self.variables: dict[tuple[str, ...], defaultdict[tuple[str, ...], list[str]]] = {}
        for sample in suite.samples:
            for text in _texts(sample, suite):
                self.texts[text].append(sample.id)
            if sample.variables:
                names = tuple(sorted(sample.variables))
                values = tuple(sample.variables[name] for name in names)
                self.variables.setdefault(names, defaultdict(list))[values].append(sample.id)

    def asked(self, one: Found) -> list[str]:
        """The ids of the samples that ask this, by its text or else by its variables."""
        if one.input and (found := self.texts.get(plain(one.input))):
            return found
        for names, samples in self.variables.items():
            values = tuple(one.variables.get(name, "") for name in names)
            if one.variables.keys() >= set(names) and values in samples:
                return samples[values]
        return []


def _texts(sample: Sample, suite: Suite) -> set[str]:
    """What may stand in a file for the question: its text, within its template, all turns, the last one."""
    if isinstance(sample.input, str):
        asked = fill(sample.input, sample.variables)
        wrapped = fill(suite.template, {"input": asked, **sample.variables}) if suite.template else asked
        texts = {sample.input, asked, wrapped}
    else:
        turns = [fill(turn.content, sample.variables) for turn in sample.input]
        texts = {"\n".join(turns), turns[-1]}
    return {plain(text) for text in texts} - {""}


def _shown(one: Found) -> str:
    asked = one.id or one.input or ", ".join(f"{k}={v}" for k, v in one.variables.items())
    return repr(asked[:80]) if asked else "it has neither an id nor a question"
