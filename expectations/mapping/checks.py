"""What parts of a mapping must agree before a file is read with it."""

from collections.abc import Mapping as Table
from string import Formatter

from domain.path_pattern import PathPattern, PatternError, path_pattern
from expectations.errors import MappingError, unknown_name
from expectations.mapping.arrival_checks import check_arrival
from expectations.mapping.containers import is_workbook, split_member
from expectations.mapping.csv_rule import PLAIN_CSV, PLAIN_NUMBERS
from expectations.mapping.lines_above import above_names, words_of
from expectations.mapping.mapping import Mapping
from expectations.mapping.name_units import check_name_units
from expectations.mapping.samples_checks import check_samples, filled_by_samples
from expectations.mapping.unit_marks import check_unit_marks
from expectations.mapping.unused_zone import check_zone
from expectations.plant.plant_profile import Profile
from expectations.units import UNITS, convertible, is_unit, spelled_conversions, unit_key, unit_text

TextTable = Table[str, str]


def check_mapping(mapping: Mapping) -> None:
    """Refuse a mapping whose parts contradict each other.

    Raises:
        MappingError: What contradicts what, and what is legal.
    """
    where, feed_ = f"mapping {mapping.name}", mapping.feed
    if not mapping.files:
        raise MappingError(f"{where}: files is empty; name at least one glob below the landing folder")
    if mapping.shape != "long" and feed_.name != "readings":
        raise MappingError(f"{where}: shape {mapping.shape} is for readings; feed is {feed_.name}")
    if (mapping.shape == "wide_by_metric") != bool(mapping.metrics):
        raise MappingError(f"{where}: [metrics.<column>] belongs to shape wide_by_metric, and it needs some")
    if (mapping.shape == "wide_by_machine") != bool(mapping.machines):
        raise MappingError(f"{where}: [machines] belongs to shape wide_by_machine, and it needs some")
    _check_texts(mapping, where)
    check_unit_marks(mapping, where)
    check_name_units(mapping, where)
    if mapping.attributes and feed_.name != "machines":
        raise MappingError(f"{where}: [attributes] is for feed machines; feed is {feed_.name}")
    if mapping.quality is not None and feed_.name != "readings":
        raise MappingError(f"{where}: [quality] is for readings; feed is {feed_.name}")
    check_samples(mapping, where)
    _check_path(mapping, where)
    _check_above(mapping, where)
    _check_row_step(mapping, where)
    for symbol in (*mapping.units.values(), *mapping.unit_names.values()):
        unit_text(symbol)
    _check_values(mapping, where)
    _check_nested(mapping, where)
    check_arrival(mapping, where)
    check_zone(mapping, where)
    _check_filled(mapping, where)
    _check_tables(mapping, where)
    _check_sources(mapping, where)


def _check_row_step(mapping: Mapping, where: str) -> None:
    """A time that is counted on from row to row has its begin from outside the rows."""
    if mapping.each_row_step is None or mapping.time is None:
        return
    if mapping.feed.name != "readings":
        raise MappingError(f"{where}: [time] every is for readings; feed is {mapping.feed.name}")
    if mapping.format not in ("csv", "parquet"):
        raise MappingError(f"{where}: [time] every is for formats csv and parquet; format is {mapping.format}")
    if mapping.appended:
        raise MappingError(f"{where}: [time] every counts the rows of a whole file; take appended out")
    given = {*mapping.time.given, *_in_path(mapping)}
    if stray := [name for name in mapping.time.named if name not in given]:
        raise MappingError(
            f"{where}: [time] every counts from the time of the first row, and {stray[0]!r} is in each row; name what "
            "`path`, `above` or [constants] say"
        )


