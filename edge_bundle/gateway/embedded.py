"""One gateway as an object: fed by calls, moved by its clock, without a thread, a signal or a process of its own.

Thousands of them run in one process on one `VirtualClock`, over one loaded bundle or over those of several plants. Each
does what the process does with live input, in the caller's thread: nothing of one is seen by another.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.stdin_feed import bounded
from edge_bundle.gateway.run.commits import open_live, threadless_commits
from edge_bundle.gateway.run.live import LiveLines
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state import resolution_steps
from edge_bundle.gateway.state_file.journal_merge import SEQUENCE, TAKEN
from edge_bundle.gateway.trust.admission import admitted
from edge_bundle.gateway.trust.loading import LoadedBundle
from edge_bundle.gateway.uplink.outbox import Outbox
from edge_bundle.gateway.uplink.uplink import Uplink


class EmbeddedGateway:
    """A gateway over live input.

    Calls of one gateway must not overlap; two gateways may be called from two threads.
    """

    def __init__(
        self, bundle: LoadedBundle, folder: Path | None, uplink: Uplink, config: GatewayConfig, clock: Clock
    ) -> None:
        """Open the state and go on from it.

        Args:
            bundle: What scores; it is only read, so many gateways may use it.
            folder: Folder of the state, where the bundle must be admitted as in a process; None for a state in
                memory, which is gone when it is closed, and in which any loaded bundle is admitted.
            uplink: Where records go; it is called within `take`, `tick` and `finish`.
            config: Name, sizes and times.
            clock: The gateway's; it may be that of many.

        Raises:
            BundleError: The bundle may not be used over this state.
            GatewayError: By reason.
            OSError: The state or the uplink's folder cannot be used.
        """
        self._store = open_live(folder, uplink, config, bundle.pipeline.plant, clock)
        try:
            resolution_steps.check(bundle.pipeline, self._store)
            self._proof = admitted(bundle.bundle, folder, self._store, config.gateway_id, clock)
            scorer = bundle.scorer.counted_by(self._proof) if self._proof is not None else bundle.scorer
            outbox = Outbox(self._store, config.gateway_id, clock)
            context = EngineContext(bundle.pipeline, scorer, self._store, outbox, config, clock, is_live=True)
            self._commits = threadless_commits(context, folder, uplink)
            self._session = Session(context, self._commits.committer)
        except BaseException:
            self._store.close()
            raise
        self._lines, self._outbox = LiveLines(context, self._session), outbox
        self._most_bytes = config.max_line_bytes

    def take(self, line: bytes) -> None:
        """Take one line of live input: JSON in the lakehouse's own columns, without its line end.

        Raises:
            BundleError: The bundle expires with this line.
        """
        self._lines.take(bounded(line, self._most_bytes))

    def tick(self) -> None:
        """Let time pass without input: score what is due by the clock, commit and send what waits. As `take`."""
        self._lines.silence()

    def finish(self) -> None:
        """Score what is due, commit, and send all that waits; more lines may follow."""
        self._lines.end()
        if self._proof is not None:
            self._proof.save()
        self._session.finish()

    def close(self) -> None:
        """Close the state; what was not committed is gone, as after a kill."""
        self._store.close()

    def __enter__(self) -> EmbeddedGateway:
        """This gateway."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _exc: BaseException | None, _at: TracebackType | None) -> None:
        """Finish unless something was raised, then close."""
        try:
            if kind is None:
                self.finish()
        finally:
            self.close()

    @property
    def totals(self) -> dict[str, int]:
        """Counters of the state since it was made, as far as they are committed."""
        return {name: number for name, number in self._store.counters().items() if name not in (SEQUENCE, TAKEN)}

    @property
    def waiting(self) -> int:
        """Committed records that still wait to be sent."""
        return self._outbox.waiting()

    @property
    def uplink_error(self) -> str | None:
        """Why records still wait; None where the last attempt succeeded."""
        return self._commits.sender.error

    @property
    def state_error(self) -> str | None:
        """Why the state cannot be written; None where it can."""
        return self._commits.state_error()
