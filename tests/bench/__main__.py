"""Every measurement, one after the other: `make bench`. A few minutes on a quiet machine with two cores."""

from tests.bench import calls, imports, timing, writes


def main() -> None:
    """Print all tables."""
    for measurement in (calls, imports, timing, writes):
        measurement.main()


if __name__ == "__main__":
    main()
