"""The files of a plant's mappings, `mappings/*.toml`, one for each source, and the mappings that they hold."""

import math
import tomllib
from dataclasses import replace
from pathlib import Path

from expectations.durations import seconds
from expectations.errors import ContractError, MappingError, unknown_name
from expectations.feeds import feed
from expectations.mapping.checks import check_mapping
from expectations.mapping.csv_rule import DELIMITERS, ENCODINGS, csv_rule, number_rule, one_of
from expectations.mapping.exported import export_rule, with_export_time
from expectations.mapping.keep import KEEPS, VERSION, Keep
from expectations.mapping.lines_above import above_names
from expectations.mapping.mapping import (
    BY_MACHINE,
    FORMATS,
    SENSORS,
    SHAPES,
    Mapping,
    MetricColumn,
)
from expectations.mapping.nested import base_fields, header_path, records_path, series_rule
from expectations.mapping.only_where import only_rule
from expectations.mapping.presets import with_preset
from expectations.mapping.quality import quality_rule
from expectations.mapping.samples import samples_rule
from expectations.mapping.tag_table import with_tag_table
from expectations.mapping.time_rule import time_rule
from expectations.mapping.values import correction, states_of
from expectations.plant.file import profile_folder
from expectations.plant.toml_reader import Section
from expectations.plant.values import instant
from expectations.units import unit_text

UPLINK = Path(__file__).parents[1] / "uplink"


def load_mappings(plant: str | Path) -> tuple[Mapping, ...]:
    """Every mapping of a plant, by name, and those of what gateways send back, which every plant has.

    Raises:
        MappingError: A file has an unknown key, a bad value or a missing one, or the plant has no mapping.
    """
    return tuple(load_mapping(path) for path in mapping_paths(plant))


def mapping_paths(plant: str | Path) -> tuple[Path, ...]:
    """Where the mappings of `load_mappings` are.

    Raises:
        MappingError: The plant has no mapping.
    """
    folder = profile_folder(plant)
    paths = sorted((folder / "mappings").glob("*.toml"))
    if not paths:
        raise MappingError(f"plant {folder.name} has no mappings/*.toml; write one for each source of files")
    return (*paths, *sorted(UPLINK.glob("*.toml")))


