"""How the tables of safety functions follow from their trips and tests, and from the profile."""

from hashlib import sha256

from expectations.tables.gold_safety import SAFETY_RESPONSE, SAFETY_TESTS
from expectations.tables.silver_safety import SAFETY_EVENTS
from gold import safety_response, safety_tests
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeRecipe


def recipes(plant: Plant) -> tuple[WholeRecipe, ...]:
    """Response times, and the tests that are due."""
    functions, began_at = plant.profile.safety, plant.profile.began_at
    basis = CommitMetadata(safety=sha256(repr((functions, began_at)).encode()).hexdigest())
    return (
        WholeRecipe(
            SAFETY_RESPONSE, (SAFETY_EVENTS,),
            lambda given: safety_response.build(given.tables[SAFETY_EVENTS.name], functions), "occurred_at", basis,
        ),
        WholeRecipe(
            SAFETY_TESTS, (SAFETY_EVENTS,),
            lambda given: safety_tests.build(given.tables[SAFETY_EVENTS.name], functions, began_at), values=basis,
        ),
    )  # fmt: skip


def due(plant: Plant) -> tuple[WholeRecipe, ...]:
    """The same; none where the profile has no function and no record ever named one."""
    tables = (SAFETY_EVENTS, SAFETY_TESTS)
    return recipes(plant) if plant.profile.safety or any(map(plant.lake.row_count, tables)) else ()
