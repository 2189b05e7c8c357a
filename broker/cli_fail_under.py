"""`--fail-under`: the least accuracy that offers must reach, of all that they were asked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from broker.cli_named import usage

if TYPE_CHECKING:
    from broker.results import RunResults


def least(texts: list[str]) -> dict[str, float]:
    """The shares (0 to 1) by offer."""
    found = dict[str, float]()
    for text in texts:
        offer, _, share = text.rpartition("=")
        try:
            found[offer] = float(share)
        except ValueError:
            raise usage(f"--fail-under: expected OFFER=SHARE, found {text!r}.") from None
        if not offer or not 0 <= found[offer] <= 1:
            raise usage(f"--fail-under: expected OFFER=SHARE with a share from 0 to 1, found {text!r}.")
    return found


def check(run_id: str, wanted: Mapping[str, float]) -> None:
    """End the command where an offer is not in the run."""
    from db.benchmarks import Run
    from db.session import open_database

    with open_database().reader() as session:
        asked = {stored["id"] for stored in session.get_one(Run, run_id).offers}
    if strange := wanted.keys() - asked:
        raise usage(f"--fail-under: the run does not ask {', '.join(sorted(strange))}.")


def below(found: "RunResults", wanted: Mapping[str, float]) -> list[str]:
    """A sentence for each offer that falls short; one of which nothing is known does.

    What was not answered counts as not right: one right answer among a hundred that were cut short is no
    quality to build on.
    """
    from broker.results.leaderboard import of_asked

    said = list[str]()
    for offer, share in wanted.items():
        value = of_asked(found, offer).value
        if value is None or value < share:
            reached = "unknown" if value is None else f"{value:.3f} of all asked"
            said.append(f"{offer} is below {share:g}: {reached}.")
    return said
