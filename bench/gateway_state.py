"""A state folder with as many stored readings as a gateway has after a week, made by the gateway's own engine."""

import random
import time
from pathlib import Path

from bench.gateway_bundle import MACHINES, METRICS, TRUSTED
from edge_bundle.gateway.clocks.clock import SystemClock
from edge_bundle.gateway.config import DAY_S, GatewayConfig
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.run.commits import replay_commits
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.trust.loading import load
from edge_bundle.gateway.uplink.folder import FolderUplink
from edge_bundle.gateway.uplink.outbox import Outbox

_WEEK_US = 7 * DAY_S * 1_000_000


def stored_readings(folder: Path, bundle: Path, count: int) -> None:
    """Fill a new state folder with `count` readings of the last week, in order; what is scored is sent aside."""
    (folder / "state").mkdir()
    (folder / "uplink").mkdir()
    config, clock, rng = GatewayConfig("g1"), SystemClock(), random.Random(3)
    loaded = load(bundle, (bytes.fromhex(TRUSTED),))
    store = Store(folder / "state" / "state.sqlite", "g1", "bench")
    context = EngineContext(loaded.pipeline, loaded.scorer, store, Outbox(store, "g1", clock), config, clock)
    session = Session(context, replay_commits(context, FolderUplink(folder / "uplink", "g1")).committer)
    sensors = [(f"m{at:03d}", metric) for metric in METRICS for at in range(MACHINES)]
    begin_us = time.time_ns() // 1000 - _WEEK_US
    for at in range(count):
        machine, metric = sensors[at % len(sensors)]
        at_us = begin_us + at * _WEEK_US // count
        session.take([Reading(f"{machine}/{metric}", metric, at_us, machine, "f1", rng.randrange(20_000, 80_000))])
    session.finish()
    store.close()
