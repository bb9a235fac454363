"""Whether a verified bundle may be used here: not where a later one has ruled it out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.errors import FullError
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.trust import trust_file
from edge_bundle.gateway.trust.proof import Proof
from edge_bundle.gateway.trust.trust import Identity, Trust, admit
from edge_bundle.gateway.trust.trust_file import TrustFile

_COPY = "trust"
"""Under this name the state holds the copy of the trust file."""


@dataclass(frozen=True)
class Admission:
    """Where a bundle asks to be let in.

    Attributes:
        file: The device's trust file.
        store: The gateway's state.
        owner: Gateway and plant.
        downgrade_to: The build that somebody ordered to go back to; None for no order.
    """

    file: TrustFile
    store: Store
    owner: str
    downgrade_to: int | None = None


def identity(bundle: TrustedBundle) -> Identity:
    """What tells the bundle from others in the trust file."""
    return Identity(bundle.manifest.build, bundle.content_sha256, bundle.manifest.rollback_floor)


def accept(bundle: Identity, at: Admission, clock: Clock) -> Proof:
    """Let a bundle in on trial, or refuse it; what it scores from now on counts for its confirmation.

    Its floor is not raised here: a bundle that does not work must not rule out the one to go back to.

    Args:
        bundle: A verified bundle, proved on its golden rows.
        at: File, state and order.
        clock: The gateway's clock.

    Raises:
        ValidityError: It is below the floor, or below what has proved itself here and nobody ordered to go back.
        StateError: The trust file belongs to another gateway, or is damaged without a copy.
        OSError: The trust file cannot be read or written.
    """
    trust = trust_file.opened(at.file, at.owner, at.store.about(_COPY), at.store.floor())
    admitted = admit(trust, bundle, at.downgrade_to, format_us(clock.wall_us()))
    if admitted != trust:
        write = at.file.write if at.downgrade_to is not None else at.file.write_if_there_is_space
        write(admitted)
    _copy(admitted, at.store)
    with suppress(FullError):  # The copy is written once there is space; the file itself is there.
        at.store.commit()
    return Proof(admitted, at.file, clock, lambda confirmed: _copy(confirmed, at.store))


def admitted(bundle: TrustedBundle, folder: Path | None, store: Store, gateway_id: str, clock: Clock) -> Proof | None:
    """Let a bundle in as a process does that got no order; None for a state in memory, which has ruled out nothing.

    Raises:
        As `accept`.
    """
    if folder is None:
        return None
    owner = f"{gateway_id} of plant {bundle.manifest.plant}"
    return accept(identity(bundle), Admission(TrustFile(folder), store, owner), clock)


def _copy(trust: Trust, store: Store) -> None:
    """Let the state say it from its next commit on, also to a former gateway, which reads only the floor."""
    store.put_about(_COPY, trust_file.dump(trust).decode())
    if trust.floor > store.floor():
        store.put_floor(trust.floor)
