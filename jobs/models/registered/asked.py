"""What a person asks of `assay models`, and who answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.models.mlflow_store.export import interpreter, put_into_mlflow
from jobs.models.promote import Yes, promote
from jobs.models.registered.answers import compared, listed, shown
from jobs.models.registered.entry import entries, entry
from jobs.models.registered.export import exported
from jobs.models.retire import retire
from jobs.models.rollback import roll_back_here
from jobs.runtime.load_plant import load_plant
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from lakehouse.plant import Plant

USAGE = {
    "list": "list", "show": "show VERSION", "diff": "diff VERSION VERSION", "promote": "promote [VERSION]",
    "rollback": "rollback --reason WHY", "retire": "retire VERSION --reason WHY",
    "export": "export DIR [VERSION] [--mlflow STORE [--mlflow-python PYTHON]]",
    "confirm": "confirm [VERSION]",
}  # fmt: skip
_NAMES = {"list": (0, 0), "show": (1, 1), "diff": (2, 2), "promote": (0, 1), "rollback": (0, 0), "retire": (1, 1),
          "export": (1, 2), "confirm": (0, 1)}  # fmt: skip
WRITES = ("promote", "rollback", "retire")


@dataclass(frozen=True, slots=True)
class Asked:
    """An action of `USAGE`, what is named behind it, why, and for an export the store of MLflow and its interpreter."""

    action: str
    names: tuple[str, ...]
    reason: str | None
    as_of: datetime
    mlflow: Path | None = None
    mlflow_python: Path | None = None


def answer(settings: Settings, asked: Asked) -> RunReport:
    """Do what is asked, but ``confirm``: see `jobs.models.registered.confirmed`, which loads libraries of models.

    Raises:
        UsageError: It is asked otherwise than `USAGE` says, or as the one that answers.
        JobError: As `put_into_mlflow`.
        GateRefused: As `promote`.
    """
    check(asked)
    opened = open_plant if asked.action in WRITES else load_plant
    return _ANSWERS[asked.action](opened(settings), asked)


def check(asked: Asked) -> None:
    """Refuse what is asked otherwise than `USAGE` says. Raises: UsageError."""
    least, most = _NAMES[asked.action]
    is_missing = asked.reason is None and asked.action in ("rollback", "retire")
    given = {"--reason": asked.reason, "--mlflow": asked.mlflow, "--mlflow-python": asked.mlflow_python}
    options = [name for name, value in given.items() if value is not None]
    is_beside = asked.reason is not None and asked.action not in WRITES
    is_lost = any("--mlflow" in name for name in options) and (asked.action != "export" or asked.mlflow is None)
    if not least <= len(asked.names) <= most or is_missing or is_beside or is_lost:
        words = " ".join((asked.action, *asked.names, *options))
        raise UsageError(f"got `assay models {words}`; legal: assay models {USAGE[asked.action]}")


def _promote(plant: Plant, asked: Asked) -> RunReport:
    return promote(plant, asked.as_of, _named(plant, asked, 0), Yes(asked.reason))


def _export(plant: Plant, asked: Asked) -> RunReport:
    python = None if asked.mlflow is None else interpreter(asked.mlflow, asked.mlflow_python)
    report = exported(plant, Path(asked.names[0]), asked.names[1] if len(asked.names) > 1 else None)
    return report if asked.mlflow is None or python is None else put_into_mlflow(plant, report, asked.mlflow, python)


def _retire(plant: Plant, asked: Asked) -> RunReport:
    return retire(plant, str(_named(plant, asked, 0)), asked.as_of, str(asked.reason))


def _named(plant: Plant, asked: Asked, place: int) -> str | None:
    """The version of a name or of its begin; None where none was given."""
    return entry(entries(plant), asked.names[place]).row.version if len(asked.names) > place else None


_ANSWERS: Mapping[str, Callable[[Plant, Asked], RunReport]] = {
    "list": lambda plant, _: listed(plant),
    "show": lambda plant, asked: shown(plant, asked.names[0]),
    "diff": lambda plant, asked: compared(plant, *asked.names),
    "promote": _promote,
    "rollback": lambda plant, asked: roll_back_here(plant, asked.as_of, str(asked.reason)),
    "retire": _retire,
    "export": _export,
}
