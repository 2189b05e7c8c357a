"""Workloads and contract terms in the database, checked before they are kept."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.workload import Tokens, Workload
from broker.workload.profile import problems as workload_problems
from broker.workload.terms import Kind, Period, Term, check
from broker.workload.terms import problems as term_problems
from db import workloads as tables
from db.models import utc_now
from db.turns import Overtaken, take_turn

_DECIMALS = ("requests", "cache_read", "cache_write", "batch", "growth")


def save_workload(session: Session, workload: Workload, user: str | None) -> str:
    """Keep a workload, in place of the one of its name; returns its id. Raises `ValueError` on its faults."""
    _refuse(workload_problems(workload))
    take_turn(session, tables.Workload)
    row = session.scalar(select(tables.Workload).where(tables.Workload.name == workload.name))
    if row is None:
        row = tables.Workload(name=workload.name)
        session.add(row)
    row.profile, row.user, row.updated_at = profile_json(workload), user, utc_now()
    session.flush()
    return row.id


def load_workloads(session: Session) -> dict[str, Workload]:
    """Every workload by its id, in the order of their names."""
    return {row.id: workload_of(row.name, row.profile) for row in session.scalars(tables.workloads())}


def save_term(session: Session, term: Term, user: str | None, read: Term | None = None) -> str:
    """Keep a term, in place of the one with its `id` if it has one; returns the id.

    Raises `ValueError` with its faults, or naming both where it overlaps another; `LookupError` for an
    unknown id; `Overtaken` where the one with its `id` is no longer what was `read`.
    """
    _refuse(term_problems(term))
    take_turn(session, tables.ContractTerm)
    if read is not None:
        _refuse_late(session, term.id, read)
    others = [one for one in load_terms(session) if one.id != term.id and one.scope == term.scope]
    check([*others, term])
    row = session.get(tables.ContractTerm, term.id) if term.id else tables.ContractTerm()
    if row is None:
        raise LookupError(f"there is no contract term {term.id}")
    row.provider, row.maker, row.offer = term.provider, term.maker, term.offer
    row.kind, row.value, row.period, row.note = term.kind, term.value, term.period, term.note
    row.first_day, row.last_day, row.user, row.updated_at = term.first, term.last, user, utc_now()
    session.add(row)
    session.flush()
    return row.id


def load_terms(session: Session) -> list[Term]:
    """Every term, by platform, kind and first day."""
    return [term_of(row) for row in session.scalars(tables.contract_terms())]


def term_of(row: tables.ContractTerm) -> Term:
    """The term of a row."""
    return Term(
        kind=cast(Kind, row.kind),
        value=row.value,
        provider=row.provider,
        first=row.first_day,
        last=row.last_day,
        maker=row.maker,
        offer=row.offer,
        period=cast(Period | None, row.period),
        note=row.note,
        id=row.id,
    )


def profile_json(workload: Workload) -> dict[str, Any]:
    """A workload without its name; numbers are texts, so that they stay exact."""
    known: dict[str, Any] = {name: str(getattr(workload, name)) for name in _DECIMALS}
    tokens = workload.tokens
    pair = tokens and {"input": str(tokens.input), "output": str(tokens.output)}
    return known | {"start": workload.start.isoformat(), "tokens": pair, "run_id": workload.run_id}


def workload_of(name: str, profile: Mapping[str, Any]) -> Workload:
    """The workload of a stored profile."""
    tokens: Mapping[str, str] | None = profile["tokens"]
    return Workload(
        name=name,
        start=date.fromisoformat(profile["start"]),
        tokens=Tokens(Decimal(tokens["input"]), Decimal(tokens["output"])) if tokens else None,
        run_id=profile["run_id"],
        **{field: Decimal(profile[field]) for field in _DECIMALS},
    )


def _refuse_late(session: Session, term_id: str, read: Term) -> None:
    row = session.get(tables.ContractTerm, term_id)
    now = row and term_of(row)
    if now != read:
        raise Overtaken(row and row.user, now)


def _refuse(faults: list[str]) -> None:
    if faults:
        raise ValueError(" ".join(faults))
