"""The fields of a contract term, those that its kind has; what is wrong with it is said in sentences."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast, get_args

import streamlit as st

from broker.catalog import Catalogue
from broker.workload.store import save_term
from broker.workload.terms import Kind, Period, Term, contract_of
from db.turns import Overtaken
from pages import _facts_words as words
from pages import _meanwhile as meanwhile
from pages._meanwhile import Begun
from pages._term_words import in_words
from pages._terms_context import Context

KINDS: dict[Kind, tuple[str, str]] = {
    "discount": ("Discount", "Off everything, after the surcharge of a region."),
    "uplift": ("Regional uplift", "A surcharge on everything, where a region is chosen."),
    "batch_discount": (
        "Batch discount",
        "Off batches, where the platform lists no price of its own for them.",
    ),
    "commitment": ("Commitment", "At least this is paid; use beyond it goes on at the discounted price."),
}
_ALL = ""


def draw(context: Context, term: Term | None) -> None:
    """The form of a term as it is now, or of a new one; it closes once the term is kept."""
    _draw(context, meanwhile.begun(_field(term.id if term else ""), term, term))


def draw_gone(context: Context, term_id: str) -> None:
    """The form, where one was open until now for a term that somebody removed: saved, it is a new one."""
    begun = meanwhile.gone(_field(term_id), "term")
    if begun is not None:
        _draw(context, begun)


def _draw(context: Context, begun: Begun[Term | None]) -> None:
    key = f"term-{begun.shown.id if begun.shown else 'new'}"
    made = replace(_fields(context, begun.shown, key), id=begun.read.id if begun.read else "")
    st.caption(KINDS[made.kind][1])
    with st.container(horizontal=True):
        asked = st.button("Save the term", type="primary", icon=":material/save:", key=f"{key}-save")
        st.button("Cancel", on_click=_close, key=f"{key}-cancel")
    if asked and saved(context, made, begun):
        _close()
        st.toast("Saved.", icon=":material/check:")
        st.rerun()


def saved(context: Context, term: Term, begun: Begun[Term | None]) -> bool:
    """Keep a term, or say why it cannot be kept: because somebody else changed it meanwhile, say."""
    try:
        with context.database.writer() as session:
            save_term(session, term, context.user, begun.read)
    except Overtaken as error:
        meanwhile.overtaken(error, begun, lambda now: _says(context, now) if now else "")
        return False
    except (ValueError, LookupError) as error:
        st.error(words.plain(str(error)), icon=":material/error:")
        return False
    return True


def _close() -> None:
    st.query_params.pop("term", None)


def _field(term_id: str) -> str:
    """The key of a field that every form of a term has."""
    return f"term-{term_id or 'new'}-note"


def _says(context: Context, term: Term) -> str:
    """All of a term in plain text."""
    entry = context.known.by_id.get(term.offer or "")
    offer = entry.offer.name if entry else term.offer or ""
    note = f", noted “{term.note}”" if term.note else ""
    return f"{in_words(term, context.platform(term.provider), offer, words.day)}{note}"


def _fields(context: Context, begun: Term | None, key: str) -> Term:
    first = st.columns(3)
    kinds = list(KINDS)
    kind = first[0].selectbox(
        "Kind",
        kinds,
        kinds.index(begun.kind) if begun else 0,
        format_func=lambda one: KINDS[one][0],
        key=f"{key}-kind",
    )
    provider = _platform(first[1], context, begun, key)
    maker, offer = _scope(first[2], context.known, provider, begun, key)
    second = st.columns(4)
    committed = kind == "commitment"
    value = second[0].number_input(
        "US dollars" if committed else "Percent",
        0.0,
        None if committed or kind == "uplift" else 100.0,
        float(begun.value) if begun and begun.kind == kind else 0.0,
        key=f"{key}-{kind}-value",
    )
    period = _period(second[1], begun, key) if committed else None
    days = [*second[2:]] if committed else [*second[1:3]]
    start = days[0].date_input(
        "First day", begun.first if begun else context.at, format="YYYY-MM-DD", key=f"{key}-first"
    )
    end = days[1].date_input(
        "Last day",
        begun.last if begun else None,
        format="YYYY-MM-DD",
        key=f"{key}-last",
        help="Empty: without end.",
    )
    note = st.text_input(
        "Note", begun.note if begun else "", key=f"{key}-note", placeholder="Contract number, who agreed it"
    )
    return Term(
        kind, Decimal(str(value or 0)), provider, start, end, maker, offer, period, note.strip(),
        begun.id if begun else "",
    )  # fmt: skip


def _platform(place: Any, context: Context, begun: Term | None, key: str) -> str:
    """One provider of each contract: that of the term, else the first that is configured."""
    first = [begun.provider] if begun else []
    paid = [row.id for row in context.config.providers.values() if not row.free]
    by_contract = {contract_of(one): one for one in reversed([*first, *paid])}
    options = sorted(by_contract.values(), key=lambda one: context.platform(one).casefold())
    place_of = options.index(begun.provider) if begun else 0
    return place.selectbox("Platform", options, place_of, format_func=context.platform, key=f"{key}-platform")


def _scope(
    place: Any, known: Catalogue, provider: str, begun: Term | None, key: str
) -> tuple[str | None, str | None]:
    """The maker or the offer that it holds for; neither for all that the platform sells."""
    party = contract_of(provider)
    sold = [entry.offer for entry in known.entries if contract_of(entry.offer.provider) == party]
    makers = {f"maker {name}": f"{name} models" for name in sorted({offer.maker for offer in sold})}
    options = {
        _ALL: "All it sells",
        **makers,
        **{f"offer {one.id}": f"{one.name} ({one.model})" for one in sold},
    }
    chosen = _ALL
    if begun and begun.provider == provider:
        chosen = f"offer {begun.offer}" if begun.offer else f"maker {begun.maker}" if begun.maker else _ALL
        options.setdefault(chosen, chosen.partition(" ")[2])
    picked = place.selectbox(
        "Holds for",
        list(options),
        list(options).index(chosen),
        format_func=options.__getitem__,
        key=f"{key}-{provider}-scope",
        help="The narrowest term of a kind counts alone: an offer's before a maker's before the platform's.",
    )
    what, _, name = picked.partition(" ")
    return (name if what == "maker" else None), (name if what == "offer" else None)


def _period(place: Any, begun: Term | None, key: str) -> Period:
    periods: tuple[Period, ...] = get_args(Period)
    start = periods.index(begun.period) if begun and begun.period else 1
    chosen = place.selectbox("Paid per", periods, start, format_func=str.capitalize, key=f"{key}-period")
    return cast(Period, chosen)
