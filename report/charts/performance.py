"""Pictures of a failure model's held-out performance: cost, warning, precision and recall, calibration."""

from collections.abc import Sequence
from dataclasses import replace
from math import log10

from markupsafe import Markup

from expectations.model_folder.pictures import CalibrationBin, CostLine, LeadTimes, PrecisionRecall
from report.charts import svg
from report.charts.plot import FOOT, TOP, WIDTH, axes, dot, key, plot
from report.charts.scales import padded
from report.formats import count, number, of

_HEIGHT, _ROWS_HEIGHT, _LABEL = 160.0, 54.0, 16.0
# Larger amounts have shorter names, so that they fit beside the axis.
_DOLLARS = ((1_000_000, "million dollars"), (1_000, "thousand dollars"), (1, "dollars"))


def cost_chart(cost: CostLine) -> Markup:
    """Cost over the margin to alarm at, with the chosen margin, the policy's, and both ways without a model."""
    marks = [cost.chosen, *cost.limits]
    margins = [*cost.margins, *(mark.margin for mark in marks)]
    highest = max([*cost.costs, cost.never, cost.always, *(mark.cost for mark in marks)])
    drawn = plot(padded(min(margins), max(margins), 0.03), (0.0, highest * 1.05), _HEIGHT)
    levels = sorted(((cost.never, "never alarming"), (cost.always, "always alarming")))
    size, unit = next(each for each in _DOLLARS if highest >= 1_000 * each[0] or each[0] == 1)
    is_close = drawn.y(levels[0][0]) - drawn.y(levels[1][0]) < _LABEL
    limits = list(zip(cost.limits, ("good", "bad"), strict=False))
    entries = [
        ("line", "alarm from this margin on"),
        ("accent", f"chosen: ${count(cost.chosen.cost)}"),
        *((class_, f"probability {number(mark.probability)}: ${count(mark.cost)}") for mark, class_ in limits),
    ]
    made = [
        *axes(drawn, "margin, log-odds", f"cost, {unit}", lambda value: count(value / size)),
        *(
            drawn.level(value, f"{name}: ${count(value)}", is_below=place == 0 and is_close)
            for place, (value, name) in enumerate(levels)
        ),
        drawn.line(list(zip(cost.margins, cost.costs, strict=True)), "line"),
        *(
            dot(*drawn.at([(mark.margin, mark.cost)])[0], class_, f"{number(mark.margin)}: ${count(mark.cost)}")
            for mark, class_ in limits
        ),
        dot(
            *drawn.at([(cost.chosen.margin, cost.chosen.cost)])[0], "accent",
            f"chosen, {number(cost.chosen.margin)}: ${count(cost.chosen.cost)}",
        ),
    ]  # fmt: skip
    return _whole("Cost over the margin to alarm at", made, entries)


def lead_time_chart(lead: LeadTimes) -> Markup:
    """Fraction of the tested failures that were announced at least so many hours ahead."""
    longest = max([*lead.hours, 1.0])
    upright = plot((0.0, longest * 1.03), (0.0, 1.0), _HEIGHT)
    drawn = replace(upright, x=replace(upright.x, start=upright.x.end, end=upright.x.start))
    tested = max(lead.tested, 1)
    points: list[tuple[float, float]] = []
    for place, hours in enumerate(lead.hours):
        points += [(hours, place / tested), (hours, (place + 1) / tested)]
    ends = [*points, (0.0, len(lead.hours) / tested)] if points else []
    words = f"{of(len(lead.hours), lead.tested)} failures announced"
    made = [*axes(drawn, "hours of warning, at least", "fraction of tested failures"), drawn.line(ends, "line")]
    made.append(svg.group("", drawn.level(len(lead.hours) / tested), svg.tooltip(words)))
    return _whole("Hours of warning before the tested failures", made, [("line", "announced"), ("limit", words)])


def precision_recall_chart(found: PrecisionRecall) -> Markup:
    """Precision over recall of held-out rows, with the prevalence and the alarm threshold."""
    if not found.recall:
        return svg.EMPTY
    drawn = plot((0.0, 1.0), (0.0, 1.0), _HEIGHT)
    points = [(0.0, found.precision[0])]
    for recall, precision in zip(found.recall, found.precision, strict=True):
        points += [(points[-1][0], precision), (recall, precision)]
    chosen = f"precision {number(found.chosen_precision, 3)}, recall {number(found.chosen_recall, 3)}"
    made = [
        *axes(drawn, "recall of rows", "precision of rows"),
        drawn.level(found.prevalence),
        drawn.line(points, "line"),
        dot(*drawn.at([(found.chosen_recall, found.chosen_precision)])[0], "accent", chosen),
    ]
    entries = [
        ("line", "held-out rows"),
        ("limit", f"rows before a failure, {number(found.prevalence, 3)}"),
        ("accent", "alarm threshold"),
    ]
    return _whole("Precision and recall of held-out rows", made, entries)


def calibration_chart(bins: Sequence[CalibrationBin]) -> Markup:
    """Fraction that failed over calibrated probability; below it, how many rows had each probability."""
    if not bins:
        return svg.EMPTY
    upper = plot((0.0, 1.0), (0.0, 1.0), _HEIGHT)
    most = max(log10(each.rows) for each in bins) + 0.1
    lower = plot((0.0, 1.0), (0.0, max(most, 1.0)), _ROWS_HEIGHT, top=TOP + _HEIGHT + 36.0)
    points = [(each.mean_probability, each.positives / each.rows) for each in bins]
    titles = [f"{of(each.positives, each.rows)} rows failed at {number(each.mean_probability, 3)}" for each in bins]
    powers = [float(power) for power in range(int(most) + 1)]
    made = [
        *axes(upper, "", "fraction that failed"),
        upper.line([(0.0, 0.0), (1.0, 1.0)], "ideal"),
        upper.line(points, "line"),
        *(dot(*at, "main", title) for at, title in zip(upper.at(points), titles, strict=True)),
        *axes(lower, "calibrated probability", "rows", lambda power: count(10**power), powers),
        *(
            svg.rect(
                lower.x(each.low), lower.y(log10(each.rows)), lower.x(each.high) - lower.x(each.low) - 1,
                max(lower.y.start - lower.y(log10(each.rows)), 1.0), "main", title,
            )
            for each, title in zip(bins, titles, strict=True)
        ),
    ]  # fmt: skip
    entries = [("main", "held-out rows"), ("limit", "perfect")]
    return _whole("Calibration of held-out rows", made, entries, _HEIGHT + 36.0 + _ROWS_HEIGHT)


def _whole(label: str, made: list[Markup], entries: Sequence[tuple[str, str]], height: float = _HEIGHT) -> Markup:
    below = TOP + height + FOOT
    marks, taken = key(entries, below)
    return svg.picture(WIDTH, below + taken, label, *made, *marks)
