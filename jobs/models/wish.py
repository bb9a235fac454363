"""What a person may ask of a training."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person may ask of a training. None: the default.

    Attributes:
        changes: Parameters as `jobs.models.parameters.with_changes` takes them.
    """

    horizon: str
    rounds: int | None = None
    seed: int | None = None
    approved_by: str | None = None
    reason: str | None = None
    changes: tuple[str, ...] = ()


def wish_of(args: argparse.Namespace) -> Wish:
    """The wish of the options of `jobs.runtime.training_arguments`."""
    approved_by, reason = ((text or "").strip() or None for text in (args.approved_by, args.reason))
    return Wish(args.horizon, args.rounds, args.seed, approved_by, reason, tuple(args.set))
