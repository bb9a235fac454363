"""What `assay models list`, `show` and `diff` say."""

from dataclasses import asdict
from datetime import date
from typing import Any

from jobs.models.registered.differences import differences
from jobs.models.registered.entry import Entry, entries, entry
from jobs.models.registered.weeks import Did, side_by_side, weeks_of, words_of
from jobs.runtime.report import RunReport
from lakehouse.plant import Plant

_FIGURES = ("tested_failures", "caught_failures", "recall", "precision", "false_alarms_per_machine_year",
            "lead_hours_p50", "cost")  # fmt: skip


def listed(plant: Plant) -> RunReport:
    """A line for each version, the one trained last at the end."""
    known = entries(plant)
    lines = tuple(_line(one) for one in known) or ("models: no version is registered; run `assay train`",)
    return _report(lines, {"models": [one.document() for one in known]})


def shown(plant: Plant, name: str) -> RunReport:
    """All that is known of a version. Raises: as `entry`."""
    one = entry(entries(plant), name)
    document = one.document()
    parts = ("data", "parameters", "libraries")
    lines = [_line(one), *(f"  {part}: {_pairs(document[part])}" for part in parts)]
    lines += [f"  code: {document['code']}", f"  metrics: {_pairs(_figures(document))}", *_taken(document)]
    lines += _gate(document["gate"])
    lines += _shadow(one)
    lines += [f"  bundle: {name}, sha256 {sha256 or 'not recorded'}" for name, sha256 in one.bundles]
    lines.append(f"  folder: {one.row.artifact}, sha256 {one.row.artifact_sha256}")
    return _report((*lines, *((f"  FAULT: {one.fault}",) if one.fault else ())), document)


def compared(plant: Plant, name: str, other: str) -> RunReport:
    """What differs between two versions. Raises: as `entry`."""
    known = entries(plant)
    one, two = entry(known, name), entry(known, other)
    found = differences(one.document(), two.document())
    head = f"models: {one.row.version} ({one.state}) -> {two.row.version} ({two.state})"
    lines = [f"  {path}: {_text(mine)} -> {_text(theirs)}" for path, (mine, theirs) in found.items()]
    weeks = side_by_side(weeks_of(plant), one.row.version, two.row.version)
    lines = [*(words_of(weeks) if weeks else ()), *(lines or ["  nothing differs"])]
    data = {"versions": [one.row.version, two.row.version], "differences": {k: list(v) for k, v in found.items()},
            "weeks": _weeks(weeks)}  # fmt: skip
    return _report((head, *lines), data)


def _weeks(found: tuple[Did, Did, tuple[date, ...]] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"same": [asdict(one) for one in found[:2]], "left_out": list(found[2])}


def _shadow(one: Entry) -> list[str]:
    if one.shadow is None:
        return ["  in shadow: no week is known yet"] if one.is_in_shadow else []
    until = "" if one.is_in_shadow else ", no longer"
    weeks = one.shadow.weeks
    return [f"  in shadow{until}: {len(weeks)} weeks from {weeks[0]}: {one.shadow.words}"]


def _report(lines: tuple[str, ...], data: dict[str, Any]) -> RunReport:
    return RunReport("models", changed=False, lines=lines, data=data)


def _line(one: Entry) -> str:
    """Version, state, when, what, how good, what the gate said, and as which bundle it left."""
    row, figures = one.row, _figures(one.document())
    recall, tested = figures.get("recall"), figures.get("tested_failures")
    good = "no held-out failures" if recall is None else f"recall {recall:.3f} of {tested} failures"
    gate = one.decision.verdict if one.decision else "no gate"
    bundle = one.bundles[-1][0] if one.bundles else "not sealed"
    fault = ", FOLDER GONE OR ALTERED" if one.fault else ""
    what = f"{row.kinds or 'no model'}{f', {row.horizon}' if row.horizon else ''}"
    beside = ", in shadow" if one.is_in_shadow else ""
    return f"{row.version}  {one.state:<10}  {row.trained_at:%Y-%m-%d}  {what}  {good}  {gate}  {bundle}{beside}{fault}"


def _figures(document: dict[str, Any]) -> dict[str, Any]:
    events = (document["metrics"].get("failure") or {}).get("events") or {}
    return {name: events[name] for name in _FIGURES if name in events}


def _taken(document: dict[str, Any]) -> list[str]:
    """The parameters of the failure model that were taken of several; nothing where there were no others."""
    tried = (document["metrics"].get("failure") or {}).get("boosters") or []
    return [f"  taken of {len(tried)} that were tried: {one['words']}" for one in tried if one["is_chosen"]]


def _gate(gate: dict[str, Any]) -> list[str]:
    if not gate:
        return ["  gate: never asked"]
    against = gate["against"] or "no champion"
    return [f"  gate: {gate['verdict']} against {against}", *(f"    {reason}" for reason in gate["reasons"])]


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in values.items()) or "none"


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
