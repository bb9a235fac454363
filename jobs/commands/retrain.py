"""`assay retrain`: train, promote and seal, as Airflow's `retrain_monthly` does."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.runtime.training_arguments import add_training_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Horizon and the parameters that people turn."""
    add_training_arguments(parser)


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Train, promote, seal. Raises: as `retrain_new`."""
    from jobs.models.wish import wish_of
    from jobs.pipeline.retraining import retrain_new

    return retrain_new(settings, wish_of(args), args.as_of)
