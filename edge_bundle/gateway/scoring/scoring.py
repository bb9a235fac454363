"""One score: vector, models, decision, the row for the uplink, and the alert that it may raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from domain.alarm import Change
from domain.score_alarm import ScoreSeen, observe_score

from edge_bundle.format.outlook import Outlook
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.format.prediction import ModelPrediction, Prediction
from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.scoring.alerts import Alert
from edge_bundle.gateway.scoring.machine import Machine
from edge_bundle.gateway.scoring.machine_names import shown
from edge_bundle.gateway.scoring.score import ModelScorer, Score
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.uplink.outbox import Outbox

# (machine, grid time in us, vector, score): for whoever wants to see what was scored.
Observer = Callable[[str, int, list[float], Score], None]
_SEVERITY_OF_DECISION = (0, 1, 1, 2)


@dataclass(frozen=True)
class EngineContext:
    """What an engine works with.

    Attributes:
        pipeline: The bundle's declarations.
        scorer: The bundle's models.
        store: The state file.
        outbox: What waits to be sent.
        config: Sizes and times.
        clock: The gateway's clock.
        observer: Sees every scored vector; None for nobody.
        is_live: Readings come as they are measured, by this device's clock; a replay uses the times in its files.
    """

    pipeline: Pipeline
    scorer: ModelScorer
    store: Store
    outbox: Outbox
    config: GatewayConfig
    clock: Clock
    observer: Observer | None = None
    is_live: bool = False


class ScoreDesk:
    """Scores machines at grid times.

    Attributes:
        slowest_us: Longest decision so far, microseconds: from stored readings to the alert.
        over_budget: Decisions so far that took longer than `GatewayConfig.latency_budget_us`.
        cleared: Alarms that cleared since it was last set to 0.
        repeated: Grid times since then that came again after the clock went back; their score is not sent twice.
    """

    def __init__(self, context: EngineContext) -> None:
        self.slowest_us = self.over_budget = 0
        self.cleared = self.repeated = 0
        self._context = context
        self._rule = context.scorer.alarm_rule

    def score(self, machine: Machine, grid_us: int, now_us: int) -> Alert | None:
        """Score a machine at a grid time, which closes it; the alert that this raises, if any.

        Args:
            machine: Which.
            grid_us: Grid time.
            now_us: The gateway's clock: when the score is made, and the age of what waits to be sent.
        """
        context = self._context
        began_us = context.clock.monotonic_us()
        row = machine.vector(grid_us)
        score = context.scorer.score(row)
        alert = self._observe(machine, grid_us, score.prediction)
        latency_us = context.clock.monotonic_us() - began_us
        self.slowest_us = max(self.slowest_us, latency_us)
        self.over_budget += latency_us > context.config.latency_budget_us
        if grid_us in machine.scored:
            self.repeated += 1
            return alert
        machine.scored.add(grid_us)
        made = {"made_us": now_us, "latency_us": latency_us}
        context.outbox.add("edge_scores", self._fields(machine, grid_us, score) | made, now_us)
        if context.observer is not None:
            context.observer(shown(machine.machine_id), grid_us, row, score)
        return alert

    def _fields(self, machine: Machine, grid_us: int, score: Score) -> dict[str, Any]:
        named = {
            "scored_at": format_us(grid_us),
            "machine_id": shown(machine.machine_id),
            "factory_id": machine.factory_id,
            "bundle": self._context.scorer.bundle,
            "bundle_sha256": self._context.scorer.bundle_sha256,
            "feature_digest": score.digest,
            **score.prediction.columns(),
            "is_warming_up": machine.is_warming_up(grid_us),
        }
        return {name: value for name, value in named.items() if value is not None}

    def _observe(self, machine: Machine, grid_us: int, prediction: Prediction) -> Alert | None:
        code = _code(prediction)
        machine.alarm, changes = observe_score(
            machine.alarm, self._rule, ScoreSeen(grid_us, prediction.decision, code, _codes(prediction.unscored))
        )
        self.cleared += sum(change.change is Change.CLEARED for change in changes)
        if not any(change.is_announced for change in changes):
            return None
        severity = _SEVERITY_OF_DECISION[prediction.decision]
        named = (grid_us, shown(machine.machine_id), machine.factory_id, code, severity, None)
        return Alert(*named, *_compared(prediction), _message(prediction), prediction)


def _codes(thresholds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.upper() for name in thresholds)


def _code(prediction: Prediction) -> str:
    """The threshold that decided, in the form of the other codes."""
    return prediction.reached.name.upper() if prediction.reached else ""


def _compared(prediction: Prediction) -> tuple[float | None, float | None]:
    """The score that was compared, and its threshold."""
    deciding = prediction.deciding
    if prediction.reached is None or deciding is None:
        return None, None
    return deciding.score, prediction.reached.value


def _message(prediction: Prediction) -> str:
    asks = ("", "watch this machine", "plan its maintenance", "stop it safely (a request to a person, no command)")
    asked_by = f" (model {prediction.reached.model})" if prediction.is_listed and prediction.reached else ""
    context = [f"the models ask to {asks[prediction.decision]}{asked_by}"]
    seen = prediction.foreseeing
    if seen is not None and seen.probability is not None:
        within = f" within {seen.horizon}" if seen.horizon else ""
        context.append(f"probability of failure{within} {seen.probability:.3f}{_interval_text(seen)}")
    if seen is not None and seen.outlook is not None:
        context.append(_outlook_text(seen.outlook))
    return "; ".join(context)


def _interval_text(seen: ModelPrediction) -> str:
    low, high = seen.outlook.interval(seen.probability) if seen.outlook is not None else (None, None)
    return "" if low is None or high is None else f" (95 % interval {low:.3f} to {high:.3f})"


def _outlook_text(seen: Outlook) -> str:
    expected, earliest, latest = (_hours(each) for each in (seen.expected_h, seen.earliest_h, seen.latest_h))
    return (
        f"machines that scored so had failed by: one in ten {earliest}, half {expected}, nine in ten {latest}; "
        f"confidence {seen.confidence_frac:.2f}"
    )


def _hours(hours: float | None) -> str:
    return "beyond the records" if hours is None else f"{hours:.0f} h"
