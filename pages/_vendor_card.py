"""The offer that is chosen in the table: its must-haves, its score, and the way to what figures rest on."""

from collections.abc import Iterator

import streamlit as st

from broker.assurance.platforms import platform_of
from broker.comparison import CRITERIA, Criterion, Evidence, GateResult, Gathered, Ranked, Shortlist
from broker.comparison.gates import in_words
from broker.comparison.scores import thin_results
from pages import _format as fmt
from pages import _ui as ui
from pages import _vendor_conditions as conditions
from pages import _vendor_figures as figures
from pages._facts_words import link


def draw(found: Shortlist, one: Ranked) -> None:
    """Each must-have with the reason, where the score comes from, then links to the sources."""
    offer = one.evidence.entry.offer
    with st.container(border=True):
        batch = f" · {figures.BATCH}: a price of batches" if one.evidence.entry.only_batch else ""
        st.markdown(f"**{ui.plain(one.evidence.label)}** · {ui.plain(offer.maker)}{batch}")
        for result in one.gates:
            _gate(found.gathered, one, result)
        st.markdown(fmt.no_formula(score(found, one)))
        st.markdown(_figures(one.evidence))
        for result in one.evidence.results:
            kind = "Imported run" if result.origin == "imported" else "Run"
            run = f"{ui.plain(result.suite)}: {ui.plain(result.run)}, {ui.when(result.ended_at)}"
            way = {"icon": ":material/balance:", "query_params": {"id": result.run_id}}
            st.page_link("run.py", label=f"{kind} on {run}", **way)
        with st.container(horizontal=True):
            _links(one)


def score(found: Shortlist, one: Ranked) -> str:
    """The score with each scale and its share of the whole, or which of them keep it from being known."""
    weights = {name: getattr(found.gathered.wanted.weights, name) for name in CRITERIA}
    total = sum(weights.values()) or 1
    weighed: list[Criterion] = [name for name in CRITERIA if weights[name]]
    if one.score is None:
        missing = [name for name in weighed if one.scales[name] is None]
        are = "is" if len(missing) == 1 else "are"
        few = "".join(_few(found, one)) if "quality" in missing else ""
        return f"**No score**: {fmt.listed(missing)} {are} not known.{few}" if missing else "**No score**."
    parts = [f"{name} {one.scales[name]:.2f} × {100 * weights[name] / total:.0f} %" for name in weighed]
    limits = None if one.score_low is None or one.score_high is None else (one.score_low, one.score_high)
    drawn = f" ({limits[0]:.2f} to {limits[1]:.2f} in 95 of 100 draws)" if limits else ""
    return f"**Score {one.score:.2f}**{drawn}: {' + '.join(parts)}"


def _few(found: Shortlist, one: Ranked) -> Iterator[str]:
    for result in thin_results(one.evidence, found.gathered.wanted):
        judged = f"{result.quality.n:,} of {result.samples:,} samples"
        yield f" Of {ui.plain(result.suite)} too few could be judged, {judged}."


def _figures(one: Evidence) -> str:
    """A line each; in brackets is the 95 % interval."""
    told = {
        "Quality": figures.quality(one),
        "1,000 tasks of these suites": figures.cost(one),
        "A year at our price": figures.year(one),
        "Whole answer": figures.speed(one),
        "Votes in the playground": figures.rating(one),
        "Doors (the same weights on other platforms)": figures.offers(one.doors),
        "Rivals (other makers' offers, no worse within the margin)": figures.offers(one.rivals),
    }
    return fmt.no_formula("\n".join(f"- **{name}**: {words}" for name, words in told.items()))


def _gate(gathered: Gathered, one: Ranked, result: GateResult) -> None:
    mark = {"pass": ":green-badge[passes]", "fail": ":red-badge[fails]"}.get(
        result.outcome, ":orange-badge[not relied on]" if result.amber else ":gray-badge[unknown]"
    )
    source = f" · {link(result.source, 'Source') or ui.plain(result.source)}" if result.source else ""
    as_of = f", as of {result.as_of}" if result.as_of else ""
    name = in_words(result.gate)
    reason = result.reason.removeprefix(f"{name}: ")
    told = f"{mark} **{ui.plain(name)}**: {ui.plain(reason)}{source}{as_of}"
    st.markdown(fmt.no_formula(told))
    condition = conditions.hangs_on(result.gate, one, gathered)
    if condition:
        conditions.button(result.gate, condition, "card")


def _links(one: Ranked) -> None:
    """The pages that have the sources of everything else."""
    offer = one.evidence.entry.offer
    ways = (
        ("offer.py", "Price and everything known about this offer", ":material/description:", "id", offer.id),
        ("catalogue.py", "In the catalogue", ":material/storefront:", "offer", offer.id),
        (
            "facts.py",
            f"Facts about {ui.plain(one.evidence.entry.platform)}",
            ":material/fact_check:",
            "platform",
            platform_of(offer.provider),
        ),
    )
    for page, label, icon, name, value in ways:
        st.page_link(page, label=label, icon=icon, query_params={name: value})
