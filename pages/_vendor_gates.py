"""The must-haves: the usual ones to pick from, and a form for any other."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from broker.assurance.attributes import ATTRIBUTE, ATTRIBUTES
from broker.assurance.values import CONDITIONS
from broker.comparison import GATE_KINDS, Gate
from broker.comparison.gate_expressions import in_words, parse, sign_of, written
from pages import _ui as ui
from pages import _vendor_conditions as conditions
from pages._vendor_state import key

_USUAL = (
    "hipaa_baa",
    "eu_data_residency",
    "trains_on_customer_data_default",
    "zdr_option",
    "gdpr_dpa",
    "iso_42001",
    "soc2_type2",
    "ip_indemnity",
    "takes:image",
    "context>=200000",
    "p95<=5s",
    "quality>=0.8",
)
_EXAMPLES = {
    "context": "200000",
    "takes": "image",
    "p95": "5s",
    "ttft_p95": "2s",
    "quality": "80%",
    "cost": "50000",
    "retires": "2027-12-31",
    "maker": "OpenAI",
    "region": "eu",
}
_SEVERAL = ("takes", "maker")  # kinds of which several make sense together
_WRONG = "vendor-gate-problem"
# With the words that one may search for.
_NAMES = {
    "context": "Context of at least",
    "takes": "Takes images (vision), audio, video or documents",
    "p95": "95 of 100 answers complete within (p95)",
    "ttft_p95": "95 of 100 first tokens within (p95)",
    "quality": "Quality of at least, with 95 % confidence",
    "cost": "Yearly cost of at most, US dollars",
    "retires": "Still there after",
    "maker": "Not from the maker",
    "region": "Configured in a region that begins with",
}


def draw(first: tuple[Gate, ...]) -> tuple[Gate, ...]:
    """The controls; the gates that are set now."""
    mine = [written(gate) for gate in first]
    options = list(dict.fromkeys([*mine, *_USUAL, _next_year()]))
    chosen = st.multiselect(
        "Must-haves",
        options,
        default=mine,
        key=key("gates"),
        format_func=lambda text: in_words(parse(text)),
        placeholder="Choose what an offer cannot do without",
        select_all=False,
        wrap=True,
        help="Each offer passes, fails or is unknown. Unknown never passes: nothing told is not a no.",
    )
    with st.popover("Another must-have", icon=":material/add:"):
        _form()
    return tuple(parse(text) for text in chosen)


def _form() -> None:
    """One must-have of any kind."""
    kinds = [*GATE_KINDS, *(attribute.id for attribute in ATTRIBUTES if _can_be_asked(attribute.id))]
    kind = st.selectbox("What", kinds, format_func=_name, key="vendor-gate-kind")
    if _is_plain(kind):
        asked = ATTRIBUTE[kind]
        not_so = "Passes where this is not so: " if asked.wanted == "no" else ""
        st.caption(ui.plain(not_so + asked.sentence))
        st.multiselect(
            "As good as a plain answer",
            list(CONDITIONS),
            format_func=lambda name: CONDITIONS[name],
            key="vendor-gate-counts",
            placeholder="Nothing: only a plain answer counts",
            select_all=False,
            wrap=True,
        )
    else:
        st.text_input("Limit", _EXAMPLES.get(kind, "30"), key=f"vendor-gate-limit-{kind}")
    st.button("Add must-have", key="vendor-gate-add", type="primary", on_click=_add)
    if problem := st.session_state.pop(_WRONG, None):
        st.error(ui.plain(problem), icon=":material/error:")


def _add() -> None:
    """Set the must-have that the form says now, or tell what is wrong with it."""
    kind = st.session_state["vendor-gate-kind"]
    if _is_plain(kind):
        expression = "+".join([kind, *st.session_state["vendor-gate-counts"]])
    else:
        expression = f"{kind}{sign_of(kind)}{st.session_state[f'vendor-gate-limit-{kind}']}"
    try:
        added = parse(expression)
    except ValueError as error:
        st.session_state[_WRONG] = str(error)
        return
    conditions.set_gates(together([parse(text) for text in conditions.chosen()], added))


def together(gates: list[Gate], added: Gate) -> list[Gate]:
    """The must-haves with one more, in the place of one of its kind if there can be only one."""
    if added.kind in _SEVERAL or all(gate.kind != added.kind for gate in gates):
        return [*gates, added]
    return [added if gate.kind == added.kind else gate for gate in gates]


def _is_plain(kind: str) -> bool:
    return kind in ATTRIBUTE and ATTRIBUTE[kind].kind == "yes/no"


def _can_be_asked(attribute: str) -> bool:
    return ATTRIBUTE[attribute].kind not in ("text", "list")


def _name(kind: str) -> str:
    """As the must-have is called once it is set, which may be the contrary of the attribute."""
    if kind in _NAMES:
        return _NAMES[kind]
    return in_words(Gate(kind)) if _is_plain(kind) else ATTRIBUTE[kind].name


def _next_year() -> str:
    return f"retires>{(datetime.now(UTC) + timedelta(days=365)).date()}"
