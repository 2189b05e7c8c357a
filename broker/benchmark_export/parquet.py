"""One row an answer, for data frames."""

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from broker.benchmark_export.records import batches, head
from broker.benchmark_export.rows import COLUMNS, answer_rows

_PIECE = 1_000_000  # bytes


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The columns of the table of answers with their types; money is exact to ten digits."""
    arrow: Any = import_module("pyarrow")  # comes without types
    parquet: Any = import_module("pyarrow.parquet")
    known, schema = head(session, run_id), _schema(arrow)
    with tempfile.TemporaryFile() as file:  # its end says where its parts are
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in batches(answer_rows(session, known, offer)):
                writer.write_table(arrow.Table.from_pylist(batch, schema))
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _schema(arrow: Any) -> Any:
    kinds = {
        str: arrow.string(),
        int: arrow.int64(),
        float: arrow.float64(),
        bool: arrow.bool_(),
        Decimal: arrow.decimal128(28, 10),
    }
    return arrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
