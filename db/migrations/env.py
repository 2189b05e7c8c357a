"""Alembic's entry point: runs the pending steps on the connection it is given."""

from alembic import context

from db.connections import Base  # the last of the modules with tables: with it, all are known

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
