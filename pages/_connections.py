"""The list of platforms: the state of each in words, what to do next, and the checks under way."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from broker import checks, connections
from broker.config import key_of, to_connect
from broker.connections import Connection, State
from broker.errors import BY_KIND
from broker.runtime import Runtime
from broker.types import Provider
from db.connections import ProviderCheck
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui

CLOCKS = (
    "A check asks for a word. Times are from sending that request until the first token arrives and until "
    "the answer ends, on the clock of this server. Each check is recorded like any other call."
)
KEY_PAGES = {
    "openai": "https://platform.openai.com/api-keys",
    "anthropic": "https://console.anthropic.com/settings/keys",
    "gemini": "https://aistudio.google.com/apikey",
    "mistral": "https://console.mistral.ai/api-keys",
    "cohere": "https://dashboard.cohere.com/api-keys",
    "deepseek": "https://platform.deepseek.com/api_keys",
    "xai": "https://console.x.ai",
    "perplexity": "https://www.perplexity.ai/settings/api",
    "azure": "https://ai.azure.com",
    "azure-claude": "https://ai.azure.com",
    "vertex-express": "https://console.cloud.google.com/vertex-ai",
    "bedrock": "https://console.aws.amazon.com/bedrock",
    "groq": "https://console.groq.com/keys",
    "together": "https://api.together.ai/settings/api-keys",
    "fireworks": "https://app.fireworks.ai/settings/users/api-keys",
    "cerebras": "https://cloud.cerebras.ai",
    "openrouter": "https://openrouter.ai/settings/keys",
}
_KEYLESS = {True: "Needs no key.", False: "A sign-in was found."}
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b")
_BADGES: dict[State, str] = {
    "reachable": ":green-badge[:material/check: Answers]",
    "unchecked": ":gray-badge[:material/help: Not checked yet]",
    "not_running": ":gray-badge[:material/cloud_off: No server found]",
    "no_key": ":orange-badge[:material/key: To be connected]",
}
_GROUPS: dict[str, tuple[State, ...]] = {
    "Ready to ask": ("reachable", "refused", "unchecked"),
    "Not connected": ("not_running", "no_key"),
}


def conclusion(found: Sequence[Connection]) -> str:
    """How the platforms fare, as one sentence."""
    n = {state: sum(c.state == state for c in found) for state in connections.STATES}
    parts = [f"**{n['reachable']} of {len(found)} platforms** answered when last checked"]
    parts += [f"{n['refused']} did not"] if n["refused"] else []
    parts += [f"{n['unchecked']} can be checked"] if n["unchecked"] else []
    waiting = n["no_key"]
    parts += [f"{waiting} {'needs' if waiting == 1 else 'need'} a key or a sign-in first"] if waiting else []
    return f"{fmt.listed(parts)}."


def grouped(found: Sequence[Connection]) -> list[tuple[str, list[Connection]]]:
    """The platforms under the headings of the page; an empty group is left out."""
    groups = [(title, [c for c in found if c.state in states]) for title, states in _GROUPS.items()]
    return [(title, group) for title, group in groups if group]


@st.fragment(run_every=0.5)
def show_progress() -> None:
    """How far the checks are, and a way to stop them; the page is drawn anew when one more is over."""
    over, all_of_them = checks.progress()
    if st.session_state.get("checks-over") != over or not checks.running():
        st.session_state["checks-over"] = over
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(over / max(1, all_of_them), f"{over} of {fmt.plural(all_of_them, 'check')} done")
        st.button("Stop", icon=":material/stop_circle:", on_click=checks.cancel)


def draw(engine: Runtime, database: Database, connection: Connection, user: str, is_open: bool) -> None:
    """One platform: its state, what is known or to be done, and the buttons."""
    provider = connection.provider
    name, words, actions = st.columns([3.2, 4.6, 1.7], vertical_alignment="center")
    name.markdown(f"**{ui.plain(provider.name)}** {_badge(connection)}")
    words.caption(_told(connection))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Check",
            key=f"check-{provider.id}",
            on_click=checks.start,
            args=(engine, database, [provider.id], user),
            disabled=bool(connection.missing) or provider.id in checks.running(),
            help=f"Makes one short real call to {ui.plain(provider.name)}.",
        )
        st.button(
            "Close" if is_open else "Details",
            key=f"open-{provider.id}",
            on_click=_toggle,
            args=(provider.id, is_open),
            help=f"{'Hides' if is_open else 'Shows'} models and settings of {ui.plain(provider.name)}.",
        )


def key_page(provider: Provider) -> str:
    """A link to where a key is made, as markdown; empty where none is known."""
    url = KEY_PAGES.get(provider.id)
    return f"[Get a key]({url})" if url else ""


def what_to_do(provider: Provider) -> str:
    """What connects a platform, as markdown: **Set OPENAI_API_KEY**, then start the app again."""
    wanted = to_connect(provider) or ""
    sentence = _VARIABLE.sub(lambda found: f"**{ui.plain(found[0])}**", wanted)
    return f"{sentence[:1].upper()}{sentence[1:]}, then start the app again."


def _toggle(provider_id: str, is_open: bool) -> None:
    if is_open:
        del st.query_params["provider"]
    else:
        st.query_params["provider"] = provider_id


def _badge(connection: Connection) -> str:
    if connection.provider.id in checks.running():
        return ":blue-badge[:material/sync: Checking]"
    if connection.state != "refused" or connection.check is None:
        return _BADGES[connection.state]
    return f":red-badge[:material/error: {BY_KIND[connection.check.error_kind or 'server_error'].title}]"


def _told(connection: Connection) -> str:
    """What is known of a platform or to be done, in one line."""
    check, provider = connection.check, connection.provider
    match connection.state:
        case "no_key":
            return f":gray[{what_to_do(provider)}] {key_page(provider)}"  # coloured: a link stays readable
        case "unchecked":
            return "A key is set." if key_of(provider) else _KEYLESS[provider.identity is None]
        case "not_running":
            return f"Nothing listens at {urlsplit(provider.base_url).netloc}. Start the server, or leave it."
        case "refused" | "reachable":
            assert check is not None
            when = f"checked {ui.when(check.checked_at)}"
    if connection.state == "refused":
        advice = BY_KIND[check.error_kind or "server_error"].advice
        return fmt.no_formula(f"{_sentence(check.message or '')} {advice} Last {when}.")
    return fmt.no_formula(" · ".join([*_figures(check), when]))


def _sentence(words: str) -> str:
    """What a platform says, as a sentence."""
    return ui.plain(f"{words[:1].upper()}{words[1:].rstrip('.')}.")


def _figures(check: ProviderCheck) -> list[str]:
    figures = [f"First token {fmt.ms(check.ttft_ms)}", f"total {fmt.ms(check.total_ms)}"]
    asked = (check.offer or "").partition("/")[2]
    figures.append(f"served by {ui.plain(check.served_model or fmt.UNKNOWN)}")
    if check.served_model != asked:
        figures.append(f"asked for {ui.plain(asked)}")
    cost = "cost unknown" if check.cost is None else "no fee" if check.cost == 0 else fmt.usd(check.cost)
    return [*figures, cost]
