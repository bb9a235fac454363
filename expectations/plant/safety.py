"""The safety functions of a plant: which parts a response consists of, how long each may take, when tests are due.

Source: IEC 61511-1:2016, 3.2.52.1 (process safety time). That a response stays below half of it is a rule of thumb of
design for safety integrity level 2.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section
from expectations.plant.values import above_zero, duration_s, instant

HALF = 0.5
_MOST_SIL = 4


@dataclass(frozen=True, slots=True)
class SafetyFunction:
    """One safety function.

    Attributes:
        function_id: As the plant names it.
        machine_id: Its machine.
        factory_id: The machine's factory.
        process_safety_time_s: Time from the start of the hazard to the dangerous state.
        allowed_frac: Part of it that the response must stay below.
        sil: Safety integrity level, 1 to 4.
        parts: Part of the chain, from the sensor to the final element -> longest time that it may take, seconds.
        proof_test_s: Interval of the proof test.
        partial_stroke_s: Interval of the partial stroke test; None where there is none.
        in_service_since: From when the first test is due; None: since the plant began.
    """

    function_id: str
    machine_id: str
    factory_id: str
    process_safety_time_s: Decimal
    allowed_frac: Decimal
    sil: int
    parts: tuple[tuple[str, Decimal], ...]
    proof_test_s: int
    partial_stroke_s: int | None = None
    in_service_since: datetime | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells functions apart: machine, factory and name."""
        return self.machine_id, self.factory_id, self.function_id

    @property
    def budget_s(self) -> Decimal:
        """Longest response time: the sum of the parts."""
        return sum((time_s for _, time_s in self.parts), Decimal(0))

    @property
    def limit_s(self) -> Decimal:
        """The response time must stay below it."""
        return self.process_safety_time_s * self.allowed_frac


def safety_functions(sections: tuple[Section, ...]) -> tuple[SafetyFunction, ...]:
    """The functions in the tables `[[safety]]`, in the order of the file.

    Raises:
        ProfileError: A number that cannot be, no part, or a function twice.
    """
    found: dict[tuple[str, str, str], SafetyFunction] = {}
    for section in sections:
        function = _function(section)
        if function.place in found:
            raise ProfileError(
                f"{section.where}: function {function.function_id!r} of machine {function.machine_id!r} again; legal: "
                "one table for each; remove one"
            )
        found[function.place] = function
    return tuple(found.values())


def _function(section: Section) -> SafetyFunction:
    stroke = duration_s(section, "partial_stroke_interval") if section.has("partial_stroke_interval") else None
    function = SafetyFunction(
        function_id=section.take("function_id", str),
        machine_id=section.take("machine_id", str),
        factory_id=section.take("factory_id", str),
        process_safety_time_s=_decimal(above_zero(section, "process_safety_time_s")),
        allowed_frac=_decimal(above_zero(section, "allowed_frac") if section.has("allowed_frac") else HALF),
        sil=section.take("sil", int),
        parts=_parts(section.table("parts")),
        proof_test_s=duration_s(section, "proof_test_interval"),
        partial_stroke_s=stroke,
        in_service_since=instant(section, "in_service_since") if section.has("in_service_since") else None,
    )
    section.finish()
    _check(function, section.where)
    return function


def _parts(section: Section) -> tuple[tuple[str, Decimal], ...]:
    parts = tuple((name, _decimal(above_zero(section, name))) for name in section.names())
    if not parts:
        raise ProfileError(f"{section.where}: got no part; legal: seconds by part, such as {{ valve_stroke = 1.2 }}")
    return parts


def _check(function: SafetyFunction, where: str) -> None:
    if function.allowed_frac > 1:
        raise ProfileError(f"{where}: allowed_frac = {function.allowed_frac}; legal: above 0, at most 1, such as 0.5")
    if not 1 <= function.sil <= _MOST_SIL:
        raise ProfileError(f"{where}: sil = {function.sil}; legal: 1, 2, 3 or 4")


def _decimal(number: float) -> Decimal:
    """What the digits of the profile say: sums of parts are exact."""
    return Decimal(repr(number))
