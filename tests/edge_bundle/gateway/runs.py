"""A gateway's run in this process, over the small plant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.run.commits import replay_commits
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.service import Call, Report, run
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.trust.loading import load
from edge_bundle.gateway.uplink.folder import FolderUplink
from edge_bundle.gateway.uplink.outbox import Outbox
from tests.edge_bundle.gateway.plants import small_bundle_bytes
from tests.support.edge_models import TRUSTED

CONFIG = GatewayConfig("g1", commit_every=40, batch_rows=7)


def small_call(folder: Path, files: Sequence[Path], config: GatewayConfig = CONFIG) -> Call:
    bundle = folder / "small.bundle"
    bundle.write_bytes(small_bundle_bytes())
    return Call(
        bundle,
        (TRUSTED,),
        folder / "state",
        FolderUplink(folder / "uplink", config.gateway_id),
        config,
        tuple(files),
        folder / "features.jsonl",
    )


def small_words(folder: Path) -> list[str]:
    """Words of `run` over the small plant's bundle, which is put into the folder; what to read is left to say."""
    folder.mkdir(exist_ok=True)
    (folder / "small.bundle").write_bytes(small_bundle_bytes())
    options = {
        "--bundle": folder / "small.bundle",
        "--trusted-key": TRUSTED.hex(),
        "--state": folder / "state",
        "--uplink": folder / "uplink",
        "--gateway-id": "g1",
    }
    return [str(word) for pair in options.items() for word in pair]


def replay(folder: Path, files: Sequence[Path], config: GatewayConfig = CONFIG) -> Report:
    folder.mkdir(exist_ok=True)
    return run(small_call(folder, files, config), StopSignal())


@contextmanager
def small_session(folder: Path, config: GatewayConfig, clock: Clock) -> Iterator[tuple[Session, EngineContext]]:
    """A session over the folder's state, and its context; the link is down until somebody makes the folder `uplink`."""
    call = small_call(folder, [], config)
    loaded = load(call.bundle, call.trusted_keys)
    store = Store(folder / "state.sqlite", config.gateway_id, loaded.pipeline.plant)
    context = EngineContext(
        loaded.pipeline, loaded.scorer, store, Outbox(store, config.gateway_id, clock), config, clock, is_live=True
    )
    try:
        yield Session(context, replay_commits(context, call.uplink).committer), context
    finally:
        store.close()
