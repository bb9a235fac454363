"""What the demo's platform counted, against what the simulator injected. The platform itself never sees the latter."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_SUMS = ("quarantined", "rejected")
_CLASSES = ("records", "accepted", "duplicate", "blank", *_SUMS)


def differences(truth: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    """Every count that is not as injected, in words; none where all are.

    Args:
        truth: `truth.json` of the simulator: for each feed its classes, the faulty ones by reason.
        summary: `summary.json` of the report.
    """
    found: list[str] = []
    for feed, injected in truth["feeds"].items():
        counted = summary["accounting"].get(feed, {})
        found += _compared(feed, {name: _count(injected[name]) for name in _CLASSES}, counted, _CLASSES)
    for name, key in (("quarantined", "quarantine"), ("rejected", "rejected")):
        reasons = _reasons(truth, name)
        found += _compared(name, reasons, summary[key], sorted(reasons.keys() | summary[key].keys()))
    return found


def _compared(what: str, injected: Mapping[str, int], counted: Mapping[str, int], names: Sequence[str]) -> list[str]:
    pairs = ((name, injected.get(name, 0), counted.get(name, 0)) for name in names)
    return [f"{what}: {name}: {got:,} counted, {put:,} injected" for name, put, got in pairs if put != got]


def _count(injected: int | Mapping[str, int]) -> int:
    return injected if isinstance(injected, int) else sum(injected.values())


def _reasons(truth: Mapping[str, Any], name: str) -> dict[str, int]:
    """Over all feeds, as the summary has them."""
    total: Counter[str] = Counter()
    for injected in truth["feeds"].values():
        total.update(injected[name])
    return dict(total)
