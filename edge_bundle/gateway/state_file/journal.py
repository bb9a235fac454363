"""What memory knows of the journal: its rows, the counters that they move, and which of them a merge takes."""

from __future__ import annotations

from edge_bundle.gateway.state.delta import Changes
from edge_bundle.gateway.state_file.journal_merge import SEQUENCE, TAKEN


class Journal:
    """The rows of the journal and the counters, as durable as the last commit; under the state file's lock.

    Attributes:
        rows: Number and changes of each row, in order.
        counters: Every counter by name.
        latest_body: Latest times of readings as of the merge under way; None where none is.
    """

    def __init__(self, counters: dict[str, int]) -> None:
        """A journal without rows.

        Args:
            counters: As the tables hold them.
        """
        self.rows: list[tuple[int, Changes]] = []
        self.counters = counters
        self.latest_body: bytes | None = None
        self._merge_to: int | None = None

    def add(self, number: int, changes: Changes) -> None:
        """A row is durable: let the counters be those after it."""
        self.rows.append((number, changes))
        for name, by in changes.counts.items():
            self.count(name, by)
        for name, value in ((SEQUENCE, changes.sequence), (TAKEN, changes.taken)):
            if value:
                self.counters[name] = max(self.counters.get(name, 0), value)

    def count(self, name: str, by: int) -> None:
        """Add to a counter."""
        self.counters[name] = self.counters.get(name, 0) + by

    @property
    def is_merging(self) -> bool:
        """Whether a merge is under way."""
        return self.latest_body is not None

    def merge_up_to(self, number: int) -> None:
        """The row that ends the merge under way is durable, so that the merge can be written."""
        self._merge_to = number

    @property
    def merge_to(self) -> int | None:
        """Last row of a merge that can be written; None where there is none."""
        return self._merge_to

    def to_merge(self) -> Changes:
        """What all rows of the merge change."""
        changes = Changes()
        for number, each in self.rows:
            if self._merge_to is not None and number <= self._merge_to:
                changes.add(each)
        return changes

    def merged(self) -> None:
        """The merge is written: forget its rows."""
        self.rows = [row for row in self.rows if self._merge_to is None or row[0] > self._merge_to]
        self._merge_to = self.latest_body = None

    def written_again(self) -> None:
        """The file was made again from memory: a row of what a merge has taken, and a row of what is newer."""
        self.rows = [(1, Changes()), (2, Changes())]
        self._merge_to = 1 if self.is_merging else None
