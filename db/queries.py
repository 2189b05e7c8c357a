"""What is read: every function returns a Select for the caller to run in a reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Nullable, Select, and_, func, or_, select

from db.models import Call, CallContent, CallImage, Prompt, SavedCase, Template, Vote
from db.search import contains

_NEWEST_FIRST = (Prompt.created_at.desc(), Prompt.id.desc())


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which prompts to list; what is left open does not narrow.

    `search` is looked for in prompts and answers, in any case. `offers`: at least one of them was asked.
    `voted`: with or without any vote. `since` is included, `until` is not.
    """

    search: str = ""
    offers: tuple[str, ...] = ()
    voted: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None


def history(wanted: HistoryFilter, limit: int = 50, offset: int = 0) -> Select[Prompt]:
    """The prompts wanted, newest first, without the deleted ones."""
    listed = select(Prompt).where(*_conditions(wanted)).order_by(*_NEWEST_FIRST)
    return listed.limit(limit).offset(offset)


def history_ids(wanted: HistoryFilter) -> Select[str]:
    """The ids of all prompts that `history` would list without a limit, in its order."""
    return select(Prompt.id).where(*_conditions(wanted)).order_by(*_NEWEST_FIRST)


def prompts(ids: Sequence[str]) -> Select[Prompt]:
    """The prompts of a list of ids, in no order."""
    return select(Prompt).where(Prompt.id.in_(ids))


def offers_asked() -> Select[str, str, str]:
    """Every offer that was ever asked: its id, name and platform."""
    return select(Call.offer, Call.offer_name, Call.platform).distinct().order_by(Call.offer)


def history_count(wanted: HistoryFilter) -> Select[int]:
    """How many prompts `history` would list without a limit."""
    return select(func.count()).select_from(Prompt).where(*_conditions(wanted))


def calls_of(prompt_ids: Sequence[str]) -> Select[Call, CallContent | None]:
    """The calls of a page of prompts in pane order, each with its content or None once that is gone."""
    return (
        _with_content()
        .where(Call.prompt_id.in_(prompt_ids))
        .order_by(Call.prompt_id, Call.position, Call.started_at)
    )


def call(call_id: str) -> Select[Call, CallContent | None]:
    """One call with its content."""
    return _with_content().where(Call.id == call_id)


def images_of(call_ids: Sequence[str]) -> Select[str]:
    """The keys of the pictures that calls sent, each once."""
    return select(CallImage.sha256).where(CallImage.call_id.in_(call_ids)).distinct()


def prompt(prompt_id: str) -> Select[Prompt]:
    """One prompt, deleted or not."""
    return select(Prompt).where(Prompt.id == prompt_id)


def conversation(conversation_id: str) -> Select[Prompt]:
    """All prompts of a conversation in turn order, deleted ones and every branch included."""
    return (
        select(Prompt)
        .where(Prompt.conversation_id == conversation_id)
        .order_by(Prompt.turn, Prompt.created_at, Prompt.id)
    )


def votes_of(prompt_ids: Sequence[str]) -> Select[Vote]:
    """The votes on a page of prompts, oldest first."""
    return select(Vote).where(Vote.prompt_id.in_(prompt_ids)).order_by(Vote.created_at, Vote.id)


def saved_cases() -> Select[SavedCase]:
    """All saved cases, newest first."""
    return select(SavedCase).order_by(SavedCase.created_at.desc(), SavedCase.id)


def templates() -> Select[Template]:
    """All templates by name."""
    return select(Template).order_by(func.lower(Template.name), Template.name)


def _with_content() -> Select[Call, CallContent | None]:
    return select(Call, Nullable(CallContent)).outerjoin(CallContent, CallContent.call_id == Call.id)


def _conditions(wanted: HistoryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Prompt.deleted_at.is_(None)]
    if wanted.since is not None:
        conditions.append(Prompt.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Prompt.created_at < wanted.until)
    if wanted.user is not None:
        conditions.append(Prompt.user == wanted.user)
    if wanted.offers:
        conditions.append(Prompt.id.in_(_prompts_where(Call.offer.in_(wanted.offers))))
    if wanted.voted is not None:
        voted = select(Vote.id).where(Vote.prompt_id == Prompt.id).exists()
        conditions.append(voted if wanted.voted else ~voted)
    if wanted.search:
        answered = select(CallContent.call_id).where(contains(CallContent.text, wanted.search))
        in_answers = Prompt.id.in_(_prompts_where(Call.id.in_(answered)))
        asked = (contains(Prompt.text, wanted.search), contains(Prompt.system, wanted.search))
        conditions.append(or_(*asked, in_answers))
    return conditions


def _prompts_where(condition: ColumnElement[bool]) -> Select[Any]:
    return select(Call.prompt_id).where(and_(Call.prompt_id.is_not(None), condition))
