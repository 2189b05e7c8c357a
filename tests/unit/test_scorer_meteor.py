"""METEOR, by a WordNet of two words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.errors import ConfigError
from broker.imports import read_suites
from broker.scorers import Answer, Score, judge
from broker.suites import Sample, ScorerSpec
from tests import wordnet

HOSTED = Path(__file__).parents[1] / "data" / "imports" / "openai_hosted.json"


def scored(text: str, *targets: str) -> Score:
    return judge(ScorerSpec("meteor"), Answer(text), Sample("1", "q", targets))


@pytest.fixture
def synonyms(tmp_path: Path) -> Iterator[None]:
    wordnet.put(tmp_path)
    with wordnet.only_here(tmp_path):
        yield


@pytest.mark.usefixtures("synonyms")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the cat sat", 1 - 0.5 * (1 / 3) ** 3),  # all, in one run of three
        ("the tom sat", 1 - 0.5 * (1 / 3) ** 3),  # a synonym counts as the word
        ("the cats sat", 1 - 0.5 * (1 / 3) ** 3),  # and so does another form
        ("the dog sat", 2 / 3 * 0.5),  # two of three, in two runs
        ("sat the cat", 1 - 0.5 * (2 / 3) ** 3),  # all, in two runs
        ("cat", 10 * 1 * (1 / 3) / (1 / 3 + 9 * 1) * 0.5),  # recall weighs nine times
        ("", 0),
    ],
)
def test_meteor(text: str, value: float) -> None:
    found = scored(text, "nothing alike", "The cat sat.")
    assert found.value == pytest.approx(value)
    assert found.passed is None


def test_meteor_says_what_it_needs(tmp_path: Path) -> None:
    needed = r"WordNet, which is not installed.*nltk\.downloader wordnet"
    with wordnet.only_here(tmp_path), pytest.raises(ConfigError, match=needed):
        scored("a", "a")


@pytest.mark.usefixtures("synonyms")
def test_an_import_takes_the_grader_where_it_can_judge() -> None:
    assert imported() == (True, [])


def test_an_import_tells_what_the_grader_needs(tmp_path: Path) -> None:
    with wordnet.only_here(tmp_path):
        there, told = imported()
    assert not there
    assert "meteor: this check was left out: METEOR looks synonyms up in WordNet" in told[0]


def imported() -> tuple[bool, list[str]]:
    """Whether a hosted eval's grader of this kind is there, and what is told of it."""
    found = read_suites(HOSTED.name, HOSTED.read_bytes())
    names = {spec.name for sample in found.suites[0].samples for spec in sample.scorers}
    return "meteor" in names, [str(one) for one in found.problems if "WordNet" in str(one)]
