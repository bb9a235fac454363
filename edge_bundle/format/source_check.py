"""What must be true of a source of files: known forms, and templates that end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from edge_bundle.format import bounds
from edge_bundle.format.pipeline import QualityRule, Source
from edge_bundle.format.pipeline_kinds import FEEDS, FORMATS, SHAPES
from edge_bundle.format.text_check import DELIMITERS, check_text_rules, check_time

QUALITY_PRESETS = ("", "opc_classic", "opc_ua", "iec_61850")
MAX_PATTERNS = 64
"""File patterns of one source."""
MAX_NAMES = 4
"""Names and stars between two slashes of a path's pattern: the time of a match grows with their number."""

# A plain text with names in braces: no attribute, index, conversion or width, which `str.format` would carry out.
_TEMPLATE = re.compile(r"([^{}]|\{[a-z_]+\})*\Z")
_IN_BRACES = re.compile(r"\{([a-z_]+)\}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")

Need = Callable[[bool, str], None]


def check_source(source: Source, need: Need) -> None:
    """Refuse a source of an unknown form, or whose texts cannot be made.

    Args:
        source: The source.
        need: Called with whether something holds, and the message where it does not.
    """
    where = f"source {source.name[:80]}"
    need(source.feed in FEEDS, f"{where}: feed {source.feed!r}; legal: {', '.join(FEEDS)}")
    need(source.format in FORMATS, f"{where}: format {source.format!r}; legal: {', '.join(FORMATS)}")
    need(source.shape in SHAPES, f"{where}: shape {source.shape!r}; legal: {', '.join(SHAPES)}")
    need(source.delimiter in DELIMITERS, f"{where}: delimiter {source.delimiter[:20]!r}; legal: {DELIMITERS}")
    need(source.time is not None or source.feed == "machines", f"{where}: no rule for its time")
    if source.time is not None:
        check_time(source.time, where, need)
    check_text_rules(source, where, need)
    if source.quality is not None:
        _check_quality(source.quality, where, need)
    need(source.base in {"", "senml"}, f"{where}: base {source.base[:80]!r}; legal: senml")
    if source.series is not None:
        need(source.series.unit in {"s", "ms", "us"}, f"{where}: unit of a series {source.series.unit[:80]!r}")
        _check_scale(source.series.every or 1.0, 0.0, where, need)
    _check_sizes(source, where, need)
    _check_files(source, where, need)
    least, most = bounds.FACTORS
    for cell in source.metrics:
        fits = least <= cell.divisor <= most
        need(fits, f"{where}: divisor {cell.divisor}; legal: above 0, from {least} to {most}")
        _check_scale(cell.factor, cell.offset, where, need)
    for rule in source.corrections:
        _check_scale(rule.factor, rule.offset, where, need)
    for table in (*source.states.values(), *(cell.states for cell in source.metrics)):
        largest = max(map(abs, table.values()), default=0.0)
        need(largest <= bounds.MAX_QUANTITY, f"{where}: a state is {largest}; legal: at most {bounds.MAX_QUANTITY}")
    _check_templates(source, where, need)


def _check_scale(factor: float, offset: float, where: str, need: Need) -> None:
    least, most = bounds.FACTORS
    need(least <= abs(factor) <= most, f"{where}: factor {factor}; legal: {least} to {most} in size")
    need(abs(offset) <= bounds.MAX_QUANTITY, f"{where}: offset {offset}; legal: at most {bounds.MAX_QUANTITY}")


def _check_quality(rule: QualityRule, where: str, need: Need) -> None:
    need(rule.preset in QUALITY_PRESETS, f"{where}: quality preset {rule.preset[:80]!r}; legal: {QUALITY_PRESETS}")
    need(rule.absent in {"good", "bad"}, f"{where}: absent quality {rule.absent[:80]!r}; legal: good, bad")
    codes = (*rule.good, *rule.uncertain)
    need(len(codes) <= bounds.MAX_ENTRIES, f"{where}: {len(codes)} codes; legal are at most {bounds.MAX_ENTRIES}")
    longest = max(map(len, (rule.column, *codes)))
    need(longest <= bounds.MAX_TEXT, f"{where}: a code has {longest} characters; legal are at most {bounds.MAX_TEXT}")
    need(all(map(_is_code, codes)), f"{where}: a range of quality codes is no pair of numbers with .. between")


