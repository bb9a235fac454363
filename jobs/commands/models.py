"""`assay models list|show|diff|promote|rollback|retire|export|confirm`: the registered versions."""

import argparse
from pathlib import Path

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which versions, and why."""
    parser.add_argument(
        "action", choices=["list", "show", "diff", "promote", "rollback", "retire", "export", "confirm"],
        help="list: a line for each version; show VERSION: all of one; diff VERSION VERSION: what differs; promote "
        "[VERSION] and rollback: as the commands of these names; retire VERSION: its data may be cleaned; export DIR "
        "[VERSION]: one folder with digests, default the champion; confirm [VERSION]: machines in alarm by its anomaly "
        "models, each confirmed or denied by its second stage",
    )  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="NAME", help="versions, or the begin of their names; the folder")
    parser.add_argument(
        "--mlflow", metavar="STORE", type=Path,
        help="export: also into an MLflow store, a file of SQLite, as mlflow/mlflow.db; it is made where there is none",
    )  # fmt: skip
    parser.add_argument(
        "--mlflow-python", metavar="PYTHON", type=Path,
        help="export: an interpreter that has MLflow; default: the one that `make mlflow` makes",
    )  # fmt: skip
    parser.add_argument("--reason", help="promote, rollback, retire: why, for the registry")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """List, show, compare, change or export. Raises: as `answer`."""
    from jobs.models.registered.asked import Asked, answer

    reason = (args.reason or "").strip() or None
    asked = Asked(args.action, tuple(args.names), reason, args.as_of, args.mlflow, args.mlflow_python)
    if args.action == "confirm":
        from jobs.models.registered.confirmed import answer as confirmed

        return confirmed(settings, asked)
    return answer(settings, asked)
