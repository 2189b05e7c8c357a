"""One answer in a pane: its state, its text, its figures, what to know about it."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.complete import LiveCall, Phase
from broker.errors import BY_KIND
from broker.playground import schema_misfit
from broker.runtime import checkpoint
from broker.types import Completion, Offer
from pages import _format as fmt
from pages._details import probabilities, tool_calls
from pages._markdown import safe_markdown
from pages._ui import plain

CLOCKS = (
    "First token: from sending the request until the first token of any kind arrives. First word: until "
    "the first visible word of the answer, when the model thinks before it answers. Total: until the answer "
    "ends. Retries are not counted. Tokens/s: tokens shown between the first and the last one."
)
_PHASES: dict[str, str] = {
    "queued": ":gray-badge[:material/hourglass_top: Waiting for a free slot]",
    "starting": ":gray-badge[:material/hourglass_top: Starting]",
    "waiting": ":gray-badge[:material/hourglass_top: Waiting for the first token]",
    "thinking": ":violet-badge[:material/psychology: Thinking]",
    "answering": ":blue-badge[:material/edit: Answering]",
    "done": ":green-badge[:material/check: Done]",
}
_STATES = {
    "running": ":blue-badge[:material/sync: Running]",
    "ok": ":green-badge[:material/check: Done]",
    "error": ":red-badge[:material/error: Failed]",
    "stopped": ":orange-badge[:material/stop_circle: Stopped]",
    "interrupted": ":orange-badge[:material/power_off: Interrupted]",
}
_SHORTENED = {
    "length": ":orange-badge[:material/content_cut: Cut short]",
    "content_filter": ":orange-badge[:material/block: Filtered]",
    "refusal": ":orange-badge[:material/block: Refused]",
    "error": ":red-badge[:material/error: Ended with an error]",
}
_ENDS = {
    "stop": "finished",
    "length": "cut at the maximum of tokens",
    "tool_calls": "wants to call a tool",
    "content_filter": "stopped by the content filter",
    "refusal": "refused",
    "error": "ended with an error",
}


@dataclass(frozen=True)
class Look:
    """How a pane is shown: its title and platform; `hidden` keeps names and figures for after the vote."""

    title: str
    platform: str
    hidden: bool = False

    def heading(self, state: str) -> str:
        """The pane's first line."""
        place = "" if self.hidden or not self.platform else f" :gray-badge[{plain(self.platform)}]"
        return f"**{plain(self.title)}**{place} {state}"


def look(offer: Offer, platform: str, position: int, hidden: bool) -> Look:
    """The look of an offer's pane; a hidden one is called by its letter."""
    return Look(f"Answer {chr(65 + position)}" if hidden else offer.name, platform, hidden)


def grid(n: int) -> list[DeltaGenerator]:
    """`n` bordered panes: up to three in a row, four as two by two; fewer where the window is narrow."""
    across = n if n <= 3 else 2 if n == 4 else 3
    panes: list[DeltaGenerator] = []
    for start in range(0, n, across or 1):
        columns = st.columns(across, gap="small")
        panes += [column.container(border=True, height="stretch") for column in columns[: n - start]]
    return panes


class LivePane:
    """A pane whose answer is still arriving; only what changed is sent to the browser."""

    def __init__(self, pane: DeltaGenerator, call: LiveCall, shown: Look) -> None:
        self.call, self._look = call, shown
        self._head, self._body, self._calls, self._foot = (pane.empty() for _ in range(4))
        self._phase: Phase | None = None
        self._length = self._called = 0

    def paint(self, keep: bool) -> None:
        """Bring the pane up to date; `keep` also keeps what has arrived, should this process die."""
        phase = self.call.phase  # before the snapshot, so that "done" comes with all there is
        answer = self.call.snapshot()
        if keep and phase != "done" and (answer.text or answer.reasoning):
            checkpoint(answer)
        if phase != self._phase:
            self._phase = phase
            self._paint_phase(answer, phase)
        length = len(answer.text) or -len(answer.reasoning)
        if length != self._length or phase == "done":
            self._length = length
            self._paint_text(answer, phase)
        called = sum(1 + len(call.arguments) for call in answer.tool_calls)
        if called != self._called:
            self._called = called
            with self._calls.container():
                tool_calls(answer.tool_calls)

    def _paint_phase(self, answer: Completion, phase: Phase) -> None:
        local = phase == "starting" and self.call.offer.provider == "local" and not self._look.hidden
        state = _state(answer) if phase == "done" else _PHASES[phase]
        self._head.markdown(self._look.heading(state + (" starting the local model" if local else "")))
        if phase == "done":
            with self._foot.container():
                _trouble(answer, self._look.hidden)
                if not self._look.hidden:
                    _figures(answer)
                    _notes(answer)

    def _paint_text(self, answer: Completion, phase: Phase) -> None:
        thought = "" if self._look.hidden else answer.reasoning[-400:]
        text = safe_markdown(answer.text) if answer.text else f":gray[{plain(thought)}]" if thought else ""
        self._body.markdown(text + (" ▍" if phase == "answering" else ""))


