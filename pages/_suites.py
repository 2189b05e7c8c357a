"""The suites of the benchmarks page: people's own and those that come with the product, as cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from broker.scorers import SCORERS, scorer
from broker.suites import ScorerSpec, Suite
from broker.suites.starters import starters
from db import benchmark_queries as queries
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui

STARTER = "starter"
_ACROSS, _SHOWN = 3, 12
JUDGED_BY: Mapping[str, str] = {
    "exact": "the exact text",
    "includes": "a text it contains",
    "starts-with": "how it begins",
    "regex": "a pattern",
    "choice": "the letter chosen",
    "number": "the number given",
    "label": "the label chosen",
    "json": "valid JSON",
    "contains-json": "JSON it contains",
    "json-fields": "the fields of its JSON",
    "tool-call": "the tool it calls",
    "token-f1": "the words it shares",
    "rouge": "the passages it shares",
    "bleu": "the runs of words it shares (BLEU)",
    "gleu": "the runs of words it shares (GLEU)",
    "meteor": "the words and synonyms it shares (METEOR)",
    "levenshtein": "the letters that differ",
    "similarity": "similarity of meaning",
    "refusal": "whether it declines",
    "latency": "how long it takes",
    "cost": "what it costs",
    "rubric": "a model with a rubric",
    "factuality": "a model that checks facts",
    "closed-qa": "a model that checks a criterion",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A suite in the list; `link` opens it, `version` is `None` for one that nobody has used yet."""

    link: str
    name: str
    description: str
    samples: int
    scorers: tuple[str, ...]
    source: str
    version: int | None
    last_run: Run | None
    each: bool = False  # whether samples have scorers of their own


def draw(database: Database) -> None:
    """All suites, people's own first."""
    found = cards(database)
    own = [card for card in found if card.source != STARTER]
    _section("Your suites", own)
    if not own:
        st.caption("None yet. A spreadsheet of questions with the right answers is enough: choose New suite.")
    names = [suite.name for suite in starters()]
    ours = [card for card in found if card.source == STARTER]
    _section("Starter suites", sorted(ours, key=lambda card: names.index(card.name)))
    st.caption(
        "Written for this product, of the work that models are bought for; all documents in them are "
        "invented. Start with one of these, or take one as the pattern for your own."
    )


def cards(database: Database) -> list[Card]:
    """Every suite in use by name, and the starters."""
    with database.reader() as session:
        rows = list(session.scalars(queries.suites()))
        last = {run.suite_id: run for run in reversed(list(session.scalars(queries.runs())))}
        bare = [row.id for row in rows if not row.definition.get("scorers")]
        each = set(session.scalars(queries.judging_each(bare)))
    used = {
        row.name: Card(
            row.id,
            row.name,
            row.description,
            row.sample_count,
            scorer_names([ScorerSpec(**spec) for spec in row.definition.get("scorers", ())]),
            row.source,
            row.version,
            last.get(row.id),
            row.id in each,
        )
        for row in rows
    }
    fresh = [
        Card(
            s.name,
            s.name,
            s.description,
            len(s.samples),
            scorer_names(s.scorers),
            s.source,
            None,
            None,
            any(sample.scorers for sample in s.samples),
        )
        for s in starters()
        if s.name not in used
    ]
    return [*used.values(), *fresh]


def scorer_names(specs: Sequence[ScorerSpec]) -> tuple[str, ...]:
    """The scorers' names, each once."""
    return tuple(dict.fromkeys(spec.name for spec in specs))


def judged_by(names: Sequence[str], *, each: bool) -> str:
    """`Judged by the number given and a model with a rubric`; `each`: samples have scorers of their own."""
    words = [JUDGED_BY.get(name, name) for name in names]
    if words:
        return f"Judged by {fmt.listed(words)}"
    return "Each sample says how it is judged" if each else "Nothing judges the answers yet"


def rule(suite: Suite) -> str:
    """How the suite's answers are judged, with what its scorers are told to heed."""
    said = judged_by(scorer_names(suite.scorers), each=any(sample.scorers for sample in suite.samples))
    told = [
        scorer(spec.name).SETTINGS[name].partition(":")[0]
        for spec in suite.scorers
        if spec.name in SCORERS
        for name, value in spec.settings.items()
        if value is True
    ]
    return f"{said} ({'; '.join(told)})" if told else said


def _section(title: str, found: Sequence[Card]) -> None:
    st.header(f"{title} ({len(found)})" if found else title, anchor=False)
    pages = -(-len(found) // _SHOWN)
    number = st.pagination(pages, key=f"page-{title}") if pages > 1 else 1
    shown = found[(number - 1) * _SHOWN : number * _SHOWN]
    for start in range(0, len(shown), _ACROSS):
        for column, card in zip(
            st.columns(_ACROSS, gap="small"), shown[start : start + _ACROSS], strict=False
        ):
            with column.container(border=True, height="stretch"):
                _card(card)


def _card(card: Card) -> None:
    version = f" :gray-badge[v{card.version}]" if card.version else ""
    st.markdown(f"**{ui.plain(card.name)}**{version}")
    if card.description:
        st.markdown(ui.plain(fmt.short(card.description, 200)))
    st.caption(f"{fmt.plural(card.samples, 'sample')} · {ui.plain(judged_by(card.scorers, each=card.each))}")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"Last run {ui.when(card.last_run.created_at)}" if card.last_run else "Not run yet")
        st.page_link(
            "benchmarks.py",
            label=f"Open {ui.plain(card.name)}",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params={"suite": card.link},
        )
