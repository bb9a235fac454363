"""The machines of a gateway: each is made when something is known of it, and none ever leaves."""

from __future__ import annotations

from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.features.vector import FeatureBuilder
from edge_bundle.gateway.scoring.identities import Identities
from edge_bundle.gateway.scoring.machine import Machine
from edge_bundle.gateway.scoring.machine_names import MachineNames, shown


class Machines:
    """The machines that have state, by their texts in `MachineNames`.

    Attributes:
        by_id: All of them.
        touched: Those whose state may have changed since the last `save` of the engine.
    """

    def __init__(self, pipeline: Pipeline, names: MachineNames) -> None:
        """None so far."""
        self.by_id: dict[str, Machine] = {}
        self.touched: dict[str, Machine] = {}
        self._pipeline, self._names = pipeline, names
        self._builder, self._identities = FeatureBuilder(pipeline), Identities(pipeline)
        self._ordered: list[Machine] = []

    def get(self, machine_id: str, factory_id: str = "") -> Machine | None:
        """The state of a machine; None for one too many that the bundle does not name."""
        machine = self.by_id.get(machine_id)
        if machine is None and self._identities.admit(machine_id):
            self._names.claim(machine_id, factory_id)
            machine = self.by_id[machine_id] = Machine(machine_id, self._pipeline, self._builder)
            factory_id = self._names.factory(machine_id)
            for record in self._pipeline.records_of.get(shown(machine_id), ()):
                if factory_id in ("", record.factory_id):
                    machine.master.add(record)
        return machine

    def touch(self, machine_id: str, factory_id: str = "") -> Machine | None:
        """As `get`; the machine is among `touched` from now on."""
        machine = self.get(machine_id, factory_id)
        if machine is not None:
            self.touched[machine_id] = machine
        return machine

    def touch_all(self) -> None:
        """Every machine has changed, whether its state did or not."""
        for machine in self.by_id.values():
            machine.touch()
        self.touched.update(self.by_id)

    def in_order(self) -> list[Machine]:
        """The machines that the bundle names, in its order, then the others as they came."""
        listed = self._identities.listed
        if len(self._ordered) != len(self.by_id):
            named = [self.by_id[name] for name in listed if name in self.by_id]
            self._ordered = named + [machine for name, machine in self.by_id.items() if name not in listed]
        return self._ordered
