"""An exported version is handed to MLflow's own environment, which adds it to a store and answers."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from jobs.models import registry
from jobs.models.shadow_version import shadow_version
from jobs.runtime.report import RunReport
from lakehouse.errors import JobError, UsageError
from lakehouse.plant import Plant
from ml.gates.registry import CHALLENGER, CHAMPION, PREVIOUS, holder

CODE = Path(__file__).resolve().parents[3]
MADE = CODE / ".venv-mlflow" / "bin" / "python"
PROGRAM = Path(__file__).with_name("program.py")
SILENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
"""Source: MLflow sends what is called to its makers unless one of these is set."""


def interpreter(store: Path, named: Path | None) -> Path:
    """The Python that has MLflow: the one that is named, else the one that `make mlflow` makes.

    Raises:
        UsageError: It is not there, or the store is no file.
    """
    if ":/" in str(store) or store.is_dir():
        raise UsageError(
            f"got --mlflow {store}; legal: a file of SQLite, as mlflow/mlflow.db, which MLflow names "
            "sqlite:///mlflow/mlflow.db"
        )
    python = MADE if named is None else named.absolute()
    if not python.is_file():
        raise _absent(python)
    return python


def put_into_mlflow(plant: Plant, report: RunReport, store: Path, python: Path) -> RunReport:
    """The report of an export, with its number in the store. Exporting again adds nothing.

    Args:
        plant: Its name is that of the registered model, its aliases go with it.
        report: Of the export into a folder.
        store: The SQLite file, as `interpreter` takes it, made where there is none; artifacts are in the folder
            `artifacts` beside it.
        python: As `interpreter` gives it.

    Raises:
        UsageError: The store is of another MLflow, or has the version with other files, or there is no MLflow.
        JobError: MLflow failed.
    """
    place = store.absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    asked = {"store": str(place), "folder": str(Path(report.data["folder"]).absolute()), "name": plant.profile.name,
             "holders": _holders(plant)}  # fmt: skip
    found = _answer(python, asked)
    word = "added as" if found["added"] else "is"
    line = f"  {word} version {found['number']} of {found['model']} in the MLflow store {place}"
    data = {**report.data, "mlflow": {"store": place, **found}}
    return replace(report, changed=report.changed or found["changed"], lines=(*report.lines, line), data=data)


def _holders(plant: Plant) -> dict[str, str]:
    """Alias -> version that has it now; the challenger is the one that scores beside the champion."""
    history, beside = registry.aliases(plant), shadow_version(plant)
    names = {alias: holder(history, alias) for alias in (CHAMPION, PREVIOUS)}
    names[CHALLENGER] = None if beside is None else beside.version
    return {alias: version for alias, version in names.items() if version is not None}


def _answer(python: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """What the program says. Where it runs alone, no setting of MLflow's or of Python's reaches it."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "PYTHON"))}
    done = subprocess.run(
        [python, "-I", PROGRAM], input=json.dumps(asked), env=variables | SILENT, cwd=Path(asked["store"]).parent,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "No module named 'mlflow'" in done.stderr:
        raise _absent(python)
    if done.returncode == 2:
        raise UsageError(done.stderr.strip().splitlines()[-1])
    if done.returncode != 0:
        raise JobError(f"MLflow of {python} ended with {done.returncode}: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _absent(python: Path) -> UsageError:
    return UsageError(
        f"there is no MLflow at {python}: run `make mlflow` in {CODE}, which makes an environment of its own, "
        "or name an interpreter that has it with --mlflow-python"
    )
