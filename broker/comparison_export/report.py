"""A report to print or to send: one page that stands alone, without scripts and without requests."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from broker.comparison import Shortlist
from broker.comparison.sentence import recommendation
from broker.comparison.tasks import ByTask
from broker.comparison_charts import Figure
from broker.comparison_charts.latency import latency
from broker.comparison_charts.price_history import price_history
from broker.comparison_charts.quality_cost import quality_cost
from broker.comparison_charts.render import svg
from broker.comparison_charts.timeline import timeline
from broker.comparison_charts.yearly_cost import yearly_cost
from broker.comparison_export.about import CAVEATS, question
from broker.comparison_export.html import Html, joined, listed, tag
from broker.comparison_export.report_tables import (
    finished_tasks,
    gates,
    lifecycle,
    offers,
    tasks_matrix,
    unknowns,
)
from broker.comparison_export.said import day
from broker.workload.break_even import Curve

_CSS = Path(__file__).with_name("report.css")
# Nothing but what stands in the page itself: no script runs and nothing is fetched, whatever a name says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def html_report(
    shortlist: Shortlist, tasks: ByTask | None = None, curves: Mapping[str, Curve] | None = None
) -> bytes:
    """The page in UTF-8. `tasks` adds what is best for each, `curves` the yearly cost over the volume."""
    told = recommendation(shortlist)
    body = joined(
        (
            tag("h1", "Vendor comparison"),
            tag("p", _subtitle(shortlist), class_="quiet"),
            tag("section", tag("p", told.headline), listed(told.points), class_="choice"),
            tag("h2", "What was asked"),
            tag("dl", *(piece for pair in question(shortlist) for piece in _pair(*pair))),
            tag("h2", "The offers"),
            offers(shortlist),
            *_drawn("In pictures", _figures(shortlist, curves or {})),
            *_section("By task", tasks_matrix(shortlist, tasks)),
            *_section("What a finished task costs", finished_tasks(shortlist)),
            *_section("Must-haves, and why", gates(shortlist), "page"),
            *_section("When offers end", lifecycle(shortlist)),
            *_section("What is not known", unknowns(shortlist)),
            tag("h2", "How to read this"),
            listed(CAVEATS),
        )
    )
    return _page(body).encode(errors="replace")


def _subtitle(shortlist: Shortlist) -> str:
    passed = sum(ranked.outcome == "pass" for ranked in shortlist.ranked)
    found = len(shortlist.ranked)
    return f"{day(shortlist.gathered.at)} · {passed} of {found} offers pass every must-have"


def _pair(name: str, value: str) -> tuple[Html, Html]:
    return tag("dt", name), tag("dd", value)


def _section(title: str, content: Html | None, style: str = "") -> Iterator[Html]:
    """A heading and what is under it; a style `page` starts a new one in print."""
    if content is not None:
        yield tag("h2", title, class_=style)
        yield content


def _figures(shortlist: Shortlist, curves: Mapping[str, Curve]) -> Iterator[tuple[str, Figure]]:
    drawn = (
        ("Quality against cost", quality_cost(shortlist)),
        ("How long answers took", latency(shortlist)),
        ("A year by volume", yearly_cost(shortlist, curves)),
        ("List prices of output over time", price_history(shortlist)),
        ("When offers end", timeline(shortlist)),
    )
    yield from ((title, figure) for title, figure in drawn if figure is not None)


def _drawn(title: str, figures: Iterable[tuple[str, Figure]]) -> Iterator[Html]:
    found = [_figure(name, figure) for name, figure in figures]
    yield from _section(title, tag("div", *found, class_="figures") if found else None, "page")


def _figure(name: str, figure: Figure) -> Html:
    picture = tag("div", Html(svg(figure.chart)), role="img", aria_label=figure.alt_text)
    return tag("figure", tag("h3", name), picture, tag("figcaption", figure.note))


def _page(body: Html) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Vendor comparison</title><style>{_CSS.read_text(encoding='utf-8')}</style></head>"
        f"<body>{body.text}</body></html>\n"
    )
