"""Tables in JSON, all values of a column at once: arrays side by side, or rows below a header."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.columns import typed_rows
from bronze.readers.json_lines.arrow_blocks import arrow_type
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from domain.record.canonical import json_text
from domain.record.cells import BOOLEAN, INTEGER, NUMBER, QUALITY, SCALAR, TIME
from domain.record.json_table import Table, Values

Flags = NDArray[np.bool_]
_NUMBERS = {NUMBER: (int, float), INTEGER: (int,), BOOLEAN: (bool,)}
_NONE = type(None)


class TableRows:
    """Reads tables for one plan."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._is_fast = SCALAR not in plan.fields.values()

    def source(self, table: Table) -> SourceRows | None:
        """Rows of the records that are plainly in order, `line` is the record's number; None: no way to tell them."""
        plan, size = self._plan, table.size
        unknown = [name for name in (*table.columns, *table.constants) if name not in plan.known]
        if not self._is_fast or not size or self._lacks(table, unknown):
            return None
        good = np.ones(size, np.bool_)
        good[list(table.faults)] = False
        raw = {}
        for column, kind in plan.fields.items():
            values: Values = table.columns.get(column, ())
            if column not in table.columns:
                values = [table.constants.get(column)]
            array = self._array(values, kind, good if column in table.columns else None)
            if array is None:
                return None
            raw[column] = array if column in table.columns else pa.repeat(array[0], size)
        numbers = pa.array(np.arange(size, dtype=np.int32))
        places = pc.binary_join_element_wise(f"{table.place}[", numbers.cast(pa.string()), "]", "")
        place = pa.DictionaryArray.from_arrays(numbers, places)
        found = typed_rows(raw, self._rescued(table, unknown), np.arange(size), plan, place)
        return None if found is None else found.only(good[found.line])

    def _lacks(self, table: Table, unknown: Sequence[str]) -> bool:
        """Whether a column is absent that may have another name."""
        plan = self._plan
        absent = [c for c in plan.cell_columns if c not in table.columns and c not in table.constants]
        only = plan.mapping.only_where
        if only is not None and only.column not in table.columns and only.column not in table.constants:
            return True
        may = [c for c in plan.may_lack if c not in table.columns and c not in table.constants]
        lacks_all = len(absent) == len(plan.cell_columns)
        return bool(plan.cells) and (lacks_all or bool((absent or may) and unknown))

    def _array(self, values: Values, kind: str, good: Flags | None) -> pa.Array | None:
        """The values as one array; those of another type are null, and not good. None: there is no one type."""
        legal, arrow = self._type(values, kind)
        if not {*map(type, values)} <= {*legal, _NONE}:
            fits = np.fromiter((type(value) in legal or value is None for value in values), np.bool_, len(values))
            if good is None:
                return None
            good &= fits
            values = [value if fit else None for value, fit in zip(values, fits.tolist(), strict=True)]
        try:
            return pa.array(values, arrow)
        except (pa.ArrowInvalid, OverflowError, UnicodeError):
            return None

    def _type(self, values: Values, kind: str) -> tuple[tuple[type, ...], pa.DataType]:
        arrow = arrow_type(kind, self._plan)
        if kind == QUALITY:
            first = next((value for value in values if value is not None), None)
            return ((int,), pa.int64()) if type(first) is int else ((str,), pa.string())
        if kind == TIME:
            numbers = (int,) if pa.types.is_integer(arrow) else (int, float)
            return (str,) if pa.types.is_string(arrow) else numbers, arrow
        return _NUMBERS.get(kind, (str,)), arrow

    def _rescued(self, table: Table, unknown: Sequence[str]) -> pa.Array:
        if not unknown:
            return pa.nulls(table.size, pa.string())
        rows = []
        for number in range(table.size):
            record = table.record(number)
            rows.append(json_text({name: record[name] for name in unknown}) if isinstance(record, dict) else None)
        return pa.array(rows, pa.string())
