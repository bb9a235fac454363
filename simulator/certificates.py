"""The inventory of the gateways' certificates: exported whole at the begin of the run, and again on its last day."""

from datetime import datetime, timedelta

from simulator.office_files import Line, OfficeFile, microseconds
from simulator.plant import GATEWAYS, Gateway, SimulationConfig

_YEAR = timedelta(days=365)
USE = "mqtt"
LEFT_DAYS = {"bremen-1": 240, "penang-1": 5, "penang-2": 12}
"""Days from the end of the run to the end of each gateway's certificate."""
RENEWED = "penang-1"
"""This gateway has a new one by the last day; nobody has renewed that of `penang-2`."""


def certificate_files(config: SimulationConfig) -> list[OfficeFile]:
    """The two exports. The second one has the new certificate and, as a plant's does, all of the first one again."""
    first = [
        _line(gateway, ends) for gateway in GATEWAYS for ends in (_end(gateway, config) - _YEAR, _end(gateway, config))
    ]
    renewed = next(gateway for gateway in GATEWAYS if gateway.gateway_id == RENEWED)
    second = [_line(renewed, _end(renewed, config) + _YEAR)]
    if config.faults:
        second = [*(Line(line.text, "duplicate") for line in first), *second]
        spare = f",bremen,{USE},spare-1,{_date(config.ends_at - _YEAR)},{_date(config.ends_at)}"
        swapped = f"bremen-1,bremen,vpn,swapped-1,{_date(config.ends_at)},{_date(config.ends_at - _YEAR)}"
        first += [Line(spare, "no_holder"), Line(swapped, "ends_before_it_begins")]
    last = config.ends_at - timedelta(days=1)
    return [_file(1, config.started_at, first), _file(config.steps[-1], last, second)]


def ending(config: SimulationConfig, days: int) -> dict[str, datetime]:
    """Each gateway whose last certificate ends within so many days of the end of the run, and when it does."""
    ends = {gateway.gateway_id: _end(gateway, config) for gateway in GATEWAYS if gateway.gateway_id != RENEWED}
    return {name: end for name, end in ends.items() if end <= config.ends_at + timedelta(days=days)}


def _end(gateway: Gateway, config: SimulationConfig) -> datetime:
    return config.ends_at + timedelta(days=LEFT_DAYS[gateway.gateway_id])


def _line(gateway: Gateway, end: datetime) -> Line:
    name = gateway.gateway_id
    serial = f"{name}-{end:%Y}"
    return Line(f"{name},{gateway.factory_id},{USE},{serial},{_date(end - _YEAR)},{_date(end)}")


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _file(step: int, day: datetime, lines: list[Line]) -> OfficeFile:
    return OfficeFile(
        f"certificates/{day:%Y-%m-%d}.csv", "certificates", step, microseconds(day + timedelta(hours=6)), tuple(lines)
    )
