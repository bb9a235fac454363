"""The pictures of a model card: what the held-out rows and episodes say."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ml.data.dataset import FeatureList, Float32, Float64
from ml.evaluation.episodes import EventOutcome, episode_starts
from ml.evaluation.held_out import Evaluation
from ml.evaluation.metrics import precision_recall, reliability_bins
from ml.evaluation.threshold import CostCurve, CostPoint
from ml.policy import US_PER_DAY
from report.model_card.figures import ACCENT, INK, MAIN, QUIET, draw, legend

TOP_FEATURES = 15
IN_THOUSANDS = 1_000.0


def precision_recall_plot(label: NDArray[np.int8], margins: Float32, threshold: float) -> str:
    """Precision over recall of rows, with the prevalence and the chosen threshold."""
    precision, recall = precision_recall(label, margins)
    prevalence = float((label == 1).mean())
    flagged = margins >= threshold
    chosen = float((label[flagged] == 1).mean()) if flagged.any() else 0.0
    reached = float((flagged & (label == 1)).sum() / max((label == 1).sum(), 1))

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.step(recall, precision, where="post", color=MAIN, linewidth=1.8, label="held-out rows")
        axes.axhline(prevalence, color=QUIET, linestyle="--", linewidth=1, label=f"prevalence {prevalence:.3f}")
        axes.plot(reached, chosen, "o", color=ACCENT, markersize=8, label="alarm threshold")
        axes.set(xlabel="recall of rows", ylabel="precision of rows", xlim=(0, 1.01), ylim=(0, 1.05))
        legend(axes, loc="upper right")

    return draw("precision-recall", paint)


def cost_plot(curve: CostCurve, chosen: CostPoint, limits: tuple[tuple[str, CostPoint], ...]) -> str:
    """Cost over the alarm margin, with the chosen point, the policy's limits and both ways without a model."""
    margins = [point.threshold for point in curve.points]
    costs = [point.cost / IN_THOUSANDS for point in curve.points]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot(margins, costs, color=MAIN, linewidth=1.8, label="alarm from this margin on")
        _level(axes, curve.never, "never alarm", "--")
        _level(axes, curve.always, "always alarm", ":")
        for name, point in limits:
            if np.isfinite(point.threshold):
                axes.plot(point.threshold, point.cost / IN_THOUSANDS, "s", color=QUIET, markersize=7)
                axes.annotate(
                    name,
                    (point.threshold, point.cost / IN_THOUSANDS),
                    xytext=(6, 6),
                    textcoords="offset points",
                    fontsize=9,
                    color=INK,
                )
        axes.plot(
            chosen.threshold,
            chosen.cost / IN_THOUSANDS,
            "o",
            color=ACCENT,
            markersize=8,
            label=f"chosen: {chosen.cost:,.0f}",
        )
        axes.set(xlabel="margin (log-odds)", ylabel="cost, thousands")
        axes.set_ylim(bottom=0)
        legend(axes, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)

    return draw("cost", paint)


def calibration_plot(label: NDArray[np.int8], probability: Float64) -> str:
    """Observed share over predicted probability, above how many rows had each probability."""
    bins = reliability_bins(label, probability)

    def paint(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        upper.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1, label="perfect")
        upper.plot(
            [b.mean_probability for b in bins],
            [b.positives / b.rows for b in bins],
            "o-",
            color=MAIN,
            linewidth=1.8,
            label="held-out rows",
        )
        upper.set(ylabel="fraction that failed", ylim=(-0.02, 1.05))
        legend(upper, loc="upper left")
        lower.bar([b.low for b in bins], [b.rows for b in bins], width=0.1, align="edge", color=MAIN, alpha=0.6)
        lower.set(xlabel="calibrated probability", ylabel="rows", yscale="log", xlim=(0, 1))

    return draw("calibration", paint, height=4.2)


def importance_plot(importance: Float64, features: FeatureList) -> str:
    """The features that move the margin most, telemetry set apart from events and attributes."""
    order = np.argsort(-importance, kind="stable")[:TOP_FEATURES][::-1]
    names = [features.names[place] for place in order]
    colours = [MAIN if name in features.telemetry else ACCENT for name in names]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.barh(range(len(order)), importance[order], color=colours, height=0.7)
        axes.set_yticks(range(len(order)), names, fontsize=9)
        axes.set_xlabel("mean |contribution to the margin|")
        axes.grid(visible=False, axis="y")
        axes.plot([], [], "s", color=MAIN, label="telemetry")
        axes.plot([], [], "s", color=ACCENT, label="events and attributes")
        legend(axes, loc="lower right")

    return draw("importance", paint, height=4.6)


def lead_time_plot(outcome: EventOutcome) -> str:
    """Share of the tested failures that were announced at least so many hours ahead."""
    lead = np.sort(outcome.lead_hours[outcome.caught])[::-1]
    share = np.arange(1, len(lead) + 1) / max(len(outcome.caught), 1)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.step(
            np.append(lead, 0.0),
            np.append(share, share[-1:] if len(share) else 0.0),
            where="pre",
            color=MAIN,
            linewidth=1.8,
        )
        axes.axhline(
            len(lead) / max(len(outcome.caught), 1),
            color=QUIET,
            linestyle="--",
            linewidth=1,
            label=f"{len(lead)} of {len(outcome.caught)} failures announced",
        )
        axes.set(xlabel="hours of warning, at least", ylabel="fraction of tested failures", ylim=(0, 1.05))
        axes.invert_xaxis()
        legend(axes, loc="upper left")

    return draw("lead-time", paint)


def timeline_plot(evaluation: Evaluation, horizon_us: int) -> str:
    """Every held-out alarm episode and failure, machine by machine."""
    rows = evaluation.held_out.rows
    machines = np.unique(rows.machine_ids).tolist()

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for place, machine_id in enumerate(machines):
            flagged = rows.scored_us[(rows.machine_ids == machine_id) & evaluation.flags]
            days = episode_starts(flagged, horizon_us) / US_PER_DAY
            width = horizon_us / US_PER_DAY
            axes.barh(np.full(len(days), place), width, left=days, height=0.5, color=MAIN, alpha=0.55)
        _failure_marks(axes, evaluation.outcome, machines)
        axes.bar(0, 0, color=MAIN, alpha=0.55, label="alarm episode")
        axes.set_yticks(range(len(machines)), machines, fontsize=8)
        axes.set_xlim(rows.scored_us.min() / US_PER_DAY, rows.scored_us.max() / US_PER_DAY)
        axes.xaxis.set_major_locator(AutoDateLocator())
        axes.xaxis.set_major_formatter(ConciseDateFormatter(AutoDateLocator()))
        legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3)

    return draw("timeline", paint, width=9.6, height=1.6 + 0.2 * len(machines))


def _failure_marks(axes: Axes, outcome: EventOutcome, machines: list[str]) -> None:
    kinds = (
        (outcome.caught, "o", MAIN, "failure, announced"),
        (~outcome.caught, "X", ACCENT, "failure, missed"),
    )
    for kind, marker, colour, name in kinds:
        places = [machines.index(machine_id) for machine_id in outcome.failures.machine_ids[kind]]
        days = outcome.failures.failed_us[kind] / US_PER_DAY
        axes.plot(days, places, marker, color=colour, markersize=7, linestyle="none", label=name)


def _level(axes: Axes, cost: float, name: str, line: str) -> None:
    axes.axhline(cost / IN_THOUSANDS, color=QUIET, linestyle=line, linewidth=1.2,
                 label=f"{name}: {cost:,.0f}")  # fmt: skip
