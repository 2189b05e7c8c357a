"""A run for other programs: tables of answers and of offers, and the logs of promptfoo and Inspect.

Every format is a generator of bytes that holds some hundred answers at a time, however many there are. Money
is in US dollars, times in milliseconds; unknown is an empty cell or `null`. Whether answers were measured
here or imported stands in every row.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from broker.benchmark_export import answers_csv, inspect_log, pairs_csv, parquet, promptfoo, summary_csv

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a run down: `write(session, run_id, offer)` gives the file's bytes piece by piece.

    An offer's id leaves the others out. `write` raises `LookupError` where there is no such run, and for an
    Inspect log, which has one model, `ValueError` where none of several offers is chosen.
    """

    title: str
    suffix: str
    media_type: str
    write: "Callable[[Session, str, str | None], Iterator[bytes]]"


FORMATS: Mapping[str, Format] = {
    "csv": Format("Answers (CSV)", "-answers.csv", "text/csv", answers_csv.write),
    "summary": Format("Summary (CSV)", "-summary.csv", "text/csv", summary_csv.write),
    "pairs": Format("Pairs judged (CSV)", "-pairs.csv", "text/csv", pairs_csv.write),
    "parquet": Format("Answers (Parquet)", ".parquet", "application/vnd.apache.parquet", parquet.write),
    "promptfoo": Format("promptfoo results (JSON)", "-promptfoo.json", "application/json", promptfoo.write),
    "inspect": Format("Inspect log (JSON)", "-inspect.json", "application/json", inspect_log.write),
}
