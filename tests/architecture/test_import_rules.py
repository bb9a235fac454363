import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.sources import REPO, ROOMS, imported, module_name, python_files, text

ENGINES = ("pyspark", "delta", "deltalake", "duckdb", "airflow")
LEARNING = ("pandas", "numpy", "scipy", "sklearn", "xgboost", "great_expectations", "matplotlib", "pyarrow")


@dataclass(frozen=True)
class Rule:
    """What a room may import: rooms of ours besides itself, and which other packages it never may, or only may."""

    ours: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


# `only=()` is the standard library alone.
MAY_IMPORT = {
    "domain": Rule(only=()),
    "calculators": Rule(only=()),
    "expectations": Rule(("domain",), only=()),
    "bronze": Rule(("domain", "expectations"), never=("pandas", "great_expectations", *ENGINES)),
    "silver": Rule(("domain", "expectations"), never=("pandas", "great_expectations", *ENGINES)),
    "gold": Rule(("domain", "expectations", "calculators"), never=("pandas", "great_expectations", *ENGINES)),
    "ml": Rule(("domain", "expectations"), never=ENGINES),
    "edge_bundle.format": Rule(("domain",), only=()),
    "edge_bundle.compiler": Rule(("edge_bundle.format", "expectations"), never=ENGINES),
    "edge_bundle.compiler.model_folder": Rule(("edge_bundle.compiler", "expectations"), never=ENGINES),
    "edge_bundle.gateway": Rule(("domain", "edge_bundle.format"), only=("paho",)),
    "lakehouse": Rule(
        ("domain", "expectations", "edge_bundle.format"), never=("pandas", "xgboost", "sklearn", "airflow")
    ),
    "report": Rule(
        ("expectations", "lakehouse", "ml", "edge_bundle.format", "edge_bundle.compiler.model_folder"),
        never=("pyspark", "delta", "airflow", "matplotlib"),
    ),
    "jobs": Rule(
        (
            "domain",
            "expectations",
            "calculators",
            "bronze",
            "silver",
            "gold",
            "ml",
            "lakehouse",
            "report",
            "edge_bundle.format",
            "edge_bundle.compiler",
        ),
        never=("airflow", "mlflow"),
    ),
    "jobs.models.mlflow_store.program": Rule(only=("mlflow",)),  # run by MLflow's own environment
    "dags": Rule(only=("airflow",)),
    "simulator": Rule(("domain", "expectations", "edge_bundle.format", "edge_bundle.compiler", "edge_bundle.gateway")),
}
# The files of the floor that need a library, most to turn contracts into engines' terms; the rest is the standard's.
ENGINE_SIDE = {
    "expectations.chance_intervals": ("scipy",),
    "expectations.tables.spark_schema": ("pyspark",),
    "expectations.tables.arrow_schema": ("pyarrow",),
    "expectations.tables.arrow_columns": ("numpy", "pyarrow"),
    "expectations.tables.local_time": ("numpy", "pyarrow"),
    "expectations.tables.machine_keys": ("numpy", "pyarrow"),
    "expectations.tables.row_order": ("numpy",),
    "expectations.tables.set_aside": ("numpy", "pyarrow"),
    "expectations.audit.suites": ("great_expectations",),
    "expectations.audit.runner": ("great_expectations", "pyspark"),
    "expectations.audit.measuring": ("great_expectations", "pyspark"),
    "expectations.audit.counting": ("duckdb", "pyarrow"),
    "expectations.audit.breaking_rows": ("duckdb", "numpy", "pyarrow"),
    "expectations.audit.data_docs": ("jinja2", "markupsafe"),
}


def room_of(name: str) -> str | None:
    """The room that a dotted name lies in; None where it is not ours."""
    fits = [room for room in MAY_IMPORT if name == room or name.startswith(room + ".")]
    return max(fits, key=len, default=None)


def breaches(path: Path, source: str) -> Iterator[str]:
    """One line for each import of a file that its room does not allow."""
    module = module_name(path)
    room = room_of(module)
    if room is None:
        return
    rule, extra = MAY_IMPORT[room], ENGINE_SIDE.get(module, ())
    beside = {other.stem for other in path.parent.glob("*.py")} if room == "dags" else set()
    for line, name in imported(source, module, is_package=path.stem == "__init__"):
        top, target = name.split(".")[0], room_of(name)
        if target is not None:
            legal = any(target == each or target.startswith(each + ".") for each in (room, *rule.ours))
        elif top in sys.stdlib_module_names or top in beside:
            legal = True
        else:
            legal = (top in rule.only or top in extra) if rule.only is not None else top not in rule.never
        if not legal:
            yield f"{path}:{line}: {room} may not import {target or top}"


