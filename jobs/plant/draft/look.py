"""From a table to a source: which feed, which shape, what each column is. Pure."""

import re
from collections.abc import Mapping, Sequence

from expectations.units import is_unit
from jobs.plant.draft.clock import DATE, clock_of
from jobs.plant.draft.column_names import (
    HOUSEKEEPING,
    MACHINE,
    METRIC,
    SENSOR,
    TAG_ID,
    UNIT,
    VALUE,
    has_unit,
    is_quantity,
    metric_in,
    metric_name,
    symbol_of,
    unit_of,
)
from jobs.plant.draft.heartbeats import heartbeat_columns
from jobs.plant.draft.noted import Noted
from jobs.plant.draft.number_form import number_form
from jobs.plant.draft.path_text import path_text
from jobs.plant.draft.quality_codes import QualityGuess, paired_quality, quality_of
from jobs.plant.draft.source import Cell, Source
from jobs.plant.draft.state_words import states_of
from jobs.plant.draft.table import Table, is_number
from jobs.plant.draft.tag_names import machines_of, quantities
from jobs.plant.draft.times import time_of

_FEEDS = (
    ("answers", r"answer|feedback|antwort|rueckmeldung"),
    ("heartbeats", r"heart.?beat|keep.?alive"),
    ("failures", r"fail|breakdown|fault|ausfall"),
    ("maintenance", r"maint|repair|service|wartung"),
    ("errors", r"err|alarm|event"),
)
# Some are words that historians write for a value that is not there: the system digital states of a PI archive.
_SENTINELS = frozenset((
    "null", "NULL", "NaN", "nan", "n/a", "N/A", "NA", "-", "--", "---", "----", "None", "-999", "-999.0", "-9999",
    "-99.9", "32767", "Bad", "Bad Input", "I/O Timeout", "No Data", "Pt Created", "Shutdown", "Scan Off", "Comm Fail",
    "Configure", "Out of Serv", "No Sample", "Bad Val", "Calc Failed", "Invalid Data", "Over Range", "Under Range",
    "Bad Output", "No Result", "Not Connect", "Intf Shut",
))  # fmt: skip
_ANSWER = re.compile(r"answer|antwort|result|finding|verdict|outcome", re.I)
_NUMBERED = re.compile(r"^(.*?)[\s_]*(\d+)$")
_FEW = 3
# The part of a column that are numbers, else it is one of texts; what is none is rejected when it is read.
_NUMERIC = 0.5
# Where all other numbers are 0 and above, it stands for what is not known.
_UNKNOWN_STATE = "-1"


def source_of(name: str, glob: str, example: str, table: Table) -> Source:
    """What the table looks like."""
    look = _Look(table, example)
    if look.time is not None and re.search(dict(_FEEDS)["heartbeats"], name, re.I):
        return look.heartbeats(name, glob)
    if not look.numeric and look.time is not None:
        return look.event(name, glob)
    if look.time is None and look.machine and not look.is_long:
        return look.machine_list(name, glob)
    if look.is_long:
        return look.long(name, glob)
    return look.wide_by_machine(name, glob) if look.numbered else look.wide_by_metric(name, glob)