def draw(pane: DeltaGenerator, answer: Completion, shown: Look, badge: str = "") -> None:
    """A finished answer with everything known about it."""
    with pane:
        st.markdown(shown.heading(f"{_state(answer)} {badge}"))
        if answer.reasoning and not shown.hidden:
            with st.expander("Reasoning", icon=":material/psychology:"):
                st.markdown(safe_markdown(answer.reasoning))
        _text(answer)
        tool_calls(answer.tool_calls)
        _trouble(answer, shown.hidden)
        if not shown.hidden:
            _figures(answer)
            _notes(answer)
            probabilities(answer.logprobs)
        if answer.text:
            st.toggle("Raw text", key=_raw_key(answer), help="Show the answer exactly as it was received.")


def _state(answer: Completion) -> str:
    """The badge of an answer: a whole one is done, a shortened one says so."""
    if answer.status == "ok" and answer.finish_reason in _SHORTENED:
        return _SHORTENED[answer.finish_reason]
    return _STATES[answer.status]


def _raw_key(answer: Completion) -> str:
    return f"raw-{answer.call_id}"


def _text(answer: Completion) -> None:
    if st.session_state.get(_raw_key(answer), False):
        st.code(answer.text, language=None, wrap_lines=True)
    elif answer.text:
        st.markdown(safe_markdown(answer.text))


def _trouble(answer: Completion, hidden: bool) -> None:
    """What went wrong and what to do; not in the platform's own words while it is hidden."""
    if answer.error is not None:
        kind = BY_KIND[answer.error.kind]
        status = f" (HTTP {answer.error.status})" if answer.error.status else ""
        words = "" if hidden else f"{status}: {plain(answer.error.message)}"
        st.error(f"**{kind.title}**{words}\n\n{kind.advice}", icon=":material/error:")
    elif answer.status == "interrupted":
        st.warning("The app ended while this answer was arriving. Ask again to get it whole.")
    elif answer.status == "ok" and not answer.text and not answer.tool_calls:
        st.info("The model ended its turn without any text.")


def _figures(answer: Completion) -> None:
    if answer.timing.ttft_ms is None and answer.usage.output_tokens is None:
        return
    lines = (fmt.no_formula(" · ".join(part)) for part in (_times(answer), _tokens(answer), _money(answer)))
    st.caption("  \n".join(lines))


def _times(answer: Completion) -> list[str]:
    timing = answer.timing
    parts = [f"**{fmt.ms(timing.ttft_ms)}** first token"]
    if answer.text and timing.ttfa_ms != timing.ttft_ms:
        parts.append(f"**{fmt.ms(timing.ttfa_ms)}** first word")
    parts.append(f"**{fmt.ms(timing.total_ms)}** total")
    if answer.output_tokens_per_s is not None:
        parts.append(f"**{fmt.rate(answer.output_tokens_per_s)}** tokens/s")
    return parts


def _tokens(answer: Completion) -> list[str]:
    usage = answer.usage
    if usage.input_tokens is None and usage.output_tokens is None:
        return ["tokens unknown: the count comes at the end"]
    parts = [f"**{fmt.count(usage.input_tokens)}** tokens in"]
    if usage.cache_read_tokens:
        parts.append(f"{fmt.count(usage.cache_read_tokens)} of them cached")
    parts.append(f"**{fmt.count(usage.output_tokens)}** out")
    if usage.reasoning_tokens:
        parts.append(f"{fmt.count(usage.reasoning_tokens)} of them reasoning")
    return parts


def _money(answer: Completion) -> list[str]:
    end = [_ENDS.get(answer.finish_reason or "", "no finish reason given")] if answer.status == "ok" else []
    if answer.cost is None:
        return ["cost unknown", *end]
    total = answer.cost.total
    return [f"**{fmt.usd(total)}** a call", f"{fmt.usd(total * 1000)} per 1,000 such calls", *end]


def _notes(answer: Completion) -> None:
    """What a careful reader has to know before comparing."""
    notes: list[str] = []
    if answer.other_model_served:
        notes.append(
            f"Served by **{plain(answer.served_model or '')}**, asked for {plain(answer.offer.wire_model)}"
        )
    if answer.dropped:
        notes.append(f"Not sent, because this model does not take it: {', '.join(answer.dropped)}")
    if "json_schema" in answer.adapted:
        notes.append("JSON schema sent in the prompt: this platform has no field for it")
    if len(answer.attempts) > 1:
        notes.append(
            f"{len(answer.attempts)} attempts, {fmt.ms(answer.timing.elapsed_ms)} with the waits between"
        )
    if answer.cost is None and answer.status == "ok" and answer.usage.output_tokens is not None:
        notes.append("No price is known for this model: the Connections page can give one")
    if misfit := schema_misfit(answer):
        notes.append(f"Does not fit the JSON schema: {plain(fmt.short(misfit, 160))}")
    if answer.finish_reason == "length":
        notes.append("Incomplete: raise the maximum of tokens in the settings to get the rest")
    if answer.cost is not None and answer.cost.total == 0:
        notes.append(f"{answer.cost.price.source[:1].upper()}{answer.cost.price.source[1:]}")
    for note in notes:
        st.caption(f":material/info: {note}")
