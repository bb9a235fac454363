"""Section 4: the model card of the champion, the gate's answer, and plant beside edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from expectations.model_folder.documents import Check, Readiness, Threshold
from expectations.model_folder.pictures import Pictures
from report.charts.model_pictures import model_pictures
from report.facts import Facts
from report.formats import count, moment, number, of, plural, share
from report.interventions import intervened
from report.queries.model import ModelFacts, Models
from report.sections.agreement import Agreement, agreement_of
from report.sections.answers import AnswerLine, answer_lines
from report.sections.plant import Tile
from report.sections.readiness import ModelReadiness, readiness_of

CAPTIONS = (
    (
        "timeline",
        "Held-out time. Each bar is an alarm episode and its cool-down; a bar that no mark follows is a false alarm.",
    ),
    (
        "cost",
        "Cost over the margin to alarm at, on all held-out episodes, beside never and always alarming. The mark, the "
        "threshold from now on, saw these episodes; the figures above are those of thresholds chosen before each.",
    ),
    ("lead_time", "Hours of warning before the tested failures."),
    ("precision_recall", "Precision and recall of held-out rows; the mark is the alarm threshold."),
    ("calibration", "Of the rows with a given probability, the fraction that failed, and the number of rows."),
    (
        "importance",
        "Which features the model uses: mean absolute contribution to the margin. It shows what the model looks at, "
        "not what breaks.",
    ),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the model; `narrow` is for a telephone where it is not empty."""

    chart: Markup
    narrow: Markup
    caption: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the comparison: a model, or no model, on the same time."""

    name: str
    caught: str
    false_alarms: str
    cost: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of the gate."""

    words: str
    found: str
    asked: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ModelSection:
    """What the template shows. `state` says in a sentence whether there is a champion and how sure it is."""

    title: str
    state: str
    state_class: str
    tiles: tuple[Tile, ...]
    compared: tuple[Compared, ...]
    pictures: tuple[Picture, ...]
    no_pictures: str
    gate: str
    verdict: str
    checks: tuple[CheckLine, ...]
    thresholds: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    readiness: tuple[ModelReadiness, ...]
    card_path: str
    agreement: Agreement | None
    no_scores: str
    answers: tuple[AnswerLine, ...] = ()


def model_section(facts: Facts) -> ModelSection:
    """The model in force, or why there is none."""
    models, model = facts.models, facts.models.shown
    decision = models.decision
    state, state_class = _state(facts)
    return ModelSection(
        title=_title(model),
        state=state,
        state_class=state_class,
        tiles=_tiles(model) if model else (),
        compared=_compared(model.failure) if model and model.failure else (),
        pictures=_pictures(model) if model else (),
        no_pictures=_no_pictures(model),
        gate=decision.gate if decision else "",
        verdict=decision.verdict if decision else "",
        checks=tuple(_check(each) for each in decision.checks) if decision else (),
        thresholds=tuple(_threshold(each) for each in model.thresholds) if model else (),
        facts=_identity(models, model) if model else (),
        readiness=readiness_of(model) if model else (),
        card_path=(model.card_path or "") if model else "",
        agreement=agreement_of(models.scores) if models.scores.batch + models.scores.edge else None,
        no_scores="gold.predictions is empty: no row has been scored yet.",
        answers=answer_lines(models.answers),
    )


def _title(model: ModelFacts | None) -> str:
    if model is None:
        return "No model yet"
    if model.failure:
        return f"Failure within {model.horizon}"
    return "Anomalies, without a failure model" if model.anomaly else "Too few data for a model"


def _state(facts: Facts) -> tuple[str, str]:
    models = facts.models
    if models.newest is None:
        why = (
            ""
            if facts.overview.period.failures
            else " No failure is on record, so a failure model has nothing to learn from."
        )
        return f"No model has been trained on this lake: gold.model_versions is empty. Run `assay train`.{why}", "warn"
    decision = models.decision
    answer = (
        f"verdict of the gate “{decision.gate}”: {decision.verdict.replace('_', ' ')}"
        if decision
        else "no gate has checked it"
    )
    if models.champion is None:
        return f"There is no champion. Shown is the newest version, {models.newest.version}; {answer}.", "bad"
    if decision and decision.is_provisional:
        tested = (models.champion.failure or {}).get("events", {}).get("tested_failures")
        few = f" on {plural(tested, 'tested failure')}" if tested is not None else ""
        return (
            f"Champion, and provisional: {answer}{few}. Too few failures were tested to be sure; read the intervals.",
            "warn",
        )
    return f"Champion since {moment(models.champion.champion_since)}: {answer}.", "good"


def _tiles(model: ModelFacts) -> tuple[Tile, ...]:
    if model.failure:
        return _failure_tiles(model.failure)
    anomaly = model.anomaly
    if anomaly is None:
        return ()
    return (
        Tile(
            number(anomaly["alarms_per_machine_year_on_healthy"], 3),
            f"alarms per machine-year on {count(anomaly['held_out_healthy_rows'])} later healthy rows; "
            f"allowed {number(anomaly['budget_alarms_per_machine_year'], 3)}",
        ),
        Tile(count(anomaly["trained_rows"]), f"healthy rows learnt: {anomaly['healthy_rule']}"),
        *_sight_tiles(anomaly),
    )


def _sight_tiles(anomaly: Mapping[str, Any]) -> tuple[Tile, ...]:
    """What an anomaly model finds; versions of before have no such figures."""
    shifts = [each for each in anomaly.get("power", ()) if each["kind"] == "shift" and each["disturbed"]]
    tiles = [
        Tile(of(each["found"], each["disturbed"]), "shifts of one metric found, put in on trial") for each in shifts
    ]
    known = anomaly.get("incidents")
    if known:
        tiles.append(Tile(of(known["found"], known["known"]), "known incidents of the plant found"))
    return tuple(tiles)


