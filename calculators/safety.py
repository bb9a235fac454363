"""The response time of a safety function against its process safety time, and the tests that are due.

Source: IEC 61511-1:2016, 3.2.52.1 (process safety time) and table 4 (probability of failure on demand by level);
IEC 61508-6:2010, annex B.3.2.2.1 (average probability of failure on demand of one channel, repair left out);
ISA-TR96.05.01 (partial stroke tests). Half of the process safety time for level 2 is a rule of thumb of design.
"""

from dataclasses import dataclass

from calculators.arithmetic import Number, power, total
from calculators.errors import CalculationError
from calculators.fields import check, figure, label, quantity, rows, share

HALF = Number(1, 2)
HOURS_PER_D = Number(24)
TENTH = Number(1, 10)
NONE = Number(0)


@dataclass(frozen=True, slots=True)
class Part:
    """One link of the chain from sensor to final element."""

    name: str = label("name of the part")
    time_s: Number = quantity("longest time that the part takes", "s", least=0)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class SafetyCase:
    """One safety function, from the sensor to the final element."""

    process_safety_time_s: Number = quantity("time from the start of the hazard to the dangerous state", "s", above=0)
    sil_number: Number = quantity("safety integrity level", "number", least=1, most=4, is_whole=True)
    dangerous_failures_per_h: Number = quantity("rate of dangerous failures that only a test finds", "per h", least=0)
    proof_test_interval_d: Number = quantity("interval of the full proof test", "d", above=0)
    parts: tuple[Part, ...] = rows("parts of the chain", Part)
    allowed_frac: Number = quantity(
        "part of the process safety time that the response must stay below", "frac", above=0, most=1, default=HALF
    )
    partial_stroke_interval_d: Number = quantity(
        "interval of the partial stroke test", "d", above=0, default=Number(30)
    )
    partial_stroke_coverage_frac: Number = share("part of the failures that a partial stroke finds", NONE)
    since_proof_test_d: Number = quantity("time since the last full proof test", "d", least=0, default=NONE)
    since_partial_stroke_d: Number = quantity("time since the last partial stroke test", "d", least=0, default=NONE)

    def __post_init__(self) -> None:
        check(self)
        if found := problem(self):
            raise CalculationError(found)


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part, and what it takes of the response time and of the process safety time."""

    name: str = label("part")
    time_s: Number = figure("time", "s", 3)
    of_response_frac: Number = figure("of the response time", "frac", 1)
    of_process_frac: Number = figure("of the process safety time", "frac", 1)


@dataclass(frozen=True, slots=True)
class SafetyResult:
    """The budget, the probability of failure on demand, and the tests."""

    response_time_s: Number = figure("safety response time", "s", 3)
    used_frac: Number = figure("process safety time used", "frac", 1)
    verdict: str = label("response time against its limit")
    longest_response_s: Number = figure("limit of the response time (excluded)", "s", 3)
    margin_s: Number = figure("time left until the dangerous state", "s", 3)
    margin_frac: Number = figure("margin", "frac", 1)
    slowest: str = label("slowest part")
    slowest_frac: Number = figure("slowest part, of the response time", "frac", 1)
    pfd_average_number: Number = figure("average probability of failure on demand", "number", 6)
    pfd_verdict: str = label("probability against the level")
    longest_proof_test_interval_d: Number | None = figure("longest proof test interval of the level", "d", 0)
    proof_test: str = label("proof test")
    proof_test_in_d: Number = figure("proof test due in", "d", 1)
    partial_stroke: str = label("partial stroke test")
    partial_stroke_in_d: Number = figure("partial stroke test due in", "d", 1)
    parts: tuple[PartShown, ...] = rows("response time by part", PartShown)


def problem(case: SafetyCase) -> str:
    """What contradicts itself in a case; empty where nothing does."""
    if total(part.time_s for part in case.parts) == 0:
        return "parts: the times add up to 0; legal: a part that takes time; give the time of the final element"
    return ""


def calculate(case: SafetyCase) -> SafetyResult:
    """The response time is the sum of the parts' times; it must stay below a part of the process safety time."""
    response_time_s = total(part.time_s for part in case.parts)
    used_frac = response_time_s / case.process_safety_time_s
    slowest = max(case.parts, key=lambda part: part.time_s)
    pfd = average_pfd(case)
    worst = power(TENTH, case.sil_number)
    return SafetyResult(
        response_time_s=response_time_s,
        used_frac=used_frac,
        verdict="within its limit" if used_frac < case.allowed_frac else "REFUSED: not below its limit",
        longest_response_s=case.process_safety_time_s * case.allowed_frac,
        margin_s=case.process_safety_time_s - response_time_s,
        margin_frac=1 - used_frac,
        slowest=slowest.name,
        slowest_frac=slowest.time_s / response_time_s,
        pfd_average_number=pfd,
        pfd_verdict="meets its level" if pfd < worst else "REFUSED: too high for its level",
        longest_proof_test_interval_d=longest_interval_d(case, worst),
        proof_test=state_of(case.since_proof_test_d, case.proof_test_interval_d),
        proof_test_in_d=case.proof_test_interval_d - case.since_proof_test_d,
        partial_stroke=state_of(case.since_partial_stroke_d, case.partial_stroke_interval_d),
        partial_stroke_in_d=case.partial_stroke_interval_d - case.since_partial_stroke_d,
        parts=tuple(
            PartShown(
                name=part.name,
                time_s=part.time_s,
                of_response_frac=part.time_s / response_time_s,
                of_process_frac=part.time_s / case.process_safety_time_s,
            )
            for part in case.parts
        ),
    )


def average_pfd(case: SafetyCase) -> Number:
    """PFDavg = rate x (coverage x partial stroke interval + (1 - coverage) x proof test interval) / 2.

    Source: IEC 61508-6:2010, B.3.2.2.1, for rates times intervals far below 1; ISA-TR96.05.01 for the coverage.
    """
    by_stroke_d = case.partial_stroke_coverage_frac * case.partial_stroke_interval_d
    by_proof_d = (1 - case.partial_stroke_coverage_frac) * case.proof_test_interval_d
    return case.dangerous_failures_per_h * HOURS_PER_D * (by_stroke_d + by_proof_d) / 2


def longest_interval_d(case: SafetyCase, worst: Number) -> Number | None:
    """The proof test interval at which the average probability reaches the level's limit; None where none does."""
    by_proof_per_d = case.dangerous_failures_per_h * HOURS_PER_D * (1 - case.partial_stroke_coverage_frac) / 2
    by_stroke_per_d = case.dangerous_failures_per_h * HOURS_PER_D * case.partial_stroke_coverage_frac / 2
    left = worst - by_stroke_per_d * case.partial_stroke_interval_d
    if by_proof_per_d == 0:
        return None
    return left / by_proof_per_d if left > 0 else NONE


def state_of(since_d: Number, interval_d: Number) -> str:
    """What a test's age says: an alert at half of the interval, and when it is due."""
    if since_d >= interval_d:
        return "DUE"
    if since_d >= interval_d * HALF:
        return "half of its interval is over"
    return "not yet half of its interval"
