"""The order of cells favours nobody, and what is asked is the sample in its template."""

import asyncio
from collections import Counter
from itertools import islice
from statistics import fmean

import pytest

from broker.runs.asking import merged, request_of
from broker.runs.feed import Begun, Feed, Turn
from broker.runs.plan import Cell, chosen, plan
from broker.suites import Sample, ScorerSpec, Suite
from broker.types import Message, Params

OFFERS = ["a", "b", "c"]
N = 600


def test_every_cell_is_there_once() -> None:
    cells = list(plan(N, OFFERS, 2, None, seed=7))
    expected = {Cell(offer, i, epoch) for offer in OFFERS for i in range(N) for epoch in range(2)}
    assert (set(cells), len(cells)) == (expected, len(expected))


def test_a_seed_repeats_the_order_and_another_does_not() -> None:
    assert list(plan(N, OFFERS, 2, None, 7)) == list(plan(N, OFFERS, 2, None, 7))
    assert list(plan(N, OFFERS, 2, None, 7)) != list(plan(N, OFFERS, 2, None, 8))


def test_it_is_made_as_it_is_asked_for() -> None:
    assert len(list(islice(plan(10**6, OFFERS, 10**6, None, 7), 5))) == 5


def test_a_sample_is_asked_of_all_offers_in_a_row() -> None:
    cells = list(plan(N, OFFERS, 2, None, 7))
    for i in range(0, len(cells), 3):
        block = cells[i : i + 3]
        assert {cell.offer for cell in block} == set(OFFERS)
        assert len({(cell.position, cell.epoch) for cell in block}) == 1


def test_each_offer_is_first_equally_often() -> None:
    first = Counter(cell.offer for cell in list(plan(N, OFFERS, 1, None, 7))[::3])
    # Four standard deviations of a binomial with N draws of one in three.
    assert all(abs(first[offer] - N / 3) < 4 * (N * 2 / 9) ** 0.5 for offer in OFFERS)


