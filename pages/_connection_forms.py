"""Forms of the connections page: add, change and remove platforms and models. Keys are never asked for."""

import re
from collections.abc import Mapping
from typing import Any, get_args

import streamlit as st

from broker import connections, runtime
from broker.config import Config
from broker.connections import Connection, Removed, Table
from broker.providers import DIALECTS
from broker.sign_in import EXTRAS
from broker.types import Auth, Provider
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui

_FORMATS = {
    "openai": "OpenAI chat completions (most servers)",
    "responses": "OpenAI Responses",
    "anthropic": "Anthropic messages",
    "gemini": "Google Gemini",
    "bedrock": "AWS Bedrock Converse",
}
_LISTS = {"anthropic": "/v1/models", "gemini": "/v1beta/models", "bedrock": ""}  # the others: /models
_BY_FORMAT = "As usual for the format"
_SOURCES = {"shipped": "Comes with the app", "file": "From broker.toml", "app": "Added on this page"}
_LABELS = {
    "": "Id",
    "name": "Name",
    "dialect": "Request format",
    "base_url": "Address",
    "key_env": "Variable that holds the key",
    "auth": "How the key is sent",
    "version": "API version",
    "prices": "Prices of",
    "drops": "Does not take",
    "models_path": "Path of the list of models",
    "max_concurrency": "Most calls at once",
    "requests_per_minute": "Requests a minute",
    "tokens_per_minute": "Tokens a minute",
    "model": "Model",
    "wire_model": "Model id to send",
    "maker": "Maker",
    "context_window": "Context, tokens",
    "price.input_mtok": "Price in",
    "price.output_mtok": "Price out",
}
_QUOTAS = ("max_concurrency", "requests_per_minute", "tokens_per_minute")
_DROPS = (
    "temperature",
    "top_p",
    "stop",
    "seed",
    "json_schema",
    "reasoning_effort",
    "tools",
    "images",
    "logprobs",
)


def offer_undo(database: Database, user: str) -> None:
    """Say what was just removed, and offer to put it back."""
    removed: tuple[str, Removed] | None = st.session_state.get("removed")
    if removed is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"Removed {ui.plain(removed[0])}. Calls that were recorded stay in the history.")
        st.button("Undo", icon=":material/undo:", on_click=_undo, args=(database, removed[1], user))
        st.button("Dismiss", on_click=lambda: st.session_state.pop("removed", None))


def add_platform(database: Database, config: Config, user: str) -> None:
    """The form for a new platform."""
    n = st.session_state.setdefault("platforms-added", 0)  # a new key closes the popover after adding
    with st.popover("Add a platform", icon=":material/add:", width="content", key=f"add-platform-{n}"):
        st.caption("Any server that speaks one of these request formats: your own, or a platform not listed.")
        table = _platform_form(f"new-{n}", {}, "Add platform")
        if table is None:
            return
        provider_id = table.pop("id") or _id_of(table.get("name", ""))
        if not provider_id:
            saved({"name": "expected what people should see, such as Acme inference"})
        elif _has_address(table) and saved(
            connections.save_provider(database, config, provider_id, table, user)
        ):
            st.session_state["platforms-added"] = n + 1
            st.query_params["provider"] = provider_id
            st.toast(f"Added {ui.plain(table.get('name', provider_id))}.", icon=":material/check:")
            st.rerun()


def about(database: Database, config: Config, connection: Connection, user: str) -> None:
    """What is set for a platform; a form where it was added on this page."""
    provider = connection.provider
    st.caption(_SOURCES[connection.source])
    if connection.missing:
        st.markdown("**To connect it**, do the above where the app runs, then start it again.")
    if provider.identity:
        extra = f"scripts/setup --extra {EXTRAS[provider.identity]}"
        st.markdown(f"Signing in needs an optional package. To install it, once: `{extra}`")
    if connection.source != "app":
        _show_settings(provider)
        return
    stored = connections.custom_provider(database, provider.id)
    if stored is None:  # removed in another window
        st.rerun()
    table = _platform_form(provider.id, stored, "Save changes")
    sent = table is not None and _has_address(table)
    if sent and saved(connections.save_provider(database, config, provider.id, table or {}, user)):
        st.toast("Saved.", icon=":material/check:")
        st.rerun()
    _remove_platform(database, provider)


def _has_address(table: Table) -> bool:
    """Whether the one field that no server can do without is filled in; what to write is said."""
    return "base_url" in table or saved({"base_url": "expected one such as https://api.example.com/v1"})