def load_mapping(path: Path) -> Mapping:
    """The mapping in a file.

    Raises:
        MappingError: It is not TOML in UTF-8, or has an unknown key, a bad value or a missing one.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as exc:
        raise MappingError(f"mapping {path.name}: not UTF-8: {exc}; save the file in that encoding") from exc
    except tomllib.TOMLDecodeError as exc:
        raise MappingError(f"mapping {path.name}: not TOML: {exc}; put texts in quotes, numbers without") from exc
    return parse_mapping(with_tag_table(data, path.parent, f"mapping {path.stem}"), path.stem)


def parse_mapping(data: dict[str, object], name: str) -> Mapping:
    """The mapping in a parsed TOML document.

    Raises:
        MappingError: An unknown key, a bad value, a missing key, or parts that contradict each other.
    """
    data = with_preset(data, f"mapping {name}")
    root = Section(data, f"mapping {name}", MappingError)
    try:
        mapping = with_export_time(_with_given(mapping_of(root, name)))
        root.finish()
        check_mapping(mapping)
    except MappingError:
        raise
    except ContractError as exc:
        raise MappingError(f"mapping {name}: {exc}") from exc
    return mapping


def mapping_of(root: Section, name: str) -> Mapping:
    """The mapping in a table, each key by itself: that they agree is not looked at."""
    feed_ = feed(root.take("feed", str))
    return Mapping(
        name=name,
        feed=feed_,
        files=root.texts("files"),
        format=one_of(root, "format", FORMATS, "jsonl"),
        shape=one_of(root, "shape", SHAPES, "long"),
        time=time_rule(root.table("time"), feed_) if root.take("time", dict, None) is not None else None,
        columns=root.strings("columns"),
        constants=root.strings("constants"),
        templates=root.strings("templates"),
        metrics=tuple(_metric_column(column, part) for column, part in root.tables("metrics").items()),
        machines=root.strings("machines"),
        machine_of=root.strings("machine_of"),
        names=root.strings("names"),
        units=root.strings("units"),
        attributes=root.strings("attributes"),
        missing=frozenset(root.texts("missing", ())),
        ignored=frozenset(root.texts("ignored", ())),
        delimiter=one_of(root, "delimiter", DELIMITERS, ","),
        encoding=one_of(root, "encoding", ENCODINGS, "auto"),
        csv=csv_rule(root.table("csv")),
        numbers=number_rule(root.table("numbers")),
        quality=quality_rule(root.table("quality")) if root.take("quality", dict, None) is not None else None,
        path=root.take("path", str, ""),
        states=states_of(root.table("states")),
        quoted_numbers=root.take("quoted_numbers", bool, default=False),
        unit_names=root.strings("unit_names"),
        records=records_path(root),
        base=base_fields(root),
        side_by_side=root.take("side_by_side", bool, default=False),
        header=header_path(root),
        blank_where=root.take("blank_where", str, ""),
        series=series_rule(root.table("series")) if root.take("series", dict, None) is not None else None,
        exported=export_rule(root.table("exported"), feed_) if root.take("exported", dict, None) is not None else None,
        samples=samples_rule(root.table("samples")) if root.take("samples", dict, None) is not None else None,
        corrections=tuple(map(correction, root.array("corrections"))),
        keep=_keep(root),
        rolling=root.take("rolling", bool, default=False),
        appended=root.take("appended", bool, default=False),
        device=root.take("device", bool, default=True),
        read_with=root.texts("read_with", ()),
        above=root.texts("above", ()),
        only_where=only_rule(root.table("only_where")) if root.take("only_where", dict, None) is not None else None,
        sensors=one_of(root, "sensors", SENSORS, BY_MACHINE),
        settled_after_s=seconds(settled) if (settled := root.take("settled_after", str, "")) else 0,
        complete_through=instant(root, "complete_through") if root.has("complete_through") else None,
    )


def _with_given(mapping: Mapping) -> Mapping:
    """The mapping with the constants that are part of its time where they belong."""
    if mapping.time is None:
        return mapping
    ours = {column.name for column in mapping.feed.columns}
    moved = {name: text for name, text in mapping.constants.items() if name in mapping.time.named and name not in ours}
    constants = {name: text for name, text in mapping.constants.items() if name not in moved}
    moved |= dict.fromkeys(above_names(mapping.above, f"mapping {mapping.name}"), "")  # until a file says them
    return replace(mapping, constants=constants, time=mapping.time.with_given(moved))


def _keep(root: Section) -> Keep:
    rules = root.strings("keep_of")
    for metric, rule in rules.items():
        if rule not in KEEPS:
            raise MappingError(f"{root.where}: keep_of.{metric}: {unknown_name('rule', rule, KEEPS)}")
    return Keep(one_of(root, "keep", KEEPS, VERSION), rules, root.take("withdraw", bool, default=False))


def _metric_column(column: str, section: Section) -> MetricColumn:
    cell = MetricColumn(
        column=column,
        metric=section.take("metric", str),
        unit=unit_text(section.take("unit", str)),
        divisor=section.number("divisor", 1.0),
        optional=section.take("optional", bool, default=False),
        factor=section.number("factor", 1.0),
        offset=section.number("offset", 0.0),
        states=states_of(section.table("states")).get("", {}),
        machine=section.take("machine", str, ""),
        sensor=section.take("sensor", str, ""),
    )
    if not cell.divisor > 0:
        raise MappingError(f"{section.where}: divisor = {cell.divisor}; legal: above 0")
    if not math.isfinite(cell.factor) or cell.factor == 0 or not math.isfinite(cell.offset):
        raise MappingError(f"{section.where}: factor = {cell.factor}, offset = {cell.offset}; legal: not 0, and finite")
    section.finish()
    return cell
