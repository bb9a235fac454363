"""What a person may ask of a training."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person may ask of a training. None: the default.

    Attributes:
        horizon: The one that leads: its model raises alarms, and gates compare it.
        changes: Parameters as `jobs.models.parameters.with_changes` takes them.
        beside: Further horizons of this version; None: those that the profile names as models.
        search_minutes: Time for trying alternatives to the parameters; None: the policy says how many are tried.
    """

    horizon: str
    rounds: int | None = None
    seed: int | None = None
    approved_by: str | None = None
    reason: str | None = None
    changes: tuple[str, ...] = ()
    beside: tuple[str, ...] | None = None
    search_minutes: float | None = None

    @classmethod
    def of_horizons(cls, horizons: Sequence[str]) -> "Wish":
        """The wish of one horizon, beside which the profile's are trained, or of several, the leading one first."""
        leading, *beside = horizons
        return cls(leading, beside=tuple(beside) or None)


def wish_of(args: argparse.Namespace) -> Wish:
    """The wish of the options of `jobs.runtime.training_arguments`."""
    approved_by, reason = ((text or "").strip() or None for text in (args.approved_by, args.reason))
    return replace(
        Wish.of_horizons(args.horizon or ["24h"]),
        rounds=args.rounds, seed=args.seed, approved_by=approved_by, reason=reason, changes=tuple(args.set),
        search_minutes=args.search,
    )  # fmt: skip
