"""Which of several boosters' parameters a training takes: those whose alarms cost least on rows of its own past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ml.data.dataset import Dataset, Mask
from ml.evaluation.cross_fit import Choice, CrossFitted, choose, cross_fit
from ml.evaluation.splits import Origin
from ml.models.booster_alternatives import in_words
from ml.models.derived import fit_derived
from ml.models.early_stopping import with_best_rounds
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from ml.training.listener import Notify, notify_nobody

IsOver = Callable[[], bool]
"""Whether the time for trying is over."""


def never() -> bool:
    """The time is never over."""
    return False


@dataclass(frozen=True, slots=True)
class Past:
    """What one training may know of a data set.

    Attributes:
        train: Labelled rows that train.
        known: The same and those before an intervention: the rows that are cross-fitted.
        embargo_us: Least distance of rows that train from rows that test, microseconds.
    """

    train: Mask
    known: Mask
    embargo_us: int

    @classmethod
    def of(cls, dataset: Dataset, origin: Origin) -> Past:
        """The past of an origin."""
        return cls(origin.train(dataset), origin.past(dataset), origin.embargo_us)


@dataclass(frozen=True, slots=True)
class Tried:
    """An option, and what its alarms would have cost on the cross-fitted rows of one past.

    Attributes:
        params: As offered.
        cost: Of the cheapest threshold, money; None where failures are too few to price one.
        caught: Failures that it announces there.
        missed: Failures that it does not.
        false_alarms: Alarms that ended with neither failure nor intervention.
    """

    params: FailureParams
    cost: float | None
    caught: int
    missed: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class BoosterChoice:
    """The parameters that one training takes.

    Attributes:
        offered: As they were offered.
        params: The same with the rounds that early stopping found.
        fitted: The cross-fitted rows of boosters with these.
        choice: Threshold and calibration that these rows give.
        tried: Every option that was priced, in the order offered; empty where there was one alone.
    """

    offered: FailureParams
    params: FailureParams
    fitted: CrossFitted
    choice: Choice
    tried: tuple[Tried, ...] = ()


def choose_boosters(
    dataset: Dataset,
    pasts: Sequence[Past],
    options: Sequence[FailureParams],
    policy: Policy,
    *,
    is_over: IsOver = never,
    notify: Notify = notify_nobody,
) -> tuple[BoosterChoice, ...]:
    """For each past the option whose alarms cost least on its cross-fitted rows; of equal ones the simplest.

    Only rows of the past have a say, so the held-out rows behind it evaluate the choice as they do the threshold. The
    rows are those that choose the threshold: each scored by a booster of other machines, or of other stretches of time
    where machines are few. The cost is that of the state machine's alarms at the cheapest threshold. Where failures are
    too few to price one, the first option is taken.

    Args:
        dataset: All rows.
        pasts: What each training may know.
        options: Parameters, the stated ones first.
        policy: Prices, folds and least number of failures.
        is_over: Asked before each step of every option but the first; one that is not through by then does not count.
        notify: Is notified of each step.
    """
    chosen = _fits(dataset, pasts, options[0], policy, notify=notify)
    if len(options) == 1:
        return tuple(chosen)
    tried = [[_priced(one)] for one in chosen]
    cheapest = [known[0] for known in tried]
    for option in options[1:]:
        fits = _fits(dataset, pasts, option, policy, is_over=is_over, notify=notify)
        if len(fits) < len(pasts):
            break
        for place, fit in enumerate(fits):
            found = _priced(fit)
            tried[place].append(found)
            if _order(found) < _order(cheapest[place]):
                chosen[place], cheapest[place] = fit, found
    return tuple(
        replace(one, tried=tuple(known)) if len(known) > 1 else one for one, known in zip(chosen, tried, strict=True)
    )


def _fits(
    dataset: Dataset,
    pasts: Sequence[Past],
    option: FailureParams,
    policy: Policy,
    *,
    is_over: IsOver = never,
    notify: Notify = notify_nobody,
) -> list[BoosterChoice]:
    """Cross-fitted boosters of an option in each past; fewer where the time was over."""
    found = list[BoosterChoice]()
    for number, past in enumerate(pasts, 1):
        if is_over():
            break
        notify(f"boosters of {in_words(option)}", number, len(pasts))
        train, known = dataset.keep(past.train), dataset.keep(past.known)
        own = with_best_rounds(train, option, past.embargo_us)
        # What is predicted of healthy rows is that of the booster to come: thresholds would not transfer otherwise.
        known = replace(known, fitted=fit_derived(train))
        fitted = cross_fit(known, policy.calibration_folds, past.embargo_us, own)
        found.append(BoosterChoice(option, own, fitted, choose(fitted, policy)))
    return found


def _priced(fit: BoosterChoice) -> Tried:
    curve = fit.choice.curve
    if curve is None:
        return Tried(fit.offered, None, 0, 0, 0)
    best = curve.best
    return Tried(fit.offered, best.cost, int(best.caught), int(best.missed), int(best.false_alarms))


def _order(tried: Tried) -> tuple[float, int, int]:
    """Cheapest first, then the fewest levels, then the fewest trees; without a cost all are equal."""
    if tried.cost is None:
        return (0.0, 0, 0)
    return (tried.cost, tried.params.max_depth, tried.params.rounds)
