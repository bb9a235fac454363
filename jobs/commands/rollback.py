"""`assay rollback`: the previous champion is champion again, by one appended row."""

import argparse

from jobs.models import registry
from jobs.models.training import models_refuse
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Why, for the record."""
    parser.add_argument("--reason", required=True, help="why the champion is taken back, for the record")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Take the champion back.

    Raises:
        UsageError: There is no previous champion, or it is champion already.
    """
    from ml.gates.registry import rollback

    plant = open_plant(settings)
    with models_refuse():
        row = rollback(registry.aliases(plant), args.as_of, registry.BY_ROLLBACK, args.reason)
    registry.append_aliases(plant, [row])
    line = f"rollback: version {row.version} is champion again; `assay bundle build` seals it for the gateways"
    return RunReport("rollback", changed=True, lines=(line,), data={"version": row.version})
