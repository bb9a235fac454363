"""An engine over a state file, to be fed item by item and restarted between any two."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.records import Item, Reading
from edge_bundle.gateway.scoring.engine import Engine
from edge_bundle.gateway.scoring.score import ModelScorer, Score
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.uplink.outbox import Outbox
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.support.edge_models import TRUSTED

# (machine, grid time in us) -> the vector as text, NaN in one spelling
Vectors = dict[tuple[str, int], str]


@dataclass
class Run:
    """What engines over one state file did."""

    folder: Path
    config: GatewayConfig = field(default_factory=lambda: GatewayConfig("g1"))
    vectors: Vectors = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def state(self) -> Path:
        return self.folder / "state.sqlite"

    @contextmanager
    def engine(self, pipeline: Pipeline | None = None) -> Iterator[Engine]:
        """An engine of a process of its own; what it took lasts."""
        pipeline = pipeline or small_pipeline()
        bundle = open_bundle(sealed(pipeline), [TRUSTED])
        models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
        scorer = ModelScorer(bundle, pipeline, ReferenceKernel(), models)
        store = Store(self.state, self.config.gateway_id, pipeline.plant)
        try:
            clock = VirtualClock(0)
            context = EngineContext(
                pipeline, scorer, store, Outbox(store, "g1", clock), self.config, clock, self._watch
            )
            engine = Engine(context)
            yield engine
            engine.save()
            store.commit()
            self.counts = Counter(store.counters())
        finally:
            store.close()

    def take(self, *items: Item, pipeline: Pipeline | None = None) -> None:
        """Feed items to an engine of their own."""
        with self.engine(pipeline) as engine:
            for item in items:
                engine.accept(item)

    def sent_scores(self) -> list[dict[str, object]]:
        """Every score that waits to be sent, in order."""
        store = Store(self.state, self.config.gateway_id, small_pipeline().plant)
        rows = store.connection.execute("SELECT body FROM outbox WHERE feed = 'edge_scores' ORDER BY sequence")
        scores = [json.loads(body) for (body,) in rows]
        store.close()
        return scores

    def value(self, name: str, at_us: int, pipeline: Pipeline | None = None, machine_id: str = "m1") -> float:
        """One number of a vector that was scored."""
        names = [rule.name for rule in (pipeline or small_pipeline()).features]
        return float(self.vectors[machine_id, at_us].split()[names.index(name)])

    def _watch(self, machine_id: str, grid_us: int, row: list[float], _score: Score) -> None:
        self.vectors[machine_id, grid_us] = " ".join(map(repr, row))


def reading(at_us: int, steps: int, metric: str = "temperature") -> Reading:
    """A reading of machine m1."""
    return Reading(f"m1/{metric}", metric, at_us, "m1", "f1", steps)
