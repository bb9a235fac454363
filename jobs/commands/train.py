"""`assay train`: a new version from what gold holds, checked by the gate and registered."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.runtime.training_arguments import add_training_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Horizon and the parameters that people turn."""
    add_training_arguments(parser)


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Train, run the gate, register. Raises: as `train_new`."""
    from jobs.models.train import train_new
    from jobs.models.wish import wish_of

    return train_new(settings, wish_of(args), args.as_of)