def test_neither_offers_nor_samples_drift() -> None:
    cells = list(plan(N, OFFERS, 1, None, 7))
    for offer in OFFERS:
        middle = fmean(i for i, cell in enumerate(cells) if cell.offer == offer)
        assert abs(middle - (len(cells) - 1) / 2) < 3
    early = [cell.position for cell in cells[: len(cells) // 2]]
    # The mean of N/2 of N positions drawn without return: four standard deviations.
    assert abs(fmean(early) - (N - 1) / 2) < 4 * N / (12 * N) ** 0.5


def test_a_limit_takes_the_same_samples_in_every_run() -> None:
    few = {cell.position for cell in plan(N, OFFERS, 1, 20, seed=1)}
    assert few == {cell.position for cell in plan(N, OFFERS[:1], 3, 20, seed=2)}
    assert len(few) == 20
    assert few < set(chosen(N, 100))
    assert few != set(range(20))  # not the head of a suite that may be sorted


@pytest.mark.parametrize("limit", [None, N, N + 1])
def test_a_limit_beyond_the_suite_takes_all(limit: int | None) -> None:
    assert chosen(N, limit) == list(range(N))


# Handing out


def handed_out(feed: Feed) -> list[Turn]:
    async def take() -> list[Turn]:
        taken = list[Turn]()
        while (turn := await feed.take()) is not None:
            taken.append(turn)
        return taken

    return asyncio.run(take())


def feed_of(begun: Begun, doubtful: int = 0, ahead: int = 2) -> tuple[Feed, list[int]]:
    """A feed of five cells, and what it asks to have let out, which it gets."""
    asked = list[int]()

    def nudge() -> None:
        asked.append(feed.wanted)
        asyncio.get_running_loop().call_soon(feed.let_out, feed.wanted)

    feed = Feed(iter(CELLS), begun, doubtful, ahead, nudge)
    return feed, asked


CELLS = [Cell("a", i, 0) for i in range(5)]
DONE, AGAIN, LOST = ("done", 1, False), ("again", 2, False), ("again", 1, True)


def test_what_is_left_is_handed_out_in_order() -> None:
    feed, asked = feed_of({CELLS[0]: DONE, CELLS[2]: AGAIN, CELLS[3]: LOST})
    assert handed_out(feed) == [
        Turn(CELLS[1], 1, False),
        Turn(CELLS[2], 3, False),
        Turn(CELLS[3], 2, True),
        Turn(CELLS[4], 1, False),
    ]
    assert asked == [4, 7]  # never a cell beyond what was let out


def test_what_a_lost_process_may_have_asked_is_doubtful() -> None:
    feed, asked = feed_of({CELLS[0]: DONE, CELLS[1]: AGAIN}, doubtful=3)
    assert [turn.repeated for turn in handed_out(feed)] == [False, True, False, False]
    assert min(asked) >= 3  # nor is it forgotten should this process die too


def test_who_waits_for_a_cell_is_sent_away_at_the_end() -> None:
    async def wait() -> Turn | None:
        feed = Feed(iter(CELLS), {}, 0, 2, lambda: None)
        waiting = asyncio.create_task(feed.take())
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.close()
        return await waiting

    assert asyncio.run(wait()) is None


# What is asked


def asked(sample: Sample, system: str = "", template: str = "") -> list[tuple[str, str]]:
    suite = Suite("s", (sample,), (ScorerSpec("exact"),), system=system, template=template)
    return [(message.role, message.content) for message in request_of(suite, sample, Params()).messages]


@pytest.mark.parametrize(
    ("sample", "system", "template", "expected"),
    [
        (Sample("1", "Why?"), "", "", [("user", "Why?")]),
        (Sample("1", "Why?"), "Be brief.", "", [("system", "Be brief."), ("user", "Why?")]),
        (Sample("1", "Why?"), "", "Q: {{input}}\nA:", [("user", "Q: Why?\nA:")]),
        (Sample("1", "{{a}}?", variables={"a": "Why"}), "", "", [("user", "Why?")]),
        (Sample("1", "", variables={"a": "x"}), "A {{a}}.", "S {{a}}", [("system", "A x."), ("user", "S x")]),
        # Words that came from outside are not filled again.
        (Sample("1", "{{a}}", variables={"a": "{{b}}", "b": "no"}), "", "{{input}}", [("user", "{{b}}")]),
        (Sample("1", "Which?", choices=("x", "y")), "", "", [("user", "Which?\n\nA. x\nB. y")]),
        (Sample("1", "Who?", choices=("x", "y")), "", "{{choices}} {{input}}", [("user", "A. x\nB. y Who?")]),
        (Sample("1", "Of {{choices}}?", choices=("x",)), "", "", [("user", "Of A. x?")]),
        (Sample("1", "Which {{input}}?"), "", "", [("user", "Which {{input}}?")]),
    ],
)  # fmt: skip
def test_texts(sample: Sample, system: str, template: str, expected: list[tuple[str, str]]) -> None:
    assert asked(sample, system, template) == expected


def test_the_template_wraps_the_last_turn_of_a_conversation() -> None:
    turns = (Message("user", "Hi {{a}}"), Message("assistant", "Yes?"), Message("user", "So?"))
    found = asked(Sample("1", turns, variables={"a": "Bo"}), template="[{{input}}]")
    assert found == [("user", "Hi Bo"), ("assistant", "Yes?"), ("user", "[So?]")]


def test_the_run_s_parameters_go_before_the_suite_s() -> None:
    under = Params(temperature=0.0, max_tokens=10, stop=("a",))
    assert merged(under, Params(max_tokens=20)) == Params(temperature=0.0, max_tokens=20, stop=("a",))
    assert merged(under, Params(temperature=1.0, stop=("b",))) == Params(1.0, max_tokens=10, stop=("b",))
