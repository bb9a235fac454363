"""Which machines a gateway keeps state of: all that its bundle names, and as many others, 256 at least.

An id costs memory and disk for as long as it is remembered, so ids that nobody knows must have an end. The bundle's own
machines always find a place. A bundle seldom names sensors: of each machine 256 at least are distinguished.
"""

from __future__ import annotations

from edge_bundle.format.pipeline import Pipeline

MIN_OTHERS = 256
MIN_SENSORS = 256
"""Names of (sensor, metric, factory) that are distinguished on each machine; twice the metrics where that is more."""
OTHERS = "*"
"""Sensor of the readings of all others."""


class Identities:
    """The machines that have state."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.listed = pipeline.records_of.keys()
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
