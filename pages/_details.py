"""What an answer may have beside its text: calls of tools, and how sure the model was of each token."""

import json
import math
from collections.abc import Sequence

import streamlit as st

from broker.types import TokenLogprob, ToolCall
from pages._markdown import MAX_SHOWN
from pages._ui import plain


def tool_calls(calls: Sequence[ToolCall]) -> None:
    """What the model asks to have called, as it wrote it; JSON is indented."""
    for call in calls:
        st.markdown(f":material/function: Asks for **{plain(call.name)}**")
        st.code(_indented(call.arguments)[:MAX_SHOWN], language="json", wrap_lines=True)


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def probabilities(tokens: Sequence[TokenLogprob]) -> None:
    """How sure the model was of each token, where it was asked and told."""
    if not tokens:
        return
    with st.expander("Token probabilities", icon=":material/percent:"):
        columns = {
            "Token": [repr(token.token)[1:-1] for token in tokens],
            "Probability": [probability(token.logprob) for token in tokens],
            "Considered": [_considered(token) for token in tokens],
        }
        percent = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
        st.dataframe(columns, hide_index=True, column_config={"Probability": percent})


def probability(logprob: float) -> float:
    """From 0 to 1, whatever a server tells."""
    return math.exp(min(0.0, logprob))


def _considered(token: TokenLogprob) -> str:
    return ", ".join(f"{repr(text)[1:-1]} {probability(logprob):.0%}" for text, logprob in token.top)
