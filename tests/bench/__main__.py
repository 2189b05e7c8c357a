"""Every measurement, one after the other: `make bench`. A few minutes on a quiet machine with two cores."""

from tests.bench import calls, catalogue, comparison, imports, leaks, rollups, runs, timing, writes
from tests.bench.process import machine


def main() -> None:
    """Print all tables."""
    print(f"Before: {machine()}")
    for measurement in (calls, catalogue, comparison, imports, leaks, rollups, runs, timing, writes):
        measurement.main()
    print(f"\nAfter: {machine()}")


if __name__ == "__main__":
    main()
