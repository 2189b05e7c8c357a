"""The first steps: what to do in an installation where little has been done, and what is done already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.catalog import Catalogue
from broker.catalog_entries import price_of
from broker.local import LOCAL_OFFERS
from db.benchmarks import Run
from db.comparisons import SavedComparison
from db.models import Call
from db.workloads import Workload
from pages import _format as fmt
from pages._overview_links import link

_FIRST_SUITE = "Policy questions"  # of the starters the one whose answers a model this small can end itself


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do and why, where, and whether it was done."""

    title: str
    why: str
    page: str
    label: str
    query: dict[str, str | list[str]]
    done: bool


def steps(session: Session) -> list[Step]:
    """The way from nothing to a choice."""
    return [
        Step(
            "Ask a first prompt",
            "A small model on this machine answers at two settings. No key is needed.",
            "playground.py",
            "Open the playground",
            {"offers": [offer.id for offer in LOCAL_OFFERS]},
            _any(session, select(Call.id)),
        ),
        Step(
            "Run a starter suite",
            "Of six test sets, Policy questions suits the small model: ten samples take it some minutes.",
            "benchmarks.py",
            "Open Policy questions",
            {"suite": _FIRST_SUITE, "offers": [offer.id for offer in LOCAL_OFFERS]},
            _any(session, select(Run.id)),
        ),
        Step(
            "Enter a workload",
            "Requests a month and tokens a request turn prices per token into a yearly cost.",
            "terms.py",
            "Describe the work",
            {},
            _any(session, select(Workload.id)),
        ),
        Step(
            "Compare",
            "Must-haves, weights and evidence lead to a recommendation. Save it to see later what changed.",
            "compare.py",
            "Compare offers",
            {},
            _any(session, select(SavedComparison.id)),
        ),
    ]


def welcome(known: Catalogue, ready: int, at: datetime) -> str:
    """What there is before anything was asked; a price counts where it holds at that instant."""
    priced = sum(price_of(entry, at) is not None for entry in known.entries)
    return (
        f"Nothing has been asked here yet. {fmt.plural(ready, 'offer')} can be asked at once; the catalogue "
        f"lists {len(known.entries):,}, {priced:,} of them with a price of today. Four steps lead from the "
        "first prompt to a choice."
    )


def draw(found: Sequence[Step]) -> None:
    """The steps as cards, the next one first to see."""
    done = sum(step.done for step in found)
    st.header("First steps", anchor=False)
    st.caption(f"{done} of {len(found)} done. {_next(found)}")
    for place, (number, step) in zip(st.columns(len(found)), enumerate(found, 1), strict=True):
        with place.container(border=True, height="stretch"):
            mark = ":green[:material/check_circle:]" if step.done else f":gray[{number}]"
            st.markdown(f"{mark} **{step.title}**")
            st.caption(step.why)
            link(step.page, step.label, step.query)


def _next(found: Sequence[Step]) -> str:
    step = next((step for step in found if not step.done), None)
    return f"Next: {step.title.lower()}." if step else ""


def _any(session: Session, wanted: object) -> bool:
    return session.scalar(wanted.limit(1)) is not None  # type: ignore[attr-defined]
