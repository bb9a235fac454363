"""The summary of a lake: a document for programs and lines for a terminal, both from the same facts."""

from typing import Any

from lakehouse.plant import Plant
from report.facts import Facts, collect
from report.formats import count, number, of, plural, share, size
from report.interventions import intervened
from report.queries.bundles import BundleFacts
from report.queries.model import Models, Scores
from report.queries.quality import CLASSES, Quality, SetAside
from report.sections.equipment import ends_soon, is_silent

SIGHT = {"shift": "shifts of one metric", "stuck": "stuck values", "relation": "broken relations"}
"""Words of the disturbances by which an anomaly model's power is measured."""


def build_summary(plant: Plant) -> dict[str, Any]:
    """The summary of a plant's lake, as `demo/summary.json` holds it; any table may be absent.

    Returns:
        `rows` by layer and table; `accounting`: for each feed `records` and the classes that add up to it;
        `quarantine` and `rejected`: records by reason; `gates`: the newest verdict of each table; `model`: figures with
        their denominators, null without a champion; `bundle`: size and digest, null without one; `scores`;
        `equipment`: gateways that are silent, and holders of certificates that end soon, null without their feeds;
        `not_scored`: scores of the last week that a model left out, by reason.
    """
    return summary_of(collect(plant))


def summary_of(facts: Facts) -> dict[str, Any]:
    """The document of these facts."""
    return {
        "plant": facts.profile.name,
        "as_of": facts.overview.as_of,
        "rows": _rows(facts.quality),
        "accounting": {
            each.feed: {"records": each.records, **{name: getattr(each, name) for name in CLASSES}}
            for each in facts.quality.accounting
        },
        "quarantine": _by_reason(facts.quality.quarantine),
        "rejected": _by_reason(facts.quality.rejected),
        "gates": [
            {"table": each.table, "verdict": each.verdict, "suite": each.suite, "version": each.version}
            for each in facts.quality.gates
            if each.verdict
        ],
        "model": _model(facts.models),
        "bundle": _bundle(facts.bundle),
        "scores": _scores(facts.models.scores),
        "equipment": _equipment(facts),
        "not_scored": [
            {"reason": each.reason, "scores": each.times, "of": each.scores} for each in facts.quality.not_scored
        ],
    }


def summary_lines(facts: Facts) -> tuple[str, ...]:
    """The same for a person at a terminal."""
    summary = summary_of(facts)
    return (
        *_row_lines(summary["rows"]),
        *_feed_lines(summary["accounting"]),
        *_reason_lines(summary),
        _gates_line(summary["gates"]),
        *_model_lines(summary["model"]),
        _bundle_line(summary["bundle"]),
        *_scores_lines(summary["scores"]),
        *_not_scored_lines(summary["not_scored"]),
    )


def _rows(quality: Quality) -> dict[str, dict[str, int]]:
    layers: dict[str, dict[str, int]] = {}
    for gate in quality.gates:
        layer, _, subject = gate.table.partition(".")
        if gate.version is not None:
            layers.setdefault(layer, {})[subject] = gate.rows
    return layers


def _by_reason(found: tuple[SetAside, ...]) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for each in found:
        reasons[each.reason] = reasons.get(each.reason, 0) + each.records
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def _model(models: Models) -> dict[str, Any] | None:
    champion, decision = models.champion, models.decision
    if champion is None:
        return None
    return {
        "version": champion.version,
        "kinds": champion.kinds,
        "horizon": champion.horizon,
        "is_provisional": decision.is_provisional if decision else None,
        "verdict": decision.verdict if decision else None,
        "failure": champion.failure,
        "anomaly": champion.anomaly,
    }


def _bundle(bundle: BundleFacts | None) -> dict[str, Any] | None:
    if bundle is None:
        return None
    if bundle.problem:
        return {
            "file": bundle.path,
            "size_bytes": bundle.size_bytes,
            "sha256": bundle.sha256,
            "problem": bundle.problem,
        }
    return {
        "file": bundle.path, "bundle": bundle.identity, "build": bundle.build, "size_bytes": bundle.size_bytes,
        "sha256": bundle.sha256,
    }  # fmt: skip


def _scores(scores: Scores) -> dict[str, Any]:
    return {
        "batch": scores.batch, "edge": scores.edge, "pairs": scores.pairs, "equal_digests": scores.equal_digests,
        "equal_margins": scores.equal_margins, "equal_path_lengths": scores.equal_paths,
        "differing_digests": scores.differing_digests, "latency_p50_us": scores.latency_p50_us,
        "latency_p99_us": scores.latency_p99_us, "timed": scores.timed,
    }  # fmt: skip


def _equipment(facts: Facts) -> dict[str, Any] | None:
    found, now = facts.equipment, facts.overview.as_of
    if found is None:
        return None
    return {
        "silent": [one.gateway_id for one in found.gateways if is_silent(one, found, now)],
        "ending": [one.holder for one in found.certificates if ends_soon(one, found, now)],
    }


