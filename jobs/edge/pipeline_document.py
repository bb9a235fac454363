"""`features/pipeline.json`: profile, mappings and master data as the gateway needs them."""

from collections.abc import Mapping as Mapped
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from domain.conflicts import common_rule
from domain.record.like_names import like_name
from edge_bundle.format.pipeline import (
    FEEDS,
    FORMATS,
    Correction,
    CsvRule,
    FeatureRule,
    Limits,
    MachineRecord,
    MetricColumn,
    MetricRule,
    NumberRule,
    OnlyRule,
    Pipeline,
    QualityRule,
    SeriesRule,
    Source,
    TimeRule,
)
from edge_bundle.format.source_check import MAX_NAMES
from expectations.features import features_of
from expectations.feeds import READINGS
from expectations.mapping.containers import split_member
from expectations.mapping.mapping import Mapping
from expectations.mapping.time_rule import TimeRule as MappedTime
from expectations.plant.plant_profile import Limits as MetricLimits
from expectations.plant.plant_profile import Metric, Profile
from expectations.tables.plant_rules import unknown_to_gateways
from expectations.units import spelled_conversions
from jobs.gold.feature_basis import in_words
from jobs.ingest.file_times import microseconds
from lakehouse.errors import UsageError


def pipeline_of(profile: Profile, mappings: Sequence[Mapping], machines: Sequence[dict[str, Any]]) -> Pipeline:
    """Everything that a reading passes on its way through a gateway.

    Args:
        profile: The plant.
        mappings: Its sources. Those of feeds that no gateway takes are left out, and those that say `device = false`.
        machines: Rows of `silver.machines`.

    Raises:
        UsageError: A gateway cannot read as one of the mappings says, or cannot ask a rule that it has to know.
    """
    _check_rules(profile)
    read = [m for m in mappings if is_for_device(m)]
    names = frozenset(mapping.name for mapping in read)
    for mapping in read:
        _check_readable(mapping, names)
    return Pipeline(
        plant=profile.name,
        bucket_s=profile.bucket_s,
        score_every_s=profile.score_every_s,
        plant_began_us=microseconds(profile.began_at),
        ahead_s=profile.ahead_s,
        metrics={metric.name: _metric(metric, mappings) for metric in profile.metrics.values()},
        features=tuple(FeatureRule(**asdict(feature)) for feature in features_of(profile)),
        sources=tuple(map(_source, read)),
        machines=tuple(_machine(row) for row in sorted(machines, key=_order)),
    )


def _check_rules(profile: Profile) -> None:
    for rule in unknown_to_gateways(profile):
        if rule.device:
            raise UsageError(
                f"rule {rule.name}: a gateway cannot ask it, and would score by readings that silver sets aside; state "
                "it as limits of the metric, which gateways know, or write device = false in the rule where they may"
            )


def is_for_device(mapping: Mapping) -> bool:
    """Whether a bundle has the mapping: a gateway takes its feed, and the mapping does not say `device = false`."""
    return mapping.device and mapping.feed.name in FEEDS


def _check_readable(mapping: Mapping, names: frozenset[str] = frozenset()) -> None:
    fault = _unreadable(mapping) or _beside(mapping, names)
    if fault is not None:
        instead = "or write device = false in the mapping where gateways do without its files"
        raise UsageError(f"mapping {mapping.name}: {fault}, {instead}")


def _unreadable(mapping: Mapping) -> str | None:
    """Why a gateway, which has the standard library alone and takes lines as they come, cannot read as it says."""
    if mapping.format not in FORMATS:
        return f"format = {mapping.format!r} cannot be read by a gateway; legal in a bundle: {', '.join(FORMATS)}"
    members = [glob for glob in mapping.files if split_member(glob) is not None]
    if members:
        return f"files = {members[0]!r} names members of an archive; let the gateway have the files themselves"
    crowded = max(mapping.path.split("/"), key=_names_and_stars)
    if _names_and_stars(crowded) > MAX_NAMES:
        return (
            f"path has {_names_and_stars(crowded)} names and stars in {crowded!r}, which may take a gateway long; "
            f"legal: {MAX_NAMES} between two slashes; let fewer of them say something"
        )
    if mapping.above:
        return "above reads the lines above the records of a whole file; let the source send each record with all of it"
    in_path = "{revision}" in mapping.path or bool(mapping.keep.exported)
    if mapping.exported is not None or "revision" in mapping.columns or in_path:
        return (
            "[exported], exported_at and revision rank records of all files, and a gateway takes lines in the order in "
            "which they come; let the source send each record once"
        )
    return None if mapping.time is None else _unreadable_time(mapping.time)


def _beside(mapping: Mapping, names: frozenset[str]) -> str | None:
    """Why a gateway, which reads a file by one mapping, cannot read as it says; `names`: of the bundle's mappings."""
    others = [name for name in mapping.read_with if name in names]
    return (
        f"read_with names {others[0]!r}, and a gateway reads a file by one mapping; keep one of both"
        if others
        else None
    )


def _unreadable_time(time: MappedTime) -> str | None:
    if time.equal_stamps is not None:
        kind = "mean" if time.equal_stamps.is_mean else "spread"
        return (
            f"same_stamp = {kind!r} needs the whole file, and a gateway takes lines as they come; let the source send "
            "finer stamps, leave same_stamp out"
        )
    if time.every is not None:
        return (
            "[time] every counts the rows of a whole file, and a gateway takes lines as they come; let the source send "
            "a time with each"
        )
    return None


