"""Sensor health on simulated plants: faults found, how soon, and findings where the sensor was well.

`python -m bench.sensor_health` injects stuck, drifting, silent, noisy and offset sensors into three plants of 24
machines that work in shifts, rest at weekends, wear, fail and are repaired, at both paces of wear. Once each metric of
a machine has two sensors, once one: then nothing tells a step or drift of the sensor from the machine's. A fault counts
where its first whole verdict comes after the learning dates. It is found where the sensor has a finding on a date from
its begin to the date after its end; the delay runs to the end of that date, for a verdict is whole then. A finding is
false where neither the sensor nor the one that measures the same had a fault on that date, or in the ten dates before,
by which sums and recovery last; findings on dates in a row are one. Denominators are beside.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from bench.measure import SMALL, machine_line
from bench.sensor_plant import Fault, Plant, sensor_plant
from expectations.policy.file import starting_policy
from silver import sensor_health
from silver.sensor_rules import SensorRules
from simulator.pace import PACES

RULES = SensorRules.of({number.name: number.value for number in starting_policy()})
SEEDS, DAYS, MACHINES = (1, 2, 3), 240, 24
FEW_SEEDS, FEW_DAYS, FEW_MACHINES = (1,), 90, 4
DAYS_OF_YEAR = 365.25
Sensor = tuple[str, str]


@dataclass
class Score:
    """Counts over plants.

    Attributes:
        asked: Faults by kind.
        delays: Hours of those found, by kind.
        false: Findings where the sensor was well, by finding.
        sensor_days: Verdicts.
    """

    asked: Counter[str] = field(default_factory=Counter)
    delays: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    false: Counter[str] = field(default_factory=Counter)
    sensor_days: int = 0

    def add(self, plant: Plant) -> None:
        """Count one plant."""
        dates = plant.dates[RULES.days - 1 :]
        rows = sensor_health.build(plant.days, sensor_health.Held(plant.profile, RULES), dates).to_pylist()
        found: dict[Sensor, dict[int, list[str]]] = defaultdict(dict)
        for row in rows:
            found[row["sensor_id"], row["machine_id"]][_day(plant, row["measured_date"])] = row["findings"]
        faults: dict[Sensor, list[Fault]] = defaultdict(list)
        for fault in plant.faults:
            faults[fault.sensor].append(fault)
        self.sensor_days += len(rows)
        for sensor, days in found.items():
            self._found(faults[sensor], days)
            self._false([*faults[sensor], *faults[_partner(sensor)]], days)

    def _found(self, faults: Sequence[Fault], days: dict[int, list[str]]) -> None:
        for fault in faults:
            if fault.from_h < 24 * (RULES.days - 1):
                continue
            self.asked[fault.kind] += 1
            last = min(_last(fault) + 1, max(days))
            hits = [day for day in range(int(fault.from_h // 24), last + 1) if days.get(day)]
            if hits:
                self.delays[fault.kind].append(24 * (hits[0] + 1) - fault.from_h)

    def _false(self, faults: Sequence[Fault], days: dict[int, list[str]]) -> None:
        excused = {
            day for fault in faults for day in range(int(fault.from_h // 24), _last(fault) + RULES.recent_days + 1)
        }
        last: dict[str, int] = {}
        for day, findings in sorted(days.items()):
            for finding in findings:
                if day not in excused and last.get(finding, -9) < day - 1:
                    self.false[finding] += 1
                last[finding] = day

    def lines(self) -> list[str]:
        """What was counted."""
        delays = [hours for of_kind in self.delays.values() for hours in of_kind]
        years = self.sensor_days / DAYS_OF_YEAR
        lines = [
            f"  found {len(delays)} of {self.asked.total()} ({len(delays) / max(self.asked.total(), 1):.1%}); "
            f"median delay {_median(delays)}; false {self.false.total()} in {years:.1f} sensor-years "
            f"({self.false.total() / years:.2f} each) {dict(sorted(self.false.items())) or ''}".rstrip()
        ]
        return lines + [
            f"    {kind}: {len(self.delays[kind])} of {count}, median delay {_median(self.delays[kind])}"
            for kind, count in sorted(self.asked.items())
        ]


def _day(plant: Plant, day: date) -> int:
    return (day - plant.dates[0]).days


def _last(fault: Fault) -> int:
    return int((fault.to_h - 1e-6) // 24)


def _partner(sensor: Sensor) -> Sensor:
    name, machine = sensor
    return f"{name[:-1]}{1 - int(name[-1])}", machine


def _median(hours: Sequence[float]) -> str:
    return f"{median(hours):.1f} h" if hours else "-"


def main(argv: Sequence[str] | None = None) -> int:
    """Faults found, delays and false findings, by plant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help=SMALL)
    small = parser.parse_args(argv).small
    seeds, days, machines = (FEW_SEEDS, FEW_DAYS, FEW_MACHINES) if small else (SEEDS, DAYS, MACHINES)
    print(machine_line())
    print("aim: at least 95 % found, median delay at most 24 h, at most 0.5 false a sensor-year")
    for pairs in (True, False):
        for pace in PACES:
            score = Score()
            for seed in seeds:
                score.add(sensor_plant(seed, days, machines, pace, pairs=pairs))
            sensors = "two sensors" if pairs else "one sensor"
            print(f"{len(seeds)} plants of {machines} machines, {days} days, {pace} wear, {sensors} a metric")
            print("\n".join(score.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
