"""What a command's arguments name: suites, offers, amounts; what they do not name ends it with status 2."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from broker.config import Config
    from broker.types import Offer


def usage(sentence: str) -> typer.Exit:
    """What to raise where the command was not understood; the sentence goes to standard error."""
    typer.echo(sentence, err=True)
    return typer.Exit(2)


def dollars(text: str) -> Decimal:
    """An amount of US dollars, as a parser of an option."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is no amount of US dollars") from None
    if not amount.is_finite() or amount < 0:
        raise typer.BadParameter(f"{text!r} is no amount of US dollars")
    return amount


def offer_named(config: "Config", name: str) -> "Offer":
    """The offer of this id."""
    from broker import catalog

    found = catalog.find(config, name)
    if found is None:
        raise usage(f"No offer {name!r}. `broker offers --search TEXT` lists offers.")
    return found


def suite_named(name: str) -> str:
    """The suite's version; a starter is kept at its first use."""
    from broker.suites.starters import FILES, starters
    from broker.suites.store import find_suite, save_suite
    from db.session import open_database

    with open_database().reader() as session:
        found = find_suite(session, name)
    if found is not None:
        return found.id
    for file, starter in zip(FILES, starters(), strict=True):
        if name.casefold() in (file, starter.name.casefold()):
            with open_database().writer() as session:
                return save_suite(session, starter, None)[0]
    raise usage(f"There is no suite {name!r}; `broker suites` lists them.")