def _names_and_stars(part: str) -> int:
    return part.count("{") + part.count("*")


def with_features(
    pipeline: Pipeline, names: Sequence[str], version: str, delays: Mapped[str, int] = MappingProxyType({})
) -> Pipeline:
    """The pipeline with the features that a model takes, in its order; those that the profile got since are left out.

    Args:
        pipeline: Of the profile of today.
        names: The model's features.
        version: The model's version, for the error.
        delays: Kind of event -> how much later than its time the model's features used it, seconds.

    Raises:
        UsageError: The profile no longer has one of them, or declares another delay.
    """
    rules = {rule.name: rule for rule in pipeline.features}
    gone = [name for name in names if name not in rules]
    if gone:
        raise UsageError(
            f"the profile of plant {pipeline.plant} no longer has feature {gone[0]} of version {version}"
            f"{f' and {len(gone) - 1} more' if gone[1:] else ''}; train again, or bring the profile back"
        )
    features = tuple(rules[name] for name in names)
    check_delays(features, delays, f"version {version}")
    return replace(pipeline, features=features)


def check_delays(features: Sequence[FeatureRule], delays: Mapped[str, int], of: str) -> None:
    """Refuse features that use events sooner or later than something else does.

    Args:
        features: Those that a bundle has or gets.
        delays: Kind of event -> the delay of the other, seconds.
        of: What has these delays, for the error.

    Raises:
        UsageError: They differ in a kind that the features ask for.
    """
    own = {rule.event_kind: rule.delay_s for rule in features if rule.event_kind}
    other = {kind: delays.get(kind, 0) for kind in own}
    if own != other:
        raise UsageError(
            f"{of} uses events with the delays {in_words(_above_zero(other))}, and here they are "
            f"{in_words(_above_zero(own))}; train again and build its bundle, or bring the profile back"
        )


def _above_zero(delays: Mapped[str, int]) -> dict[str, int]:
    return {kind: delay_s for kind, delay_s in delays.items() if delay_s}


def _metric(metric: Metric, mappings: Sequence[Mapping]) -> MetricRule:
    rules = {mapping.keep.of(metric.name) for mapping in mappings if mapping.feed.name == READINGS.name}
    return MetricRule(
        unit=metric.unit,
        resolution=metric.resolution,
        units=spelled_conversions(metric.unit),
        limits=_limits(metric.limits),
        overrides=tuple(map(_limits, metric.overrides)),
        keep=common_rule(rules),
    )


def _limits(limits: MetricLimits) -> Limits:
    """The device's form: a limit of rapid changes is of silver alone."""
    return Limits(**{name: value for name, value in asdict(limits).items() if name != "rapid_change"})


def _time(rule: MappedTime) -> TimeRule:
    """The device's form: rules for equal stamps and rows, which need the whole file, were refused before."""
    whole_file = ("equal_stamps", "every")
    return TimeRule(**{name: value for name, value in asdict(rule).items() if name not in whole_file})


def _source(mapping: Mapping) -> Source:
    return Source(
        name=mapping.name,
        feed=mapping.feed.name,
        files=mapping.files,
        format=mapping.format,
        shape=mapping.shape,
        time=_time(mapping.time) if mapping.time else None,
        columns=mapping.columns,
        constants=mapping.constants,
        templates=mapping.templates,
        metrics=tuple(MetricColumn(**asdict(cell)) for cell in mapping.metrics),
        machines=mapping.machines,
        machine_of=mapping.machine_of,
        names=mapping.names,
        units=mapping.units,
        attributes=mapping.attributes,
        missing=tuple(sorted(mapping.missing)),
        delimiter=mapping.delimiter,
        encoding=mapping.encoding,
        csv=CsvRule(**asdict(mapping.csv)),
        numbers=NumberRule(**asdict(mapping.numbers)),
        quality=QualityRule(**asdict(mapping.quality)) if mapping.quality else None,
        states=mapping.states,
        quoted_numbers=mapping.quoted_numbers,
        unit_names=mapping.unit_names,
        ignored=tuple(sorted(name for name in mapping.ignored if like_name(name, mapping.cell_columns) is not None)),
        records=mapping.records,
        base=mapping.base,
        blank_where=mapping.blank_where,
        series=SeriesRule(**asdict(mapping.series)) if mapping.series else None,
        path=mapping.path,
        only_where=OnlyRule(**asdict(mapping.only_where)) if mapping.only_where else None,
        side_by_side=mapping.side_by_side,
        header=mapping.header,
        corrections=tuple(Correction(**asdict(rule)) for rule in mapping.corrections),
    )


def _order(row: dict[str, Any]) -> tuple[str, datetime]:
    return row["machine_id"], row["valid_from"]


def _machine(row: dict[str, Any]) -> MachineRecord:
    """Attributes as texts: numbers in their shortest exact form."""
    known = {"machine_id", "factory_id", "machine_model", "valid_from", "valid_to"}
    attributes = {name: str(value) for name, value in row.items() if name not in known and value is not None}
    return MachineRecord(
        machine_id=row["machine_id"],
        factory_id=row["factory_id"],
        valid_from_us=microseconds(row["valid_from"]),
        machine_model=row["machine_model"],
        attributes=attributes,
    )