def _is_code(code: str) -> bool:
    low, dots, high = code.partition("..")
    return not dots or (_NUMBER.match(low) is not None and _NUMBER.match(high) is not None)


def _check_sizes(source: Source, where: str, need: Need) -> None:
    tables: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("columns", source.columns),
        ("constants", source.constants),
        ("templates", source.templates),
        ("machines", source.machines),
        ("machine_of", source.machine_of),
        ("names", source.names),
        ("units", source.units),
        ("attributes", source.attributes),
        ("unit_names", source.unit_names),
    )
    for name, table in tables:
        need(len(table) <= bounds.MAX_ENTRIES, f"{where}: {len(table)} {name}; legal are at most {bounds.MAX_ENTRIES}")
        longest = max((len(text) for pair in table.items() for text in pair), default=0)
        need(
            longest <= bounds.MAX_TEXT, f"{where}: {name} has a text of {longest} characters; legal: {bounds.MAX_TEXT}"
        )
    for name, count in (
        ("metrics", len(source.metrics)),
        ("missing", len(source.missing)),
        ("corrections", len(source.corrections)),
        ("ignored", len(source.ignored)),
        ("states", sum(map(len, source.states.values()))),
    ):
        need(count <= bounds.MAX_ENTRIES, f"{where}: {count} {name}; legal are at most {bounds.MAX_ENTRIES}")
    texts = [
        source.name,
        source.records,
        source.header,
        source.blank_where,
        source.series.step if source.series else "",
    ]
    if source.only_where is not None:
        count, texts = len(source.only_where.words), [*texts, source.only_where.column, *source.only_where.words]
        need(count <= bounds.MAX_ENTRIES, f"{where}: only_where has {count} words; legal: {bounds.MAX_ENTRIES}")
    texts += [*source.missing, *source.ignored, source.time.column if source.time else ""]
    texts += [
        text for cell in source.metrics for text in (cell.column, cell.metric, cell.unit, cell.machine, cell.sensor)
    ]
    longest = max(map(len, texts))
    need(longest <= bounds.MAX_TEXT, f"{where}: a text has {longest} characters; legal are at most {bounds.MAX_TEXT}")


def _check_files(source: Source, where: str, need: Need) -> None:
    need(len(source.files) <= MAX_PATTERNS, f"{where}: {len(source.files)} file patterns; legal: {MAX_PATTERNS}")
    for pattern in source.files:
        need(len(pattern) <= bounds.MAX_TEXT, f"{where}: a file pattern has {len(pattern)} characters")
        try:
            fnmatchcase("", pattern)
        except re.error as exc:
            need(False, f"{where}: file pattern {pattern[:80]!r} cannot be read: {exc}")
    for part in source.path.split("/"):
        names = part.count("{") + part.count("*")
        need(len(part) <= bounds.MAX_TEXT, f"{where}: a part of its path has {len(part)} characters")
        need(names <= MAX_NAMES, f"{where}: {names} names and stars in {part[:80]!r} of its path; legal: {MAX_NAMES}")


def _check_templates(source: Source, where: str, need: Need) -> None:
    for name, text in source.templates.items():
        legal = "legal: text with our columns in braces, as {machine_id}/{metric}"
        need(_TEMPLATE.match(text) is not None, f"{where}: template {text[:80]!r} of {name}; {legal}")
    asks = {name: set(_IN_BRACES.findall(text)) for name, text in source.templates.items()}
    if source.machine_of and "machine_id" not in asks:
        asks["machine_id"] = {"sensor_id"}
    for name in asks:
        need(not _comes_back(name, asks), f"{where}: template of {name} leads back to itself")


def _comes_back(name: str, asks: Mapping[str, set[str]]) -> bool:
    """Whether a text is needed to make itself."""
    seen: set[str] = set()
    waiting = set(asks[name])
    while waiting:
        one = waiting.pop()
        if one == name:
            return True
        if one not in seen:
            seen.add(one)
            waiting |= asks.get(one, set())
    return False
