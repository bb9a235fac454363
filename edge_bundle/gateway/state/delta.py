"""What one commit adds to the state: collected in memory, written as one row of the journal and a few statements."""

from __future__ import annotations

import json
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from edge_bundle.gateway.state.columns import Columns, pack, unpack

SensorKey = tuple[str, str]
OutboxRow = tuple[int, str, int, int, bytes]
"""sequence, feed, priority, age of the state in microseconds, body: a row of the table `outbox`."""
Statement = tuple[str, list[tuple[Any, ...]]]
DROPPED = ""
"""In the place of a state: there is none any more."""
_LENGTH = struct.Struct("<I")


@dataclass
class Changes:
    """The small changes of some commits, the later one for each name.

    Attributes:
        counts: What is added to counters.
        clocks: States of machines by name.
        sensors: States of sensors by (sensor, metric); `DROPPED` for none any more.
        files: Records taken of a file and whether it is done, by digest.
        sequence: Last number given to a record of the outbox; 0 for no new one.
        taken: Lines of live input taken since the state was made; 0 for no new ones.
    """

    counts: Counter[str] = field(default_factory=Counter)
    clocks: dict[str, str] = field(default_factory=dict)
    sensors: dict[SensorKey, str] = field(default_factory=dict)
    files: dict[str, tuple[int, bool]] = field(default_factory=dict)
    sequence: int = 0
    taken: int = 0

    def add(self, later: Changes) -> None:
        """Take in the changes of a later commit."""
        self.counts.update(later.counts)
        self.clocks.update(later.clocks)
        self.sensors.update(later.sensors)
        self.files.update(later.files)
        self.sequence = max(self.sequence, later.sequence)
        self.taken = max(self.taken, later.taken)

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.counts or self.clocks or self.sensors or self.files or self.sequence or self.taken)

    def to_json(self) -> bytes:
        """The changes as JSON; what is empty is left out."""
        named = {
            "counts": self.counts,
            "clocks": self.clocks,
            "sensors": [[*key, state] for key, state in self.sensors.items()],
            "files": self.files,
            "sequence": self.sequence,
            "taken": self.taken,
        }
        stored = {name: value for name, value in named.items() if value}
        return json.dumps(stored, separators=(",", ":")).encode("utf-8") if stored else b""


def changes_of(text: bytes) -> Changes:
    """The changes that `Changes.to_json` wrote.

    Raises:
        ValueError: The text is no JSON of this form.
    """
    if not text:
        return Changes()
    try:
        named = json.loads(text)
        return Changes(
            Counter(named.get("counts", {})),
            named.get("clocks", {}),
            {(sensor, metric): state for sensor, metric, state in named.get("sensors", [])},
            {digest: (records, bool(is_done)) for digest, (records, is_done) in named.get("files", {}).items()},
            named.get("sequence", 0),
            named.get("taken", 0),
        )
    except (AttributeError, TypeError, KeyError) as exc:
        raise ValueError(f"no changes of a state: {exc}") from exc


@dataclass
class Delta:
    """All that one commit makes durable at once.

    Attributes:
        readings: Readings in the order in which they came.
        changes: Counters, states, positions.
        statements: Rare changes as SQL with its rows, in order.
        outbox: Records to be sent.
        ends_merge: Whether the readings up to this delta are those that the next merge writes.
    """

    readings: Columns = field(default_factory=Columns)
    changes: Changes = field(default_factory=Changes)
    statements: list[Statement] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    ends_merge: bool = False

    def add(self, later: Delta) -> None:
        """Take in a later delta."""
        self.readings.extend(later.readings)
        self.changes.add(later.changes)
        self.statements.extend(later.statements)
        self.outbox.extend(later.outbox)
        self.ends_merge = later.ends_merge

    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (len(self.readings) or self.statements or self.outbox or self.ends_merge or self.changes)

    def journal_row(self) -> bytes:
        """The row of the journal: small changes, then readings."""
        text = self.changes.to_json()
        return _LENGTH.pack(len(text)) + text + (pack(self.readings) if len(self.readings) else b"")


def read_journal_row(body: bytes) -> tuple[Columns, Changes]:
    """The readings and small changes of one row of the journal.

    Raises:
        ValueError: The bytes were not made by `Delta.journal_row`.
    """
    if len(body) < _LENGTH.size:
        raise ValueError("a row of the journal is too short")
    (length,) = _LENGTH.unpack_from(body)
    text, packed = body[_LENGTH.size : _LENGTH.size + length], body[_LENGTH.size + length :]
    return unpack(packed) if packed else Columns(), changes_of(text)
