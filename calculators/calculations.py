"""The five calculations by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from calculators import false_alarms, platform_cost, safety, savings, update
from calculators.errors import CalculationError
from calculators.fields import Declared


@dataclass(frozen=True, slots=True)
class Calculation:
    """One calculation.

    Attributes:
        name: Its name in the command.
        title: What it is, in a few words.
        case: The class of its cases.
        result: The class of its results.
        calculate: The result of a case.
        main: The figure of the result whose sensitivity is shown.
    """

    name: str
    title: str
    case: type[Declared]
    result: type[Declared]
    calculate: Callable[[Any], Any]
    main: str


CALCULATIONS: Mapping[str, Calculation] = {
    each.name: each
    for each in (
        Calculation(
            "safety", "Safety response time", safety.SafetyCase, safety.SafetyResult, safety.calculate, "used_frac"
        ),
        Calculation(
            "return", "Return on predictive maintenance", savings.ReturnCase, savings.ReturnResult, savings.calculate,
            "npv_usd",
        ),
        Calculation(
            "update", "Update over the air", update.UpdateCase, update.UpdateResult, update.calculate, "staged_usd"
        ),
        Calculation(
            "platform", "Cost of the platform", platform_cost.PlatformCase, platform_cost.PlatformResult,
            platform_cost.calculate, "month_usd",
        ),
        Calculation(
            "alarms", "False alarms", false_alarms.AlarmCase, false_alarms.AlarmResult, false_alarms.calculate,
            "false_per_year",
        ),
    )
}  # fmt: skip


def calculation(name: str) -> Calculation:
    """The calculation of that name.

    Raises:
        CalculationError: There is none.
    """
    if name not in CALCULATIONS:
        raise CalculationError(f"got calculation {name!r}; legal: {', '.join(CALCULATIONS)}; name one of these")
    return CALCULATIONS[name]
