"""Section 1: what this plant is, its figures, each factory's days."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from report.charts.days import DayValue, day_bars
from report.facts import Facts
from report.formats import count, day, duration, of, plural, share
from report.queries.model import ModelFacts
from report.queries.overview import FactoryDay, FactoryDays, Freshness
from report.sections.attention import Call, call_of


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: the number, what it counts, and a class for its colour."""

    figure: str
    words: str
    class_: str = ""


@dataclass(frozen=True, slots=True)
class Small:
    """One small picture with its head."""

    head: str
    chart: Markup
    legend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Factory:
    """A factory's small pictures."""

    name: str
    note: str
    smalls: tuple[Small, ...]


@dataclass(frozen=True, slots=True)
class PlantSection:
    """What the template shows; `absent` says what is not there and why."""

    lead: str
    call: Call
    tiles: tuple[Tile, ...]
    factories: tuple[Factory, ...]
    late: tuple[Freshness, ...]
    checked: tuple[Freshness, ...]
    absent: str


def plant_section(facts: Facts) -> PlantSection:
    """The plant at a glance."""
    freshness = facts.overview.freshness
    return PlantSection(
        lead=_lead(facts),
        call=call_of(facts.attention),
        tiles=_tiles(facts),
        factories=tuple(_factory(each) for each in facts.overview.factories),
        late=tuple(each for each in freshness if each.is_late),
        checked=freshness,
        absent="" if facts.overview.factories else _absent(facts),
    )


def _lead(facts: Facts) -> str:
    period, metrics = facts.overview.period, facts.profile.metrics
    if period.first_at is None:
        return "No reading is in silver yet: put files into the landing folder, run `assay ingest` and `assay silver`."
    sites = plural(len({each.factory_id for each in facts.overview.factories}), "factory", "factories")
    where = f" in {sites}" if facts.overview.factories else ""
    return (
        f"{plural(period.machines, 'machine')}{where}, observed by {plural(len(metrics), 'metric')} from "
        f"{day(period.first_at)} to {day(period.last_at)}. In that time {plural(period.failures, 'failure')} on "
        f"{plural(period.failed_machines, 'machine')}, {plural(period.maintenance, 'maintenance job')} and "
        f"{plural(period.errors, 'error code')} are on record."
    )


def _absent(facts: Facts) -> str:
    if facts.overview.period.first_at is None:
        return "No days to show: gold.factory_daily is empty because silver holds no readings."
    return "No days to show: gold.factory_daily is not built yet. Run `assay gold`."


def _tiles(facts: Facts) -> tuple[Tile, ...]:
    seen, period = facts.overview, facts.overview.period
    accounting = facts.quality.accounting
    records = sum(each.records for each in accounting)
    classified = sum(each.classified for each in accounting)
    aside = sum(each.quarantined + each.rejected for each in accounting)
    balanced = all(each.is_balanced for each in accounting)
    return (
        Tile(count(seen.readings), f"readings in silver, from {plural(seen.files, 'file')}"),
        Tile(of(period.machines, max(period.known_machines, period.machines)), "known machines sent readings"),
        Tile(duration(period.length), "from the first reading to the last"),
        Tile(count(period.failures), f"failures, on {of(period.failed_machines, period.machines)} machines"),
        Tile(count(classified), f"records accounted for, of {count(records)}", "good" if balanced else "bad") if records
        else Tile("none", "records accounted for yet: gold.data_quality is empty; run `assay quality`", "warn"),
        Tile(share(aside, records), f"of the records set aside, with a reason: {of(aside, records)}") if records
        else Tile("unknown", "fraction of the records set aside"),
        _freshness_tile(facts),
        _champion_tile(facts.models.champion),
    )  # fmt: skip


def _champion_tile(champion: ModelFacts | None) -> Tile:
    if champion is None:
        return Tile("none", "champion: no model is in force", "warn")
    if champion.failure is None:
        return Tile("anomalies", "only: the champion has no failure model", "warn")
    events = champion.failure["events"]
    return Tile(
        of(events["caught_failures"], events["tested_failures"]),
        "failures that it had not seen, announced by the champion",
    )


def _freshness_tile(facts: Facts) -> Tile:
    checked = facts.overview.freshness
    if not checked:
        return Tile("unknown", "freshness: no check on record; run `assay quality`", "warn")
    late = sum(each.is_late for each in checked)
    return Tile(
        of(len(checked) - late, len(checked)),
        "tables within their deadline at the newest check",
        "bad" if late else "good",
    )


def _factory(factory: FactoryDays) -> Factory:
    def small(
        head: str, value: Callable[[FactoryDay], int], class_: str, dark: Callable[[FactoryDay], int] | None = None
    ) -> Small:
        days = [
            DayValue(each.on, value(each), _title(each), dark(each) if dark else 0)
            for each in factory.days
        ]  # fmt: skip
        chart = day_bars(f"{head} of {factory.factory_id} by day", days, class_)
        return Small(head, chart, ("warning", "critical") if dark else ())

    return Factory(
        factory.factory_id,
        f"days in {factory.zone}",
        (
            small("Readings a day", lambda each: each.readings, "main"),
            small("Machines that sent any", lambda each: each.machines, "quiet"),
            small("Readings beyond a limit", lambda each: each.warnings, "warn", lambda each: each.criticals),
        ),
    )


def _title(each: FactoryDay) -> str:
    return (
        f"{day(each.on)}: {plural(each.readings, 'reading')} of {plural(each.machines, 'machine')}, "
        f"{count(each.warnings)} beyond a warning limit, {count(each.criticals)} of them critical"
    )
