"""What gateways report of themselves, one file a day for all: hourly, later where a connection failed, until silent."""

import json
from datetime import datetime, timedelta

from simulator.office_files import Line, OfficeFile, microseconds
from simulator.plant import GATEWAYS, Gateway, SimulationConfig

REPORTING_DAYS = 30
"""Reports began so many days before the end of the run."""
SILENT = "penang-2"
SILENT_H = 42
"""The hours before the end from which on this gateway reports nothing; its readings go on."""
CUT_OFF, CUT_OFF_SINCE_H = "bremen-1", 14
"""On the day before the last one this gateway has no connection from that hour on: what it kept comes a day later."""
_RESTART_DAYS, _NEW_SOFTWARE_DAYS = 12, 10
_NO_MEASUREMENT = 655.35  # all ones of 16 bits, in hundredths


def heartbeat_files(config: SimulationConfig) -> list[OfficeFile]:
    """A file for each of the last days."""
    days = range(max(0, config.days - REPORTING_DAYS), config.days)
    groups: dict[int, list[Line]] = {day: [] for day in days}
    for gateway in GATEWAYS:
        rng = config.rng("heartbeats", gateway.gateway_id)
        for day in days:
            for hour in range(24):
                sent = config.started_at + timedelta(days=day, hours=hour, minutes=5)
                noise = rng.uniform(-1, 1, 3).round(1).tolist()
                if not _is_silent(gateway, sent, config):
                    groups[_file_day(gateway, day, hour, config)].append(Line(_report(gateway, sent, noise, config)))
    if config.faults:
        _add_faults(groups, config)
    return [_file(day, lines, config) for day, lines in groups.items()]


def silent_since(config: SimulationConfig) -> datetime:
    """The last report of the gateway that fell silent."""
    return config.ends_at - timedelta(hours=SILENT_H, minutes=55)


def _is_silent(gateway: Gateway, sent: datetime, config: SimulationConfig) -> bool:
    return gateway.gateway_id == SILENT and sent > silent_since(config)


def _file_day(gateway: Gateway, day: int, hour: int, config: SimulationConfig) -> int:
    is_cut_off = gateway.gateway_id == CUT_OFF and day == config.days - 2 and hour >= CUT_OFF_SINCE_H
    return day + is_cut_off


def _report(gateway: Gateway, sent: datetime, noise: list[float], config: SimulationConfig) -> str:
    """Charge of the battery falls and memory fills from restart to restart, storage fills by the day; percentages."""
    left_days = (config.ends_at - sent) / timedelta(days=1)
    up_days = (REPORTING_DAYS - left_days + GATEWAYS.index(gateway)) % _RESTART_DAYS
    return _json(
        sent_at=sent.strftime("%Y-%m-%dT%H:%M:%SZ"), gateway=gateway.gateway_id, site=gateway.factory_id,
        battery=round(97 - up_days / 4 + noise[0], 1), memory=round(38 + up_days + noise[1], 1),
        storage=round(60 - left_days / 2 + noise[2], 1), uptime_s=round(up_days * 86_400),
        software="2.1" if left_days < _NEW_SOFTWARE_DAYS else "2.0",
    )  # fmt: skip


def _add_faults(groups: dict[int, list[Line]], config: SimulationConfig) -> None:
    """A charge that nobody measured and a report that breaks off in the first file; the last one repeats a report."""
    first, last = min(groups), max(groups)
    odd = config.started_at + timedelta(days=first, minutes=6)
    spoiled = _json(sent_at=odd.strftime("%Y-%m-%dT%H:%M:%SZ"), gateway=CUT_OFF, site="bremen", battery=_NO_MEASUREMENT)
    groups[last].append(Line(groups[first][0].text, "duplicate"))
    groups[first] += [Line(spoiled, "impossible_value"), Line(spoiled[: len(spoiled) // 2], "not_json")]


def _file(day: int, lines: list[Line], config: SimulationConfig) -> OfficeFile:
    date = config.started_at + timedelta(days=day)
    closed = date + timedelta(days=1, minutes=10)
    name = f"heartbeats/{date:%Y-%m-%d}.jsonl"
    return OfficeFile(name, "heartbeats", config.step_of(day), microseconds(closed), tuple(lines))


def _json(**values: object) -> str:
    return json.dumps(values, separators=(",", ":"))
