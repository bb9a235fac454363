"""What a platform costs in a month, by storage tier, compute, network and device, against its budget.

Source: prices are the case's own; a bill is amount times price (NIST SP 500-292, measured service). Terabytes are
decimal (IEC 80000-13).
"""

from dataclasses import dataclass

from calculators.arithmetic import Number, largest, power, total
from calculators.errors import CalculationError
from calculators.fields import check, figure, label, money, optional, quantity, rows, share

MONTHS_PER_YEAR = Number(12)
NONE, ONE = Number(0), Number(1)
TOLERATED = Number(1, 10)


@dataclass(frozen=True, slots=True)
class Tier:
    """One storage tier."""

    name: str = label("name of the tier")
    size_tb: Number = quantity("data in it", "TB", least=0)
    price_usd_per_tb: Number = money("price of a month", "USD per TB and month")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class Compute:
    """One kind of machine or service that computes."""

    name: str = label("name of the service")
    units_number: Number = quantity("units in use", "units", least=0)
    unit_usd: Number = money("price of a unit", "USD per unit and month")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is paid by device, or by month, or by both."""

    name: str = label("name of the service")
    device_usd: Number = money("price of a device", "USD per device and month", NONE)
    fixed_usd: Number = money("price of a month", "USD per month", NONE)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class PlatformCase:
    """One platform, one month."""

    devices_count: Number = quantity("machines or devices", "devices", above=0, is_whole=True)
    tiers: tuple[Tier, ...] = rows("storage tiers, the dearest first", Tier, least=0)
    compute: tuple[Compute, ...] = rows("compute", Compute, least=0)
    services: tuple[Service, ...] = rows("services that are paid by device", Service, least=0)
    network_usd: Number = money("network", "USD per month", NONE)
    size_left_frac: Number = share("size that compression leaves of the tiers' data", ONE)
    growth_frac: Number = quantity("growth of storage in a month", "frac", least=0, most=1, default=NONE)
    actual_usd: Number | None = optional("what the month really cost", "USD per month")
    tolerated_frac: Number = share("deviation from the forecast that is tolerated", TOLERATED)

    def __post_init__(self) -> None:
        check(self)
        if found := problem(self):
            raise CalculationError(found)


@dataclass(frozen=True, slots=True)
class CostShown:
    """One row of the bill."""

    name: str = label("paid for")
    cost_usd: Number = figure("cost", "USD")
    of_total_frac: Number = figure("of the month", "frac", 1)


@dataclass(frozen=True, slots=True)
class PlatformResult:
    """The bill of a month, the forecast of a year, and how the actual bill compares."""

    storage_usd: Number = figure("storage", "USD")
    compute_usd: Number = figure("compute", "USD")
    network_usd: Number = figure("network", "USD")
    services_usd: Number = figure("services by device", "USD")
    month_usd: Number = figure("cost of a month", "USD")
    year_usd: Number = figure("cost of 12 such months", "USD")
    device_usd: Number = figure("cost of a month by device", "USD")
    by_device_usd: Number = figure("by device, without what is paid by month", "USD")
    grown_year_usd: Number = figure("cost of the next 12 months with growth", "USD")
    undivided_usd: Number = figure("storage, all in the dearest tier", "USD")
    tiers_saved_usd: Number = figure("saved by tiers", "USD")
    compression_saved_usd: Number = figure("saved by compression", "USD")
    deviation_frac: Number | None = figure("actual bill, off its forecast", "frac", 1)
    verdict: str = label("actual against forecast")
    costs: tuple[CostShown, ...] = rows("bill", CostShown)


def problem(case: PlatformCase) -> str:
    """What contradicts itself in a case; empty where nothing does."""
    if len(case.tiers) + len(case.compute) + len(case.services) == 0 and case.network_usd == 0:
        return "tiers, compute, services: got none; legal: at least one of them; add what is paid for"
    return ""


def calculate(case: PlatformCase) -> PlatformResult:
    """Amount times price, added up; growth is compounded by month."""
    storage_usd = total(tier_usd(case, tier) for tier in case.tiers)
    compute_usd = total(part.units_number * part.unit_usd for part in case.compute)
    services_usd = total(service_usd(case, service) for service in case.services)
    other_usd = compute_usd + services_usd + case.network_usd
    month_usd = storage_usd + other_usd
    size_tb = total(tier.size_tb for tier in case.tiers)
    undivided_usd = size_tb * case.size_left_frac * largest(tier.price_usd_per_tb for tier in case.tiers)
    return PlatformResult(
        storage_usd=storage_usd,
        compute_usd=compute_usd,
        network_usd=case.network_usd,
        services_usd=services_usd,
        month_usd=month_usd,
        year_usd=month_usd * MONTHS_PER_YEAR,
        device_usd=month_usd / case.devices_count,
        by_device_usd=total(service.device_usd for service in case.services),
        grown_year_usd=other_usd * MONTHS_PER_YEAR + storage_usd * grown_months(case.growth_frac),
        undivided_usd=undivided_usd,
        tiers_saved_usd=undivided_usd - storage_usd,
        compression_saved_usd=total(tier.size_tb * tier.price_usd_per_tb for tier in case.tiers) - storage_usd,
        deviation_frac=deviation(case, month_usd),
        verdict=verdict(case, month_usd),
        costs=costs(case, month_usd),
    )


def tier_usd(case: PlatformCase, tier: Tier) -> Number:
    """A tier's data, compressed, times its price."""
    return tier.size_tb * case.size_left_frac * tier.price_usd_per_tb


def service_usd(case: PlatformCase, service: Service) -> Number:
    """A service's price by device and by month."""
    return service.device_usd * case.devices_count + service.fixed_usd


def grown_months(growth_frac: Number) -> Number:
    """The next 12 months of something that grows by a part each month, in months of today."""
    months = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    return total(power(1 + growth_frac, Number(month)) for month in months)


def deviation(case: PlatformCase, month_usd: Number) -> Number | None:
    """The actual bill's difference from the forecast, by the forecast; None where either is not there."""
    if case.actual_usd is None or month_usd == 0:
        return None
    return (case.actual_usd - month_usd) / month_usd


def verdict(case: PlatformCase, month_usd: Number) -> str:
    """Whether the actual bill is within what is tolerated, the bound included."""
    found = deviation(case, month_usd)
    if found is None:
        return "no actual bill given"
    return (
        "within the forecast" if -case.tolerated_frac <= found <= case.tolerated_frac else "REFUSED: off the forecast"
    )


def costs(case: PlatformCase, month_usd: Number) -> tuple[CostShown, ...]:
    """Each row of the bill, in the case's order."""
    return (
        *(cost_shown(tier.name, tier_usd(case, tier), month_usd) for tier in case.tiers),
        *(cost_shown(part.name, part.units_number * part.unit_usd, month_usd) for part in case.compute),
        *(cost_shown(service.name, service_usd(case, service), month_usd) for service in case.services),
        cost_shown("network", case.network_usd, month_usd),
    )


def cost_shown(name: str, cost_usd: Number, month_usd: Number) -> CostShown:
    """One row, with its part of the month."""
    return CostShown(name=name, cost_usd=cost_usd, of_total_frac=cost_usd / month_usd if month_usd > 0 else NONE)
