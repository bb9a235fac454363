"""The gateway's process: prove the bundle, open the state, take the input, score, send.

Killed at any line and started again with the same call it neither loses nor doubles a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format.compatibility import Device
from edge_bundle.gateway.clocks.clock import Clock, SystemClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.run.commits import (
    Commits,
    live_commits,
    open_store,
    replay_commits,
    reserve_for_alerts,
)
from edge_bundle.gateway.run.live import serve
from edge_bundle.gateway.run.replay import Replay, files_of
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.run.vector_file import VectorFile
from edge_bundle.gateway.scoring.identities import Identities
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state import resolution_steps
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.former_machines import shed_unknown
from edge_bundle.gateway.state_file.journal_merge import SEQUENCE, TAKEN
from edge_bundle.gateway.state_file.state_file import STATE_NAME
from edge_bundle.gateway.trust.admission import Admission, accept, identity
from edge_bundle.gateway.trust.loading import LoadedBundle, load
from edge_bundle.gateway.trust.trust import words
from edge_bundle.gateway.trust.trust_file import TrustFile
from edge_bundle.gateway.uplink.outbox import Outbox
from edge_bundle.gateway.uplink.uplink import Uplink

STANDARD_INPUT = 0


@dataclass(frozen=True)
class Call:
    """One run of the gateway.

    Attributes:
        bundle: The bundle file.
        trusted_keys: Raw Ed25519 public keys.
        state_folder: Where the state file lies, or will.
        uplink: Where scores and alerts go.
        config: Sizes and times.
        replay: Files to replay; empty for standard input.
        features_out: Where to write every scored vector; None for nowhere.
        threshold: How many different trusted keys must have signed.
        downgrade_to: The build that somebody ordered to go back to; None for no order.
        device: Who asks; None for this device, whatever plant it serves.
        is_acknowledging: Whether to say on standard output, on live input, how many lines are durable.
    """

    bundle: Path
    trusted_keys: tuple[bytes, ...]
    state_folder: Path
    uplink: Uplink
    config: GatewayConfig
    replay: tuple[Path, ...] = ()
    features_out: Path | None = None
    threshold: int = 1
    downgrade_to: int | None = None
    device: Device | None = None
    is_acknowledging: bool = False


@dataclass(frozen=True)
class Report:
    """What a run did.

    Attributes:
        bundle: Bundle as name@version+build.
        scorer: library or python, and why.
        golden_rows: Golden rows that held.
        totals: Counters of the state since it was made.
        expired_at: When the bundle expired, so that nothing is scored; None for a bundle in use.
        files: Names of the newest batches that this run delivered.
        waiting: Records that still wait to be sent.
        slowest_us: Longest decision of this run.
        over_budget: Decisions of this run that took longer than `GatewayConfig.latency_budget_us`.
        seconds: Duration.
        stopped_by: Signal that ended the run; 0 where the input ended.
        uplink_error: Why records still wait; None where none do.
        trust: Whether the bundle is on trial or confirmed, and the floor.
        state_error: Why the state could not be written at last; None where it could.
    """

    bundle: str
    scorer: str
    golden_rows: int
    totals: dict[str, int]
    expired_at: str | None
    files: tuple[str, ...]
    waiting: int
    slowest_us: int
    over_budget: int
    seconds: float
    stopped_by: int
    uplink_error: str | None
    trust: str
    state_error: str | None


def run(call: Call, must_stop: StopSignal, clock: Clock | None = None, handle: int = STANDARD_INPUT) -> Report:
    """Run the gateway until its input ends.

    Args:
        call: What to run.
        must_stop: Asked between two records.
        clock: The gateway's clock; None for this device's.
        handle: File descriptor of live input, where no file is to be replayed.

    Raises:
        BundleError: The bundle is not to be trusted, it has expired or expires while lines are awaited, or its golden
            rows are not reproduced here.
        GatewayError: By reason.
        OSError: A file cannot be read, or the state not be written.
    """
    clock = clock or SystemClock()
    began_us = clock.monotonic_us()
    loaded = load(call.bundle, call.trusted_keys, call.threshold, call.device)
    files = files_of(loaded.pipeline, call.replay)
    call.state_folder.mkdir(parents=True, exist_ok=True)
    if call.uplink.medium is not None:
        call.uplink.medium.mkdir(parents=True, exist_ok=True)
    if not call.replay:
        reserve_for_alerts(call.state_folder, call.uplink, call.config)
    _shed_unknown(call, loaded, clock)
    store = open_store(call.state_folder, call.config, loaded.pipeline.plant, clock, is_live=not call.replay)
    observer = VectorFile(call.features_out) if call.features_out else None
    proof = None
    try:
        resolution_steps.check(
            loaded.pipeline, store
        )  # Before a floor is set that could rule out the bundle to go back to.
        proof = accept(identity(loaded.bundle), _admission(call, loaded, store), clock)
        outbox = Outbox(store, call.config.gateway_id, clock)
        context = EngineContext(
            loaded.pipeline,
            loaded.scorer.counted_by(proof),
            store,
            outbox,
            call.config,
            clock,
            observer,
            is_live=not call.replay,
        )
        if call.replay:
            commits = replay_commits(context, call.uplink)
        else:
            commits = live_commits(context, call.uplink, is_acknowledging=call.is_acknowledging)
        session = Session(context, commits.committer)
        if call.replay:
            replay = Replay(loaded.pipeline, session, store, clock)
            if replay.run(files, call.config.max_line_bytes, must_stop):
                session.engine.close_until(None)
        else:
            serve(context, session, handle, must_stop)
        proof.save()
        session.finish()
        return _report(loaded, session, commits, context, (clock.monotonic_us() - began_us) / US, must_stop.number)
    finally:
        if proof is not None:
            proof.save()
        if observer is not None:
            observer.close()
        store.close()


def _admission(call: Call, loaded: LoadedBundle, store: Store) -> Admission:
    owner = f"{call.config.gateway_id} of plant {loaded.pipeline.plant}"
    return Admission(TrustFile(call.state_folder), store, owner, call.downgrade_to)


def _shed_unknown(call: Call, loaded: LoadedBundle, clock: Clock) -> None:
    known, latest_us = Identities(loaded.pipeline), clock.wall_us() + loaded.pipeline.ahead_s * US
    shed_unknown(call.state_folder / STATE_NAME, known.listed, known.most_others, latest_us)


def _report(
    loaded: LoadedBundle, session: Session, commits: Commits, context: EngineContext, seconds: float, stopped_by: int
) -> Report:
    return Report(
        bundle=loaded.scorer.bundle,
        scorer=f"{loaded.golden.scorer}: {loaded.kernel_reason}",
        golden_rows=loaded.golden.rows,
        totals={name: number for name, number in context.store.counters().items() if name not in (SEQUENCE, TAKEN)},
        expired_at=loaded.scorer.expires_at if session.engine.has_expired else None,
        files=tuple(commits.sender.sent),
        waiting=context.outbox.waiting(),
        slowest_us=session.engine.slowest_us,
        over_budget=session.engine.over_budget,
        seconds=round(seconds, 3),
        stopped_by=stopped_by,
        trust=words(context.scorer.proof.trust) if context.scorer.proof else "",
        uplink_error=commits.sender.error,
        state_error=commits.state_error(),
    )
