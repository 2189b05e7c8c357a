"""Does a platform answer? Its list of models, then one short real call of the cheapest, and both are kept.

Checks run on the engine's loop, a few at once, whatever happens to the page that asked for them; pages
look at `running` and at the database.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from decimal import Decimal

from broker import catalog
from broker.config import Config
from broker.discovery import Listed, discover, has, is_the_account, lists_models, models_json
from broker.errors import BadRequest, ConfigError, ModelNotFound, ProviderError
from broker.pricing import cost_of, price_at
from broker.runtime import Runtime
from broker.types import CallContext, CallError, ChatRequest, Completion, Message, Offer, Params, Usage
from db import connections as stored
from db.connections import Discovery, ProviderCheck
from db.session import Database

log = logging.getLogger(__name__)

REQUEST = ChatRequest((Message("user", "Say OK."),), Params(max_tokens=16))  # less is refused by some
MOST_CANDIDATES = 3
_AT_ONCE = 4
_USAGE = Usage(input_tokens=20, output_tokens=16)
_WHOLE_PLATFORM = {"no_key", "auth", "connect", "connect_timeout"}  # another model would not fare better

_batch: dict[str, Future[ProviderCheck]] = {}


def start(engine: Runtime, database: Database, provider_ids: Sequence[str], user: str | None) -> None:
    """Check these providers in the background, but not those whose check is under way."""
    under_way = running()
    if not under_way:
        _batch.clear()
    turns = asyncio.Semaphore(_AT_ONCE)
    for provider_id in provider_ids:
        if provider_id not in under_way:
            future = engine.submit(_in_turn(turns, engine, database, provider_id, user))
            future.add_done_callback(_log_failure)
            _batch[provider_id] = future


def running() -> frozenset[str]:
    """The providers whose check is under way or waits for its turn."""
    return frozenset(provider_id for provider_id, future in list(_batch.items()) if not future.done())


def progress() -> tuple[int, int]:
    """How many of the checks started together are over, and how many there are."""
    return len(_batch) - len(running()), len(_batch)


def cancel() -> None:
    """Stop the checks under way; their calls are recorded as stopped, earlier results stay."""
    for future in list(_batch.values()):
        future.cancel()


async def check(engine: Runtime, database: Database, provider_id: str, user: str | None) -> ProviderCheck:
    """Ask for the models, then the cheapest for a word; what came of it, kept as the last check.

    A model that is refused for its own sake is followed by the next cheapest, three at most.
    """
    models, trouble = await _models(engine, database, provider_id)
    offers = await asyncio.to_thread(candidates, engine.config, provider_id, models)
    row = ProviderCheck(provider=provider_id, checked_at=datetime.now(UTC), ok=False)
    for offer in offers:
        completion = await engine.ask(offer, REQUEST, CallContext("check", user))
        row = _outcome(completion)
        if row.ok or row.error_kind in _WHOLE_PLATFORM:
            break
    if not offers:
        error = trouble or ModelNotFound("it lists no model that could be asked").as_value()
        row.error_kind, row.message = error.kind, error.message
    await asyncio.to_thread(_keep, database, row)
    return row


async def refresh(engine: Runtime, database: Database, provider_id: str) -> tuple[Listed, ...]:
    """The models the provider lists now, kept as its last list; raises a `ProviderError`."""
    try:
        door = await engine.open_door(provider_id)
        models = await discover(door)
    except ConfigError as error:
        raise BadRequest(str(error)) from None
    row = Discovery(provider=provider_id, found_at=datetime.now(UTC), models=models_json(models))
    await asyncio.to_thread(_keep, database, row)
    return models


def candidates(config: Config, provider_id: str, models: Sequence[Listed]) -> tuple[Offer, ...]:
    """The offers to try, cheapest first: those in the provider's own list of models, where it has one.

    Offers that are being ended are left out while there are others.
    """
    known = [e for e in catalog.catalogue(config).entries if e.asked and e.offer.provider == provider_id]
    offers = [entry.offer for entry in [e for e in known if not e.deprecated] or known]
    provider = config.providers.get(provider_id)  # it may just have been removed
    if models and provider and is_the_account(provider):
        ids = {model.id for model in models}
        unpriced = (catalog.find(config, f"{provider_id}/{model.id}") for model in models)
        offers = [o for o in offers if has(ids, o)] or [o for o in unpriced if o]
    return tuple(sorted(offers, key=lambda offer: _price(config, offer))[:MOST_CANDIDATES])


def _price(config: Config, offer: Offer) -> tuple[bool, Decimal]:
    """What a check of this offer costs, for sorting: an unknown price comes last."""
    price = price_at(config.providers[offer.provider], offer, 0, datetime.now(UTC))
    cost = cost_of(_USAGE, price)
    return cost is None, cost.total if cost else Decimal(0)


async def _in_turn(
    turns: asyncio.Semaphore, engine: Runtime, database: Database, provider_id: str, user: str | None
) -> ProviderCheck:
    async with turns:
        return await check(engine, database, provider_id, user)


async def _models(
    engine: Runtime, database: Database, provider_id: str
) -> tuple[tuple[Listed, ...], CallError | None]:
    """The provider's list, and why there is none: the call that follows may succeed nevertheless."""
    provider = engine.config.providers.get(provider_id)
    if provider is None or not lists_models(provider):
        return (), None
    try:
        return await refresh(engine, database, provider_id), None
    except ProviderError as error:
        return (), error.as_value()


def _outcome(completion: Completion) -> ProviderCheck:
    error, timing = completion.error, completion.timing
    return ProviderCheck(
        provider=completion.offer.provider,
        checked_at=completion.started_at,
        ok=completion.status == "ok",
        offer=completion.offer.id,
        error_kind=error and error.kind,
        message=error and error.message,
        served_model=completion.served_model,
        ttft_ms=timing.ttft_ms,
        total_ms=timing.total_ms,
        cost=completion.cost and completion.cost.total,
    )


def _keep(database: Database, row: ProviderCheck | Discovery) -> None:
    with database.writer() as session:
        stored.save(session, row)


def _log_failure(future: Future[ProviderCheck]) -> None:
    if not future.cancelled() and (error := future.exception()):
        log.error("a check failed in our own code", exc_info=error)
