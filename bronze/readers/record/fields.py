"""All fields of a record by a plan: the value of each, or why it has none."""

from collections.abc import Collection, Mapping

from bronze.readers.plan import ReadPlan
from domain.record import reasons
from domain.record.cells import EXPORTED, ONLY, TIME, TIME_PART, CellReader, Value
from domain.record.faults import Fault, FieldError, RecordError
from domain.record.json_documents import OFFSET
from domain.record.like_names import renamed_to
from domain.record.only_where import OnlyWhere
from domain.record.quality import quality_column
from domain.record.states import StateTables

_NOT_ALONE = (TIME, TIME_PART, ONLY, EXPORTED)


class FieldReader:
    """Reads the fields of one plan's records.

    Args:
        plan: The plan.
        is_text: Whether the format knows texts only.
    """

    def __init__(self, plan: ReadPlan, *, is_text: bool) -> None:
        mapping = plan.mapping
        cells = CellReader(
            mapping.missing,
            mapping.time,
            is_text=is_text,
            quality=mapping.quality,
            quoted_numbers=mapping.quoted_numbers,
            numbers=mapping.numbers,
            series=mapping.series_columns,
        )
        self._instants = [(mapping.time.column, cells.instant)] if mapping.time else []
        if mapping.exported is not None:
            exports = CellReader(
                mapping.missing, mapping.exported, is_text=is_text, quoted_numbers=mapping.quoted_numbers,
                numbers=mapping.numbers,
            )  # fmt: skip
            self._instants.append((mapping.exported.column, exports.instant))
        self._stated, self._tables, self._own_states = cells.stated, StateTables(mapping), plan.states
        self._time = mapping.time.column if mapping.time else ""
        stated = plan.cell_columns if mapping.states or any(plan.states.values()) else ()
        alone = [(column, kind) for column, kind in plan.fields.items() if kind not in _NOT_ALONE]
        self._readers = [(column, cells.readers[kind]) for column, kind in alone if column not in stated]
        self._stated_columns = stated
        self._only = OnlyWhere(mapping.only_where, mapping.missing) if mapping.only_where else None
        codes = {cell: quality_column(mapping.quality, cell) for cell in plan.cell_columns}
        self._codes = [(cell, code) for cell, code in codes.items() if code is not None]

    def is_other(self, fields: Mapping[str, object], known: Collection[str] = ()) -> bool:
        """Whether a record is none of the mapping's, by its `only_where`.

        Args:
            fields: The record's fields by source column.
            known: Names that are read or ignored, where fields may be absent.

        Raises:
            RecordError: The column is absent, and an unknown one of like name is there.
        """
        only = self._only
        if only is None or only.takes(fields):
            return False
        if known and only.column not in fields and (found := renamed_to(only.column, fields, known)) is not None:
            detail = f"{only.column} of only_where is not in the record, and {found} is; name that in the mapping"
            raise RecordError(reasons.MISSING_FIELD, detail)
        return True

    def read(self, fields: Mapping[str, object]) -> tuple[dict[str, Value], dict[str, Fault]]:
        """The values by source column, None where a field is blank or absent; the faults of fields that have none."""
        values: dict[str, Value] = {}
        faults: dict[str, Fault] = {}
        for column, instant in self._instants:
            try:
                values[column] = instant(fields)
            except FieldError as exc:
                faults[column] = exc.fault
        for column, read in self._readers:
            try:
                values[column] = read(column, fields.get(column))
            except FieldError as exc:
                faults[column] = exc.fault
        for column in self._stated_columns:
            states = self._own_states.get(column)
            try:
                known = self._tables.of_record(fields) if states is None else states
                values[column] = self._stated(column, fields.get(column), known)
            except FieldError as exc:
                faults[column] = exc.fault
        at_us, later_us = values.get(self._time), fields.get(OFFSET)
        if isinstance(later_us, int) and isinstance(at_us, int):
            values[self._time] = at_us + later_us
        for cell, code in self._codes:
            _set_aside(cell, code, values, faults)
        return values, faults


def _set_aside(cell: str, code: str, values: dict[str, Value], faults: dict[str, Fault]) -> None:
    """Give a cell the fault of its own quality code; of a blank cell the code says nothing."""
    fault = faults.pop(code, None)
    if fault is not None and (cell in faults or values.get(cell) is not None):
        values.pop(cell, None)
        faults[cell] = fault
