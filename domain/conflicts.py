"""Which of several records of the same thing is stored, whatever the order in which they come.

Silver resolves whole columns by the same rules; tests prove the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

LATEST, LARGEST, SMALLEST, FIRST, NONE = "latest", "largest", "smallest", "first", "none"
VERSION = "version"
KEEPS = (LATEST, LARGEST, SMALLEST, FIRST, NONE, VERSION)
"""Which of several values of one sensor, metric and time is stored. `version`, the default: of one source the later
version, of several sources none."""

TextRank = tuple[bool, str]


NO_REVISION = -(2**63)
Rank = tuple[int, int, int, int, str]


class Candidate(NamedTuple):
    """A sound record of one machine, sensor, metric and time.

    Attributes:
        resolution_steps: The value as a whole multiple of the metric's resolution.
        source: The path of its file, or the gateway that numbered it.
        at_us: When its version was exported or its file modified, microseconds since the epoch.
        sequence: The number that its gateway gave it; -1: none.
        digest: Of the file's content.
        is_numbered: Whether `source` is the gateway: `sequence` then ranks before `at_us`.
        revision: The number of its version, as the record says; `NO_REVISION`: none, which is before all.
        revised_us: When it was exported, as the record says; None: its version's time counts.
    """

    resolution_steps: int
    source: str = ""
    at_us: int = 0
    sequence: int = -1
    digest: str = ""
    is_numbered: bool = False
    revision: int = NO_REVISION
    revised_us: int | None = None

    @property
    def time_rank(self) -> Rank:
        """Its rank among the records of all sources: the greatest is the latest."""
        stated_us = self.at_us if self.revised_us is None else self.revised_us
        return self.revision, stated_us, self.at_us, self.sequence, self.digest

    @property
    def version_rank(self) -> Rank:
        """Its rank among the records of its source: the greatest is the latest version."""
        revision, stated_us, at_us, sequence, digest = self.time_rank
        return (revision, sequence, stated_us, at_us, digest) if self.is_numbered else self.time_rank


def winner(records: Sequence[Candidate], keep: str) -> int | None:
    """The steps that are stored of some records of one key; None where the conflict is not resolved.

    Records of `latest` and `first` with equal ranks fall to the largest value.

    Args:
        records: All of them, at least one, in any order.
        keep: One of `KEEPS`.

    >>> winner([Candidate(999, "d.csv", 1), Candidate(216, "d.csv", 2)], "version")
    216
    >>> winner([Candidate(999, "a.csv", 1), Candidate(216, "b.csv", 2)], "version") is None
    True
    """
    resolution_steps = {record.resolution_steps for record in candidates(records, keep)}
    if keep in (NONE, VERSION):
        return resolution_steps.pop() if len(resolution_steps) == 1 else None
    return min(resolution_steps) if keep == SMALLEST else max(resolution_steps)


def candidates(records: Sequence[Candidate], keep: str) -> list[Candidate]:
    """Those of the records that no later or earlier version has put out of use."""
    if keep in (LATEST, FIRST):
        ranks = [_since(record, records) if keep == LATEST else record.time_rank for record in records]
        best = max(ranks) if keep == LATEST else min(ranks)
        return [record for record, rank in zip(records, ranks) if rank == best]
    if keep != VERSION:
        return list(records)
    newest: dict[str, Rank] = {}
    for record in records:
        newest[record.source] = max(newest.get(record.source, record.version_rank), record.version_rank)
    return [record for record in records if record.version_rank == newest[record.source]]


def _since(record: Candidate, records: Sequence[Candidate]) -> Rank:
    """The rank in time of the version since which the record's source says its value: to say it again is not new."""
    versions: dict[Rank, list[Candidate]] = {}
    for one in records:
        if one.source == record.source and one.version_rank <= record.version_rank:
            versions.setdefault(one.version_rank, []).append(one)
    since = record
    for rank in sorted(versions, reverse=True):
        same = [one for one in versions[rank] if one.resolution_steps == record.resolution_steps]
        if not same:
            break
        since = same[0]
    return since.time_rank


def common_rule(rules: Iterable[str]) -> str:
    """The rule for records that come under several: theirs where they agree, else the default."""
    found = set(rules)
    return found.pop() if len(found) == 1 else VERSION


def machine_rank(
    moved_from: str | None, machine_model: str | None, attributes: str | None
) -> tuple[TextRank, TextRank, TextRank]:
    """The rank of a record of master data among those of one machine and time: the greatest wins.

    Origin, model and attributes are compared in this order, as texts; a text that is absent comes before all others.

    Args:
        moved_from: Factory that the machine came from.
        machine_model: Model of the machine.
        attributes: Its attributes as one JSON text with sorted keys.
    """
    return _rank(moved_from), _rank(machine_model), _rank(attributes)


def _rank(text: str | None) -> TextRank:
    return text is not None, text or ""
