"""The table of `broker results`: no figure without its interval and the number that it rests on."""

import re
from dataclasses import replace
from decimal import Decimal

from broker.cli_figures import table
from broker.results.leaderboard import leaderboard
from tests.resulttools import passes, results

TIMED = {"ttft_ms": 1.0, "ttfa_ms": 1.0, "output_tokens_per_s": 9.0}


def rows(*cells, **more):
    found = [re.split(r" {2,}", line) for line in table(leaderboard(results(*cells, **more)))]
    return {row[0]: row[1:] for row in found}


def test_each_figure_stands_there_with_its_limits_and_its_n():
    made = [
        replace(cell, total_ms=100.0 * i, cost=Decimal("0.02" if i % 2 else "0.01"))
        for i, cell in enumerate(passes("acme/a", "+" * 34 + "-" * 6, **TIMED), 1)
    ]
    found = rows([*made, replace(made[0], sample="s40", outcome="refused", passed=None, value=None)])
    assert (found["asked"], found["answered"]) == (["41"], ["40"])
    # 34 of 40 by Wilson: (0.85 + 0.048 ± 1.96 √(0.85 · 0.15 / 40 + 0.0006)) / 1.096
    assert found["accuracy"] == ["85.0 % (70.9 % to 92.9 %), n = 40"]
    assert found["of all asked"][0].startswith("82.9 % (")
    assert found["of all asked"][0].endswith("n = 41")
    assert re.fullmatch(r"15\.\d+ \(1[34]\.\d+ to 16\.\d+\), n = 41", found["$ per 1,000 tasks"][0])
    assert re.fullmatch(r"0\.018\d+ \(0\.01\d+ to 0\.02\d+\), n = 41", found["$ per right answer"][0])
    assert found["first word p95"] == ["1 ms (at least 1 ms), n = 41"]
    # Of 41, the median lies between the 14th and the 28th.
    assert found["whole answer p50"] == ["2,000 ms (1,300 ms to 2,700 ms), n = 41"]
    assert found["tokens/s p50"] == ["9.0 (9.0 to 9.0), n = 41"]


def test_what_timed_out_took_more_than_can_be_said():
    made = [replace(cell, total_ms=100.0) for cell in passes("acme/a", "+" * 36 + "tttt")]
    assert rows(made)["whole answer p95"] == ["more than 100 ms, n = 40"]
    assert rows(made)["whole answer p50"] == ["100 ms (100 ms to 100 ms), n = 40"]


def test_what_is_not_known_says_so_and_imported_answers_have_neither_times_nor_costs():
    assert rows(passes("acme/a", "+"))["whole answer p50"] == ["unknown"]
    assert "whole answer p50" not in rows(passes("acme/a", "+"), kind="imported", timings_reliable=False)


def test_three_offers_stand_side_by_side_and_the_fourth_below():
    found = list(table(leaderboard(results(*(passes(f"acme/{name}", "+-") for name in "abcd")))))
    assert [line.split() for line in found if "asked" in line and "of all" not in line] == [
        ["asked", "2", "2", "2"],
        ["asked", "2"],
    ]
