"""The playground's work without its page: ask a prompt of several offers, find it again, compare.

A conversation is a chain of prompts; each offer continues its own thread in it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from broker.types import CallContext, ChatRequest, Completion, Image, Message, Offer, Params

if TYPE_CHECKING:
    from broker.complete import LiveCall
    from broker.runtime import Runtime
    from db.models import Prompt, Vote
    from db.queries import HistoryFilter
    from db.session import Database

PURPOSE = "playground"
MAX_OFFERS = 6
BATCH = 200  # prompts read at a time for an export


@dataclass(frozen=True)
class Turn:
    """One prompt with its answers in pane order and the votes on them."""

    prompt: "Prompt"
    answers: tuple[Completion, ...]
    platforms: Mapping[str, str]
    votes: "tuple[Vote, ...]" = ()

    @property
    def running(self) -> bool:
        """An answer may still arrive."""
        return any(answer.status == "running" for answer in self.answers)

    def hidden_from(self, user: str | None) -> bool:
        """Blind, and this user has not voted yet: names and figures stay hidden."""
        deleted = self.prompt.text is None
        return self.prompt.blind and not deleted and len(self.answers) > 1 and self.vote_of(user) is None

    def vote_of(self, user: str | None) -> "Vote | None":
        """This user's vote, if any."""
        return next((vote for vote in self.votes if vote.user == user), None)


@dataclass(frozen=True)
class Question:
    """What a user sends: the prompt with its pictures, to whom, and how it is to be answered."""

    text: str
    offers: tuple[Offer, ...]
    system: str | None = None
    params: Params = field(default_factory=Params)
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    blind: bool = False
    user: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Strip:
    """Positions of the best answers by one measure each; empty where it cannot be said."""

    fastest: tuple[int, ...]
    cheapest: tuple[int, ...]
    shortest: tuple[int, ...]


def ask(
    engine: "Runtime", database: "Database", question: Question, earlier: Sequence[Turn]
) -> "tuple[str, list[LiveCall]]":
    """Keep the prompt and start its calls; returns the prompt's id and the calls in pane order."""
    from db.changes import add_prompt

    parent = earlier[-1].prompt if earlier else None
    with database.writer() as session:
        prompt_id = add_prompt(
            session,
            parent=parent,
            user=question.user,
            system=question.system,
            text=question.text,
            variables=question.variables,
            params=question.params,
            images=question.images,
            offers=[offer.id for offer in question.offers],
            blind=question.blind,
        ).id
    context = CallContext(PURPOSE, question.user, prompt_id)
    shown = [images(database, turn.prompt.images) for turn in earlier]
    calls = [
        engine.start(offer, _request(question, offer, earlier, shown), replace(context, position=position))
        for position, offer in enumerate(question.offers)
    ]
    return prompt_id, calls


def images(database: "Database", keys: Sequence[str] | None) -> tuple[Image, ...]:
    """The pictures of a prompt's `images` in their order, without those that are gone."""
    if not keys:
        return ()
    from db.images import load

    with database.reader() as session:
        found = load(session, keys)
    return tuple(found[key] for key in keys if key in found)


def thread(database: "Database", prompt_id: str) -> list[Turn]:
    """The turns up to and including this prompt, first to last; empty when there is no such prompt."""
    from db import queries
    from db.models import Prompt

    with database.reader() as session:
        last = session.get(Prompt, prompt_id)
        if last is None:
            return []
        known = {row.id: row for row in session.scalars(queries.conversation(last.conversation_id))}
    chain = [last]
    while parent := known.get(chain[0].parent_id or ""):
        chain.insert(0, parent)
    return turns(database, chain)


def turns(database: "Database", prompts: Sequence["Prompt"]) -> list[Turn]:
    """The given prompts with their answers and votes, in the same order."""
    from broker.record import load_completion
    from db import queries

    ids = [prompt.id for prompt in prompts]
    answers: dict[str, list[Completion]] = {prompt_id: [] for prompt_id in ids}
    platforms: dict[str, str] = {}
    with database.reader() as session:
        for call, content in session.execute(queries.calls_of(ids)):
            answers[call.prompt_id or ""].append(load_completion(call, content))
            platforms[call.provider] = call.platform
        votes = list(session.scalars(queries.votes_of(ids)))
    return [
        Turn(p, tuple(answers[p.id]), platforms, tuple(v for v in votes if v.prompt_id == p.id))
        for p in prompts
    ]


