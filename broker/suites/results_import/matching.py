"""Which sample an answer belongs to: by id, else by exactly what was asked, else by the variables."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from broker.suites import Sample, Suite
from broker.suites.importers.report import Problem
from broker.suites.results_import.report import Found, ImportedAnswer
from broker.templates import fill
from broker.types import Message


def match(found: Iterable[Found], suite: Suite) -> tuple[tuple[ImportedAnswer, ...], tuple[Problem, ...]]:
    """The answers with their samples, and those that have none.

    Where several samples ask the same, a model's answers to it go to them in turn; further ones are the next
    epoch. A second answer to one sample in one epoch is left out.
    """
    index = _Index(suite)
    turns: Counter[tuple[str, str]] = Counter()
    made: dict[tuple[str, str, int], ImportedAnswer] = {}
    unmatched: list[Problem] = []
    for one in found:
        samples = index.find(one)
        if not samples:
            unmatched.append(Problem(one.row, one.model, f"no sample asks this: {_shown(one)}"))
            continue
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
    return tuple(made.values()), tuple(unmatched)


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

    def find(self, one: Found) -> list[str]:
        """The ids of the samples that this may be an answer to."""
        if one.id in self.ids:
            return [one.id]
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
