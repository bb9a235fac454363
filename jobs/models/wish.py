"""What a person may ask of a training."""

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