def history(database: "Database", wanted: "HistoryFilter") -> Iterator[Turn]:
    """Every prompt wanted, newest first, read a few hundred at a time; what comes meanwhile is left out."""
    from db import queries

    with database.reader() as session:
        ids = list(session.scalars(queries.history_ids(wanted)))
    for batch in (ids[start : start + BATCH] for start in range(0, len(ids), BATCH)):
        with database.reader() as session:
            found = {prompt.id: prompt for prompt in session.scalars(queries.prompts(batch))}
        yield from turns(database, [found[prompt_id] for prompt_id in batch])


def offers_asked(database: "Database") -> dict[str, str]:
    """Every offer that was ever asked, its name and platform by its id."""
    from db import queries

    with database.reader() as session:
        rows = session.execute(queries.offers_asked()).all()
    return {offer: f"{name} · {platform}" for offer, name, platform in rows}


def delete(database: "Database", prompt_id: str) -> None:
    """Remove the words of a prompt and of the turns that follow it, which quote it; figures stay."""
    from db import changes, queries
    from db.models import Prompt

    with database.writer() as session:
        first = session.get(Prompt, prompt_id)
        if first is None:
            return
        gone = {first.id}
        for row in session.scalars(queries.conversation(first.conversation_id)):
            if row.parent_id in gone:
                gone.add(row.id)
            if row.id in gone and row.deleted_at is None:
                changes.delete_prompt(session, row.id)


def schema_misfit(answer: Completion) -> str | None:
    """How a complete answer breaks the JSON schema it was asked for; `None` when it fits or none was set."""
    schema = answer.request.params.json_schema
    if schema is None or not _is_whole(answer) or not answer.text:
        return None
    import re

    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        content = json.loads(answer.text)
    except (ValueError, RecursionError):
        return "it is not JSON"
    # An empty registry: a schema must not make this server fetch what it refers to.
    validator: Any = Draft202012Validator(dict(schema), registry=Registry())
    try:
        error = next(validator.iter_errors(content), None)
    except (Unresolvable, RecursionError, re.error):
        return "this cannot be checked, because of the schema's own references or patterns"
    return (
        None if error is None else f"{'.'.join(map(str, error.absolute_path)) or 'answer'}: {error.message}"
    )


def strip(answers: Sequence[Completion]) -> Strip:
    """Who was fastest to the last token, cheapest, and shortest among the complete answers; ties share.

    Nobody is shortest where an answer has no words: a tool call has none.
    """
    whole = [(i, a) for i, a in enumerate(answers) if _is_whole(a)]
    if len(whole) < 2:
        return Strip((), (), ())
    return Strip(
        fastest=_least((i, a.timing.total_ms) for i, a in whole),
        cheapest=_least((i, a.cost.total if a.cost else None) for i, a in whole),
        shortest=_least((i, len(a.text.split()) or None) for i, a in whole),
    )


def _is_whole(answer: Completion) -> bool:
    answered = answer.tool_calls or answer.text.strip()
    return answer.status == "ok" and bool(answered) and answer.finish_reason in (None, "stop", "tool_calls")


def _least(values: Iterable[tuple[int, object]]) -> tuple[int, ...]:
    """The positions with the smallest value; none when a value is unknown: it might be the smallest."""
    known = list(values)
    if any(value is None for _, value in known):
        return ()
    least = min(value for _, value in known)  # type: ignore[type-var]
    return tuple(i for i, value in known if value == least)


def _request(
    question: Question, offer: Offer, earlier: Sequence[Turn], shown: Sequence[tuple[Image, ...]]
) -> ChatRequest:
    """The offer's own thread: its earlier answers between the user's prompts, `shown` their pictures.

    A turn that it answered by calling a tool is left out, for the result that must follow is not there.
    """
    messages = [Message("system", question.system)] if question.system else []
    for turn, pictures in zip(earlier, shown, strict=True):
        answer = next((a for a in turn.answers if a.offer.id == offer.id and a.text.strip()), None)
        if answer is not None and turn.prompt.text is not None:
            messages += [Message("user", turn.prompt.text, pictures), Message("assistant", answer.text)]
    return ChatRequest((*messages, Message("user", question.text, question.images)), question.params)
