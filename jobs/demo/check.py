"""What the demo's lake must hold at its end: counts as injected, a champion in a bundle, scores equal at the edge.

What was injected is the simulator's truth; the platform itself never sees it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_SUMS = ("quarantined", "rejected")
_CLASSES = ("accepted", "duplicate", "blank", *_SUMS)


def faults(truth: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    """Everything that a demo which ended well would not say, in words; none where all is well.

    Args:
        truth: `truth.json` of the simulator: for each feed its classes, the faulty ones by reason.
        summary: `summary.json` of the report.
    """
    return [
        *differences(truth, summary), *unseen(truth, summary), *gaps(summary), *absences(summary),
        *disagreements(summary["scores"]),
    ]  # fmt: skip


def differences(truth: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    """Every count that is not as injected."""
    found: list[str] = []
    for feed, injected in truth["feeds"].items():
        counted = summary["accounting"].get(feed, {})
        names = ("records", *_CLASSES)
        found += _compared(feed, {name: _count(injected[name]) for name in names}, counted, names)
    for name, key in (("quarantined", "quarantine"), ("rejected", "rejected")):
        reasons = _reasons(truth, name)
        found += _compared(name, reasons, summary[key], sorted(reasons.keys() | summary[key].keys()))
    return found


def unseen(truth: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    """Gateways that fell silent and certificates about to end that the lake does not name, or others that it does."""
    injected, found = truth.get("equipment"), summary.get("equipment") or {}
    if injected is None:
        return []
    named = {"silent": found.get("silent", ()), "ending": [name.split("/")[-1] for name in found.get("ending", ())]}
    return [
        f"equipment: {key}: {', '.join(named[key]) or 'none'} found, {', '.join(injected[key])} injected"
        for key in ("silent", "ending")
        if sorted(named[key]) != sorted(injected[key])
    ]


def gaps(summary: Mapping[str, Any]) -> list[str]:
    """Every feed, injected or sent by gateways, whose classes do not add up to its records."""
    found = []
    for feed, counted in summary["accounting"].items():
        classified = sum(counted[name] for name in _CLASSES)
        if classified != counted["records"]:
            found.append(
                f"{feed}: the classes add up to {classified:,}, {counted['records']:,} records were counted; "
                "legal: each record in exactly one class"
            )
    return found


def absences(summary: Mapping[str, Any]) -> list[str]:
    """What the pipeline should have made and did not: a champion, and a bundle that opens."""
    found = []
    if summary["model"] is None:
        found.append("model: there is no champion; legal: one that its gate let through")
    bundle = summary["bundle"]
    if bundle is None:
        found.append("bundle: there is none; legal: one that carries the champion")
    elif "problem" in bundle:
        found.append(f"bundle: {bundle['file']} is refused: {bundle['problem']}; legal: one that opens")
    return found


def disagreements(scores: Mapping[str, Any]) -> list[str]:
    """What speaks against plant and edge computing the same from the same features.

    Args:
        scores: `scores` of the summary: pairs of a batch and an edge score of one machine, time and bundle.
    """
    if not scores["pairs"]:
        return [
            f"scores: no pair among {scores['batch']:,} batch and {scores['edge']:,} edge scores; "
            "legal: at least one row scored by both with one bundle"
        ]
    alike = scores["equal_digests"]
    if not alike:
        return [
            f"scores: no equal feature digests in {scores['pairs']:,} pairs; legal: equal ones wherever no data "
            "came after the gateway had scored"
        ]
    return [
        f"scores: {scores[key]:,} equal {words} in {alike:,} pairs with equal feature digests; legal: {alike:,}"
        for key, words in (("equal_margins", "margins"), ("equal_path_lengths", "path lengths"))
        if scores[key] != alike
    ]


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
