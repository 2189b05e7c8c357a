"""Import times in fresh processes with compiled bytecode, beside httpx and litellm. Run as a module."""

from statistics import median

from tests.bench.process import NO_LITELLM, print_table, pythons, report_of

REPETITIONS = 9
STATEMENTS = {
    "httpx": "import httpx",
    "broker, to make a call": "import broker.complete, broker.runtime",
    "broker, the command line": "import broker.cli",
    "litellm": "import litellm",
}
SCRIPT = "from time import perf_counter as now; start = now(); {}; print((now() - start) * 1000)"


def main() -> None:
    """Import each in turn, again and again, and print medians and their ratios to httpx."""
    contenders = pythons()
    scripts = {name: SCRIPT.format(statement) for name, statement in STATEMENTS.items()}
    interpreters = {name: contenders.get(name.split(",")[0]) for name in scripts}
    times: dict[str, list[float]] = {name: [] for name, python in interpreters.items() if python}
    for number in range(REPETITIONS + 1):
        for name, found in times.items():
            took = report_of(str(interpreters[name]), "-c", scripts[name])
            if number:  # the first round compiles and warms the disk cache
                found.append(took)
    middle = {name: median(found) for name, found in times.items()}
    rows = [(name, f"{took:,.0f}", f"{took / middle['httpx']:.1f}") for name, took in middle.items()]
    print_table("Imports", ("import", "ms", "× httpx"), rows)
    if "litellm" not in contenders:
        print(NO_LITELLM)


if __name__ == "__main__":
    main()
