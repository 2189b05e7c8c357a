"""The command `broker`, also as `python -m broker`."""

from broker.garbage import collect_seldom


def main() -> None:
    """Carry out one command."""
    collect_seldom()
    from broker.cli import app

    app()


if __name__ == "__main__":
    main()
