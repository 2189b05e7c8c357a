"""The list of platforms: the state of each in words, what to do next, and the checks under way."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from broker import checks, connections
from broker.config import key_of
from broker.connections import Connection, State
from broker.runtime import Runtime
from db.connections import ProviderCheck
from db.session import Database
from pages import _connection_advice as advice
from pages import _format as fmt
from pages import _ui as ui

CLOCKS = (
    "A check asks for a word. Times are from sending that request until the first token arrives and until "
    "the answer ends, on the clock of this server. Each check is recorded like any other call."
)
_KEYLESS = {True: "Needs no key.", False: "A sign-in was found."}
# A heading says the state of those below it; where it does not say all, a badge does.
_GROUPS: tuple[tuple[State, str, str], ...] = (
    ("reachable", "Answering", ""),
    ("refused", "Not answering", ""),
    ("unchecked", "Not checked yet", ""),
    (
        "no_key",
        "To be connected",
        "Set the variable where the app starts, then start it again. Keys are never typed in or kept here.",
    ),
    (
        "not_running",
        "Servers that were not found",
        "Nothing listens at these addresses. Start the server and check it; without one, leave it.",
    ),
)


def conclusion(found: Sequence[Connection]) -> str:
    """How the platforms fare, as one sentence."""
    n = {state: sum(c.state == state for c in found) for state in connections.STATES}
    waiting = n["no_key"]
    needs = f"{waiting} {'needs' if waiting == 1 else 'need'} a key or a sign-in first"
    if not any(connection.check for connection in found):
        can = f"{n['unchecked']} of {len(found)} can be checked"
        return f"**No platform has been checked yet:** {fmt.listed([can, *([needs] if waiting else [])])}."
    parts = [f"**{n['reachable']} of {len(found)} platforms answered** when last checked"]
    parts += [f"{n['refused']} did not"] if n["refused"] else []
    parts += [f"{n['unchecked']} can be checked"] if n["unchecked"] else []
    parts += [needs] if waiting else []
    parts += [f"{fmt.plural(n['not_running'], 'server')} not found"] if n["not_running"] else []
    return f"{fmt.listed(parts)}."


def grouped(found: Sequence[Connection]) -> list[tuple[str, str, list[Connection]]]:
    """Heading, what to know, and the platforms below it, in the page's order; an empty group is left out."""
    groups = [(title, note, [c for c in found if c.state == state]) for state, title, note in _GROUPS]
    return [group for group in groups if group[2]]


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
        if not connection.missing:
            st.button(
                "Check",
                key=f"check-{provider.id}",
                on_click=checks.start,
                args=(engine, database, [provider.id], user),
                disabled=provider.id in checks.running(),
                help=f"Makes one short real call to {ui.plain(provider.name)}.",
            )
        st.button(
            "Close" if is_open else "Details",
            key=f"open-{provider.id}",
            on_click=_toggle,
            args=(provider.id, is_open),
            help=f"{'Hides' if is_open else 'Shows'} models and settings of {ui.plain(provider.name)}.",
        )


def opened_here(provider_id: str) -> bool:
    """Whether the platform was opened where it stands in the list, and not by a link."""
    return st.session_state.get("opened") == provider_id


def _toggle(provider_id: str, is_open: bool) -> None:
    if is_open:
        del st.query_params["provider"]
        st.session_state.pop("opened", None)
    else:
        st.query_params["provider"] = st.session_state["opened"] = provider_id


def _badge(connection: Connection) -> str:
    if connection.provider.id in checks.running():
        return ":blue-badge[:material/sync: Checking]"
    if connection.state == "reachable":
        return ":green-badge[:material/check: Answers]"
    if connection.state == "refused" and connection.check is not None:
        return f":red-badge[:material/error: {advice.title(connection, connection.check)}]"
    return ""


def _told(connection: Connection) -> str:
    """What is known of a platform or to be done, in one line. Coloured text keeps a link in it readable."""
    check, provider = connection.check, connection.provider
    match connection.state:
        case "no_key":
            return f":gray[{advice.what_to_do(provider)}] {advice.key_page(provider)}"
        case "unchecked":
            return "A key is set." if key_of(provider) else _KEYLESS[provider.identity is None]
        case "not_running":
            return ui.plain(urlsplit(provider.base_url).netloc)
        case "refused":
            assert check is not None
            told = f"{advice.trouble(connection, check)} Last checked {ui.when(check.checked_at)}."
            return f":gray[{fmt.no_formula(told)}]"
        case "reachable":
            assert check is not None
            return fmt.no_formula(" · ".join([*_figures(check), f"checked {ui.when(check.checked_at)}"]))


def _figures(check: ProviderCheck) -> list[str]:
    figures = [f"First token {fmt.ms(check.ttft_ms)}", f"total {fmt.ms(check.total_ms)}"]
    asked = (check.offer or "").partition("/")[2]
    figures.append(f"served by {ui.plain(check.served_model or fmt.UNKNOWN)}")
    if check.served_model != asked:
        figures.append(f"asked for {ui.plain(asked)}")
    cost = (
        "cost unknown"
        if check.cost is None
        else "no fee"
        if check.cost == 0
        else f"cost {fmt.usd(check.cost)}"
    )
    return [*figures, cost]
