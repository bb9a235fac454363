"""What predictive maintenance saves, what it costs, and when it has paid.

Source: ISO 15663:2021 (life-cycle costing: net present value, payback); return is benefit less cost, by cost.
"""

from dataclasses import dataclass

from calculators.arithmetic import Number, count_up, power, total
from calculators.errors import CalculationError
from calculators.fields import check, figure, label, money, quantity, rows, share

DAYS_PER_YEAR = Number(365)
NONE = Number(0)


@dataclass(frozen=True, slots=True)
class Component:
    """Something that is paid once, at the begin."""

    name: str = label("name of the component")
    unit_usd: Number = money("price of one")
    quantity_number: Number = quantity("how many", "number", least=0)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class ReturnCase:
    """A fleet with and without predictions."""

    machines_count: Number = quantity("machines of the fleet", "machines", above=0, is_whole=True)
    failures_per_machine_year: Number = quantity("unplanned failures today", "per machine and year", above=0)
    remaining_failures_per_machine_year: Number = quantity(
        "unplanned failures that remain with predictions", "per machine and year", least=0
    )
    emergency_repair_usd: Number = money("cost of a repair after a failure")
    planned_repair_usd: Number = money("cost of a planned repair")
    investment: tuple[Component, ...] = rows("components that are paid once", Component)
    unplanned_repair_h: Number = quantity("downtime of a failure today", "h", least=0, default=NONE)
    remaining_repair_h: Number = quantity("downtime of a failure that remains", "h", least=0, default=NONE)
    planned_repair_h: Number = quantity("downtime of a planned repair, without penalty", "h", least=0, default=NONE)
    penalty_usd_per_h: Number = money("penalty of an hour of unplanned downtime", "USD per h", NONE)
    penalty_frac: Number = share("part of the failures that cause the penalty", Number(1))
    preventive_usd_per_machine_year: Number = money("preventive maintenance today", "USD per machine and year", NONE)
    preventive_after_usd_per_machine_year: Number = money(
        "preventive maintenance with predictions", "USD per machine and year", NONE
    )
    false_alarms_per_machine_year: Number = quantity("false alarms", "per machine and year", least=0, default=NONE)
    false_alarm_usd: Number = money("cost of an inspection after a false alarm", default=NONE)
    running_usd_per_year: Number = money("cost of the platform and of its upkeep", "USD per year", NONE)
    horizon_years: Number = quantity("years looked at", "years", least=1, most=50, is_whole=True, default=Number(5))
    discount_frac: Number = share("discount rate of a year", Number(8, 100))

    def __post_init__(self) -> None:
        check(self)
        if found := problem(self):
            raise CalculationError(found)


@dataclass(frozen=True, slots=True)
class Year:
    """One year: what is saved, and what the whole is worth at its end."""

    year_number: Number = figure("year", "number", 0)
    saved_usd: Number = figure("saved", "USD")
    discounted_usd: Number = figure("worth at the begin", "USD")
    npv_usd: Number = figure("net present value so far", "USD")


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of yearly cost."""

    name: str = label("cost of a year")
    today_usd: Number = figure("today", "USD")
    with_usd: Number = figure("with predictions", "USD")


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """Costs of a year, and what the investment is worth."""

    today_usd_per_year: Number = figure("cost of a year today", "USD")
    with_usd_per_year: Number = figure("cost of a year with predictions", "USD")
    saved_usd_per_year: Number = figure("saved in a year", "USD")
    investment_usd: Number = figure("investment", "USD")
    first_year_usd: Number = figure("saved in the first year, less the investment", "USD")
    first_year_return_frac: Number | None = figure("return of the first year", "frac", 0)
    payback_d: Number | None = figure("payback", "d", 1)
    npv_usd: Number = figure("net present value over the horizon", "USD")
    fleet_failures_per_year: Number = figure("failures of a year today", "per year")
    remaining_failures_per_year: Number = figure("failures of a year that remain", "per year")
    planned_repairs_per_year: Number = figure("planned repairs of a year", "per year")
    prevented_frac: Number = figure("failures prevented", "frac", 1)
    break_even_prevented_frac: Number | None = figure("failures prevented at break-even", "frac", 2)
    downtime_today_h: Number = figure("downtime of a year today", "h", 1)
    downtime_with_h: Number = figure("downtime of a year with predictions", "h", 1)
    items: tuple[Item, ...] = rows("costs of a year", Item)
    years: tuple[Year, ...] = rows("net present value by year", Year)


def problem(case: ReturnCase) -> str:
    """What contradicts itself in a case; empty where nothing does."""
    if case.remaining_failures_per_machine_year > case.failures_per_machine_year:
        return (
            "remaining_failures_per_machine_year: more than failures_per_machine_year; "
            "legal: at most as many; predictions cause no failures"
        )
    return ""


def calculate(case: ReturnCase) -> ReturnResult:
    """Costs of a year today and with predictions; the investment is paid at the begin, savings at each year's end."""
    items = items_of(case)
    today_usd = total(item.today_usd for item in items)
    with_usd = total(item.with_usd for item in items)
    saved_usd = today_usd - with_usd
    investment_usd = total(part.unit_usd * part.quantity_number for part in case.investment)
    years = years_of(case, saved_usd, investment_usd)
    failures = case.machines_count * case.failures_per_machine_year
    remaining = case.machines_count * case.remaining_failures_per_machine_year
    return ReturnResult(
        today_usd_per_year=today_usd,
        with_usd_per_year=with_usd,
        saved_usd_per_year=saved_usd,
        investment_usd=investment_usd,
        first_year_usd=saved_usd - investment_usd,
        first_year_return_frac=(saved_usd - investment_usd) / investment_usd if investment_usd > 0 else None,
        payback_d=investment_usd / saved_usd * DAYS_PER_YEAR if saved_usd > 0 else None,
        npv_usd=total(year.discounted_usd for year in years) - investment_usd,
        fleet_failures_per_year=failures,
        remaining_failures_per_year=remaining,
        planned_repairs_per_year=failures - remaining,
        prevented_frac=1 - case.remaining_failures_per_machine_year / case.failures_per_machine_year,
        break_even_prevented_frac=break_even(case, today_usd, with_usd, investment_usd),
        downtime_today_h=failures * case.unplanned_repair_h,
        downtime_with_h=remaining * case.remaining_repair_h + (failures - remaining) * case.planned_repair_h,
        items=items,
        years=years,
    )


