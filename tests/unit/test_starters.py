"""The starter suites: their form, and that their scorers tell right answers from plausible wrong ones."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from broker.judge import judge_request
from broker.scorers import SCORERS, Answer, check, judge
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.starters import FILES, starters
from broker.suites.store import load_suite, save_suite
from broker.types import Message
from tests.dbtools import fresh_database

_, _, TICKETS, POLICIES, MEETINGS, SUMS = starters()
SAMPLES = [pytest.param(suite, sample, id=sample.id) for suite in starters() for sample in suite.samples]


def each(suite: Suite) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", suite.samples, ids=lambda sample: sample.id)


def target_of(sample: Sample) -> dict[str, Any]:
    (target,) = sample.targets
    return json.loads(target)


# Form


def test_there_are_six_with_forty_samples_or_more() -> None:
    assert len(starters()) == 6
    assert min(len(suite.samples) for suite in starters()) >= 40


def test_names_and_ids_are_unique() -> None:
    ids = [sample.id for suite in starters() for sample in suite.samples]
    assert len(set(ids)) == len(ids)
    assert len({suite.name for suite in starters()}) == 6


def test_no_file_is_left_out() -> None:
    folder = Path(__file__).parents[2] / "broker/data/suites"
    assert sorted(file.stem for file in folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("suite", starters(), ids=lambda suite: suite.name)
def test_a_suite_says_what_it_is_and_how_to_answer(suite: Suite) -> None:
    assert suite.description
    assert suite.system
    assert suite.scorers
    assert suite.source == "starter"


@pytest.mark.parametrize(("_suite", "sample"), SAMPLES)
def test_tags_give_difficulty_topic_and_language(_suite: Suite, sample: Sample) -> None:
    difficulty, topic, language, *_ = sample.tags
    assert difficulty in {"easy", "medium", "hard"}
    assert topic
    assert language in {"en", "de", "fr", "es", "mixed"}


def words_of(sample: Sample) -> set[str]:
    """The words of what is the sample's own: a policy's text is shared on purpose."""
    assert isinstance(sample.input, str)
    own = sample.input.rpartition("\n\nQuestion:\n")[2].partition("\n\nFields:\n")[0]
    return set(re.findall(r"\w+", own.casefold()))


@pytest.mark.parametrize("suite", starters(), ids=lambda suite: suite.name)
def test_no_sample_is_another_one_with_its_figures_changed(suite: Suite) -> None:
    for one, other in combinations(suite.samples, 2):
        a, b = words_of(one), words_of(other)
        same_source = one.cluster is not None and one.cluster == other.cluster
        assert len(a & b) / len(a | b) < (0.6 if same_source else 0.4), f"{one.id} is like {other.id}"


def test_suites_kept_in_the_database_come_back_and_stay_one_version(tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as database, database.writer() as session:
        kept = [save_suite(session, suite, None) for suite in starters()]
        assert [load_suite(session, suite_id) for suite_id, _ in kept] == list(starters())
        starters.cache_clear()
        assert [save_suite(session, suite, None) for suite in starters()] == kept
        assert {version for _, version in kept} == {1}


# Scorers


def own_scorers(suite: Suite, sample: Sample) -> Iterator[ScorerSpec]:
    """The scorers that need no judging model."""
    found = [spec for spec in sample.scorers or suite.scorers if spec.name in SCORERS]
    assert found, "it can only be judged by a model"
    yield from found


def perfect(suite: Suite, sample: Sample) -> str:
    return f"We reason first: 1 + 1 = 2.\nAnswer: {sample.targets[0]}" if suite is SUMS else sample.targets[0]


def slip(sample: Sample) -> str:
    """An answer of the kind that models get wrong."""
    match sample.id.split("-")[0]:
        case "clause":
            target = target_of(sample)
            name = next(name for name, value in target.items() if value is not None)
            return json.dumps({**target, name: None})
        case "invoice":
            target = target_of(sample)
            return json.dumps({**target, "invoice_date": target["due_date"] or "2026-01-31"})
        case "ticket":
            labels = list(TICKETS.scorers[0].settings["labels"])
            return labels[labels.index(sample.targets[0]) - 1]
        case "policy":
            return (
                "The policy says that this is fine." if "answer" not in sample.tags else "NOT IN THE POLICY"
            )
        case "meeting":
            actions = target_of(sample)["actions"]
            return json.dumps({"actions": actions[1:]})
        case _:
            return f"Answer: {float(sample.targets[0]) * 1.01}"


@pytest.mark.parametrize(("suite", "sample"), SAMPLES)
def test_scorers_fit_their_samples(suite: Suite, sample: Sample) -> None:
    assert sample.targets
    for spec in sample.scorers or suite.scorers:
        if spec.name in SCORERS:
            check(spec, sample)
        else:
            judge_request(spec, (Message("user", "Which?"),), "That.", sample)


@pytest.mark.parametrize(("suite", "sample"), SAMPLES)
def test_a_perfect_answer_passes_and_a_plausible_slip_does_not(suite: Suite, sample: Sample) -> None:
    for spec in own_scorers(suite, sample):
        right = judge(spec, Answer(perfect(suite, sample)), sample)
        assert (right.value, right.passed) == (1, True), right.explanation
        wrong = judge(spec, Answer(slip(sample)), sample)
        assert wrong.value is not None
        assert wrong.value < 1
        assert wrong.passed is False


@each(POLICIES)
def test_saying_that_the_policy_is_silent_is_right_only_where_it_is(sample: Sample) -> None:
    (spec,) = own_scorers(POLICIES, sample)
    assert judge(spec, Answer("**Not in the policy.**"), sample).passed is ("absent" in sample.tags)
    refusal = Answer("I cannot help with that, as the policy forbids it.")
    assert judge(spec, refusal, sample).passed is ("refuse" in sample.tags)


@each(MEETINGS)
def test_an_invented_action_item_costs_points(sample: Sample) -> None:
    (spec,) = own_scorers(MEETINGS, sample)
    actions = [*target_of(sample)["actions"], {"owner": "Somebody", "task": "Buy cake.", "due": None}]
    found = judge(spec, Answer(json.dumps({"actions": actions})), sample)
    assert found.value is not None
    assert found.value < 1
    assert found.passed is False


@pytest.mark.parametrize("suite", starters(), ids=lambda suite: suite.name)
def test_the_documentation_gives_the_number_of_samples(suite: Suite) -> None:
    page = Path(__file__).parents[2] / "docs/starter-suites.md"
    assert f"| {suite.name} | {len(suite.samples)} |" in page.read_text("utf-8")
