"""How answers are judged, as a form: which scorers, from which score on, with which settings."""

import json
from collections.abc import Sequence

import streamlit as st

from broker.errors import ConfigError
from broker.judge_scales import JUDGED, scale_of
from broker.scorers import SCORERS, scorer
from broker.suites import ScorerSpec
from pages import _ui as ui
from pages._suites import JUDGED_BY

_NAMES = (*SCORERS, *JUDGED)


def choose(proposed: Sequence[ScorerSpec], key: str) -> tuple[ScorerSpec, ...] | None:
    """The scorers that are chosen, those proposed at first; `None` while a setting cannot be used."""
    known = {spec.name: spec for spec in proposed}
    names = st.multiselect(
        "Answers are judged by",
        _NAMES,
        list(known),
        format_func=lambda name: f"{JUDGED_BY[name]} ({name})",
        key=f"{key}-scorers",
        placeholder="Choose at least one",
        select_all=False,
        help="With several, an answer is right if it passes all of them.",
    )
    if list(names) == [spec.name for spec in proposed] and len(known) < len(proposed):
        return tuple(proposed)  # one name with several uses: as it came
    specs = [_one(known.get(name, ScorerSpec(name)), f"{key}-{name}") for name in names]
    return None if None in specs else tuple(spec for spec in specs if spec is not None)


def _one(spec: ScorerSpec, key: str) -> ScorerSpec | None:
    passes, settings = _words(spec.name)
    with st.expander(f"**{JUDGED_BY[spec.name]}**: settings", icon=":material/tune:"):
        st.caption(f"Passes: {ui.plain(passes)}.")
        left, right = st.columns(2)
        threshold = left.number_input(
            "Passes from a score of",
            0.0,
            1.0,
            spec.threshold,
            0.05,
            key=f"{key}-threshold",
            placeholder="The scorer's own rule",
        )
        negate = right.checkbox("Must not hold", spec.negate, key=f"{key}-negate")
        text = st.text_area(
            "Settings, as JSON",
            json.dumps(dict(spec.settings), indent=1, ensure_ascii=False) if spec.settings else "",
            key=f"{key}-settings",
            placeholder="{}",
        )
        st.caption("  \n".join(f"`{name}`: {ui.plain(meaning)}" for name, meaning in settings.items()))
        made = _spec(spec, threshold, negate, text)
        if isinstance(made, str):
            st.error(ui.plain(made), icon=":material/data_object:")
            return None
        return made


def _spec(spec: ScorerSpec, threshold: float | None, negate: bool, text: str) -> ScorerSpec | str:
    """The scorer as it was filled in, or what is wrong with it."""
    try:
        settings = json.loads(text) if text.strip() else {}
    except ValueError as error:
        return f"The settings are not JSON: {error}."
    if not isinstance(settings, dict):
        return "The settings have to be a JSON object."
    made = ScorerSpec(spec.name, settings, threshold, negate, spec.weight, spec.metric)
    try:
        if made.name in JUDGED:
            scale_of(made)
    except ConfigError as error:
        return str(error)
    return made


def _words(name: str) -> tuple[str, dict[str, str]]:
    if name in JUDGED:
        return "a model gives a grade that is good enough", dict(JUDGED[name])
    found = scorer(name)
    return found.PASSES, dict(found.SETTINGS)
