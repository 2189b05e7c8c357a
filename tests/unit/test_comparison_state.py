"""What a comparison asks survives its address and its file; what makes no sense is told, never raised."""

import json
from dataclasses import fields, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broker.assurance.values import CONDITIONS
from broker.comparison import Gate, Wanted, Weights
from broker.comparison.gates import parse
from broker.comparison.state import from_json, from_params, to_json, to_params

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)
NAMES = WORDS | st.sampled_from(["Invoices:3", "a:", ":3", "a:1", "a:0:7", "a&b=c", "ü 100%", "2:٣"])
WHOLE = st.integers(0, 100)
GATES = st.one_of(
    st.builds(Gate, st.just("hipaa_baa"), st.none(), st.frozensets(st.sampled_from(sorted(CONDITIONS)))),
    st.builds(Gate, st.just("context"), st.integers(0, 10**9).map(str)),
    st.builds(Gate, st.just("quality"), st.sampled_from(["0", "0.8", "0.855", "1"])),
    st.builds(Gate, st.sampled_from(["p95", "ttft_p95"]), st.integers(1, 10**6).map(str)),
    st.builds(Gate, st.just("retires"), st.dates().map(str)),
    st.builds(Gate, st.just("maker"), st.sampled_from(["OpenAI", "Mistral AI", "a=b&c"])),
    st.builds(Gate, st.just("prompt_retention_default"), st.integers(0, 999).map(str)),
)
WANTED = st.builds(
    Wanted,
    suites=st.lists(st.tuples(NAMES, st.integers(0, 999)), unique_by=lambda one: one[0], max_size=4).map(
        tuple
    ),
    workload=st.none() | NAMES,
    gates=st.lists(GATES, unique=True, max_size=5).map(tuple),
    weights=st.builds(Weights, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE),
    margin=st.floats(0, 1),
    scope=st.sampled_from(["tested", "doors", "ready", "catalogue"]),
    makers=st.lists(NAMES, unique=True, max_size=3).map(tuple),
    platforms=st.lists(NAMES, unique=True, max_size=3).map(tuple),
    search=st.text(st.characters(codec="utf-8"), max_size=12),
    offers=st.lists(NAMES, unique=True, max_size=3).map(tuple),
)


@given(WANTED)
@settings(deadline=None)
def test_an_address_brings_everything_back(wanted: Wanted) -> None:
    address = urlencode(to_params(wanted), doseq=True)
    assert from_params(parse_qs(address, keep_blank_values=True)) == (wanted, ())


@given(WANTED)
@settings(deadline=None)
def test_a_file_brings_everything_back(wanted: Wanted) -> None:
    assert from_json(json.loads(json.dumps(to_json(wanted)))) == (wanted, ())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(JSON | st.dictionaries(st.sampled_from([*to_json(Wanted()), "page"]), JSON))
@example({"suite": ["a:99999999999"], "quality": "9" * 5000, "margin": "nan", "gate": "x" * 2000})
@settings(deadline=None)
def test_nothing_saved_is_too_strange_to_read(saved: Any) -> None:
    wanted, problems = from_json(saved)
    assert from_json(to_json(wanted)) == (wanted, ())
    assert all(problem.endswith((".", "?")) and len(problem) < 2500 for problem in problems)


def test_nothing_that_can_be_wanted_is_forgotten() -> None:
    """Every field of `Wanted` changes the address; a new one belongs into `WANTED` above."""
    asked = Wanted(
        (("A", 2),), "B", (Gate("sso"),), Weights(quality=1), 0.5, "ready", ("C",), ("D",), "E", ("F",)
    )
    for field in fields(Wanted):
        assert getattr(asked, field.name) != getattr(Wanted(), field.name), field.name
        alone = replace(Wanted(), **{field.name: getattr(asked, field.name)})
        assert len(to_params(alone)) == 1, field.name


def test_the_default_needs_no_words() -> None:
    assert to_params(Wanted()) == {}
    assert from_params({}) == (Wanted(), ())


def test_an_address_reads_well() -> None:
    wanted = Wanted(
        suites=(("Invoices", 3), ("Contracts", 1)),
        workload="Letters",
        gates=(parse("hipaa"), parse("context>=200,000")),
        weights=Weights(quality=60),
        margin=0.03,
        scope="ready",
        makers=("Acme",),
    )
    assert to_params(wanted) == {
        "suite": ["Invoices:3", "Contracts"],
        "workload": "Letters",
        "gate": ["hipaa_baa", "context>=200000"],
        "quality": "60",
        "margin": "0.03",
        "scope": "ready",
        "maker": ["Acme"],
    }


@pytest.mark.parametrize(
    ("params", "left_out"),
    [
        ({"gate": "shiny"}, "gate “shiny”: No must-have is called 'shiny'."),
        ({"gate": ["hipaa_baa", "p95<=5"]}, "gate “p95<=5”: Expected p95<=5s or p95<=800ms"),
        ({"cost": "101"}, "cost “101”: Expected a whole number from 0 to 100."),
        ({"speed": "-1"}, "speed “-1”: Expected a whole number"),
        ({"quality": ["60", "a lot"]}, "quality “a lot”"),
        (
            {"suite": "Invoices:1000001"},
            "suite “Invoices:1000001”: Expected a whole number from 0 to 1,000,000.",
        ),
        ({"suite": " :3"}, "suite “ :3”: Expected a name."),
        ({"margin": "5%"}, "margin “5%”: Expected a share from 0 to 1"),
        ({"scope": "all"}, "scope “all”: Expected one of tested, doors, ready, catalogue."),
        ({"offer": ""}, "offer “”: Expected a name."),
        ({"search": "x" * 2000}, f"search “{'x' * 60}…”: Expected at most 1,000 letters."),
    ],
)
def test_what_makes_no_sense_is_left_out_and_told(params: dict[str, Any], left_out: str) -> None:
    wanted, problems = from_params(params)
    assert len(problems) == 1
    assert problems[0].startswith(f"Left out {left_out}")
    kept = Wanted(gates=(Gate("hipaa_baa"),)) if "hipaa_baa" in params.get("gate", ()) else Wanted()
    assert wanted == (Wanted(weights=Weights(quality=60)) if "60" in params.get("quality", ()) else kept)


def test_of_what_stands_once_the_last_counts() -> None:
    wanted, _ = from_params({"workload": ["A", "B"], "suite": ["X:1", "Y", "X:4"], "page": "2"})
    assert (wanted.workload, wanted.suites) == ("B", (("X", 4), ("Y", 1)))
