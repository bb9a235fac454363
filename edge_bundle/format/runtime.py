"""Which runtime reads bundles here, and which one a bundle of this version asks for."""

from __future__ import annotations

import re

from edge_bundle.format.errors import ManifestError

RUNTIME = "1.7.0"
"""Version of this runtime, the gateway's: it grows with what the runtime can read."""

MIN_RUNTIME = "1.1.0"
"""The first runtime that reads what is sealed now: 1.0.0 refuses a manifest that says for whom it is."""

LISTED_SCORES = "1.2.0"
"""The first runtime that scores several models of a kind, or kinds without a column, and lists them by name."""

MISSING_WINDOWS = "1.3.0"
"""The first runtime that leaves out scores of rows whose missing windows are unusual."""

RESIDUAL_MODELS = "1.4.0"
"""The first runtime that scores residual models."""

ORDERED_HORIZONS = "1.5.0"
"""The first runtime whose probabilities never fall from a horizon to a longer one."""

RESIDUAL_COLUMNS = "1.6.0"
"""The first runtime that scores boosters over residual columns."""

ALARM_TIMES = "1.7.0"
"""The first runtime whose alarms of scores clear and repeat as their bundle says."""

# Source: semver.org 2.0.0, less pre-release and build parts: what goes to a device is a release.
_SEMVER = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\Z", re.ASCII)


def version(text: str, what: str = "version") -> tuple[int, int, int]:
    """Major, minor and patch number; a later version's is greater.

    Raises:
        ManifestError: Another spelling than major.minor.patch.
    """
    found = _SEMVER.match(text)
    if found is None:
        raise ManifestError(f"{what} {text[:80]!r}; legal is major.minor.patch")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch
