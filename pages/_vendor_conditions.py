"""Conditions: where a must-have waits for one that nobody said to count, and the button that says so."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from broker.assurance.attributes import ATTRIBUTE
from broker.assurance.standing import standing_of
from broker.assurance.values import CONDITIONS, reading
from broker.comparison import Gate, Gathered, Ranked, Shortlist
from broker.comparison.gate_expressions import parse, written
from broker.comparison.gates import Ask, remembered
from pages import _format as fmt
from pages import _vendor_state as state
from pages._vendor_state import key


def hangs_on(gate: Gate, one: Ranked, gathered: Gathered, ask: Ask = standing_of) -> str | None:
    """The condition that an offer's fact needs to count; `None` where something else is in the way."""
    if gate.kind not in ATTRIBUTE or ATTRIBUTE[gate.kind].kind != "yes/no":
        return None
    asked = (gathered.facts, one.evidence.entry.offer, gate.kind, gathered.at)
    now = ask(*asked, counts=gate.counts)
    read = reading(now.fact.value) if now.fact else None
    if read is None or not read.condition or now.verdict == "satisfied":
        return None
    then = ask(*asked, counts=gate.counts | {read.condition})
    return read.condition if then.verdict == "satisfied" else None


def counted(found: Shortlist) -> Iterator[tuple[Gate, Counter[str]]]:
    """Each must-have with the conditions that it waits for, and at how many offers."""
    ask = remembered(found.gathered.facts, found.gathered.at)
    for gate in found.gathered.wanted.gates:
        waits = (hangs_on(gate, one, found.gathered, ask) for one in found.ranked)
        yield gate, Counter(condition for condition in waits if condition)


def button(gate: Gate, condition: str, where: str, offers: int | None = None) -> None:
    """Let a condition count for a must-have from now on; `where` tells one button from another."""
    of = "" if offers is None else f" ({fmt.plural(offers, 'offer')})"
    st.button(
        f"Accept “{CONDITIONS[condition]}”{of}",
        key=f"vendor-accept-{where}-{written(gate)}-{condition}",
        icon=":material/rule_settings:",
        on_click=_accept,
        args=(gate, condition),
    )


def _accept(gate: Gate, condition: str) -> None:
    wider = replace(gate, counts=gate.counts | {condition})
    set_gates([wider if parse(text) == gate else parse(text) for text in chosen()])


def chosen() -> list[str]:
    """The must-haves as the controls have them now."""
    return st.session_state[key("gates")]


def set_gates(gates: list[Gate]) -> None:
    """Ask for these must-haves from now on, each once."""
    state.load(state.last() | {"gate": list(dict.fromkeys(map(written, gates)))})
