"""Which models a platform says this account has, read from its own list; nothing is stored here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from broker.complete import Door
from broker.errors import BadRequest, Malformed
from broker.model_facts import chats
from broker.providers import auth_headers, base_url
from broker.providers.wire_values import count, table, tables, text
from broker.transport import address, fetch
from broker.types import Offer, Provider

_MAX_PAGES = 50
_FIRST_PAGE = {"anthropic": {"limit": "1000"}, "gemini": {"pageSize": "1000"}}
_LISTS = ("data", "models")  # OpenAI and Anthropic; Gemini and Cohere
_IDS = ("id", "name")
_NAMES = ("display_name", "displayName", "name")
_CONTEXTS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "inputTokenLimit",
)
_NOT_CHAT = {"image", "video", "audio", "embedding", "embeddings", "moderation", "rerank", "transcribe"}
_DATE = re.compile(r"[-@](latest|\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True)
class Listed:
    """A model in a platform's list: the id to ask for, its name if it has one, its context in tokens.

    `retires` is the day on which the list says that it goes, `successor` the id that it names instead, and
    `aliases` are further ids that ask for the same.
    """

    id: str
    name: str = ""
    context_window: int | None = None
    retires: date | None = None
    successor: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A list beside the catalogue: offers that it has, models without an offer, offers that it has not.

    `absent` is empty where the list does not speak for the account.
    """

    had: tuple[Offer, ...]
    new: tuple[Listed, ...]
    absent: tuple[Offer, ...]


def lists_models(provider: Provider) -> bool:
    """Whether the provider has an address that lists models; this machine's own are known anyway."""
    return bool(provider.models_path) and provider.base_url != "local:"


def is_the_account(provider: Provider) -> bool:
    """Whether its list has what this account can ask: not where that goes by names of one's own."""
    return provider.settings.get("deployments") != "on"


async def discover(door: Door) -> tuple[Listed, ...]:
    """The chat models that the platform lists, in its order; raises a `ProviderError`.

    Where a list does not tell chat models from others, all are returned.
    """
    row, found = door.provider, dict[str, Listed]()
    if door.sign is not None:  # then the key is the secret that signs
        raise BadRequest(f"{row.name} lists its models to a key alone, not to a sign-in")
    url = address(base_url(row), row.models_path)
    headers = {**_HEADERS, **row.headers, **_version(row), **auth_headers(row, door.key)}
    query: Mapping[str, str] = _FIRST_PAGE.get(row.dialect, {})
    for _ in range(_MAX_PAGES):
        page = await fetch(door.transport, url.copy_merge_params(query), headers, door.key)
        found |= {model.id: model for model in map(_listed, _entries(page)) if model}
        following = _next_page(page)
        if not following or following.items() <= query.items():
            break
        query = {**query, **following}
    return tuple(found.values())


def compare(provider: Provider, models: Sequence[Listed], offers: Iterable[Offer]) -> Comparison:
    """A provider's list beside its offers. An id with a date or `latest` stands for the one without; one
    that names something else than a chat model is not new.
    """
    offers, ids = tuple(offers), {model.id for model in models}
    had = tuple(offer for offer in offers if has(ids, offer))
    known = {offer.wire_model for offer in offers}
    other = (model for model in models if model.id not in known and undated(model.id) not in known)
    new = tuple(model for model in other if chats(model.id))
    absent = tuple(o for o in offers if o not in had) if is_the_account(provider) else ()
    return Comparison(had, new, absent)


def has(ids: set[str], offer: Offer) -> bool:
    """Whether one of these model ids is the offer's, or the same without a date on one side."""
    wanted = offer.wire_model
    return wanted in ids or undated(wanted) in ids or any(undated(found) == wanted for found in ids)


def undated(model: str) -> str:
    """A model id without the date, or `latest`, at its end."""
    return _DATE.sub("", model)


def models_json(models: Iterable[Listed]) -> list[dict[str, Any]]:
    """The models as they are stored."""
    return [_json(model) for model in models]


def models_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Listed, ...]:
    """The models of a stored list."""
    return tuple(_stored(model) for model in stored)


def _json(model: Listed) -> dict[str, Any]:
    more = {"retires": model.retires and model.retires.isoformat(), "successor": model.successor}
    more |= {"aliases": list(model.aliases)}
    known = {name: value for name, value in more.items() if value}
    return {"id": model.id, "name": model.name, "context_window": model.context_window} | known


def _stored(model: Mapping[str, Any]) -> Listed:
    more: dict[str, Any] = {"retires": _day(model.get("retires")), "aliases": tuple(model.get("aliases", ()))}
    return Listed(**{**model, **more})


def _entries(page: object) -> list[Mapping[str, Any]]:
    if isinstance(page, list):
        return tables(cast(object, page))
    lists = [key for key in _LISTS if key in table(page)]
    if not lists:
        raise Malformed("the reply is not a list of models")
    return tables(table(page)[lists[0]])  # an empty list may be null


def _listed(entry: Mapping[str, Any]) -> Listed | None:
    found = next((value for key in _IDS if (value := text(entry.get(key)))), "")
    model_id = found.removeprefix("models/")
    if not model_id or not _chats(entry):
        return None
    name = next((value for key in _NAMES if (value := text(entry.get(key)))), "")
    context = next((value for key in _CONTEXTS if (value := count(entry.get(key)))), None)
    successor = text(entry.get("deprecation_replacement_model"))
    aliases = tuple(
        other for one in _list(entry.get("aliases")) if (other := text(one)) and other != model_id
    )
    return Listed(model_id, "" if name == found else name, context, _retires(entry), successor, aliases)


def _retires(entry: Mapping[str, Any]) -> date | None:
    """The day on which the list itself says that the model goes.

    OpenRouter has `expiration_date`, after which it may remove the model. Of Mistral's `deprecation` its own
    client says that the model will be removed then. Azure has seconds since 1970, for inference.
    """
    told = entry.get("deprecation")
    for value in (entry.get("expiration_date"), told, table(told).get("inference")):
        if (day := _day(value)) is not None:
            return day
    return None


def _day(value: object) -> date | None:
    try:
        if type(value) is int:
            return datetime.fromtimestamp(value, UTC).date()
        return datetime.fromisoformat(text(value)).date()
    except (ValueError, OverflowError, OSError):  # nothing, or nothing that is a day
        return None


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []


def _chats(entry: Mapping[str, Any]) -> bool:
    """False when the list itself says that the model does something else."""
    told = (  # where it may be told, and the word for chat there
        (entry.get("supportedGenerationMethods"), "generateContent"),
        (entry.get("endpoints"), "chat"),
        (table(entry.get("architecture")).get("output_modalities"), "text"),
    )
    elsewhere = any(isinstance(values, list) and word not in values for values, word in told)
    no_chat = table(entry.get("capabilities")).get("completion_chat") is False
    return not elsewhere and not no_chat and entry.get("type") not in _NOT_CHAT


def _next_page(page: object) -> dict[str, str]:
    """The query that asks for what follows; empty at the end."""
    if token := text(table(page).get("nextPageToken")):
        return {"pageToken": token}
    last = text(table(page).get("last_id"))
    return {"after_id": last} if table(page).get("has_more") is True and last else {}


def _version(row: Provider) -> dict[str, str]:
    if row.dialect != "anthropic":
        return {}
    from broker.providers import anthropic

    return {"anthropic-version": anthropic.version(row)}


_HEADERS = {"accept": "application/json", "user-agent": "model-broker/0.1"}
