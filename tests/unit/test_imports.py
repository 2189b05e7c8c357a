"""A test set is kept only with checks that can judge it, so that its first run does not fail on them."""

from pathlib import Path

import pytest

from broker.imports import read_suites
from broker.runs.model_judge import check as check_judged
from broker.scorers import SCORERS, check
from broker.suites import ScorerSpec
from broker.suites.importers import ColumnMapping, ImportRefused

DATA = Path(__file__).parents[1] / "data" / "imports"
GRADERS = ["openai_fuzzy.yaml", "openai_graded.yaml", "openai_hosted.json"]
SUITES = [
    f.name
    for f in sorted(DATA.iterdir())
    if not f.name.startswith(("results_", "openai_fuzzy", "openai_graded"))
]


@pytest.mark.parametrize("name", SUITES)
def test_what_was_right_stays(name: str) -> None:
    result = read_suites(name, (DATA / name).read_bytes())
    for sample in result.suite.samples:
        for spec in sample.scorers or result.suite.scorers:
            (check if spec.name in SCORERS else check_judged)(spec, sample)


@pytest.mark.parametrize("name", SUITES)
@pytest.mark.parametrize("graders", [None, *GRADERS])
def test_a_proposed_mapping_that_is_confirmed_changes_nothing(name: str, graders: str | None) -> None:
    second = (graders, (DATA / graders).read_bytes()) if graders else None
    first = read_suites(name, (DATA / name).read_bytes(), graders=second)
    settled = read_suites(name, (DATA / name).read_bytes(), first.preview.mapping, second)
    assert settled.suites == first.suites
    assert settled.preview == first.preview
    # Only the prompt that had to be guessed is now settled.
    assert settled.problems == tuple(p for p in first.problems if p.field != "prompts")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("regex:(", "regex: this check was left out: pattern: "),
        ('is-json:{"type": "nonsense"}', "json: this check was left out: schema: "),
    ],
)
def test_a_check_that_cannot_judge_is_told_and_noted(cell: str, reason: str) -> None:
    quoted = cell.replace('"', '""')
    result = read_suites("t.csv", f'q,__expected1,__expected2\nHi,"{quoted}",contains:x\n'.encode())
    (sample,) = result.suite.samples
    assert [spec.name for spec in sample.scorers] == ["includes"]
    assert str(result.problems[-1]).startswith(f"sample 1: {reason}")
    assert sample.metadata["refused checks"][0].startswith(reason)


def test_a_sample_that_the_scorer_cannot_judge_is_left_out() -> None:
    mapping = ColumnMapping("question", ("answer",), scorers=(ScorerSpec("number"),))
    result = read_suites("t.csv", b"question,answer\nOne?,1\nTwo?,many\n", mapping)
    assert [sample.id for sample in result.suite.samples] == ["1"]
    assert [str(p) for p in result.problems] == [
        "sample 2: left out: its target “many” is no number as a whole"
    ]


def test_a_scorer_that_judges_nothing_refuses_the_file() -> None:
    mapping = ColumnMapping("question", ("answer",), scorers=(ScorerSpec("nonsense"),))
    with pytest.raises(
        ImportRefused, match=r"^t.csv: no sample can be judged; sample 1: left out: scorer: expected"
    ):
        read_suites("t.csv", b"question,answer\nOne?,1\n", mapping)
