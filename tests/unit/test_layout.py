"""Imports point one way, Streamlit stays in the pages, and heavy packages wait until they are used."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the ground up: a module imports from its own layer and from those before it.
LAYERS = (
    {
        "broker.types",
        "broker.errors",
        "broker.images",
        "broker.garbage",
        "broker.startup",
        "broker.differences",
        "broker.templates",
        "broker.local_server",
        "broker.model_facts",
        "broker.model_identity",
    },
    {
        "broker.providers",
        "broker.pricing",
        "broker.sign_in",
        "broker.config",
        "broker.config_schema",
        "broker.config_tables",
        "broker.stats",
        "broker.suites",
        "broker.scorers",
        "db",
    },
    {
        "broker.fold",
        "broker.credentials",
        "broker.quotas",
        "broker.limits",
        "broker.judge",
        "broker.judge_scales",
        "broker.judge_replies",
        "broker.imports",
        "broker.verdicts",
        "broker.deadlines",
        "broker.network_errors",
        "broker.transport",
        "broker.complete",
        "broker.catalog",
        "broker.catalog_entries",
        "broker.price_sheet",
        "broker.record",
        "broker.local",
        "broker.discovery",
        "broker.assurance",
        "broker.lifecycle",
        "broker.lifecycle_seen",
        "broker.connections",
    },
    {"broker.runtime", "broker.playground", "broker.export", "broker.catalog_export", "broker.checks"},
    {"broker.runs", "broker.results", "broker.benchmark_export", "broker.workload"},
    {
        "broker.comparison",
        "broker.comparison_charts",
        "broker.comparison_export",
        "broker.ratings",
        "broker.dependence",
        "broker.watch",
    },
    {
        "broker.cli",
        "broker.cli_benchmarks",
        "broker.cli_fail_under",
        "broker.cli_figures",
        "broker.cli_job",
        "broker.cli_judging",
        "broker.cli_listing",
        "broker.cli_named",
        "broker.cli_progress",
        "broker.cli_results",
        "broker.cli_rollups",
        "broker.cli_run",
        "broker.cli_columns",
        "broker.cli_compare",
        "broker.__main__",
        "pages",
        "app",
    },
)
LEVEL = {module: level for level, layer in enumerate(LAYERS) for module in layer}
HEAVY = {
    "streamlit",
    "pandas",
    "numpy",
    "pyarrow",
    "altair",
    "sqlalchemy",
    "alembic",
    "genai_prices",
    "xllamacpp",
    "scipy",
}


def module_of(name: str) -> str:
    """Return what the layers speak of: `broker.types` for `broker.types.Offer`, `db` for `db.session`."""
    return ".".join(name.split(".")[: 2 if name.startswith("broker.") else 1])


def imports_of(source: str) -> set[str]:
    """Return the full names that a file imports, inside its functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=aliases):
                names.update(alias.name for alias in aliases)
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                names.update(f"{module}.{alias.name}" for alias in aliases)
            case ast.ImportFrom():
                pytest.fail(f"line {node.lineno}: a relative import; write it in full")
            case _:
                pass
    return names


def sources() -> dict[Path, set[str]]:
    """Return every product file, relative to the root, with the names it imports."""
    files = chain([ROOT / "app.py"], *((ROOT / folder).rglob("*.py") for folder in ("broker", "db", "pages")))
    return {file.relative_to(ROOT): imports_of(file.read_text()) for file in files}


def graph() -> dict[str, set[str]]:
    """Return each module with the modules of this project that it imports, itself left out."""
    edges: dict[str, set[str]] = {}
    for file, names in sources().items():
        if file != Path("broker/__init__.py"):
            module = module_of(".".join(file.with_suffix("").parts))
            edges.setdefault(module, set()).update(
                {module_of(name) for name in names} & LEVEL.keys() - {module}
            )
    return edges


def pointing_up(edges: dict[str, set[str]]) -> list[str]:
    """Return the imports that reach into a higher layer."""
    pairs = ((module, other) for module, others in edges.items() for other in others)
    return sorted(f"{module} imports {other}" for module, other in pairs if LEVEL[module] < LEVEL[other])


def test_every_module_has_its_layer() -> None:
    assert graph().keys() - LEVEL.keys() == set()


def test_imports_point_one_way() -> None:
    assert pointing_up(graph()) == []
    TopologicalSorter(graph()).prepare()  # CycleError names the modules that import each other


def test_the_database_knows_only_the_types() -> None:
    assert {name for name in graph()["db"] if name.startswith("broker.")} <= {"broker.types"}


def test_streamlit_stays_in_the_pages() -> None:
    users = {file.parts[0] for file, names in sources().items() if "streamlit" in map(module_of, names)}
    assert users <= {"app.py", "pages"}


@pytest.mark.parametrize("module", ["broker", "broker.runtime", "broker.cli"])
def test_heavy_packages_wait_until_they_are_used(module: str) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & HEAVY == set()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b as c, d", {"a.b", "d"}),
        ("from broker import types", {"broker.types"}),
        ("from broker.types import Offer, Usage", {"broker.types.Offer", "broker.types.Usage"}),
        ("def late():\n    if True:\n        import pandas", {"pandas"}),
    ],
)
def test_imports_are_seen_wherever_they_stand(source: str, names: set[str]) -> None:
    assert imports_of(source) == names


def test_an_import_into_a_higher_layer_is_seen() -> None:
    edges = {"broker.types": {"broker.cli"}, "pages": {"broker.types"}}
    assert pointing_up(edges) == ["broker.types imports broker.cli"]
