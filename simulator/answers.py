"""What technicians say of alarms: lists of a week each, some of it wrong, some of it written down days later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from simulator.office_files import Line, OfficeFile, microseconds
from simulator.plant import US, Machine, SimulationConfig

CONFIRMED, REFUTED, ACKNOWLEDGED = "defect found", "nothing found", "seen"
_TECHNICIANS = ("Lim", "Meyer", "Rahman", "Schulz")
_SEEN_H = 30.0
"""A technician looks at a machine whose failure a signal shows within so many hours before it."""
_WRONG, _LATE = 0.2, 0.2
"""Fraction of such looks that find nothing, and of answers that are written down one day to three later."""
_FALSE_PER_DAY = 0.01
"""Looks at a machine that nothing is wrong with, per machine and day."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, when it was given and written down, microseconds since epoch; `is_right`: the machine agrees."""

    machine: Machine
    answered_us: int
    written_us: int
    words: str
    technician: str
    is_right: bool


def answers(machine: Machine, visible_failures_us: Iterable[int], config: SimulationConfig) -> list[Answer]:
    """The answers to alarms of one machine: who comes acknowledges first, and says later what there was."""
    rng = config.rng("answers", machine.index)
    looks: list[tuple[int, bool | None]] = [
        (us - int(rng.uniform(1, _SEEN_H) * 3600) * US, rng.random() >= _WRONG) for us in visible_failures_us
    ]
    span_s = config.days * 86_400 - 7200
    looks += [
        (config.start_us + int(rng.integers(span_s)) * US, None)
        for _ in range(rng.poisson(_FALSE_PER_DAY * config.days))
    ]
    return [one for at, finds in looks if at >= config.start_us for one in _look(machine, at, finds, rng)]


def _look(machine: Machine, at_us: int, finds: bool | None, rng: np.random.Generator) -> list[Answer]:
    """`finds`: whether what is wrong is found; None: nothing is wrong."""
    who, after_us = _TECHNICIANS[rng.integers(len(_TECHNICIANS))], int(rng.integers(1200, 3600)) * US
    late_us = int(rng.uniform(24, 72) * 3600) * US if rng.random() < _LATE else 0
    words = CONFIRMED if finds else REFUTED
    found = Answer(machine, at_us + after_us, at_us + after_us + late_us, words, who, finds is not False)
    return [Answer(machine, at_us, at_us, ACKNOWLEDGED, who, is_right=True), found]


def answer_files(given: Iterable[Answer], config: SimulationConfig) -> list[OfficeFile]:
    """A list for each week of the run, and one for what is left of it, of what was written down by then."""
    last = config.ends_at
    ends = [config.started_at + _WEEK * number for number in range(1, config.days // 7 + 1)]
    ends = [*ends, last] if not ends or ends[-1] < last else ends
    groups: list[list[Line]] = [[] for _ in ends]
    limits = [microseconds(end) for end in ends]
    for one in sorted(given, key=lambda a: (a.written_us, a.machine.index, a.words)):
        if one.written_us < limits[-1]:
            groups[int(np.searchsorted(limits, one.written_us, side="right"))].append(Line(_text(one)))
    if config.faults:
        _add_faults(groups, config)
    return [_file(_step_of(end, config), end, lines) for end, lines in zip(ends, groups, strict=True)]


def _step_of(end: datetime, config: SimulationConfig) -> int:
    return next(step for step in config.steps if end <= config.end_of(step))


def _add_faults(groups: list[list[Line]], config: SimulationConfig) -> None:
    """A word that is no answer and an unreadable time in the first list; the last one repeats an answer."""
    sent = next((lines[0] for lines in groups if lines), None)
    stamp = config.started_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    groups[0] += [
        Line(f"{stamp},BRE-01,bremen,ask the other shift,Meyer", "unknown_answer"),
        Line(f"this morning,BRE-01,bremen,{REFUTED},Meyer", "time_unreadable"),
    ]
    if sent:
        groups[-1].append(Line(sent.text, "duplicate"))


def _text(one: Answer) -> str:
    at = datetime.fromtimestamp(one.answered_us // US, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{at},{one.machine.machine_id},{one.machine.gateway.factory_id},{one.words},{one.technician}"


def _file(step: int, end: datetime, lines: list[Line]) -> OfficeFile:
    name = f"answers/until-{end:%Y-%m-%d}.csv"
    return OfficeFile(name, "answers", step, microseconds(end + timedelta(minutes=10)), tuple(lines))
