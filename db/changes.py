"""What is written on a person's behalf. Each function takes a session of `Database.writer()`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from broker.types import Image, Params
from db import images as pictures
from db.models import Call, CallContent, Prompt, SavedCase, Template, Vote, new_id, utc_now
from db.shapes import image_key, params_json

Choice = Literal["one", "tie", "all_bad"]


def add_prompt(
    session: Session,
    *,
    text: str,
    offers: Sequence[str],
    parent: Prompt | None = None,
    system: str | None = None,
    variables: Mapping[str, str] | None = None,
    params: Params | None = None,
    images: Sequence[Image] = (),
    blind: bool = False,
    user: str | None = None,
) -> Prompt:
    """A prompt about to be asked of `offers` (ids in pane order); commit it before its calls begin.

    It follows `parent` in that one's conversation, or starts a conversation as turn 1.
    """
    keys = [image_key(image) for image in images]
    prompt = Prompt(
        conversation_id=parent.conversation_id if parent else new_id(),
        parent_id=parent.id if parent else None,
        turn=parent.turn + 1 if parent else 1,
        user=user,
        blind=blind,
        offers=list(offers),
        params=params_json(params or Params()),
        system=system,
        text=text,
        variables=None if variables is None else dict(variables),
        images=keys or None,
    )
    session.add(prompt)
    session.flush()
    if keys:
        pictures.keep(session, dict(zip(keys, images, strict=True)))
    return prompt


def cast_vote(
    session: Session,
    *,
    prompt_id: str,
    choice: Choice,
    call_id: str | None = None,
    reason: str | None = None,
    blind: bool = False,
    user: str | None = None,
) -> Vote:
    """The user's vote on a prompt, in place of an earlier one.

    `call_id` is the winner: given for `one` and for nothing else. Raises `ValueError` when it is not a
    call of this prompt, or when there is no such prompt to vote on.
    """
    if not _lock_prompt(session, prompt_id):
        raise ValueError(f"there is no prompt {prompt_id}")
    if (choice == "one") != (call_id is not None):
        raise ValueError("a vote names a winning call if, and only if, its choice is 'one'")
    if call_id is not None and _prompt_of(session, call_id) != prompt_id:
        raise ValueError(f"call {call_id} is not an answer to prompt {prompt_id}")
    vote = session.scalar(select(Vote).where(*_by(user, prompt_id))) or Vote(prompt_id=prompt_id, user=user)
    vote.choice, vote.call_id, vote.reason, vote.blind = choice, call_id, reason, blind
    vote.updated_at = utc_now()
    session.add(vote)
    session.flush()
    return vote


def withdraw_vote(session: Session, *, prompt_id: str, user: str | None = None) -> None:
    """Take the user's vote on a prompt back, if there is one."""
    session.execute(delete(Vote).where(*_by(user, prompt_id)))


def delete_case(session: Session, case_id: str) -> None:
    """Remove a saved case."""
    session.execute(delete(SavedCase).where(SavedCase.id == case_id))


def save_case(
    session: Session,
    *,
    name: str,
    text: str,
    system: str | None = None,
    variables: Mapping[str, str] | None = None,
    expected: str | None = None,
    prompt_id: str | None = None,
    user: str | None = None,
) -> SavedCase:
    """A test case for later use; it stays when the prompt it came from is deleted."""
    case = SavedCase(
        name=name,
        system=system,
        text=text,
        variables=dict(variables or {}),
        expected=expected,
        prompt_id=prompt_id,
        user=user,
    )
    session.add(case)
    session.flush()
    return case


def save_template(
    session: Session, *, name: str, text: str, system: str | None = None, user: str | None = None
) -> Template:
    """The template of that name, new or overwritten."""
    template = session.scalar(select(Template).where(Template.name == name)) or Template(name=name)
    template.text, template.system, template.user = text, system, user
    template.updated_at = utc_now()
    session.add(template)
    session.flush()
    return template


def delete_template(session: Session, name: str) -> None:
    """Remove the template of that name, if there is one."""
    session.execute(delete(Template).where(Template.name == name))


def delete_prompt(session: Session, prompt_id: str) -> None:
    """Remove the words of a prompt, its answers and its votes; every figure and saved case stays.

    Its pictures go too, unless another prompt or call refers to them.
    """
    _lock_prompt(session, prompt_id)
    shown = _forget_prompts(session, Prompt.id == prompt_id)
    sent = _forget_calls(session, Call.prompt_id == prompt_id)
    pictures.forget(session, shown | sent)


def purge_content(session: Session, before: datetime) -> None:
    """Remove the words of every prompt and call older than `before`, as `delete_prompt` does.

    A call without a prompt that is still running keeps its words until the next purge.
    """
    old = Prompt.created_at < before
    session.execute(select(Prompt.id).where(old).with_for_update()).close()
    shown = _forget_prompts(session, old)
    over = and_(Call.started_at < before, Call.status != "running")
    sent = _forget_calls(session, or_(over, Call.prompt_id.in_(select(Prompt.id).where(old))))
    pictures.forget(session, shown | sent)


def forget_late_words(session: Session, call_ids: Sequence[str]) -> None:
    """Remove the words of those calls whose prompt was deleted before they were written."""
    late = select(Call.id).join(Prompt, Prompt.id == Call.prompt_id)
    ids = session.scalars(late.where(Call.id.in_(call_ids), Prompt.deleted_at.is_not(None))).all()
    if ids:
        pictures.forget(session, _forget_calls(session, Call.id.in_(ids)))


def _forget_prompts(session: Session, condition: ColumnElement[bool]) -> set[str]:
    """Returns the keys of their pictures."""
    left = and_(condition, Prompt.deleted_at.is_(None))
    votes = Vote.prompt_id.in_(select(Prompt.id).where(left))
    session.execute(update(Vote).where(votes).values(reason=None))
    shown = session.scalars(select(Prompt.images).where(left, Prompt.images.is_not(None))).all()
    gone = update(Prompt).where(left).values(deleted_at=utc_now(), params={})
    session.execute(gone.values(text=None, system=None, variables=None, images=None))
    return {key for keys in shown for key in keys or ()}


def _forget_calls(session: Session, condition: ColumnElement[bool]) -> set[str]:
    """Returns the keys of the pictures they sent."""
    # Calls before contents, as the recorder writes them: the other way round the two could deadlock.
    # A platform's error message goes too, for it may quote the prompt.
    session.execute(update(Call).where(condition, Call.error_message.is_not(None)).values(error_message=None))
    contents = CallContent.call_id.in_(select(Call.id).where(condition))
    session.execute(delete(CallContent).where(contents))
    return pictures.release(session, condition)


def _by(user: str | None, prompt_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The user's own vote on a prompt; without sign-in there is no user."""
    return Vote.prompt_id == prompt_id, func.coalesce(Vote.user, "") == (user or "")


def _lock_prompt(session: Session, prompt_id: str) -> bool:
    """Keep others from adding calls to a prompt or voting on it; False when it is gone."""
    left = select(Prompt.id).where(Prompt.id == prompt_id, Prompt.deleted_at.is_(None))
    return session.scalar(left.with_for_update()) is not None


def _prompt_of(session: Session, call_id: str) -> str | None:
    return session.scalar(select(Call.prompt_id).where(Call.id == call_id))
