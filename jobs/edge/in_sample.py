"""Whether the training of a bundle's models may have seen the outcome of the time that a score refers to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Learnt:
    """By name of a bundle the last time whose outcome its trainings may have seen; None where it is not known."""

    until: Mapping[str, datetime | None]

    @classmethod
    def of(cls, bundles: pa.Table) -> "Learnt":
        """From rows of `gold.bundles`; those that older code wrote do not say."""
        return cls({row["bundle"]: row.get("learnt_until_at") for row in bundles.to_pylist()})

    def is_in_sample(self, row: Mapping[str, Any]) -> bool | None:
        """Of a row of `gold.predictions`; None where nobody knows.

        A time before the first of a training counts as seen: the model knows what came after it.
        """
        until = self.until.get(row["bundle"])
        return None if until is None else row["scored_at"] <= until
