"""Parameters that a training may try beside the stated ones: fewer levels, and other paces of learning."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ml.models.failure_model import FailureParams


@dataclass(frozen=True, slots=True)
class Alternative:
    """What an alternative states in place of the training's own; all else is the same.

    Attributes:
        max_depth: Levels of a tree.
        eta: Step of each tree.
        rounds_factor: Trees, as a multiple of the stated number.
    """

    max_depth: int
    eta: float
    rounds_factor: float


BRIEF, MIDDLE, LONG = (0.1, 0.1), (0.05, 0.5), (0.03, 2.0)
"""Step and multiple of the rounds. Few failures are learnt by heart in many rounds, so the first is a tenth of them."""

ALTERNATIVES: tuple[Alternative, ...] = (
    Alternative(3, *BRIEF),
    Alternative(5, *BRIEF),
    Alternative(3, *MIDDLE),
    Alternative(8, *BRIEF),
    Alternative(2, *BRIEF),
    Alternative(3, *LONG),
    Alternative(5, *MIDDLE),
    Alternative(2, *MIDDLE),
    Alternative(8, *MIDDLE),
    Alternative(2, *LONG),
    Alternative(5, *LONG),
    Alternative(8, *LONG),
)
"""In the order in which they are tried: the shallow one first, then others that take little time. Depths and paces:
starting values; the first is measured, `docs/decisions/0260-shallow-alternative.md`."""


def options(params: FailureParams) -> tuple[FailureParams, ...]:
    """The stated parameters, and as many alternatives to them as they ask for; what is stated already is none.

    >>> [(one.max_depth, one.rounds) for one in options(FailureParams(rounds=100, alternatives=2))]
    [(8, 100), (3, 10), (5, 10)]
    """
    stated = replace(params, alternatives=0)
    others = [other for one in ALTERNATIVES if (other := _of(one, stated)) != stated]
    return (stated, *others[: params.alternatives])


def in_words(params: FailureParams) -> str:
    """What an option differs in.

    >>> in_words(FailureParams())
    'depth 8, 500 rounds of 0.1'
    """
    return f"depth {params.max_depth}, {params.rounds:,} rounds of {params.eta:g}"


def _of(alternative: Alternative, stated: FailureParams) -> FailureParams:
    rounds = max(1, round(alternative.rounds_factor * stated.rounds))
    return replace(stated, max_depth=alternative.max_depth, eta=alternative.eta, rounds=rounds)
