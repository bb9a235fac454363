"""A device in virtual time: sensors that are read every 20 seconds, a gateway over them, clocks that go wrong.

An hour of it takes a fraction of a second, so that a test can try every kind of wrong clock, and thousands of gateways.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.stdin_feed import LineReader
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.run.live import StreamTime
from edge_bundle.gateway.scoring.engine import Engine
from edge_bundle.gateway.scoring.score import ModelScorer, Score
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.uplink.outbox import Outbox
from tests.edge_bundle.gateway.plants import US, sealed, small_pipeline
from tests.support.edge_models import TRUSTED

BEGIN_US = 1_600_000_200 * US
EVERY_US = 20 * US
GRID_US = 300 * US
MINUTE_US, HOUR_US, DAY_US = 60 * US, 3_600 * US, 86_400 * US
CONFIG = GatewayConfig("g1")
FINE, CRITICAL = 50.0, 130.0


@lru_cache(maxsize=1)
def scorer() -> ModelScorer:
    bundle = open_bundle(sealed(small_pipeline()), [TRUSTED])
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    return ModelScorer(bundle, small_pipeline(), ReferenceKernel(), models)


@dataclass
class Device:
    """One gateway and its sensors; `true_us` is the time that it truly is.

    Attributes:
        folder: Of the state.
        clock: The device's, right at the beginning.
        off_us: How wrong the clock of a sensor is, by the sensor's name; others bear the device's time.
        hot: Sensors of machine m3 whose value is critical.
        vectors: (machine, grid time) -> the vector of each score that was sent.
    """

    folder: Path
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(BEGIN_US))
    true_us: int = BEGIN_US
    off_us: dict[str, int] = field(default_factory=dict)
    own_clocks: bool = False
    hot: set[str] = field(default_factory=set)
    vectors: dict[tuple[str, int], str] = field(default_factory=dict)
    scored_times: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open()

    def restart(self, *, is_reboot: bool = False) -> None:
        """End the process with all that it took made lasting, and start it again; the device too."""
        self.merge()
        self.close()
        if is_reboot:
            self.clock.reboot()
        self._open()

    def close(self) -> None:
        """End the process; what was not saved is gone."""
        self.store.close()

    def save(self) -> None:
        self.engine.save()
        self.store.commit()

    def merge(self) -> None:
        """Commit, and write the journal into segments and tables."""
        self.engine.save(is_merge=True)
        self.store.write(self.store.take_for_merge())
        self.store.merge()

    def run(self, for_us: int, drift_ppm: int = 0) -> None:
        """Let time pass: every 20 seconds each sensor is read, then grid times are closed as `live.serve` does."""
        for _ in range(for_us // EVERY_US):
            self.clock.advance(EVERY_US, drift_ppm=drift_ppm)
            self.true_us += EVERY_US
            for name in ("s1", "s2"):
                self.read(name, self._value())
            for name in sorted(self.hot):
                self.read(name, CRITICAL, "m3")
            self.close_grid_times()
        self.save()

    def _value(self) -> float:
        return FINE + (self.true_us // EVERY_US) % 7

    def read(self, name: str, value: float, machine_id: str = "m1") -> None:
        """One reading of a sensor, stamped and taken now."""
        base_us = self.true_us if self.own_clocks else self.clock.wall_us()
        at_us = base_us + self.off_us.get(name, 0)
        named = {"sensor_id": name, "machine_id": machine_id, "factory_id": "f1", "metric": "temperature", "unit": "C"}
        items = self._reader.read(json.dumps({**named, "measured_at": format_us(at_us), "value": value}).encode())
        for item in items:
            self.engine.accept(item)
        self._stream.note(items)

    def close_grid_times(self) -> None:
        passed_us = self._stream.passed_us(self.clock.wall_us())
        if passed_us is not None:
            self.engine.close_until(passed_us)

    def sent(self, feed: str) -> list[dict[str, object]]:
        """All records of a feed, in order; they wait for ever, since nothing is sent."""
        self.save()
        rows = self.store.connection.execute("SELECT body FROM outbox WHERE feed = ? ORDER BY sequence", (feed,))
        return [json.loads(body) for (body,) in rows]

    def alerted(self) -> Counter[str]:
        """Alerts of limits by the sensor that they name."""
        return Counter(
            str(alert["message"]).split("sensor ")[1].split(" is ")[0]
            for alert in self.sent("alerts")
            if alert["code"] == "ABOVE_MAXIMUM"
        )

    def counts(self) -> Counter[str]:
        self.save()
        return Counter(self.store.counters())

    def scored(self, after_us: int, until_us: int) -> list[int]:
        """Grid times of m1 in between that have a score."""
        return sorted(at for machine, at in self.vectors if machine == "m1" and after_us < at <= until_us)

    def _open(self) -> None:
        pipeline = small_pipeline()
        self.store = Store(self.folder / "state.sqlite", "g1", pipeline.plant)
        outbox = Outbox(self.store, "g1", self.clock)
        context = EngineContext(pipeline, scorer(), self.store, outbox, CONFIG, self.clock, self._watch, is_live=True)
        self.engine = Engine(context)
        self._reader, self._stream = LineReader(pipeline, self.clock), StreamTime(pipeline.ahead_s * US)

    def _watch(self, machine_id: str, grid_us: int, row: list[float], _score: Score) -> None:
        self.scored_times.append((machine_id, grid_us))
        self.vectors[machine_id, grid_us] = " ".join(map(repr, row))


def grid_times(after_us: int, until_us: int) -> list[int]:
    """Grid times with ``after_us < time <= until_us``."""
    return list(range(after_us // GRID_US * GRID_US + GRID_US, until_us + 1, GRID_US))


def keys(scores: Iterable[dict[str, object]]) -> list[tuple[object, object]]:
    return [(score["machine_id"], score["scored_at"]) for score in scores]
