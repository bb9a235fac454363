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
        rounds: Trees.
    """

    max_depth: int
    eta: float
    rounds: int


BRIEF, MIDDLE, USUAL, LONG = (0.1, 50), (0.05, 250), (0.1, 500), (0.03, 1000)
"""Step and rounds. Few failures are learnt by heart in many rounds, so the first is a tenth of the starting value."""

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
    Alternative(8, *USUAL),
    Alternative(2, *LONG),
    Alternative(5, *LONG),
    Alternative(8, *LONG),
)
"""In the order in which they are tried: the shallow one first, then others that take little time. Depths and paces:
starting values; the first is measured, `docs/decisions/0260-shallow-alternative.md`. One of them is what a plant
that states nothing starts from, so it has one less to try."""

MOST_ALTERNATIVES = len(ALTERNATIVES) - 1


def options(params: FailureParams) -> tuple[FailureParams, ...]:
    """The stated parameters, and as many alternatives to them as they ask for; what is stated already is none.

    >>> [(one.max_depth, one.rounds) for one in options(FailureParams(rounds=100, alternatives=2))]
    [(8, 100), (3, 50), (5, 50)]
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
    return replace(stated, max_depth=alternative.max_depth, eta=alternative.eta, rounds=alternative.rounds)
