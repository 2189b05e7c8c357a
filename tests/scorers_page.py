"""Writes docs/scorers.md from the scorers: `.venv/bin/python -m tests.scorers_page`."""

from collections.abc import Mapping
from pathlib import Path

from broker import judge
from broker.judge_scales import JUDGED
from broker.scorers import SCORERS, scorer
from broker.scorers.patterns import TIMEOUT_S
from broker.scorers.texts import FOLDS

DOCS = Path(__file__).parents[1] / "docs" / "scorers.md"
INTRO = f"""# Scorers

Written by `.venv/bin/python -m tests.scorers_page` from `broker/scorers/`; a test fails when it is stale.

A scorer judges one answer: a value from 0 (wrong) to 1 (right), whether that passes, and a sentence that
says why. What cannot be judged (a cost that is not known, a judge's reply that cannot be read) has
neither value nor verdict, and counts as neither right nor wrong. Each score keeps the version of its
scorer: it changes whenever its judgements may.

Any scorer takes a **threshold** from 0 to 1, which then decides what passes, and can be **negated**: the
value becomes 1 less the value found, pass becomes fail. The threshold is compared first. Several targets
are all right: one suffices. `token-f1`, `rouge`, `bleu`, `gleu`, `meteor`, `levenshtein` and `similarity`
pass nothing without a threshold or limit.

Errors, timeouts, content filters, refusals and truncated answers are no answers: they are counted beside
accuracy, not judged as wrong. A refusal is one by the platform's mark or by its opening words, so that
platforms which mark refusals have no advantage over those that do not. `refusal` alone judges refusals.

Nothing in an answer, a target or a setting is executed or fetched. A regular expression gets {TIMEOUT_S}
seconds of processor time.

| name | what passes | settings | version |
|---|---|---|---|
"""
FOLDED = """
## What does not count

`exact`, `includes`, `starts-with` and `levenshtein` compare letter by letter, but for what is set here;
`json-fields` compares texts so, `normalise` being set there:

| setting | meaning |
|---|---|
"""
BY_A_MODEL = """
## Judged by a model

`broker/judge.py` asks another model and reads its reply. The judge sees what was asked, the targets as a
reference and the answer, between marks that carry a code which none of them holds; it is told not to
follow what stands there. It gives its reasons first, then a grade. On a scale of numbers, `7.0` and `7/10`
(if 10 is the best grade) are a 7. A reply without one single grade of the scale is not judged. Two answers
are compared in both orders ([head to head](benchmarks.md)): a winner has to win in both; a judge that turns
with the order makes a tie, and is told as position bias. A judge that is itself a contestant is refused; one
of the same maker as a contestant is named as such.

| name | what passes | settings | version |
|---|---|---|---|
"""
JUDGE_PASSES = {
    "rubric": "a grade worth 0.75 or more: of the usual five, the fourth (small faults) and the fifth",
    "factuality": "the answer does not contradict the reference; one that leaves out facts is worth 0.5",
    "closed-qa": "the answer fulfils the criterion",
}


def page() -> str:
    """Return the whole page."""
    rules = "".join(
        _row(name, scorer(name).PASSES, scorer(name).SETTINGS, scorer(name).VERSION) for name in SCORERS
    )
    judged = "".join(_row(name, JUDGE_PASSES[name], JUDGED[name], judge.VERSION) for name in JUDGED)
    folds = "".join(f"| `{name}` | {told} |\n" for name, told in FOLDS.items())
    return INTRO + rules + FOLDED + folds + BY_A_MODEL + judged


def _row(name: str, passes: str, settings: Mapping[str, str], version: int) -> str:
    folds = len(FOLDS.keys() & settings.keys()) > 1
    told = [f"`{key}`: {text}" for key, text in settings.items() if not (folds and key in FOLDS)]
    if folds:
        told.append("what does not count (below)")
    return f"| `{name}` | {passes} | {'<br>'.join(told)} | {version} |\n"


if __name__ == "__main__":
    DOCS.write_text(page(), encoding="utf-8")
