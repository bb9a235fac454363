"""The tables of figures that follow from every score and from what happened to the machines: one recipe for all."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

import pyarrow as pa

from expectations.tables.contract import Table
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.gold_savings import BUNDLES
from expectations.tables.silver import MACHINE_EVENTS
from jobs.quality.unseen_scores import EVENTS, SCORES
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe


def of_scores(
    plant: Plant, target: Table, build: Callable[[WholeInputs], pa.Table], basis: tuple[object, ...],
    *, also: Sequence[str] = (), beside: Mapping[Table, Sequence[str]] | None = None,
) -> WholeRecipe:  # fmt: skip
    """From every score, the failures and interventions of the machines; behind where failures became known, too.

    Args:
        plant: The plant.
        target: The table.
        build: Its rows.
        basis: What of the profile and the policy the rows follow from.
        also: Columns of scores beyond `SCORES`.
        beside: Further sources, with the columns that are read of each.
    """
    more = dict(beside or {})
    return WholeRecipe(
        target, (PREDICTIONS, BUNDLES, MACHINE_EVENTS, INTERVENTIONS, plant.tables["silver.machines"], *more), build,
        logs=(plant.tables["gold.failure_labels"],),
        values=CommitMetadata(costs=sha256(repr(basis).encode()).hexdigest()),
        columns={PREDICTIONS.name: (*SCORES, *also), MACHINE_EVENTS.name: EVENTS,
                 **{table.name: tuple(names) for table, names in more.items()}},
    )  # fmt: skip