def _row_lines(layers: dict[str, dict[str, int]]) -> list[str]:
    lines = []
    for layer, tables in layers.items():
        listed = ", ".join(f"{name} {count(rows)}" for name, rows in tables.items())
        lines.append(f"rows in {layer}: {listed}")
    return lines or ["rows: none, no table is built yet"]


def _feed_lines(feeds: dict[str, dict[str, int]]) -> list[str]:
    lines = []
    for feed, counts in feeds.items():
        shown = [name for name in CLASSES if counts[name] or name != "replaced"]
        listed = " + ".join(f"{count(counts[name])} {name}" for name in shown)
        lines.append(f"{feed}: {plural(counts['records'], 'record')} = {listed}")
    return lines or ["accounting: none, gold.data_quality is not built yet"]


def _reason_lines(summary: dict[str, Any]) -> list[str]:
    lines = []
    for name in ("quarantine", "rejected"):
        listed = ", ".join(f"{count(records)} {reason}" for reason, records in summary[name].items())
        lines.append(f"{name}: {listed or 'none'}")
    return lines


def _gates_line(gates: list[dict[str, Any]]) -> str:
    if not gates:
        return "gates: no table has been checked yet"
    passed = sum(each["verdict"] == "PASS" for each in gates)
    others = ", ".join(f"{each['table']} {each['verdict']}" for each in gates if each["verdict"] != "PASS")
    return f"gates: {of(passed, len(gates))} tables passed" + (f"; {others}" if others else "")


def _model_lines(model: dict[str, Any] | None) -> list[str]:
    if model is None:
        return ["model: no champion"]
    state = ", provisional" if model["is_provisional"] else ""
    lines = [f"model: {model['version']} ({model['kinds']}), gate {model['verdict']}{state}"]
    if model["failure"]:
        events = model["failure"]["events"]
        low, high = share(events["recall_low"], 1), share(events["recall_high"], 1)
        lines.append(
            f"  announced {of(events['caught_failures'], events['tested_failures'])} unseen failures "
            f"(95 % interval {low} to {high}), "
            f"{number(events['false_alarms_per_machine_year'], 3)} false alarms per machine-year "
            f"({events['false_episodes']} in {number(events['machine_years'], 3)} machine-years"
            f"{intervened(events)}), "
            f"cost ${count(events['cost'])} against ${count(model['failure']['never_alarming_cost'])} without alarms"
        )
    if model["anomaly"]:
        anomaly = model["anomaly"]
        lines.append(
            f"  anomaly model: {number(anomaly['alarms_per_machine_year_on_healthy'], 3)} alarms per machine-year on "
            f"{count(anomaly['held_out_healthy_rows'])} later healthy rows; "
            f"allowed {number(anomaly['budget_alarms_per_machine_year'], 3)}{_sight(anomaly)}"
        )
    return lines


def _sight(anomaly: dict[str, Any]) -> str:
    """What the anomaly model finds, in words; versions of before have no such figures."""
    words = [
        f"; {SIGHT[each['kind']]} found {of(each['found'], each['disturbed'])}"
        for each in anomaly.get("power") or ()
        if each["disturbed"]
    ]
    if known := anomaly.get("incidents"):
        words.append(f"; known incidents found {of(known['found'], known['known'])}")
    return "".join(words)


def _bundle_line(bundle: dict[str, Any] | None) -> str:
    if bundle is None:
        return "bundle: none"
    if "problem" in bundle:
        return f"bundle: {bundle['file']} refused: {bundle['problem']}"
    return f"bundle: {bundle['bundle']}, {size(bundle['size_bytes'])}, sha256 {bundle['sha256'][:16]}"


def _not_scored_lines(reasons: list[dict[str, Any]]) -> list[str]:
    if not reasons:
        return []
    listed = ", ".join(f"{count(each['scores'])} {each['reason']}" for each in reasons)
    return [f"  not scored by a model, of {plural(reasons[0]['of'], 'score')} of the last week: {listed}"]


def _scores_lines(scores: dict[str, Any]) -> list[str]:
    pairs, alike = scores["pairs"], scores["equal_digests"]
    lines = [
        f"scores: {count(scores['batch'])} by the plant, {count(scores['edge'])} by gateways, {count(pairs)} by both"
    ]
    if pairs:
        lines.append(
            f"  {of(alike, pairs)} had the same features at the edge; of these {of(scores['equal_margins'], alike)} "
            f"have equal margins and {of(scores['equal_path_lengths'], alike)} equal path lengths"
        )
    if scores["timed"]:
        lines.append(
            f"  a decision at the edge took {number(scores['latency_p50_us'], 3)} us in the median and "
            f"{number(scores['latency_p99_us'], 3)} us at the 99th percentile, of {count(scores['timed'])} timed"
        )
    return lines
