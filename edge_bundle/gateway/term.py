"""Whether a verified bundle may still be used here: not after its time, and not below a floor that was once set."""

from __future__ import annotations

from edge_bundle.format.errors import TermError
from edge_bundle.format.manifest import Manifest
from edge_bundle.gateway.store import Store
from edge_bundle.gateway.times import US, format_us


def check_expiry(manifest: Manifest, now_us: int) -> None:
    """Refuse a bundle whose term is over.

    Nothing has expired for a gateway whose clock is not set, and nothing is scored there either: by a clock in the past
    every reading lies in the future and is `clock_suspect`.

    Args:
        manifest: Of a verified bundle.
        now_us: The gateway's clock, microseconds since epoch.

    Raises:
        TermError: It has expired.
    """
    now = format_us(now_us - now_us % US)
    # Texts of whole seconds have one spelling: they are in the order of the moments.
    if manifest.expires_at is not None and now >= manifest.expires_at:
        raise TermError(f"it expired at {manifest.expires_at}, the clock says {now}; load a newer one")


def accept(manifest: Manifest, store: Store, now_us: int) -> None:
    """Refuse a bundle whose term is over; keep the floor of one that is taken, for every later run over this state.

    Args:
        manifest: Of a verified bundle.
        store: The gateway's state, outside a transaction.
        now_us: The gateway's clock, microseconds since epoch.

    Raises:
        TermError: It has expired, or its build is below the floor.
    """
    check_expiry(manifest, now_us)
    floor = store.floor()
    if manifest.build < floor:
        raise TermError(f"build {manifest.build}; a bundle that was loaded here rules out all before build {floor}")
    if manifest.rollback_floor > floor:
        store.begin()
        store.put_floor(manifest.rollback_floor)
        store.commit()
