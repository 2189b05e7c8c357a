"""One row an answer, for spreadsheets."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from broker.benchmark_export.records import batches, head
from broker.benchmark_export.rows import COLUMNS, answer_rows
from broker.export import to_csv


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The table with its header; of a run without answers the header alone."""
    names = tuple(COLUMNS)
    header = to_csv((), names)
    yield header
    for batch in batches(answer_rows(session, head(session, run_id), offer)):
        yield to_csv(batch, names).removeprefix(header)
