"""Whether a verified bundle may still be used: not after its time."""

from __future__ import annotations

from edge_bundle.format.errors import TermError
from edge_bundle.format.manifest import Manifest
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
