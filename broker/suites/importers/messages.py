"""Conversations as OpenAI, Inspect and promptfoo write them: a list of turns with role and content."""

from collections.abc import Iterator
from typing import Any

from broker.images import from_data_url
from broker.suites.importers.values import items, table
from broker.types import Image, Message, Role

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "model": "assistant",
}
_TURN = {"role", "content", "type", "id", "source"}  # Inspect and the Responses API write the last three


def conversation(value: Any) -> tuple[Message, ...]:
    """The turns of a list; raises `ValueError` that names the first one that cannot be asked as it stands."""
    turns = [_turn(f"turn {i}", table(turn)) for i, turn in enumerate(items(value), 1)]
    if not turns:
        raise ValueError("expected a list of turns with role and content")
    asked = [turn for turn in turns if turn.role == "system"] + [
        turn for turn in turns if turn.role != "system"
    ]
    if asked != turns:
        raise ValueError("a system turn stands after others; they come first here")
    return tuple(turns)


def image(value: Any) -> Image:
    """The picture of a data URL; raises `ValueError` for file names and addresses, which are never opened."""
    if not isinstance(value, str) or not value.startswith("data:"):
        raise ValueError("expected a picture as a data URL; files and addresses are not opened")
    return from_data_url(value)


def _turn(where: str, turn: Any) -> Message:
    role = _ROLES.get(str(turn.get("role")))
    if role is None:
        raise ValueError(f"{where}: expected a role of {', '.join(_ROLES)}; found {turn.get('role')!r}")
    if extra := [key for key in turn if key not in _TURN and turn[key]]:
        raise ValueError(f"{where}: {', '.join(extra)} cannot be asked again")
    content = turn.get("content")
    if isinstance(content, str):
        return Message(role, content)
    texts: list[str] = []
    images: list[Image] = []
    for part in _parts(where, content):
        (texts if isinstance(part, str) else images).append(part)  # type: ignore[arg-type]
    return Message(role, "\n".join(texts), tuple(images))


def _parts(where: str, content: Any) -> Iterator[str | Image]:
    if not isinstance(content, list | dict) or not content:
        raise ValueError(f"{where}: expected content as a text or a list of parts")
    for raw in items(content) or [content]:
        part = table(raw)
        kind = part.get("type")
        if kind in {"text", "input_text", "output_text"} and isinstance(part.get("text"), str):
            yield part["text"]
        elif kind in {"image", "image_url", "input_image"}:
            found = part.get("image") or part.get("image_url")
            yield image(table(found).get("url") or found)
        else:
            raise ValueError(f"{where}: a part of type {kind!r} cannot be asked")
