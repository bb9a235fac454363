"""Which bundle made a gateway's score: by its digest, or only by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from expectations.tables.gold import DECISIONS

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KnownBundles:
    """Bundles of this lake by name, each with its digest; None where older code recorded it."""

    digests: Mapping[str, str | None]

    @classmethod
    def of(cls, bundles: pa.Table) -> "KnownBundles":
        """From rows of `gold.bundles`."""
        return cls({row["bundle"]: row.get("sha256") for row in bundles.to_pylist()})

    def faults(self, score: Row) -> list[str]:
        """Why a row of `bronze.edge_scores` cannot be taken; none where it can.

        A name says content only within one lake: two lakes may seal different bundles under one name.
        """
        name, sent = score["bundle"], score.get("bundle_sha256")
        found = []
        if name not in self.digests:
            found.append("bundle_unknown")
        elif sent is not None and self.digests[name] not in (None, sent):
            found.append("bundle_content_differs")
        if score["decision"] not in DECISIONS:
            found.append("decision_unknown")
        return found

    def is_matched_by_name(self, score: Row) -> bool:
        """Whether of a score that can be taken no digest says which bundle made it."""
        return score.get("bundle_sha256") is None or self.digests[score["bundle"]] is None
