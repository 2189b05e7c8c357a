"""The command `broker`, also as `python -m broker`."""

from broker.startup import leave, prepare


def main() -> None:
    """Carry out one command."""
    prepare()
    from broker.cli import app

    try:
        app()
    except SystemExit as end:
        if isinstance(end.code, int):
            leave(end.code)
        raise


if __name__ == "__main__":
    main()
