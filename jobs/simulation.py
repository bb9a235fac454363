"""Files of the simulated plant in the landing folder, the truth beside the lake's reach.

The simulator runs as a process of its own: the platform shares no code with what tests it.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from jobs.runtime.child import run_child
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

WAVEFORM_DAYS = 30
"""Last days with a window of vibration of each machine in Bremen."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Which plant is simulated.

    Attributes:
        truth: Folder for what really happened.
        days: Length of the records.
        machines: Machines of both factories.
        seed: The same seed gives the same bytes.
        wear: `slow`: as plants wear; `fast`: as the demo.
        prevented_frac: Fraction of the failures that a signal shows which a condition-based repair prevents; None: as
            the wear has it.
        step: 1: all but the last day; 2: the rest; None: both. Over three months each of them is one.
        months: 1, or 3 of a plant whose sensors change.
    """

    truth: Path
    days: int
    machines: int
    seed: int
    wear: str = "slow"
    prevented_frac: float | None = None
    step: int | None = None
    months: int = 1


def simulate(settings: Settings, plant: Simulated) -> RunReport:
    """Simulate and deliver.

    Raises:
        UsageError: The configuration or a folder is not legal.
    """
    options = {"landing": settings.landing, "truth": plant.truth.absolute(), "days": plant.days,
               "machines": plant.machines, "seed": plant.seed, "wear": plant.wear}  # fmt: skip
    words = [f"--{name}={value}" for name, value in options.items()]
    words += [] if plant.prevented_frac is None else [f"--prevented={plant.prevented_frac}"]
    words += [] if plant.step is None else [f"--step={plant.step}"]
    words += [] if plant.months == 1 else [f"--months={plant.months}"]
    words.append(f"--waveform-days={WAVEFORM_DAYS}")
    done = run_child([sys.executable, "-m", "simulator", "--verbose", *words])
    if done.returncode != 0:
        raise UsageError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the simulator failed")
    truth = json.loads(done.stdout)
    records = truth["feeds"]["readings"]["records"]
    rate = truth["failures"] * 365.25 / (plant.machines * plant.days)
    line = (
        f"simulate: {records:,} readings of {plant.machines} machines over {plant.days} days in {settings.landing}; "
        f"{truth['failures']} failures so far, {rate:.1f} a machine-year ({plant.wear} wear)"
    )
    return RunReport("simulate", changed=True, lines=(line,), data={"readings": records, "files": truth["files"]})
