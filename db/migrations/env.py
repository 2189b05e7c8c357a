"""Alembic's entry point: runs the pending steps on the connection it is given."""

from alembic import context

from db import (
    benchmarks,
    comparisons,
    connections,
    declared,
    facts,
    reviews,
    rollups,
    run_summaries,
    watch,
    workloads,
)
from db.base import Base

# With these modules imported, all tables are known.
KNOWN = (
    benchmarks,
    comparisons,
    connections,
    declared,
    facts,
    reviews,
    rollups,
    run_summaries,
    watch,
    workloads,
)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
