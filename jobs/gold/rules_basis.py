"""By which rules of the code or the profile rows were built: under others every date is built again."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from lakehouse.commit_metadata import CommitMetadata
from lakehouse.publish.reaches import Built


@dataclass(frozen=True, slots=True)
class RulesBasis:
    """A digest of the rules; `digest_of` makes one."""

    digest: str

    def now(self, built: Built) -> CommitMetadata:
        """The digest of now."""
        del built
        return CommitMetadata(rules=self.digest)

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date where the rules are others."""
        return None if built.last is not None and built.last.rules == now.rules else set(built.dates)


def digest_of(*rules: object) -> str:
    """A digest of values that are equal where their texts are."""
    return sha256(repr(rules).encode()).hexdigest()