def items_of(case: ReturnCase) -> tuple[Item, ...]:
    """Each kind of cost in a year. A planned repair has no penalty: it waits for a standby or a stop."""
    failures = case.machines_count * case.failures_per_machine_year
    remaining = case.machines_count * case.remaining_failures_per_machine_year
    penalty_usd = case.penalty_usd_per_h * case.penalty_frac
    return (
        Item(
            name="preventive maintenance",
            today_usd=case.machines_count * case.preventive_usd_per_machine_year,
            with_usd=case.machines_count * case.preventive_after_usd_per_machine_year,
        ),
        Item(
            name="repairs after failures",
            today_usd=failures * case.emergency_repair_usd,
            with_usd=remaining * case.emergency_repair_usd,
        ),
        Item(
            name="downtime penalties",
            today_usd=failures * case.unplanned_repair_h * penalty_usd,
            with_usd=remaining * case.remaining_repair_h * penalty_usd,
        ),
        Item(name="planned repairs", today_usd=NONE, with_usd=(failures - remaining) * case.planned_repair_usd),
        Item(
            name="false alarms",
            today_usd=NONE,
            with_usd=case.machines_count * case.false_alarms_per_machine_year * case.false_alarm_usd,
        ),
        Item(name="platform and upkeep", today_usd=NONE, with_usd=case.running_usd_per_year),
    )


def years_of(case: ReturnCase, saved_usd: Number, investment_usd: Number) -> tuple[Year, ...]:
    """What each year adds, discounted to the begin."""
    return tuple(
        Year(
            year_number=year,
            saved_usd=saved_usd,
            discounted_usd=saved_usd / power(1 + case.discount_frac, year),
            npv_usd=saved_usd * annuity(case.discount_frac, year) - investment_usd,
        )
        for year in count_up(case.horizon_years)
    )


def annuity(discount_frac: Number, years: Number) -> Number:
    """What one unit at the end of each year is worth at the begin. Source: ISO 15663:2021, discounting."""
    return total(1 / power(1 + discount_frac, year) for year in count_up(years))


def break_even(case: ReturnCase, today_usd: Number, with_usd: Number, investment_usd: Number) -> Number | None:
    """The part of the failures that must be prevented for a net present value of 0.

    The cost with predictions is a line in the failures that remain. None where a failure costs no more than its
    prevention; 0 where the rest pays alone; above 1 where no prevention suffices.
    """
    remaining = case.machines_count * case.remaining_failures_per_machine_year
    failure_usd = (
        case.emergency_repair_usd
        + case.remaining_repair_h * case.penalty_usd_per_h * case.penalty_frac
        - case.planned_repair_usd
    )
    if failure_usd <= 0:
        return None
    without_usd = with_usd - remaining * failure_usd
    affordable_usd = today_usd - without_usd - investment_usd / annuity(case.discount_frac, case.horizon_years)
    prevented = 1 - affordable_usd / failure_usd / (case.machines_count * case.failures_per_machine_year)
    return prevented if prevented > 0 else NONE
