"""Which machines a gateway keeps state of: all that its bundle names, and as many others, 256 at least.

An id costs memory and disk for as long as it is remembered, so ids that nobody knows must have an end. The bundle's own
machines always find a place. A bundle seldom names sensors: of each machine 256 at least are told apart.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Iterator

from edge_bundle.format.pipeline import Pipeline

MIN_OTHERS = 256
MIN_SENSORS = 256
"""Names of (sensor, metric, factory) that are told apart on each machine; twice the metrics where that is more."""
OTHERS = "*"
"""Sensor of the readings of all others."""


class Identities:
    """The machines that have state."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.listed = {record.machine_id for record in pipeline.machines}
        self.others: set[str] = set()
        self.most_others = max(len(self.listed), MIN_OTHERS)

    def admit(self, machine_id: str) -> bool:
        """Whether a machine may have state; True for one that has. A name with a NUL is the gateway's own."""
        if machine_id in self.listed or machine_id in self.others:
            return True
        if len(self.others) >= self.most_others or "\0" in machine_id:
            return False
        self.others.add(machine_id)
        return True

    def chosen(self, former: sqlite3.Connection, latest_legal_us: int) -> set[str]:
        """The machines of a state of before that go on: those named, and the others with the latest readings.

        Args:
            former: A state file of version 1.
            latest_legal_us: A machine whose clock is beyond this counts as the oldest: nobody knows its time.
        """
        best = heapq.nlargest(self.most_others, self._unlisted(former, latest_legal_us))
        return self.listed | {machine_id for _, machine_id in best}

    def _unlisted(self, former: sqlite3.Connection, latest_legal_us: int) -> Iterator[tuple[int, str]]:
        for machine_id, state in former.execute("SELECT machine_id, state FROM clocks"):
            if machine_id not in self.listed:
                clock_us = int(json.loads(state)["times"][1])
                yield (clock_us if clock_us <= latest_legal_us else -(2**63)), machine_id
        for table in ("events", "machines"):
            rows: Iterable[tuple[str]] = former.execute(
                f"SELECT DISTINCT machine_id FROM {table} "  # noqa: S608  # fixed names
                "WHERE machine_id NOT IN (SELECT machine_id FROM clocks)"
            )
            yield from ((-(2**63) + 1, machine_id) for (machine_id,) in rows if machine_id not in self.listed)
