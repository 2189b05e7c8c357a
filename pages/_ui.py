"""What every page shares: the engine and the database behind it, the user, and small pieces of text."""

import re
from datetime import UTC, datetime

import streamlit as st

from broker import catalog
from broker.config import Config, missing_key, user_name
from broker.pricing import price_at
from broker.runtime import Runtime, runtime
from broker.types import Offer
from db.session import Database, open_database
from pages import _format as fmt

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+.!|~$:-])")
_SHORTCODE = re.compile(r":(?=[\w+-]+:|material/)")  # icons, which no backslash stops


def engine() -> Runtime:
    """The process's runtime."""
    return runtime()


def database() -> Database:
    """The open database."""
    return open_database()


def user() -> str:
    """Who is using the app: the signed-in person, else `BROKER_USER`, else this machine's login name."""
    signed_in = st.user.get("email") if st.user else None
    return str(signed_in or user_name())


def offers(config: Config) -> tuple[Offer, ...]:
    """Every offer of this installation that can be asked."""
    return catalog.offers(config)


def missing(config: Config) -> dict[str, str | None]:
    """What each provider lacks before it can be asked, by its id; `None` for nothing."""
    return {provider.id: missing_key(provider) for provider in config.providers.values()}


def ready_offers(config: Config) -> dict[str, Offer]:
    """The offers that can be asked now, by id."""
    lacks = missing(config)
    return {offer.id: offer for offer in offers(config) if not lacks[offer.provider]}


def waiting_offers(config: Config) -> list[tuple[Offer, str]]:
    """The offers that lack a key, each with the variable to set."""
    lacks = missing(config)
    known = ((offer, lacks[offer.provider]) for offer in offers(config))
    return [(offer, variable) for offer, variable in known if variable]


def when(instant: datetime) -> str:
    """An instant in the time zone of the user's browser."""
    return fmt.when(instant, st.context.timezone)


def price_text(config: Config, offer: Offer) -> str:
    """`$0.10 / $0.50`, dollars per million tokens in and out; `no fee`; `price unknown`."""
    price = price_at(config.providers[offer.provider], offer, 0, datetime.now(UTC))
    if price is None or price.input_mtok is None or price.output_mtok is None:
        return "price unknown"
    if not price.input_mtok and not price.output_mtok:
        return "no fee"
    return f"{fmt.usd(price.input_mtok)} / {fmt.usd(price.output_mtok)}"


def plain(text: str) -> str:
    """Text for a markdown widget that shows as it is."""
    return _SPECIAL.sub(r"\\\1", _SHORTCODE.sub(":\u200c", text))


def show_problems(config: Config) -> None:
    """Say what is wrong with the configuration file, once a page."""
    if config.problems:
        lines = "\n".join(f"- {plain(problem)}" for problem in config.problems)
        st.warning(f"Part of the configuration is not used:\n\n{lines}", icon=":material/build:")