def _failure_tiles(failure: Mapping[str, Any]) -> tuple[Tile, ...]:
    events = failure["events"]
    low, high = (share(events[name], 1) for name in ("recall_low", "recall_high"))
    return (
        Tile(
            of(events["caught_failures"], events["tested_failures"]),
            f"unseen failures announced; 95 % interval {low} to {high}",
        ),
        Tile(
            number(events["false_alarms_per_machine_year"], 3),
            f"false alarms per machine-year: {events['false_episodes']} in "
            f"{number(events['machine_years'], 3)} machine-years{intervened(events)}",
        ),
        Tile(
            _hours(events["lead_hours_p50"]),
            f"median warning; nine in ten had at least {_hours(events['lead_hours_p10'])}",
        ),
        Tile(
            f"${count(events['cost'])}",
            f"cost of the tested time; never alarming ${count(failure['never_alarming_cost'])}, "
            f"always ${count(failure['always_alarming_cost'])}",
        ),
    )


def _hours(value: float | None) -> str:
    return "unknown" if value is None else f"{number(value, 3)} h"


def _compared(failure: Mapping[str, Any]) -> tuple[Compared, ...]:
    """The model beside itself without telemetry and beside having no model, on the same failures."""
    tested = failure["events"]["tested_failures"]
    found = [_events("this model", failure["events"])]
    if failure.get("without_telemetry"):
        found.append(_events("the same without telemetry", failure["without_telemetry"]))
    found += [
        Compared("never alarming", of(0, tested), "0", f"${count(failure['never_alarming_cost'])}"),
        Compared("always alarming", of(tested, tested), "not counted", f"${count(failure['always_alarming_cost'])}"),
    ]
    if failure.get("left_out_machines"):
        found.append(_events("machines it never saw (all time, other failures)", failure["left_out_machines"]))
    return tuple(found)


def _events(name: str, events: Mapping[str, Any]) -> Compared:
    return Compared(
        name, of(events["caught_failures"], events["tested_failures"]),
        f"{number(events['false_alarms_per_machine_year'], 3)} ({events['false_episodes']}){intervened(events)}",
        f"${count(events['cost'])}",
    )  # fmt: skip


def _pictures(model: ModelFacts) -> tuple[Picture, ...]:
    found = model_pictures(model.pictures)
    return tuple(Picture(found[name].chart, found[name].narrow, caption) for name, caption in CAPTIONS if name in found)


def _no_pictures(model: ModelFacts | None) -> str:
    """Why a failure model has no pictures: its folder is older than their numbers, or incomplete."""
    if model is None or model.failure is None or model.pictures:
        return ""
    where = f" The card, `{model.card_path}`, has pictures of its own." if model.card_path else ""
    return f"The folder of this version does not hold the numbers behind its pictures (`{Pictures.FILE}`).{where}"


def _check(check: Check) -> CheckLine:
    relation = {">=": "≥", "<=": "≤"}.get(check.relation, check.relation)
    asked = "" if check.limit is None else f"{relation} {number(check.limit, 6)}"
    found = "" if check.value is None else number(check.value, 6)
    words = check.name.replace("_", " ") if check.value is not None else check.text
    return CheckLine(words, found, asked, check.verdict)


def _threshold(threshold: Threshold) -> tuple[str, str, str]:
    likely = "" if threshold.probability is None else f"{100 * threshold.probability:.1f} %"
    rule = "score ≥" if threshold.model != "anomaly" else "path length <"
    return threshold.name.replace("_", " "), f"{threshold.model}: {rule} {number(threshold.value, 6)}", likely


def _identity(models: Models, model: ModelFacts) -> tuple[tuple[str, str], ...]:
    decision = models.decision
    return (
        ("version", f"{model.version}, one of {models.versions}"),
        ("trained", f"{moment(model.trained_at)} UTC"),
        *((("trained because", decision.reason),) if decision and decision.reason else ()),
        *((("in force because", model.reason),) if model.reason else ()),
        *(_rows(model.failure) if model.failure else ()),
        *(_data(model.readiness) if model.readiness else ()),
        ("code", model.code_revision),
    )


def _rows(failure: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    learnt = f"{count(failure['trained_rows'])} rows, {count(failure['trained_positives'])} of them before a failure"
    tested = f"{count(failure['rows'])} later rows, {count(failure['positive_rows'])} of them before a failure"
    outlook = failure.get("outlook")
    return (
        ("learnt from", learnt),
        ("tested on", f"{tested}, in {plural(failure['origins'], 'block')}"),
        *((("time to failure", _interval(outlook)),) if outlook else ()),
    )


def _interval(outlook: Mapping[str, Any]) -> str:
    """How often the interval of the expected time held on later rows; older versions have no such figure."""
    promised = f"its interval should hold {share(outlook['promised'], 1)} of the times"
    if outlook["why_unknown"]:
        return f"{promised}; how often it does is unknown: {outlook['why_unknown']}"
    held, low, high = (share(outlook[name], 1) for name in ("inside", "inside_low", "inside_high"))
    return (
        f"{promised}; it held {held} (95 % interval {low} to {high}) "
        f"over {plural(outlook['failures'], 'failure')} and {count(outlook['rows'])} later rows"
    )


def _data(readiness: Readiness) -> tuple[tuple[str, str], ...]:
    machines, months = count(readiness.machines), number(readiness.months, 3)
    return (("data", f"{machines} machines, {months} months, {plural(readiness.failures, 'failure')}"),)