def test_workbooks_are_opened_in_one_place() -> None:
    """Another reader may take its place: what it gives is text, which no other file asks how it came."""
    users = {
        str(path)
        for path in python_files(*ROOMS, "dags")
        for _, name in imported(text(path), module_name(path))
        if name.split(".")[0] == "python_calamine"
    }

    assert users == {"bronze/workbooks.py"}


def test_each_room_imports_only_what_the_table_allows() -> None:
    found = [breach for path in python_files(*ROOMS, "dags") for breach in breaches(path, text(path))]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source", "breach"),
    [
        ("domain/bad.py", "from expectations import feeds", "domain may not import expectations"),
        ("domain/bad.py", "import numpy", "domain may not import numpy"),
        ("calculators/bad.py", "from domain.record import times", "calculators may not import domain"),
        ("calculators/bad.py", "import numpy", "calculators may not import numpy"),
        ("expectations/bad.py", "from bronze import files", "expectations may not import bronze"),
        ("bronze/bad.py", "import gold.machine_daily", "bronze may not import gold"),
        ("silver/bad.py", "def f():\n    import pandas", "silver may not import pandas"),
        ("gold/bad.py", "from pyspark.sql import functions", "gold may not import pyspark"),
        ("ml/bad.py", "from pyspark.sql import functions", "ml may not import pyspark"),
        ("expectations/bad.py", "import numpy", "expectations may not import numpy"),
        ("expectations/tables/spark_schema.py", "import pandas", "expectations may not import pandas"),
        ("edge_bundle/format/bad.py", "from edge_bundle import compiler", "edge_bundle.format may not import"),
        ("edge_bundle/gateway/bad.py", "from edge_bundle.compiler import seal", "edge_bundle.gateway may not import"),
        ("edge_bundle/compiler/bad.py", "from ml import artifact", "edge_bundle.compiler may not import ml"),
        ("edge_bundle/compiler/bad.py", "from lakehouse import lake", "edge_bundle.compiler may not import lake"),
        ("report/bad.py", "from edge_bundle.compiler import seal", "report may not import edge_bundle.compiler"),
        ("lakehouse/bad.py", "from jobs.runtime import settings", "lakehouse may not import jobs"),
        ("lakehouse/bad.py", "from bronze.files import Content", "lakehouse may not import bronze"),
        ("report/bad.py", "def f():\n    import pyspark", "report may not import pyspark"),
        ("jobs/bad.py", "from edge_bundle.gateway import service", "jobs may not import edge_bundle.gateway"),
        ("dags/bad.py", "from jobs import cli", "dags may not import jobs"),
        ("dags/bad.py", "import pandas", "dags may not import pandas"),
    ],
)
def test_a_breach_is_found_and_named(path: str, source: str, breach: str) -> None:
    (found,) = breaches(Path(path), source)

    assert breach in found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("jobs/good.py", "import pyspark\nfrom gold.machine_daily import build"),
        ("edge_bundle/gateway/good.py", "import json\nfrom edge_bundle.format.digest import sha256_hex"),
        ("expectations/tables/spark_schema.py", "from pyspark.sql import types"),
        ("ml/drift/good.py", "from ml.errors import GateError\nimport numpy"),
        ("ml/drift/__init__.py", "from . import psi"),
    ],
)
def test_what_the_table_allows_is_no_breach(path: str, source: str) -> None:
    assert list(breaches(Path(path), source)) == []


def test_floor_and_format_load_without_any_installed_package() -> None:
    floor = [
        module_name(path)
        for path in python_files("domain", "expectations", "calculators", "edge_bundle")
        if room_of(module_name(path)) in ("domain", "expectations", "calculators", "edge_bundle.format")
        and module_name(path) not in ENGINE_SIDE
    ]
    load = f"for name in {floor!r}: importlib.import_module(name)"
    code = f"import importlib, sys\nsys.path.insert(0, {str(REPO)!r})\n{load}"

    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
