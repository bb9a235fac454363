"""How many false alarms follow from base rate, rate of checks and specificity; and the inverse.

Source: Axelsson, "The base-rate fallacy and the difficulty of intrusion detection", ACM TISSEC 3(3), 2000: expected
false alarms are checks without an event times (1 - specificity). Stages pass on what they flag; their errors are taken
as independent, which is the best case: stages that err together reduce less.
"""

from dataclasses import dataclass

from calculators.arithmetic import Number, earlier, product
from calculators.fields import check, figure, label, quantity, rows, share

DAYS_PER_YEAR = Number(365)
ONE = Number(1)


@dataclass(frozen=True, slots=True)
class Check:
    """One stage: of what reaches it, it passes on most events and few others."""

    name: str = label("name of the stage")
    sensitivity_frac: Number = share("part of the events that it flags")
    specificity_frac: Number = share("part of the checks without an event that it does not flag")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class AlarmCase:
    """A fleet that is checked again and again for something rare."""

    machines_count: Number = quantity("machines, sensors or users that are checked", "machines", above=0, is_whole=True)
    checks_per_machine_year: Number = quantity("checks without an event", "per machine and year", above=0)
    events_per_machine_year: Number = quantity("events, each checked once", "per machine and year", least=0)
    stages: tuple[Check, ...] = rows("stages", Check)
    wanted_per_machine_year: Number = quantity(
        "false alarms that are tolerated", "per machine and year", least=0, default=ONE
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class StageShown:
    """What is flagged after a stage."""

    name: str = label("after stage")
    false_per_year: Number = figure("false alarms of the fleet a year", "per year", 2)
    false_per_machine_year: Number = figure("false alarms of a machine a year", "per machine and year", 4)
    events_found_frac: Number = figure("events found", "frac", 2)
    reduced_by_number: Number | None = figure("of the stage before, one of", "number", 1)


@dataclass(frozen=True, slots=True)
class AlarmResult:
    """Alarms of the fleet in a year, true and false; and what specificity the wanted number needs."""

    false_per_year: Number = figure("false alarms of the fleet a year", "per year", 2)
    false_per_machine_year: Number = figure("false alarms of a machine a year", "per machine and year", 4)
    false_per_d: Number = figure("false alarms of the fleet a day", "per d", 2)
    true_per_year: Number = figure("true alarms of the fleet a year", "per year", 2)
    missed_per_year: Number = figure("events missed a year", "per year", 2)
    precision_frac: Number | None = figure("alarms that are true", "frac", 3)
    base_rate_frac: Number = figure("checks that hold an event", "frac", 8)
    specificity_frac: Number = figure("specificity of all stages", "frac", 8)
    sensitivity_frac: Number = figure("sensitivity of all stages", "frac", 2)
    needed_specificity_frac: Number = figure("specificity that the tolerated number needs", "frac", 8)
    verdict: str = label("against the tolerated number")
    stages: tuple[StageShown, ...] = rows("by stage", StageShown)


def calculate(case: AlarmCase) -> AlarmResult:
    """False alarms = checks without an event x the part of them that every stage flags."""
    passed = product(1 - stage.specificity_frac for stage in case.stages)
    sensitivity = product(stage.sensitivity_frac for stage in case.stages)
    false_per_machine = case.checks_per_machine_year * passed
    false_alarms = case.machines_count * false_per_machine
    events = case.machines_count * case.events_per_machine_year
    true_alarms = events * sensitivity
    checks = case.checks_per_machine_year + case.events_per_machine_year
    return AlarmResult(
        false_per_year=false_alarms,
        false_per_machine_year=false_per_machine,
        false_per_d=false_alarms / DAYS_PER_YEAR,
        true_per_year=true_alarms,
        missed_per_year=events - true_alarms,
        precision_frac=true_alarms / (true_alarms + false_alarms) if true_alarms + false_alarms > 0 else None,
        base_rate_frac=case.events_per_machine_year / checks,
        specificity_frac=1 - passed,
        sensitivity_frac=sensitivity,
        needed_specificity_frac=needed_specificity(case.checks_per_machine_year, case.wanted_per_machine_year),
        verdict="tolerated" if false_per_machine <= case.wanted_per_machine_year else "REFUSED: more than tolerated",
        stages=tuple(stage_shown(case, stage) for stage in case.stages),
    )


def needed_specificity(checks_per_machine_year: Number, wanted_per_machine_year: Number) -> Number:
    """The inverse: the specificity that leaves the wanted number of false alarms; 0 where every check may raise one."""
    needed = 1 - wanted_per_machine_year / checks_per_machine_year
    return needed if needed > 0 else Number(0)


def stage_shown(case: AlarmCase, stage: Check) -> StageShown:
    """What is left after a stage, all before it included."""
    before = product(1 - each.specificity_frac for each in earlier(case.stages, stage))
    found_before = product(each.sensitivity_frac for each in earlier(case.stages, stage))
    left = case.checks_per_machine_year * before * (1 - stage.specificity_frac)
    return StageShown(
        name=stage.name,
        false_per_year=case.machines_count * left,
        false_per_machine_year=left,
        events_found_frac=found_before * stage.sensitivity_frac,
        reduced_by_number=1 / (1 - stage.specificity_frac) if stage.specificity_frac < 1 else None,
    )
