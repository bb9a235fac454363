"""What commits and sends in one run, live or replay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.errors import FullError
from edge_bundle.gateway.input.acknowledgement import Acknowledgements
from edge_bundle.gateway.run.committer import Committer, DirectCommitter
from edge_bundle.gateway.run.live_committer import LiveCommitter, LiveWork, ThreadlessCommitter
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.reserve import Reserve
from edge_bundle.gateway.state_file.space import Space
from edge_bundle.gateway.state_file.state_file import STATE_NAME
from edge_bundle.gateway.uplink.sender import Sender
from edge_bundle.gateway.uplink.uplink import Uplink

STANDARD_OUTPUT = 1
_STATE_RESERVE = ".reserve-state"


@dataclass(frozen=True)
class Commits:
    """How the changes of a run become durable and are sent.

    Attributes:
        committer: Makes them durable.
        sender: Sends records.
        state_error: Why the state cannot be written; None where it can.
    """

    committer: Committer
    sender: Sender
    state_error: Callable[[], str | None]


def open_store(folder: Path, config: GatewayConfig, plant: str, clock: Clock, *, is_live: bool) -> Store:
    """The state in a folder.

    Live input needs no space for it: what is set aside is given back first, and a new state waits in memory.

    Raises:
        StateError: It is in use, of another version, gateway or plant, or may not be written.
        FullError: There is no space for it.
    """

    def opened() -> Store:
        path = folder / STATE_NAME
        return Store(path, config.gateway_id, plant, config.state_bytes, clock.wall_us, may_wait=is_live)

    try:
        return opened()
    except FullError:
        if not is_live:
            raise
        (folder / _STATE_RESERVE).unlink(missing_ok=True)
        return opened()


def open_live(folder: Path | None, uplink: Uplink, config: GatewayConfig, plant: str, clock: Clock) -> Store:
    """The state of live input, in a folder that is made where it is absent, or in memory for None. As `open_store`."""
    if folder is None:
        return Store(None, config.gateway_id, plant, config.state_bytes, clock.wall_us)
    folder.mkdir(parents=True, exist_ok=True)
    reserve_for_alerts(folder, uplink, config)
    return open_store(folder, config, plant, clock, is_live=True)


def reserve_for_alerts(state_folder: Path, uplink: Uplink, config: GatewayConfig) -> Reserve | None:
    """Space for alerts on the uplink's medium, made before the state takes any; None where it fills no medium."""
    medium = uplink.medium
    if medium is None:
        return None
    is_one_card = state_folder.stat().st_dev == medium.stat().st_dev
    reserve = Reserve((state_folder if is_one_card else medium) / ".reserve-alerts", config.reserve_bytes)
    reserve.make()
    return reserve


def replay_commits(context: EngineContext, uplink: Uplink) -> Commits:
    """Commits in the calling thread; a state that cannot be written ends the run, for the files can be read again."""
    context.store.start_check()
    sender = _sender(context, uplink, None)
    return Commits(DirectCommitter(context.store, context.outbox, sender, context.config), sender, lambda: None)


def live_commits(context: EngineContext, uplink: Uplink, *, is_acknowledging: bool) -> Commits:
    """Commits in a thread, and space set aside: a full card ends nothing.

    Args:
        context: What the engine works with.
        uplink: Where records go.
        is_acknowledging: Whether to say on standard output how many lines are durable.
    """
    for_alerts = reserve_for_alerts(context.store.path.parent, uplink, context.config)
    for_state = Reserve(context.store.path.parent / _STATE_RESERVE, context.config.reserve_bytes)
    for_state.make()
    sender = _sender(context, uplink, for_alerts)
    space = Space(context.store, context.outbox, for_state, context.clock)
    context.store.start_check()
    acknowledge = Acknowledgements(STANDARD_OUTPUT) if is_acknowledging else None
    if acknowledge is not None and not context.store.is_in_memory:
        acknowledge(context.store.taken())
    work = LiveWork(sender, space, context, acknowledge)
    return Commits(LiveCommitter(work), sender, space.state_error)


def threadless_commits(context: EngineContext, folder: Path | None, uplink: Uplink) -> Commits:
    """As `live_commits`, in the calling thread, with no look through the whole file meanwhile.

    Args:
        context: What the engine works with.
        folder: Folder of the state; None for a state in memory.
        uplink: Where records go.
    """
    for_alerts = reserve_for_alerts(folder, uplink, context.config) if folder is not None else None
    for_state = Reserve(folder / _STATE_RESERVE, context.config.reserve_bytes) if folder is not None else None
    if for_state is not None:
        for_state.make()
    sender = _sender(context, uplink, for_alerts)
    space = Space(context.store, context.outbox, for_state, context.clock)
    return Commits(ThreadlessCommitter(LiveWork(sender, space, context, None)), sender, space.state_error)


def _sender(context: EngineContext, uplink: Uplink, reserve: Reserve | None) -> Sender:
    return Sender(context.outbox, uplink, reserve, context.config.batch_rows)
