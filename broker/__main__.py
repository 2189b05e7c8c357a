"""The command `broker`, also as `python -m broker`."""

from broker.startup import prepare


def main() -> None:
    """Carry out one command."""
    prepare()
    from broker.cli import app

    app()


if __name__ == "__main__":
    main()
