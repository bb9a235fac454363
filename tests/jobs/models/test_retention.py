"""Tables stay readable at the versions that a model version was trained on, until it is retired."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from jobs.models import registry
from jobs.models.frames import NEEDED
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.upkeep.held import held_versions
from lakehouse.plant import Plant
from tests.support.commands import assay
from tests.support.model_lake import ROUNDS, clone, put_table
from tests.support.registry_rows import champion_of, crown

FEATURES = "gold.machine_features"
NO_TIME = {"delta.deletedFileRetentionDuration": "interval 0 seconds"}


@pytest.fixture
def changed(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """The champion's features and labels replaced by half of them, and nothing is retained for its own sake."""
    settings = clone(sealed_lake, tmp_path)
    plant = load_plant(settings)
    for name in NEEDED:
        whole = plant.lake.arrow(plant.tables[name])
        put_table(plant, name, whole.slice(0, whole.num_rows // 2))
        put_table(plant, name, whole)
        DeltaTable(plant.lake.path(plant.tables[name])).alter.set_table_properties(NO_TIME)
    return settings


def at_version(plant: Plant, name: str, version: int) -> pa.Table:
    return DeltaTable(plant.lake.path(plant.tables[name]), version=version).to_pyarrow_table()


def test_each_version_of_a_table_is_held_while_a_model_version_lives_that_was_trained_on_it(changed: Settings) -> None:
    plant = load_plant(changed)
    before = {name: at_version(plant, name, 0) for name in NEEDED}
    half = DeltaTable(plant.lake.path(plant.tables[FEATURES])).version() - 2
    assert at_version(plant, FEATURES, half).num_rows == before[FEATURES].num_rows // 2
    (row,) = registry.versions(plant)
    assert held_versions(plant)[FEATURES] == (0,)

    report = assay(changed, "upkeep")

    assert FEATURES in report.data["VACUUM"]  # what lay between goes
    assert all(at_version(plant, name, 0).equals(before[name]) for name in NEEDED)
    with pytest.raises(OSError, match=r"(?i)not found|no such file"):
        at_version(plant, FEATURES, half)
    assert row.version == champion_of(changed)


def test_what_a_retired_version_was_trained_on_goes_with_the_next_upkeep(changed: Settings) -> None:
    first = str(champion_of(changed))
    second = assay(changed, "train", *ROUNDS, "--seed", "7").data["version"]
    third = assay(changed, "train", *ROUNDS, "--seed", "8").data["version"]
    crown(changed, second)
    crown(changed, third)
    assay(changed, "upkeep")
    plant = load_plant(changed)
    assert at_version(plant, FEATURES, 0).num_rows > 0  # of the first, which is neither champion nor previous

    assay(changed, "models", "retire", first, "--reason", "two years old")
    assay(changed, "upkeep")

    assert held_versions(plant)[FEATURES] != (0,)
    with pytest.raises(OSError, match=r"(?i)not found|no such file"):
        at_version(plant, FEATURES, 0)
    newest = held_versions(plant)[FEATURES]
    assert all(at_version(plant, FEATURES, version).num_rows > 0 for version in newest)
    assert not assay(changed, "upkeep").changed


def test_a_version_whose_log_is_gone_stops_no_upkeep(changed: Settings) -> None:
    """Older code cleaned what was neither champion's, challenger's nor previous's."""
    plant = load_plant(changed)
    log = Path(plant.lake.path(plant.tables[FEATURES])) / "_delta_log"
    DeltaTable(plant.lake.path(plant.tables[FEATURES])).create_checkpoint()
    for number in range(2):
        (log / f"{number:020d}.json").unlink()

    assert FEATURES in assay(changed, "upkeep").data["VACUUM"]
