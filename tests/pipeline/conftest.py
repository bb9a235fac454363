"""The simulated plant through the data plane, once for all tests of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lakehouse.engine.server import EngineAddress
from simulator.plant import SimulationConfig
from simulator.truth import Truth
from simulator.write import simulate
from tests.support.made_once import made_once
from tests.support.plane import Plane

# Machines of each model wear out within days, so that every limit is crossed: overheated reactors, leaks, vibration.
TINY = SimulationConfig(days=4, machines=4, life_scale=0.1, seed=29, number_faults=True)


@dataclass
class Delivered:
    """A lake after both deliveries, with the truth, and what was there after the first."""

    plane: Plane
    truth: Truth
    first_truth: Truth
    first_digests: dict[str, str]
    first_accepted: int
    truth_folder: Path
    first_numbers: list[dict[str, Any]]


@pytest.fixture(scope="session")
def delivered(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """The tiny simulated plant, delivered in two steps. Read only."""
    return made_once(tmp_path_factory, "delivered", lambda root: _delivered(root, engine.remote))


def _delivered(root: Path, remote: str) -> Delivered:
    plane = Plane(root, remote)
    first = simulate(TINY, plane.landing, root / "truth", steps=(1,))
    plane.run()
    digests, accepted = plane.digests(), plane.table("silver.readings").num_rows
    numbers = plane.rows("gold.reconciliation")
    truth = simulate(TINY, plane.landing, root / "truth", steps=(2,))
    plane.run()
    return Delivered(plane, truth, first, digests, accepted, root / "truth", numbers)
