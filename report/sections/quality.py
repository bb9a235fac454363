"""Section 3: the outcome of every record, and the gates' verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lakehouse.publish.docs_site import DOCS
from report.charts.days import DayValue, Level, day_bars
from report.charts.stack import Part, stacked
from report.facts import Facts
from report.formats import count, day, moment, of, plural, share
from report.queries.quality import CLASSES, Accounting, Batch, DayShare, Gate, SetAside
from report.sections.delays import DelayLine, delay_lines
from report.sections.gateway_numbers import GatewayNumbers, gateway_numbers
from report.sections.not_scored import NotScoredLine, not_scored_lines

SHOWN = 320


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed's bar and numbers, the classes in order."""

    name: str
    records: str
    sentence: str
    is_balanced: bool
    bar: Markup


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with its share of all set aside, for a bar of that length, and an example."""

    feed: str
    reason: str
    records: str
    percent: float
    example: str
    detail: str
    place: str


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch of one feed."""

    batch: int
    feed: str
    at: str
    records: str
    share: str
    is_alert: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """One table with its newest verdict."""

    gate: Gate
    rows: str
    suite: str


@dataclass(frozen=True, slots=True)
class QualitySection:
    """What the template shows; the texts `no_...` say what is not there and why."""

    lead: str
    feeds: tuple[Feed, ...]
    quarantine: tuple[Reason, ...]
    rejected: tuple[Reason, ...]
    days: Markup
    narrow_days: Markup
    alert: str
    batches: tuple[BatchLine, ...]
    gates: tuple[GateLine, ...]
    delays: tuple[DelayLine, ...]
    not_scored: tuple[NotScoredLine, ...]
    numbers: tuple[GatewayNumbers, ...]
    absent_tables: tuple[str, ...]
    docs: str
    no_accounting: str
    no_days: str


def quality_section(facts: Facts) -> QualitySection:
    """The account of the records and the gates."""
    quality, alert = facts.quality, facts.profile.alert_share
    return QualitySection(
        lead=_lead(quality.accounting),
        feeds=tuple(_feed(each) for each in quality.accounting),
        quarantine=_reasons(quality.quarantine),
        rejected=_reasons(quality.rejected),
        days=_days(quality.days, alert, 760.0),
        narrow_days=_days(quality.days, alert, 340.0),
        alert=share(alert, 1),
        batches=tuple(_batch(each) for each in quality.batches),
        gates=tuple(
            GateLine(each, count(each.rows), (each.suite or "")[:12])
            for each in quality.gates
            if each.version is not None
        ),
        delays=delay_lines(quality.delays),
        not_scored=not_scored_lines(quality.not_scored),
        numbers=gateway_numbers(quality.numbers, quality.deliveries),
        absent_tables=tuple(each.table for each in quality.gates if each.version is None),
        docs=f"{DOCS}/index.html",
        no_accounting=""
        if quality.accounting
        else "gold.data_quality is not built yet, so that no account can be shown: run `assay quality`.",
        no_days="" if quality.days else "silver.readings holds no day yet.",
    )


def _lead(accounting: Sequence[Accounting]) -> str:
    if not accounting:
        return ""
    records = sum(each.records for each in accounting)
    open_ = sum(each.records - each.classified for each in accounting)
    state = (
        "each in exactly one class"
        if open_ == 0
        else f"but {count(open_)} are in no class: this is a fault of Assay, please report it"
    )
    return f"{plural(records, 'record')} were counted at the files, {state}. Nothing that arrived was dropped."


def _feed(each: Accounting) -> Feed:
    shown = [name for name in CLASSES if getattr(each, name) or name != "replaced"]
    parts = [Part(name, getattr(each, name), name) for name in shown]
    words = " + ".join(f"{count(part.records)} {part.name}" for part in parts)
    return Feed(each.feed, count(each.records), words, each.is_balanced, stacked(f"Records of {each.feed}", parts))


def _reasons(found: Sequence[SetAside]) -> tuple[Reason, ...]:
    most = max((each.records for each in found), default=1)
    return tuple(
        Reason(
            each.feed, each.reason, count(each.records), 100 * each.records / most,
            _cut(each.example), _cut(each.detail),
            f"{each.path}, line {count(each.line)}" + (f", column {each.column}" if each.column else ""),
        )
        for each in found
    )  # fmt: skip


def _cut(text: str) -> str:
    """The beginning of a text, enough to see what is wrong; `bronze.rejected` and the quarantine hold all of it."""
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _days(days: Sequence[DayShare], alert: float, width: float) -> Markup:
    bars = [
        DayValue(
            each.on, 100 * each.quarantined / (each.accepted + each.quarantined),
            f"{day(each.on)}: {of(each.quarantined, each.accepted + each.quarantined)} readings in quarantine "
            f"({share(each.quarantined, each.accepted + each.quarantined)})",
        )
        for each in days
    ]  # fmt: skip
    level = Level(100 * alert, f"alert line {share(alert, 1)}")
    return day_bars("Percentage of each day's readings in quarantine", bars, "quarantined", level, width)


def _batch(each: Batch) -> BatchLine:
    return BatchLine(
        each.batch_id, each.feed, moment(each.ingested_at), count(each.records),
        f"{share(each.set_aside, each.records)} ({of(each.set_aside, each.records)})", each.is_alert, each.verdict,
    )  # fmt: skip