def _id_of(name: str) -> str:
    """`our-vllm-2` for Our vLLM (2)."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _platform_form(key: str, known: Table, submit: str) -> dict[str, Any] | None:
    """The platform's table once it is sent, `id` among it if it is new; `None` before."""
    table: dict[str, Any] = {}
    with st.form(f"platform-{key}", border=False, enter_to_submit=False):
        left, right = st.columns(2)
        table["name"] = left.text_input(
            "Name", str(known.get("name", "")), placeholder="Acme inference"
        ).strip()
        table["base_url"] = right.text_input(
            "Address",
            str(known.get("base_url", "")),
            placeholder="https://api.example.com/v1",
            help="What comes before /chat/completions, /v1/messages or /v1beta/models.",
        ).strip()
        formats = list(DIALECTS)
        table["dialect"] = left.selectbox(
            "Request format",
            formats,
            formats.index(known.get("dialect", "openai")),
            format_func=lambda name: _FORMATS[str(name)],
        )
        table["key_env"] = right.text_input(
            "Variable that holds the key",
            str(known.get("key_env", "")),
            placeholder="None: no key is sent",
            help="The name of an environment variable, such as ACME_API_KEY, never the key itself. It ends "
            "in _KEY or _TOKEN and belongs to no other platform.",
        ).strip()
        with st.expander("More settings"):
            if not known:
                table["id"] = st.text_input(
                    "Id",
                    placeholder="Made from the name",
                    help="Stands before the slash in a model's id, as in acme/large. Small letters, digits, "
                    "- and _; it cannot be changed later.",
                ).strip()
            table |= _more_settings(known)
        if not st.form_submit_button(submit, type="primary"):
            return None
    kept = {name: value for name, value in table.items() if value not in ("", None, [], _BY_FORMAT)}
    if (path := _LISTS.get(table["dialect"])) is not None and "models_path" not in kept:
        kept["models_path"] = path
    return {"id": table["id"], **kept} if not known else kept


def _more_settings(known: Table) -> dict[str, Any]:
    left, right = st.columns(2)
    ways = [_BY_FORMAT, *get_args(Auth)]
    table: dict[str, Any] = {
        "auth": left.selectbox("How the key is sent", ways, ways.index(known.get("auth", _BY_FORMAT))),
        "version": right.text_input("API version", known.get("version", ""), placeholder="v1beta"),
        "prices": left.text_input(
            "Prices of",
            known.get("prices", ""),
            placeholder="together",
            help="Use models and prices of this platform of the price list.",
        ),
        "models_path": right.text_input(
            "Path of the list of models", known.get("models_path", ""), placeholder="/models"
        ),
        "drops": st.multiselect(
            "Does not take", _DROPS, known.get("drops", []), help="Left out of every request, and said so."
        ),
    }
    for name, column in zip(_QUOTAS, st.columns(3), strict=True):
        table[name] = column.number_input(
            _LABELS[name], 1, None, known.get(name), step=1, placeholder="No limit"
        )
    return table


def saved(wrong: Mapping[str, str]) -> bool:
    """Take it into use, or say what is wrong with it, by field."""
    if wrong:
        lines = [f"{_LABELS.get(field, field)}: {ui.plain(expected)}" for field, expected in wrong.items()]
        st.error("\n\n".join(lines), icon=":material/error:")
        return False
    runtime.reconfigure()
    return True


def _show_settings(provider: Provider) -> None:
    facts = {
        "Address": "a server that this app starts"
        if provider.base_url == "local:"
        else f"`{provider.base_url}`",
        "Request format": _FORMATS[provider.dialect],
        "Variable that holds the key": ui.plain(" or ".join(provider.key_env) or "none"),
        "API version": ui.plain(provider.settings.get("version", "")),
        **{_LABELS[name]: fmt.count(limit) for name in _QUOTAS if (limit := getattr(provider, name))},
    }
    st.markdown("\n".join(f"- {label}: {value}" for label, value in facts.items() if value))


def _remove_platform(database: Database, provider: Provider) -> None:
    n = len(connections.custom_offers(database, provider.id))
    with st.popover("Remove", icon=":material/delete:", width="content"):
        models = f" and its {fmt.plural(n, 'model')}" if n else ""
        st.markdown(f"Remove {ui.plain(provider.name)}{models} from this app? Recorded calls stay.")
        st.button(
            f"Remove {re.sub(r'[^ -~]', '', provider.name)}",
            key=f"remove-{provider.id}",
            on_click=_remove_provider,
            args=(database, provider),
        )


def _remove_provider(database: Database, provider: Provider) -> None:
    removed = connections.remove_provider(database, provider.id)
    models = f" and {fmt.plural(len(removed.offers), 'model')}" if removed.offers else ""
    st.session_state.removed = (f"{provider.name}{models}", removed)
    st.toast("Removed. It can be put back at the top of this page.", icon=":material/delete:")
    st.query_params.pop("provider", None)
    runtime.reconfigure()


def _undo(database: Database, removed: Removed, user: str) -> None:
    connections.restore(database, removed, user)
    st.session_state.pop("removed", None)
    runtime.reconfigure()
