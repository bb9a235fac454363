"""Which files a gateway delivers, when and how: late, twice, cut, growing, under names and times that mislead."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from simulator.office_files import microseconds
from simulator.plant import US, Gateway, SimulationConfig
from simulator.rows import Rows

ROLES = {
    "jsonl": ("truncated", "grown", "repeated", "late", "retried", "recompressed", "hidden", "old_time", "empty"),
    "csv": ("late", "repeated", "hidden", "old_time"),
    "parquet": ("repeated", "late", "hidden", "old_time"),
}
_DAYS_PER_ROLE = 40
_COMPRESSIONS = ("", "gzip", "zstd")
_ENDINGS = {"": "", "gzip": ".gz", "zstd": ".zst"}
_NEW_COLUMN_SINCE = 0.9
_OLD_DAYS = 60


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file of readings as it lands.

    Attributes:
        path: Below the landing folder.
        gateway: Who sent it.
        role: What is odd about it; empty where nothing is.
        step: Delivery it comes with, from 1.
        modified_us: File modification time.
        first, last: Its rows in the gateway's rows, half open.
        compression: gzip, zstd or empty.
        has_new_column: Sent by newer firmware, with a column the mapping does not know.
        has_blank_lines: It has blank lines.
        is_cut: The gzip stream breaks off.
        head: Rows that are already there after its step, where the file grows with the next; else 0.
        copy_of: Path of the file whose bytes it repeats.
    """

    path: str
    gateway: Gateway
    role: str
    step: int
    modified_us: int
    first: int
    last: int
    compression: str = ""
    has_new_column: bool = False
    has_blank_lines: bool = False
    is_cut: bool = False
    head: int = 0
    copy_of: str = ""

    def rows_at(self, step: int) -> int:
        """Rows that the file holds once that step has been delivered."""
        return self.head if self.head and step == self.step else self.last - self.first


def plan_deliveries(rows: Rows, gateway: Gateway, config: SimulationConfig) -> list[Delivery]:
    """Every file of one gateway; `rows` are sorted by file."""
    rng = config.rng("deliveries", gateway.gateway_id)
    roles = _roles(gateway.format, rng, config) if config.faults else {}
    bounds = np.searchsorted(rows.file_day, np.arange(config.days + 1)).tolist()
    made: list[Delivery] = []
    for day in range(config.days):
        regular = _regular(day, (bounds[day], bounds[day + 1]), gateway, config)
        made += _with_role(regular, roles.get(day, ""), config)
    return made


def _roles(file_format: str, rng: np.random.Generator, config: SimulationConfig) -> dict[int, str]:
    """Day -> role. Every role once at least while days last, more often in a longer run."""
    times = max(1, config.days // _DAYS_PER_ROLE)
    days = rng.permutation(config.days).tolist()
    return dict(zip(days, ROLES[file_format] * times, strict=False))


def _regular(day: int, bounds: tuple[int, int], gateway: Gateway, config: SimulationConfig) -> Delivery:
    compression = _COMPRESSIONS[day % 3] if gateway.format == "jsonl" else ""
    return Delivery(
        path=f"readings/{gateway.gateway_id}/{_date(day, config)}.{gateway.format}{_ENDINGS[compression]}",
        gateway=gateway,
        role="",
        step=config.step_of(day),
        modified_us=config.start_us + ((day + 1) * 86_400 + 600) * US,
        first=bounds[0],
        last=bounds[1],
        compression=compression,
        has_new_column=day >= min(_NEW_COLUMN_SINCE * config.days, config.days - 1),
    )


def _date(day: int, config: SimulationConfig) -> str:
    return (config.started_at + timedelta(days=day)).date().isoformat()


def _with_role(file: Delivery, role: str, config: SimulationConfig) -> list[Delivery]:
    """The file, or files, that a day becomes under its role."""
    file = replace(file, role=role)
    if role in ("late", "hidden", "old_time"):
        return [_misleading(file, config)]
    if role == "empty":
        return [replace(file, role=""), replace(file, path=_renamed(file, role, ""), compression="", last=file.first)]
    if role == "grown":
        count = file.last - file.first
        head = max(1, count * 2 // 3) if file.step < config.steps[-1] else 0
        return [replace(file, path=_renamed(file, "", ""), compression="", head=head)]
    return _with_second(file, config) if role else [file]


def _misleading(file: Delivery, config: SimulationConfig) -> Delivery:
    """A file that comes late, under a hidden name, or with an old modification time."""
    if file.role == "late":
        return _afterwards(file, config)
    if file.role == "old_time":
        return replace(file, modified_us=file.modified_us - _OLD_DAYS * 86_400 * US)
    folder, _, name = file.path.rpartition("/")
    return replace(file, path=f"{folder}/{'_' if file.gateway.format == 'csv' else '.'}{name}")


def _with_second(file: Delivery, config: SimulationConfig) -> list[Delivery]:
    """A file that is cut, comes again whole, or comes twice."""
    later = _afterwards(file, config)
    if file.role == "repeated":
        return [file, replace(later, path=_renamed(file, "again", file.compression), copy_of=file.path)]
    if file.role == "recompressed":
        other = "gzip" if file.compression != "gzip" else "zstd"
        again = replace(later, path=_renamed(file, "resent", other), compression=other, has_blank_lines=True)
        return [file, again]
    cut = replace(file, path=_renamed(file, "", "gzip"), compression="gzip", is_cut=True)
    if file.role == "truncated":
        return [cut]
    return [cut, replace(later, path=_renamed(file, "retry", "gzip"), compression="gzip")]


def _afterwards(file: Delivery, config: SimulationConfig) -> Delivery:
    step = min(file.step + 1, config.steps[-1])
    return replace(file, step=step, modified_us=microseconds(config.end_of(step)) + 1200 * US)


def _renamed(file: Delivery, suffix: str, compression: str) -> str:
    stem = file.path.partition(f".{file.gateway.format}")[0]
    return f"{stem}{'-' if suffix else ''}{suffix}.{file.gateway.format}{_ENDINGS[compression]}"