def _check_above(mapping: Mapping, where: str) -> None:
    """What lines above the records say is of use, and nothing else says it."""
    names = above_names(mapping.above, where)
    step = mapping.each_row_step.column if mapping.each_row_step else ""
    if step and step not in names:
        raise MappingError(f"{where}: [time] every: {step!r} is no name of above; legal: {', '.join(names) or 'none'}")
    if not names:
        return
    if mapping.format not in ("csv", "xlsx"):
        raise MappingError(f"{where}: above is for formats csv and xlsx; format is {mapping.format}")
    if mapping.csv.names and (bare := [text for text in mapping.above if text not in dict(words_of(mapping))]):
        raise MappingError(
            f"{where}: above holds {bare[0]!r}, which has no word of its own: without a header another measurement in "
            "the file cannot be recognised; write a text that is on each such line, or take [csv] names out"
        )
    texts = {column.name for column in mapping.feed.columns if column.type == "string"}
    in_templates = {name for text in mapping.templates.values() for name in template_columns(text, where)}
    times = set(mapping.time.named) if mapping.time else set[str]()
    pattern = _pattern(mapping)
    for name in names:
        if name not in texts | times | in_templates | {step}:
            legal = unknown_name("column", name, texts)
            raise MappingError(f"{where}: above: {legal}; write * for a text that says nothing")
        if name in mapping.constants or (pattern is not None and name in pattern.names):
            raise MappingError(f"{where}: {name} is in above and in path or [constants]; keep one")


def _check_path(mapping: Mapping, where: str) -> None:
    """The path's pattern can be read, and each name in it is of use."""
    try:
        pattern = _pattern(mapping)
    except PatternError as exc:
        raise MappingError(f"{where}: {exc}") from exc
    if pattern is None:
        return
    texts = {column.name for column in mapping.feed.columns if column.type == "string" or column.name == "revision"}
    in_templates = {name for text in mapping.templates.values() for name in template_columns(text, where)}
    times = {name for name, _ in pattern.times}
    if "complete_through" in pattern.names and ("complete_through" not in times or mapping.feed.name != "failures"):
        raise MappingError(
            f"{where}: path: {{complete_through}} is a time of failures; write {{complete_through:%Y%m%d}}, or * in "
            f"a mapping of {mapping.feed.name}"
        )
    for name in pattern.names:
        if name in times and name in texts:
            raise MappingError(
                f"{where}: path: {name} is a text of {mapping.feed.name}; write {{{name}}} without a time"
            )
        if name == mapping.feed.time:
            raise MappingError(f"{where}: path: {name} is the time; give it another name, and name that in [time]")
        if name not in times | texts | in_templates | set(mapping.time.named if mapping.time else ()):
            legal = unknown_name("column", name, texts)
            raise MappingError(f"{where}: path: {legal}; write * where a part of the path says nothing")


def _pattern(mapping: Mapping) -> PathPattern | None:
    return path_pattern(mapping.path) if mapping.path else None


def _in_path(mapping: Mapping) -> set[str]:
    """Every name that the path or a line above the records fills, our columns among them."""
    pattern = _pattern(mapping)
    return {*(pattern.names if pattern else ()), *above_names(mapping.above, mapping.name)}


def _check_nested(mapping: Mapping, where: str) -> None:
    """What belongs to JSON is in a mapping of JSON, or of Parquet, whose rows may be nested too."""
    keys = ("base", "side_by_side", "header", "records", "blank_where", "series")
    named = [key for key in keys if getattr(mapping, key)]
    legal = ("json", "jsonl") if {*named}.intersection(keys[:3]) else ("json", "jsonl", "parquet")
    if named and mapping.format not in legal:
        raise MappingError(f"{where}: {named[0]} is for formats {', '.join(legal)}; format is {mapping.format}")
    tables = [key for key in ("side_by_side", "header") if key in named]
    others = [key for key in named if key not in ("side_by_side", "header", "records")]
    if tables and (len(tables) > 1 or others):
        raise MappingError(f"{where}: {tables[0]} does not go with {[*tables[1:], *others][0]}; keep one of them")
    if mapping.header and not mapping.records.endswith("[*]"):
        raise MappingError(f"{where}: header needs records that are arrays, such as records = 'data[*]'")
    if mapping.series is not None and (mapping.feed.name != "readings" or mapping.time is None):
        raise MappingError(f"{where}: [series] is for readings with a [time], which is that of the first value")


