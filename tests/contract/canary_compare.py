"""A run that is judged by platforms which refuse to, and every file that a comparison of it can become."""

import io
import zipfile
from dataclasses import replace
from decimal import Decimal

from broker.benchmark_export import pairs_csv
from broker.comparison import Wanted
from broker.comparison.evidence import gather
from broker.comparison.gate_expressions import parse
from broker.comparison.saved import save
from broker.comparison.scores import shortlist
from broker.comparison_charts import latency, quality_cost
from broker.comparison_charts.render import png, svg
from broker.comparison_export.long import long_csv
from broker.comparison_export.questionnaire import questionnaire_csv
from broker.comparison_export.report import html_report
from broker.comparison_export.wide import wide_csv
from broker.comparison_export.xlsx import workbook
from broker.config import Config
from broker.runs.reviews import Order
from broker.runs.reviews.execute import execute
from broker.runs.reviews.start import start
from db.models import utc_now
from db.session import Database
from tests.contract.canary import echo
from tests.contract.canary_day import WIRE, Day, asked, by_dialect
from tests.contract.capabilities import models_of
from tests.resulttools import keep_run, suite_of
from tests.runtools import sums

OFFERS = tuple(f"{name}/{models_of(name)[0]}" for name in ("openai", "anthropic", "gemini"))


def a_run(database: Database) -> str:
    """The id of a run of three offers, of which some answers are right; none of them names the key."""
    suite = suite_of(*sums(6).samples)
    cells = [
        {
            "offer": offer,
            "sample": f"s{i}",
            "passed": i > place,
            "value": float(i > place),
            "text": str(i + (i > place)),
            "cost": Decimal("0.01"),
            "total_ms": 100.0 + i,
            "ttft_ms": 10.0,
        }
        for place, offer in enumerate(OFFERS)
        for i in range(6)
    ]
    return keep_run(database, suite, cells, ended_at=utc_now())


def judged(day: Day, run_id: str) -> None:
    """A platform of every dialect is asked to judge, and gives the key back."""
    for dialect, providers in by_dialect(day.engine.config).items():
        day.server.script(echo(WIRE[dialect], 401))
        judge = replace(asked(day.engine.config, providers[-1]), model="judge", wire_model="judge")
        order = Order(run_id, judge, "pairs", OFFERS[0], OFFERS[1:])
        with day.database.writer() as session:
            review_id = start(session, order, day.engine.config.providers)
        execute(review_id, engine=day.engine, database=day.database)


def files(database: Database, config: Config, run_id: str) -> dict[str, bytes]:
    """Every file of a comparison of all that failed, which is saved as well."""
    wanted = Wanted((("Made up", 1),), gates=(parse("hipaa_baa"), parse("p95<=5s")), offers=OFFERS)
    with database.writer() as session:
        found = shortlist(gather(session, config, wanted, utc_now()))
        save(session, "A day", found, None)
        pairs = b"".join(pairs_csv.write(session, run_id))
    assert len(found.ranked) >= len(OFFERS)
    drawn = [made(found) for made in (quality_cost.quality_cost, latency.latency)]
    charts = [figure.chart for figure in drawn if figure]
    assert len(charts) == len(drawn)
    with zipfile.ZipFile(io.BytesIO(workbook(found))) as file:
        sheets = b"".join(file.read(name) for name in file.namelist())
    return {
        "wide CSV": wide_csv(found),
        "long CSV": long_csv(found),
        "workbook": sheets,
        "report": html_report(found),
        "questionnaire": questionnaire_csv(found.gathered.facts, "openai", found.gathered.at),
        "SVG": b"".join(svg(chart).encode() for chart in charts),
        "PNG": b"".join(png(chart) for chart in charts),
        "pairs": pairs,
    }
