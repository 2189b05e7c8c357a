"""The command that sums up all recorded calls anew."""

import typer


def rebuild_rollups() -> None:
    """Sum up all recorded calls anew; calls that are being made are recorded as soon as it is done."""
    from db.counting import rebuild
    from db.session import open_database

    with open_database().writer() as session:
        calls, months = rebuild(session)
    typer.echo(f"Counted {_plural(calls, 'call')} of {_plural(months, 'month')}.")


def _plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
