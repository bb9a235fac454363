"""Section 2: one machine's story, from signal to alarm to failure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import isfinite
from statistics import fmean, stdev

from markupsafe import Markup

from expectations.plant.plant_profile import Limits, Profile
from report.charts.story_chart import NARROW, story_chart
from report.charts.story_panels import Limit, Panel
from report.facts import Facts
from report.formats import day, duration, number, plural, short_moment, unit_label
from report.queries.story import Signal, Story

TREND = timedelta(days=1)
# Successive points of pure noise differ by 1.13 deviations in the mean; of a smooth signal by next to none.
NOISY = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story: when, what, and a class for its colour."""

    at: str
    words: str
    class_: str


@dataclass(frozen=True, slots=True)
class MachineSection:
    """What the template shows; `absent` says why there is no story."""

    title: str
    lead: str
    notes: tuple[str, ...]
    chart: Markup
    narrow_chart: Markup
    moments: tuple[Moment, ...]
    absent: str = ""


def machine_section(facts: Facts) -> MachineSection:
    """The story in words and as a picture."""
    story = facts.story
    if story is None:
        absent = "There is nothing to show yet: no reading has reached silver.buckets."
        return MachineSection("One machine", "", (), Markup(), Markup(), (), absent)
    pick = story.pick
    signals, score = [_panel(each, story, facts.profile) for each in story.signals], _score_panel(story)
    return MachineSection(
        title=f"Machine {pick.machine_id}" + (f", model {story.machine_model}" if story.machine_model else ""),
        lead=_lead(story),
        notes=_notes(story, facts),
        chart=story_chart(story, signals, score),
        narrow_chart=story_chart(story, signals, score, NARROW),
        moments=_moments(story),
    )


def _lead(story: Story) -> str:
    pick = story.pick
    if pick.failed_at is None:
        return (
            f"No failure is on record for a machine that sends readings. This is {pick.machine_id} of "
            f"{pick.factory_id} around {day(pick.centre)}, the day on which a machine had most readings beyond a limit."
        )
    where = f"machine {pick.machine_id} in {pick.factory_id}"
    what = f"On {day(pick.failed_at)} at {pick.failed_at:%H:%M} {where} failed: {pick.code}."
    if story.scoring is None:
        return what
    if story.warning is None:
        return f"{what} No score within the horizon before it crossed the threshold: this failure was missed."
    ahead = duration(pick.failed_at - story.warning)
    since = short_moment(story.warning)
    return f"{what} The score had crossed the alarm threshold on {since}: {ahead} of warning."


def _notes(story: Story, facts: Facts) -> tuple[str, ...]:
    notes = []
    if story.pick.candidates > 1:
        notes.append(
            f"Chosen from {plural(story.pick.candidates, 'failure')}: first those that the model was not trained on, "
            "then those announced, then those after calm days, then the one whose signals moved most."
        )
    if story.scoring is None and facts.models.champion is None:
        notes.append("There are no scores, because no model is champion.")
    elif story.scoring is None:
        notes.append("There are no scores: gold.predictions is empty. Run `assay score`.")
    elif story.scoring.is_held_out:
        notes.append(
            "The scores are those of the test: each stretch of time was scored by a model trained only on what lay "
            "well before it, with the threshold chosen then. It had not seen this failure."
        )
    elif story.was_learnt:
        notes.append(
            "The champion was trained on all history, this failure among it: the curve shows how the model reads these "
            "signals, not that it predicted the failure. The model card shows how well it predicts failures that it "
            "has not seen."
        )
    return tuple(notes)


def _panel(signal: Signal, story: Story, profile: Profile) -> Panel:
    metric = profile.metric(signal.metric)
    limits = metric.limits_for(story.pick.machine_id, story.machine_model)
    return Panel(
        name=f"{signal.metric}, {unit_label(metric.unit)}",
        line=[(point.at, point.mean) for point in signal.points],
        band=[(point.minimum, point.maximum) for point in signal.points],
        trend=_trend(signal) if _is_noisy(signal) else [],
        limits=_limits(limits, unit_label(metric.unit)),
        gap_s=max(3 * story.step.total_seconds(), 7200),
    )


def _is_noisy(signal: Signal) -> bool:
    """Whether neighbouring points differ so much that the line alone hides the trend."""
    values = [point.mean for point in signal.points]
    if len(values) < 3:
        return False
    step = fmean(abs(after - before) for before, after in pairwise(values))
    return step > NOISY * stdev(values)


def _trend(signal: Signal) -> list[tuple[datetime, float]]:
    """The mean of the day up to each point, weighted by readings: what an eye follows through the noise."""
    made, first = [], 0
    for place, point in enumerate(signal.points):
        while point.at - signal.points[first].at >= TREND:
            first += 1
        day_before = signal.points[first : place + 1]
        readings = sum(each.readings for each in day_before)
        made.append((point.at, sum(each.mean * each.readings for each in day_before) / readings))
    return made


def _limits(limits: Limits, unit: str) -> tuple[Limit, ...]:
    named = (
        (limits.warning_above, "warning above", "warn"), (limits.critical_above, "critical above", "bad"),
        (limits.warning_below, "warning below", "warn"), (limits.critical_below, "critical below", "bad"),
    )  # fmt: skip
    return tuple(
        Limit(value, f"{words} {number(value)} {unit}", class_) for value, words, class_ in named if value is not None
    )


def _score_panel(story: Story) -> Panel | None:
    if story.scoring is None or not story.scores:
        return None
    kind = "margin (log-odds)" if story.scoring.is_rising else "path length"
    alarm = _alarm_words(story.threshold, is_rising=story.scoring.is_rising)
    return Panel(
        name=f"score of {story.scoring.model}, {kind}{alarm}",
        line=[(score.at, score.score) for score in story.scores],
        steps=_thresholds(story),
        alarms=story.alarms,
        height=124.0,
        gap_s=story.silence.total_seconds(),
    )


def _thresholds(story: Story) -> list[tuple[datetime, float]]:
    """The threshold each time it changed; those at infinity, where no alarm was in reach, too."""
    steps: list[tuple[datetime, float]] = []
    for score in story.scores:
        if not steps or steps[-1][1] != score.threshold:
            steps.append((score.at, score.threshold))
    return steps


def _alarm_words(threshold: float | None, *, is_rising: bool) -> str:
    if threshold is None or not isfinite(threshold):
        return ""
    return f"; alarm {'at or above' if is_rising else 'below'} {number(threshold)}"


def _moments(story: Story) -> tuple[Moment, ...]:
    """Events and alarms in order; of an alarm, when it begins and how long it lasts."""
    moments: list[tuple[datetime, str, str]] = []
    classes = {"error": "warn", "alert": "accent", "maintenance": "good", "failure": "bad"}
    for event in story.events:
        detail = f": {event.detail}" if event.detail else ""
        moments.append((event.at, f"{event.kind} {event.code}{detail}", classes[event.kind]))
    for first, last in story.alarms:
        length = duration(last - first) if last > first else "one score"
        moments.append((first, f"the score is beyond the threshold, for {length}", "accent"))
    return tuple(Moment(short_moment(at), words, class_) for at, words, class_ in sorted(moments))
