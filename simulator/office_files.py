"""The small files: machines, maintenance, failures and errors, one a day, with what offices do wrong."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.bearings import cells
from simulator.events import Event
from simulator.plant import US, Machine, SimulationConfig, load_plant_profile
from simulator.recording import recorded_us

HEADERS = {
    "machines": "machine,site,model,age,valid_from,elements,element_mm,pitch_mm",
    "failures": "failed_at,machine,site,component,note",
    "answers": "answered_at,machine,site,result,technician",
    "certificates": "gateway,site,use,serial,valid_from,valid_until",
}
_DAY = timedelta(days=1)
ENDINGS = {"machines": "csv", "failures": "csv", "maintenance": "jsonl", "errors": "jsonl"}


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a small file, and what a correct platform makes of it."""

    text: str
    outcome: str = "accepted"


@dataclass(frozen=True, slots=True)
class OfficeFile:
    """One small file as it lands; paths and steps as in `Delivery`. `content`: its bytes where they are no lines."""

    path: str
    feed: str
    step: int
    modified_us: int
    lines: tuple[Line, ...]
    content: bytes = b""

    @property
    def data(self) -> bytes:
        """Its bytes."""
        if self.content:
            return self.content
        head = [HEADERS[self.feed]] if self.feed in HEADERS else []
        return "".join(f"{text}\n" for text in [*head, *(line.text for line in self.lines)]).encode()


def machine_files(machines: tuple[Machine, ...], config: SimulationConfig) -> list[OfficeFile]:
    """Master data: what was true when the plant began, and everybody a year older on 1 January."""
    began, year = load_plant_profile().began_at, datetime(config.ends_at.year, 1, 1, tzinfo=UTC)
    first = [_machine_line(machine, machine.age_years, began) for machine in machines]
    second = [_machine_line(machine, machine.age_years + 1, year) for machine in machines]
    if config.faults:
        second += [Line(first[0].text, "duplicate")]
    return [
        OfficeFile("machines/initial.csv", "machines", 1, microseconds(began), tuple(first)),
        OfficeFile(f"machines/{year.date()}.csv", "machines", 1, microseconds(year), tuple(second)),
    ]


def microseconds(moment: datetime) -> int:
    """Since epoch, of a whole second."""
    return int(moment.timestamp()) * US


def _machine_line(machine: Machine, age: int, since: datetime) -> Line:
    time = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Line(
        f"{machine.machine_id},{machine.gateway.factory_id},{machine.model.name},{age},{time},{cells(machine.model.name)}"
    )


def event_files(feed: str, events: list[Event], config: SimulationConfig) -> list[OfficeFile]:
    """The files of one event feed: one for each day with records, some records twice, some unreadable.

    A record is in the file of the day on which it was written; those of before the run are in one file. The first day
    and the last one of each delivery have a file without records too: it says that nothing came.
    """
    last_days = {(step, _date(config.end_of(step) - _DAY)) for step in config.steps}
    groups: dict[tuple[int, str], list[Line]] = {key: [] for key in ((1, _date(config.started_at)), *sorted(last_days))}
    ordered = sorted(events, key=lambda e: (e.time_us, e.machine.index, e.code))
    for event, written_us in zip(ordered, recorded_us(feed, ordered, config), strict=True):
        step = next(one for one in config.steps if written_us < microseconds(config.end_of(one)))
        written = max(datetime.fromtimestamp(written_us / US, UTC), config.started_at - _DAY)
        groups.setdefault((step, _date(written)), []).append(Line(_text(feed, event)))
    if config.faults:
        _add_faults(feed, groups)
    return [_file(feed, step, date, lines) for (step, date), lines in sorted(groups.items())]


def _date(moment: datetime) -> str:
    return moment.date().isoformat()


def _file(feed: str, step: int, date: str, lines: list[Line]) -> OfficeFile:
    name = f"{feed}/{date}{'-update' if step > 1 else ''}.{ENDINGS[feed]}"
    closed = datetime.fromisoformat(date).replace(tzinfo=UTC) + _DAY + timedelta(minutes=10)
    return OfficeFile(name, feed, step, microseconds(closed), tuple(lines))


def _add_faults(feed: str, groups: dict[tuple[int, str], list[Line]]) -> None:
    """The update repeats the first records that were sent; one unreadable record in the first file and the update."""
    sent = [line for (step, _), lines in sorted(groups.items()) if step == 1 for line in lines][:2]
    first, update = min((key for key, lines in groups.items() if lines), default=min(groups)), max(groups)
    groups[update] += [Line(line.text, "duplicate") for line in sent]
    if ENDINGS[feed] == "csv":
        groups[first].append(Line("31.02.2026 noon,BRE-01,bremen,bearing,", "time_unreadable"))
    else:
        groups[first].append(Line('{"machine":"BRE-01","site":', "not_json"))
        groups[update].append(Line('{"site":"bremen"}', "missing_field"))


def _text(feed: str, event: Event) -> str:
    machine, moment = event.machine, datetime.fromtimestamp(event.time_us // US, UTC)
    site, zulu = machine.gateway.factory_id, moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if feed == "failures":
        return f'{zulu},{machine.machine_id},{site},{event.code},"{event.note}"'
    if feed == "errors":
        return _json(epoch_s=event.time_us // US, machine=machine.machine_id, site=site, code=event.code)
    local = moment.astimezone(ZoneInfo(load_plant_profile().zone_of(site))).isoformat()
    return _json(done_at=local, machine=machine.machine_id, site=site, component=event.code, note=event.note)


def _json(**values: object) -> str:
    return json.dumps(values, separators=(",", ":"))