def _check_values(mapping: Mapping, where: str) -> None:
    """What a mapping declares of values can happen: words are for readings, and their numbers are values."""
    if mapping.feed.name != "readings" and (mapping.states or mapping.corrections or mapping.unit_names):
        raise MappingError(f"{where}: [states], [unit_names] and [[corrections]] are for readings")
    if mapping.unit_names and "unit" not in mapping.columns:
        raise MappingError(f"{where}: [unit_names] needs unit, which no column fills")
    for key in ("machine", "sensor"):
        named = [bool(getattr(cell, key)) for cell in mapping.metrics]
        if any(named) and not all(named):
            column = mapping.metrics[named.index(False)].column
            raise MappingError(f"{where}: [metrics] {column} names no {key}, others do; name it for all or for none")
    absent = {float(text) for text in mapping.missing if _is_number(text)}
    tables = (*mapping.states.values(), *(cell.states for cell in mapping.metrics))
    for word, number in (pair for table in tables for pair in table.items()):
        if number in absent or word in mapping.missing:
            raise MappingError(
                f"{where}: [states] {word} = {number}, which `missing` calls no value; take it out of one"
            )
    columns = {cell.column for cell in mapping.metrics} | mapping.machines.keys()
    for rule in mapping.corrections:
        if rule.column and rule.column not in columns:
            raise MappingError(f"{where}: [[corrections]]: {unknown_name('column', rule.column, columns)}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_texts(mapping: Mapping, where: str) -> None:
    """Rules of texts belong to formats that have texts."""
    _check_sheets(mapping, where)
    if mapping.format not in ("csv", "xlsx") and mapping.csv != PLAIN_CSV:
        raise MappingError(f"{where}: [csv] is for formats csv and xlsx; format is {mapping.format}")
    has_texts = mapping.format == "csv" or (mapping.format in ("jsonl", "json") and mapping.quoted_numbers)
    if mapping.numbers != PLAIN_NUMBERS and not has_texts:
        legal = "legal: format csv, and JSON with quoted_numbers = true"
        raise MappingError(f"{where}: [numbers] is for numbers in texts; format is {mapping.format}; {legal}")
    if mapping.format == "parquet" and mapping.encoding != "auto":
        raise MappingError(f"{where}: encoding is for text; format is {mapping.format}")
    if mapping.csv.widths and mapping.csv.names and len(mapping.csv.widths) != len(mapping.csv.names):
        raise MappingError(f"{where}: [csv] has {len(mapping.csv.names)} names and {len(mapping.csv.widths)} widths")


def _check_sheets(mapping: Mapping, where: str) -> None:
    """A mapping of sheets names them in its globs, and says nothing of how texts are written: cells have types."""
    is_sheet = [is_workbook(named[0]) for glob in mapping.files if (named := split_member(glob)) is not None]
    if mapping.format != "xlsx":
        if any(is_sheet):
            raise MappingError(f"{where}: files names sheets of a workbook; format is {mapping.format}, legal: xlsx")
        return
    if not all(is_sheet) or len(is_sheet) < len(mapping.files):
        raise MappingError(
            f'{where}: format xlsx reads sheets; name them in files, behind the workbook: "lab/*.xlsx/Data", '
            '"lab/*.xlsx/*", or the second one by "lab/*.xlsx/#2"'
        )
    rule = mapping.csv
    if mapping.numbers != PLAIN_NUMBERS or mapping.encoding != "auto" or mapping.delimiter != ",":
        raise MappingError(f"{where}: [numbers], encoding and delimiter are for texts; format is xlsx")
    if rule.widths or rule.unguard or rule.trailing_delimiters:
        raise MappingError(f"{where}: widths, unguard and trailing_delimiters of [csv] are for texts; format is xlsx")
    if mapping.time is not None and mapping.time.kind == "excel":
        raise MappingError(f"{where}: times of a workbook are its date cells; say kind = 'local' and their zone")


def _check_filled(mapping: Mapping, where: str) -> None:
    """Every required column is filled, none in two ways, texts only by constants and templates."""
    feed_, path = mapping.feed, _in_path(mapping)
    ways = (mapping.columns, mapping.constants, mapping.templates, path, _derived(mapping))
    for name in (name for way in ways[:3] for name in way):
        if feed_.column(name).type == "timestamp":
            raise MappingError(f"{where}: {name} is the time of {feed_.name}; fill it by [time]")
        if sum(name in way for way in ways) > 1:
            raise MappingError(f"{where}: {name} is filled in two ways; keep one")
    for name in (*mapping.constants, *mapping.templates):
        if feed_.column(name).type != "string":
            raise MappingError(f"{where}: {name} is no text; constants and templates fill texts only")
    missing = [
        c.name for c in feed_.columns if c.required and not any(c.name in way for way in (*ways, _lenient(mapping)))
    ]
    if missing:
        raise MappingError(
            f"{where}: nothing fills {', '.join(missing)}; name a column, a constant or a template for each"
        )


def _check_tables(mapping: Mapping, where: str) -> None:
    """What tables and templates look up is filled by something in the file."""
    path = _in_path(mapping)
    known = {*mapping.columns, *mapping.constants, *path, *_derived(mapping)}
    if mapping.names and not known.intersection(mapping.named):
        words = " or ".join(mapping.named)
        raise MappingError(f"{where}: [names] needs {words}, which no column and no constant fills")
    needs = {"machine_of": "sensor_id", "units": "metric"}
    for table, column in needs.items():
        if getattr(mapping, table) and column not in known:
            raise MappingError(f"{where}: [{table}] needs {column}, which no column and no constant fills")
    legal = path | {name for name in known - path if mapping.feed.column(name).type == "string"}
    for name, template in mapping.templates.items():
        for column in template_columns(template, f"{where}: template of {name}"):
            if column not in legal:
                raise MappingError(f"{where}: template of {name}: {unknown_name('column', column, legal)}")


def strange_to(mapping: Mapping, profile: Profile) -> tuple[str, ...]:
    """Sentences for what a plant's profile does not know of a mapping: such readings would all go to quarantine.

    Each names the key, what was got and what is legal.
    """
    constants = mapping.constants if mapping.feed.name == "readings" else {}
    metrics = [(f"[metrics] {cell.column}: metric", cell.metric) for cell in mapping.metrics]
    metrics += [(f"[names] {source}", ours) for source, ours in mapping.names.items() if mapping.named == ("metric",)]
    metrics += [("[units]", metric) for metric in mapping.units]
    metrics += [("[states]", metric) for metric in mapping.states if metric]
    metrics += [("[[corrections]]", rule.metric) for rule in mapping.corrections if rule.metric]
    metrics += [("[keep_of]", metric) for metric in mapping.keep.of_metric]
    metrics += [("[constants] metric", constants[name]) for name in ("metric",) if name in constants]
    unknown = [
        f"{key}: {unknown_name('metric', metric, profile.metrics)}"
        for key, metric in metrics
        if metric not in profile.metrics
    ]
    return (*unknown, *_unfit(mapping, constants, profile))


def _unfit(mapping: Mapping, constants: TextTable, profile: Profile) -> list[str]:
    """Sentences for units that do not measure what their metric is."""
    units = [(f"[metrics] {cell.column}: unit", cell.metric, cell.unit) for cell in mapping.metrics]
    units += [(f"[units] {metric}", metric, symbol) for metric, symbol in mapping.units.items()]
    if "unit" in constants and "metric" in constants:
        units.append(("[constants] unit", constants["metric"], constants["unit"]))
    units += [("[[corrections]] unit", c.metric, c.unit) for c in mapping.corrections if c.metric and c.unit]
    unknown = constants["unit"] if constants.get("unit") and not is_unit(constants["unit"]) else None
    return [
        *([f"[constants] unit: {unknown_name('unit', unknown, UNITS)}"] if unknown else []),
        *(
            f"{key}: {metric} in {symbol!r}; legal: {', '.join(convertible(profile.metrics[metric].unit))}"
            for key, metric, symbol in units
            if is_unit(symbol) and metric in profile.metrics
            if unit_key(symbol) not in spelled_conversions(profile.metrics[metric].unit)
        ),
    ]


def template_columns(template: str, where: str) -> tuple[str, ...]:
    """Our columns that a template names, in order.

    Raises:
        MappingError: Braces that do not pair, or a format behind a name.
    """
    try:
        parts = tuple(Formatter().parse(template))
    except ValueError as exc:
        raise MappingError(f"{where}: {template!r}: {exc}; legal: texts such as {{machine_id}}/{{metric}}") from exc
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise MappingError(f"{where}: {template!r} formats a column; legal: names in braces only")
    return tuple(column for _, column, _, _ in parts if column is not None)


def _check_sources(mapping: Mapping, where: str) -> None:
    """A source column has one meaning for the reader, and is not ignored."""
    kinds: dict[str, str] = {mapping.time.column: "time"} if mapping.time else {}
    if mapping.exported is not None:
        _claim(kinds, mapping.exported.column, "export time", where)
    if mapping.csv.names:
        there = {*mapping.csv.names, *_in_path(mapping)}
        absent = [column for column in mapping.source_columns if column not in there]
        if absent and absent[0] not in {cell.column for cell in mapping.metrics if cell.optional}:
            raise MappingError(f"{where}: {unknown_name('column', absent[0], mapping.csv.names)} (names of [csv])")
    for name, column in mapping.columns.items():
        _claim(kinds, column, mapping.feed.column(name).type, where)
    for kind, columns in (
        ("attribute", mapping.attributes.values()),
        ("cell", (*(cell.column for cell in mapping.metrics), *mapping.machines)),
        ("samples", mapping.samples.columns if mapping.samples else ()),
        ("quality", mapping.quality_columns),
    ):
        for column in columns:
            _claim(kinds, column, kind, where)
    if mapping.only_where is not None:
        column = mapping.only_where.column
        if kinds.setdefault(column, "string") != "string":
            raise MappingError(f"{where}: only_where is for texts; column {column!r} is read as {kinds[column]}")
    for column in sorted(mapping.ignored & kinds.keys()):
        raise MappingError(f"{where}: column {column!r} is read and ignored at once; take it out of one")


def _claim(kinds: dict[str, str], column: str, kind: str, where: str) -> None:
    if kinds.setdefault(column, kind) != kind or kind == "time":
        raise MappingError(f"{where}: column {column!r} is read as {kinds[column]} and as {kind}; it can be one only")


def _derived(mapping: Mapping) -> set[str]:
    """Columns that the shape, the time rule and the tables fill."""
    derived = {mapping.feed.time} if mapping.time else set[str]()
    derived |= filled_by_samples(mapping)
    if mapping.shape == "wide_by_metric":
        derived |= {"metric", "value", "unit"}
        derived |= {"machine_id"} if any(cell.machine for cell in mapping.metrics) else set()
        derived |= {"sensor_id"} if any(cell.sensor for cell in mapping.metrics) else set()
    if mapping.shape == "wide_by_machine":
        derived |= {"machine_id", "value"}
    if mapping.machine_of:
        derived.add("machine_id")
    if mapping.attributes:
        derived.add("attributes")
    return derived


def _lenient(mapping: Mapping) -> set[str]:
    """Columns that may be filled beside another way: `unit` by table, `valid_from` by the plant's begin."""
    lenient = {"unit"} if mapping.units else set[str]()
    return lenient | ({"valid_from"} if mapping.feed.name == "machines" else set())