class _Look:
    """One look at a table: its time, its machine, its numbers."""

    def __init__(self, table: Table, example: str) -> None:
        self.table, self.example, self.time = table, example, time_of(table) or clock_of(table)
        self.missing = _missing(table)
        self.measured: list[str] = []
        self.of_time = set(self.time.named if self.time else ())
        self.free = [name for name in table.names if name not in self.of_time]
        self.quality = self._quality()
        codes = self.quality.columns if self.quality else ()
        self.free = [name for name in self.free if name not in codes]
        self.sensor = next((name for name in self.free if SENSOR.search(table.label(name))), None)
        self.machine = next((name for name in self.free if _names_machine(table.label(name), self._texts(name))), None)
        self.value = next((name for name in self.free if self._is_called(VALUE, name) and self._is_numeric(name)), None)
        self.tag = self._called(METRIC) or (self._called(TAG_ID) if self.value else None)
        if self.sensor == self.tag:
            self.sensor = None
        self.numeric = [name for name in self.free if name != self.machine and self._is_numeric(name)]
        self.numbered = self._numbered()
        self.numbers = number_form(text for name in self.numeric for text in self._texts(name) if is_number(text))
        self.path = path_text(
            example,
            needs_machine=not (self.machine or self.sensor),
            needs_date=bool(self.time and self.time.lacks_date),
        )

    @property
    def is_long(self) -> bool:
        """Whether each row names its metric and has one value."""
        return self.value is not None and self.tag is not None

    def _is_called(self, pattern: re.Pattern[str], name: str) -> bool:
        return pattern.search(self.table.label(name)) is not None

    def _called(self, pattern: re.Pattern[str]) -> str | None:
        """The first column of texts with such a name."""
        return next((one for one in self.free if self._is_called(pattern, one) and not self._is_numeric(one)), None)

    def _quality(self) -> QualityGuess | None:
        """The columns of codes: one for each column of values, else the record's own before what holds the record."""
        names = sorted(self.free, key=lambda name: name.startswith("$"))
        found = (quality_of(name, self.table.label(name), self._texts(name)) for name in names)
        return paired_quality(self.free, self._texts) or next((one for one in found if one), None)

    def _texts(self, name: str) -> list[str]:
        return [text for text in self.table.column(name) if text and text not in self.missing]

    def _is_numeric(self, name: str) -> bool:
        texts = self._texts(name)
        return bool(texts) and sum(map(is_number, texts)) >= _NUMERIC * len(texts)

    def _numbered(self) -> list[str]:
        """Columns of machines: one word and a number each, as machine1, machine2."""
        found: dict[str, list[str]] = {}
        for name in self.numeric:
            if (parts := _NUMBERED.match(self.table.label(name))) and MACHINE.fullmatch(parts[1]):
                found.setdefault(parts[1], []).append(name)
        best = max(found.values(), key=len, default=[])
        return best if len(best) >= _FEW else []

    def _places(self) -> tuple[dict[str, str], dict[str, Noted]]:
        """Columns and constants of machine, sensor and factory."""
        columns = {ours: name for ours, name in (("machine_id", self.machine), ("sensor_id", self.sensor)) if name}
        constants = {"factory_id": Noted("factory_1", "", "what is the site called?")}
        if not self.machine and not self.sensor:
            constants["machine_id"] = Noted(_stem(self.example), "the file's name", "which machine is this?")
        if self.time is not None and self.time.lacks_date:
            constants[DATE] = Noted("", "no column has it", "of which day is the file, such as 2026-11-02?")
        return columns, {ours: noted for ours, noted in constants.items() if ours not in self.path.names}

    def event(self, name: str, glob: str) -> Source:
        """A record of something that happened."""
        feed = next((feed for feed, words in _FEEDS if re.search(words, name, re.I)), "errors")
        columns, constants = self._places()
        columns.pop("sensor_id", None)
        codes = [other for other in self.free if other not in columns.values()]
        if feed == "answers":
            codes.sort(key=lambda other: not _ANSWER.search(self.table.label(other)))
        if codes:
            columns["answer" if feed == "answers" else "code"] = codes[0]
        question = "" if re.search(dict(_FEEDS)[feed], name, re.I) else "failures, maintenance or errors?"
        return Source(
            name, glob, self.example, self.table, Noted(feed, "no column of numbers", question), Noted("long"),
            self.time, columns, constants, missing=self.missing, path=self.path,
            ignored=dict.fromkeys(codes[1:], "what is it?"),
        )  # fmt: skip

    def heartbeats(self, name: str, glob: str) -> Source:
        """A record of what a gateway reports of itself."""
        _, constants = self._places()
        constants.pop("machine_id", None)
        columns = heartbeat_columns({other: self.table.label(other) for other in self.free})
        if "gateway_id" not in columns and "gateway_id" not in self.path.names:
            constants["gateway_id"] = Noted(_stem(self.example), "the file's name", "which gateway is this?")
        left = [other for other in self.free if other not in columns.values()]
        return Source(
            name, glob, self.example, self.table, Noted("heartbeats", "the file's name"), Noted("long"), self.time,
            columns, constants, missing=self.missing, path=self.path, ignored=dict.fromkeys(left, "what is it?"),
        )  # fmt: skip

    def machine_list(self, name: str, glob: str) -> Source:
        """Master data: a row a machine, no time."""
        columns, constants = self._places()
        columns.pop("sensor_id", None)
        others = [other for other in self.free if other not in columns.values()]
        model = next((other for other in others if re.search(r"model|type|typ$", self.table.label(other), re.I)), None)
        if model:
            columns["machine_model"] = model
        attributes = {metric_name(self.table.label(other)): other for other in others if other != model}
        return Source(
            name, glob, self.example, self.table, Noted("machines", "no column of times"), Noted("long"), None, columns,
            constants, attributes=attributes, missing=self.missing,
        )  # fmt: skip

    def long(self, name: str, glob: str) -> Source:
        """A row a reading."""
        columns, constants = self._places()
        assert self.value is not None
        assert self.tag is not None
        columns |= {"metric": self.tag, "value": self.value}
        symbol = next((other for other in self.free if self._is_called(UNIT, other)), None)
        if symbol:
            columns["unit"] = symbol
        tags = list(dict.fromkeys(self._texts(self.tag)))
        machines = machines_of(tags) if self.machine is None and self.sensor is None else {}
        named = {tag: quantity for tag, (_, quantity) in machines.items()} or quantities(tags)
        metrics = tuple(
            Cell(tag, metric_name(named[tag]), self._unit_of(tag, named[tag], symbol), self._values_of(tag),
                 machines[tag][0] if machines else "")
            for tag in tags
        )  # fmt: skip
        if machines:
            columns["sensor_id"] = self.tag
            constants.pop("machine_id", None)
        templates = {} if machines else self._templates(columns)
        return Source(
            name, glob, self.example, self.table, Noted("readings"), Noted("long"), self.time, columns, constants,
            templates, metrics, missing=self.missing, path=self.path, quality=self.quality, numbers=self.numbers,
            ignored={other: "what is it?" for other in self.free if other not in columns.values()},
        )  # fmt: skip

    def _unit_of(self, tag: str, quantity: str, symbol: str | None) -> Noted:
        if symbol is None:
            return unit_of(quantity)
        pairs = zip(self.table.column(self.tag or ""), self.table.column(symbol), strict=True)
        return Noted(symbol_of(next(unit for name, unit in pairs if name == tag) or "1"), f"column {symbol}")

    def _values_of(self, tag: str) -> tuple[str, ...]:
        pairs = zip(self.table.column(self.tag or ""), self.table.column(self.value or ""), strict=True)
        return tuple(self.numbers.plain(value) for name, value in pairs if name == tag and is_number(value))

    def wide_by_machine(self, name: str, glob: str) -> Source:
        """A column a machine, all of one metric."""
        metric = _NUMBERED.match(_stem(self.example).split("_")[0])
        word = metric_name(metric[1] if metric else _stem(self.example).split("_")[0])
        texts = tuple(
            self.numbers.plain(text)
            for column in self.numbered
            for text in self._texts(column)
            if text != _UNKNOWN_STATE and is_number(text)
        )
        seen = sum(self.table.column(column).count(_UNKNOWN_STATE) for column in self.numbered)
        unknown = {_UNKNOWN_STATE: seen} if seen and not any(text.startswith("-") for text in texts) else {}
        unit = Noted("1", "", "what do the cells hold, and in which unit?")
        constants = {"factory_id": Noted("factory_1", "", "what is the site called?")}
        others = [other for other in self.free if other not in self.numbered]
        return Source(
            name, glob, self.example, self.table, Noted("readings"),
            Noted("wide_by_machine", f"{len(self.numbered)} columns {self.numbered[0]} to {self.numbered[-1]}"),
            self.time, {}, constants, {"sensor_id": Noted(f"{{machine_id}}/{word}")}, machines=tuple(self.numbered),
            ignored=dict.fromkeys(others, "what is it?"), missing=self.missing | unknown,
            metric=Cell("", word, unit, texts),
        )  # fmt: skip

    def wide_by_metric(self, name: str, glob: str) -> Source:
        """A column a metric."""
        columns, constants = self._places()
        taken = set(columns.values())
        ignored = {other: why for other in self.free if other not in taken and (why := self._why_ignored(other))}
        cells = self.measured = [one for one in self.free if self._is_measured(one) and one not in {*ignored, *taken}]
        machines = {} if taken or "machine_id" in self.path.names else machines_of(cells)
        if machines:
            constants.pop("machine_id", None)
        return Source(
            name, glob, self.example, self.table, Noted("readings"),
            Noted("wide_by_metric", f"{len(cells)} columns of numbers"), self.time, columns, constants,
            {"sensor_id": Noted("{machine_id}/{metric}")} if machines else self._templates(columns),
            self._cells(cells, machines),
            ignored=ignored, missing=self.missing, path=self.path, quality=self.quality, numbers=self.numbers,
        )  # fmt: skip

    def _is_measured(self, name: str) -> bool:
        return (
            bool(self._states(name))
            or name in self.numeric
            or name in self.table.units
            or has_unit(self.table.label(name))
        )

    def _cells(self, columns: Sequence[str], machines: Mapping[str, tuple[str, str]]) -> tuple[Cell, ...]:
        """A cell for each column; of two metrics of one name on one machine the second has a number behind it."""
        found: dict[tuple[str, str], Cell] = {}
        for column in columns:
            machine, quantity = machines.get(column, ("", self._quantity(column)))
            name = metric_name(quantity)
            numbered = (f"{name}_{number}" for number in range(2, 1_000))
            free = (
                name if (machine, name) not in found else next(one for one in numbered if (machine, one) not in found)
            )
            texts = tuple(self.numbers.plain(text) for text in self._texts(column) if is_number(text))
            states = self._states(column)
            unit = Noted("1", "states by their words") if states else self._unit(column, quantity)
            found[machine, free] = Cell(column, free, unit, texts or tuple(map(str, states.values())), machine, states)
        return tuple(found.values())

    def _states(self, column: str) -> dict[str, int]:
        return {} if self._is_numeric(column) else states_of(self._texts(column))

    def _unit(self, column: str, quantity: str) -> Noted:
        symbol = self.table.units.get(column)
        return Noted(symbol_of(symbol), "in the row below the header") if symbol else unit_of(quantity)

    def _quantity(self, column: str) -> str:
        """A column that is called `value`, or by its place, is of the metric that the file's name has."""
        is_unnamed = self._is_called(VALUE, column) or not self.table.has_header
        quantity = metric_in(_stem(self.example)) if is_unnamed else ""
        label = self.table.label(column)
        return f"{quantity}_{label}" if quantity and len(self.measured) > 1 else quantity or label

    def _why_ignored(self, name: str) -> str:
        label = self.table.label(name)
        if has_unit(label) or name in self.table.units:
            return ""
        texts = self._texts(name)
        if not texts:
            return "always blank here"
        if self._states(name):
            return ""
        if not self._is_numeric(name):
            return "no numbers; [states] gives words theirs"
        if HOUSEKEEPING.search(label):
            return "what a device says of itself, by its name"
        is_one = len(texts) > _FEW and len(set(texts)) == 1 and not is_quantity(label)
        return f"always {texts[0]} here" if is_one else ""

    def _templates(self, columns: dict[str, str]) -> dict[str, Noted]:
        if "sensor_id" not in columns:
            return {"sensor_id": Noted("{machine_id}/{metric}", "no column names sensors")}
        if "machine_id" not in columns and "machine_id" not in self.path.names:
            return {
                "machine_id": Noted("{sensor_id}", "no column names machines", "which sensor sits on which machine?")
            }
        return {}


def _names_machine(name: str, texts: Sequence[str]) -> bool:
    """A machine's column has a machine's name, and texts or whole numbers that come again."""
    if not MACHINE.fullmatch(name) or not texts or _NUMBERED.match(name):
        return False
    if UNIT.search(name) and all(map(is_unit, texts)):
        return False
    return all(not is_number(text) or text.isdigit() for text in texts)


def _missing(table: Table) -> dict[str, int]:
    found = [text for row in table.rows for text in row if text in _SENTINELS]
    return {text: found.count(text) for text in sorted(set(found))}


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].split(".", 1)[0]
