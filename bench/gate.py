"""How often the challenger's gate promotes, on simulated gates: worse, equal and better models on 50 paired failures.

`python -m bench.gate` prints fractions of gates that promote, each with its Wilson interval. Both models catch 85 % of
the failures where nothing else is said; four failures of five have the same outcome for both (by one draw, so that the
better model catches all that the worse one does), the fifth is drawn for each alone. Half of the smaller number of
false alarms is common to both. They are priced as shipped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.measure import SMALL, machine_line
from ml.data.dataset import Mask
from ml.data.failure_events import FailureEvents, Int64
from ml.evaluation.alarm_counts import AlarmCounts
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.alarms import Alarms
from ml.evaluation.metrics import Proportion
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.paired import Pair
from ml.gates.failure_gate import challenger_gate
from ml.policy import US_PER_HOUR, Policy

FAILURES, MACHINES, MACHINE_YEARS, SHARED, RECALL = 50, 25, 25.0, 0.8, 0.85
NORMAL_ROWS = 1_000_000
THREE_DAYS_US = 3 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """Two models: the challenger's recall, and mean false alarms per machine-year of both."""

    name: str
    recall: float
    champion_alarms: float
    challenger_alarms: float
    aim: str = ""


def cases(alarms: float, *, is_aimed: bool) -> tuple[Case, ...]:
    """The cases at a rate of false alarms per machine-year."""
    aims = ("at most 5 %", "at least 80 %", "at least 75 %") if is_aimed else ("", "", "")
    return (
        Case("10 points worse", RECALL - 0.10, alarms, alarms, aims[0]),
        Case("equal, half the false alarms", RECALL, alarms, alarms / 2, aims[1]),
        Case("5 points better", RECALL + 0.05, alarms, alarms, aims[2]),
        Case("equal", RECALL, alarms, alarms),
        Case("5 points worse", RECALL - 0.05, alarms, alarms),
    )


def promoted(case: Case, gates: int, policy: Policy, seed: int = 1) -> Proportion:
    """Simulated gates that promote."""
    rng = np.random.default_rng(seed)
    found = sum(challenger_gate(pair(case, rng), NORMAL_ROWS, policy).is_promoted for _ in range(gates))
    return Proportion(found, gates)


def pair(case: Case, rng: np.random.Generator) -> Pair:
    """Outcomes of both models on the same failures and the same time."""
    draws = rng.random(FAILURES)
    own = np.where(rng.random(FAILURES) < SHARED, draws, rng.random(FAILURES))
    common = 0.5 * min(case.champion_alarms, case.challenger_alarms) * MACHINE_YEARS
    both = rng.poisson(common)
    alone = [rng.poisson(rate * MACHINE_YEARS - common) for rate in (case.champion_alarms, case.challenger_alarms)]
    slots = rng.permutation(both + sum(alone)) * THREE_DAYS_US
    of_champion, of_challenger = slots[: both + alone[0]], np.append(slots[:both], slots[both + alone[0] :])
    return Pair(_outcome(draws < RECALL, of_champion), _outcome(own < case.recall, of_challenger))


def _outcome(caught: Mask, vain_us: Int64) -> EventOutcome:
    """An outcome whose false alarms are one call each."""
    machines = np.array([f"m{number % MACHINES}" for number in range(FAILURES)], dtype=np.str_)
    alarms = int(caught.sum()) + len(vain_us)
    return EventOutcome(
        failures=FailureEvents(machines, np.arange(FAILURES, dtype=np.int64), ("",) * FAILURES),
        caught=caught,
        too_late=np.zeros(FAILURES, dtype=np.bool_),
        lead_hours=np.where(caught, 12.0, np.nan),
        machine_years=MACHINE_YEARS,
        by_machine={"m0": AlarmCounts(alarms, false=len(vain_us), calls=alarms, vain_calls=len(vain_us))},
        alarms={"m0": _false(np.sort(vain_us))},
    )


def _false(raised_us: Int64) -> AlarmOutcomes:
    """False alarms, an hour long, each called once at these times."""
    nothing = np.zeros(len(raised_us), dtype=np.bool_)
    alarms = Alarms(raised_us, raised_us + US_PER_HOUR, raised_us, np.arange(len(raised_us)))
    return AlarmOutcomes(alarms, nothing, nothing, nothing, nothing)


def main(argv: Sequence[str] | None = None) -> int:
    """Simulate, and print each case beside its aim, then other confidences and rates of false alarms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gates", type=int, default=1_000, help="simulated gates of each case; default: 1000")
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    gates = 40 if arguments.small else arguments.gates
    print(machine_line())
    policy = Policy()
    plans = [(policy.bootstrap_confidence, 6.0)]
    plans += [] if arguments.small else [(0.95, 6.0), (policy.bootstrap_confidence, 1.2)]
    for number, (confidence, alarms) in enumerate(plans):
        print(f"confidence {confidence:g}, {alarms:g} false alarms a machine-year, {FAILURES} failures:")
        for case in cases(alarms, is_aimed=not number):
            found = promoted(case, gates, replace(policy, bootstrap_confidence=confidence))
            low, high = found.interval
            print(
                f"  {case.name:29} promoted {found.hits}/{found.total} = {100 * (found.value or 0):.1f} % "
                f"[{100 * low:.1f}, {100 * high:.1f}]{'; aim: ' + case.aim if case.aim else ''}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
